// Defines the symbols that g++ 12 takes from its libstdc++ and that of RHEL 9 (GLIBCXX_3.4.29)
// lacks. As they are hidden, the library runs on both, and nobody has to know which standard
// functions are new. tests/wheel tells when there are more; docs/decisions/dependencies.md tells of
// other ways.
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <pthread.h>

#if defined(__GLIBCXX__) && _GLIBCXX_RELEASE >= 12

// Version 3.4.30 is the same function as 3.4.11: it only may be cancelled by pthread_cancel, which
// nobody does.
void std::condition_variable::wait(std::unique_lock<std::mutex> &lock) {
    pthread_cond_wait(native_handle(), lock.mutex()->native_handle());
}

#if defined(_GLIBCXX_ASSERTIONS) && defined(_GLIBCXX_VERBOSE_ASSERT)
// Reports a failed assertion of the standard library, and aborts.
void std::__glibcxx_assert_fail(const char *file, int line, const char *function,
                                const char *condition) noexcept {
    std::fprintf(stderr, "%s:%d: %s: assertion '%s' failed\n", file ? file : "libstdc++", line,
                 function ? function : "?", condition ? condition : "unreachable");
    std::abort();
}
#endif

#endif
