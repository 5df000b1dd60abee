#include "base/async/thread_group.hpp"

#include "base/inside_library.hpp"

#include <cfenv>
#include <csignal>
#include <pthread.h>
#include <system_error>

namespace alidade {

namespace {

// Blocks all signals while a thread is made, which inherits that: signals are the application's,
// and its handlers must not run on our threads.
class signals_blocked {
public:
    signals_blocked() noexcept {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    signals_blocked(const signals_blocked &) = delete;
    signals_blocked &operator=(const signals_blocked &) = delete;
    ~signals_blocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

private:
    sigset_t before_{};
};

} // namespace

outcome thread_group::start(std::function<void()> body) {
    const std::scoped_lock lock(alive_->mutex);
    const signals_blocked during;
    try {
        threads_.emplace_back([alive = alive_, body = std::move(body)] {
            const inside_library inside;
            std::fesetenv(FE_DFL_ENV); // not what the thread had that made this one
            body();
            const std::scoped_lock ending(alive->mutex);
            --alive->running;
            alive->ended.notify_all();
        });
    } catch (const std::system_error &e) {
        return fail_errno(e.code().value(), "runtime",
                          "no thread can be made; end some or raise the limit");
    }
    ++alive_->running;
    pthread_setname_np(threads_.back().native_handle(), name_);
    return {};
}

bool thread_group::join(std::int64_t deadline) {
    std::unique_lock lock(alive_->mutex);
    if (!wait_until(alive_->ended, lock, deadline, [this] { return alive_->running == 0; })) {
        return false;
    }
    std::vector<std::thread> ended = std::exchange(threads_, {});
    lock.unlock();
    for (std::thread &t : ended) {
        t.join();
    }
    return true;
}

thread_group::~thread_group() {
    for (std::thread &t : threads_) {
        t.detach();
    }
}

failure shutting_down() {
    return fail(ALD_E_STATE, "runtime", "the library is being shut down; try again later");
}

} // namespace alidade
