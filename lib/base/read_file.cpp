#include "base/read_file.hpp"

#include "base/text/text.hpp"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
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

} // namespace

result<std::string> read_file(const std::string &path, std::size_t size_max,
                              std::string_view domain) {
    const descriptor file(
        uninterrupted([&path] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY); }));
    if (file.number() < 0) {
        return cannot_read(errno, domain, path);
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
