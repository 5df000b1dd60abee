#include "machine.hpp"

#include "text.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

namespace host_driver {

namespace {

// The longest file that is read, /proc/stat, has a few bytes for each interrupt of each processor.
constexpr std::size_t largest_file = std::size_t{16} << 20;

ald_status status_of(int number) noexcept {
    switch (number) {
    case ENOENT:
    case ENOTDIR:
    case ENODEV:
    case ENXIO: return ALD_E_DISCONNECTED;
    case EACCES:
    case EPERM: return ALD_E_PERMISSION;
    case EMFILE:
    case ENFILE: return ALD_E_LIMIT;
    case ENOMEM: return ALD_E_NO_MEMORY;
    default: return ALD_E_IO;
    }
}

fault failed(const std::string &path, int number) {
    return {status_of(number), printable(path + ": " + std::generic_category().message(number)),
            number};
}

class descriptor {
public:
    // Not blocking: a pipe that somebody put in the place of a file must not hold us up.
    explicit descriptor(const std::string &path) noexcept
        : number_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
    descriptor(const descriptor &) = delete;
    descriptor &operator=(const descriptor &) = delete;
    ~descriptor() {
        if (number_ >= 0) {
            ::close(number_);
        }
    }
    [[nodiscard]] int get() const noexcept { return number_; }

private:
    int number_;
};

// 0, or what errno says.
int read_all(const std::string &path, std::string &text) {
    const descriptor file(path);
    if (file.get() < 0) {
        return errno;
    }
    // Large, since the kernel makes the text of most files at one moment for each call of read.
    std::array<char, 32768> piece;
    for (;;) {
        const ssize_t size = ::read(file.get(), piece.data(), piece.size());
        if (size == 0) {
            return 0;
        }
        if (size < 0 && errno == EINTR) {
            continue;
        }
        if (size < 0) {
            return errno;
        }
        if (text.size() + static_cast<std::size_t>(size) > largest_file) {
            return EFBIG;
        }
        text.append(piece.data(), static_cast<std::size_t>(size));
    }
}

} // namespace

machine::machine(std::string root, std::int64_t (*now)()) : root_(std::move(root)), now_(now) {
    while (!root_.empty() && root_.back() == '/') {
        root_.pop_back();
    }
}

std::string machine::path(std::string_view below) const {
    return std::string(root_).append("/").append(below);
}

result<file_text> machine::read(const std::string &path) const {
    file_text file;
    const std::int64_t before = now_();
    const int number = read_all(path, file.text);
    const std::int64_t took = now_() - before;
    if (number != 0) {
        return failed(path, number);
    }
    // Rounded up, so that the whole window is covered.
    file.when = {before + took / 2, (took + 1) / 2};
    return file;
}

std::optional<std::string> machine::line(const std::string &path) const {
    const auto file = read(path);
    if (!file) {
        return std::nullopt;
    }
    const std::string_view text = file->text;
    // Firmware ends its texts with a NUL.
    return printable(trimmed(text.substr(0, text.find_first_of(std::string_view("\n\0", 2)))));
}

std::optional<std::int64_t> machine::integer(const std::string &path) const {
    const auto file = read(path);
    return file ? to_signed(trimmed(file->text)) : std::nullopt;
}

} // namespace host_driver
