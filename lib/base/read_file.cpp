#include "base/read_file.hpp"

#include "base/text/text.hpp"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace alidade {

namespace {

class descriptor {
public:
    explicit descriptor(int number) noexcept : number_(number) {}
    descriptor(const descriptor &) = delete;
    descriptor &operator=(const descriptor &) = delete;
    ~descriptor() {
        if (number_ >= 0) {
            ::close(number_);
        }
    }
    [[nodiscard]] int number() const noexcept { return number_; }

private:
    int number_;
};

// Calls again what a signal interrupted.
template <class Call> auto uninterrupted(Call call) noexcept {
    auto outcome = call();
    while (outcome < 0 && errno == EINTR) {
        outcome = call();
    }
    return outcome;
}

failure cannot_read(int number, std::string_view domain, std::string_view path) {
    return fail_errno(number, domain, "cannot read " + shown_whole(path));
}

// Tells whether reading may wait for somebody to write: a FIFO, a socket, a terminal.
bool may_wait(int file) noexcept {
    struct stat about {};
    if (::fstat(file, &about) != 0) {
        return false;
    }
    return S_ISFIFO(about.st_mode) || S_ISSOCK(about.st_mode) || ::isatty(file) == 1;
}

} // namespace

result<std::string> read_file(const std::string &path, std::size_t size_max,
                              std::string_view domain) {
    // Without waiting for a writer, as the opening of a FIFO does.
    const descriptor file(uninterrupted(
        [&path] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK); }));
    if (file.number() < 0) {
        return cannot_read(errno, domain, path);
    }
    if (may_wait(file.number())) {
        return fail(ALD_E_INVALID, domain,
                    "cannot read {}: it is a FIFO, a socket or a terminal, expected a file; write "
                    "what comes from it into a file first",
                    shown_whole(path));
    }
    constexpr std::size_t block = std::size_t{64} * 1024;
    std::string content;
    while (content.size() <= size_max) {
        const std::size_t size = content.size();
        content.resize(size + block);
        const ssize_t got =
            uninterrupted([&] { return ::read(file.number(), content.data() + size, block); });
        if (got < 0) {
            return cannot_read(errno, domain, path);
        }
        content.resize(size + static_cast<std::size_t>(got));
        if (got == 0) {
            return content;
        }
    }
    return fail(ALD_E_LIMIT, domain, "{} has more than {} bytes", shown_whole(path), size_max);
}

} // namespace alidade
