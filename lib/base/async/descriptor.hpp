// File descriptors that close themselves.
#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <utility>

namespace alidade {

class descriptor {
public:
    descriptor() noexcept = default;
    explicit descriptor(int fd) noexcept : fd_(fd) {}
    descriptor(descriptor &&other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    descriptor &operator=(descriptor &&other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~descriptor() {
        if (fd_ >= 0) {
            ::close(fd_);
        }
    }
    [[nodiscard]] int get() const noexcept { return fd_; }
    [[nodiscard]] bool open() const noexcept { return fd_ >= 0; }

private:
    int fd_ = -1;
};

// Wakes a thread that sleeps in poll.
class wake_descriptor {
public:
    wake_descriptor() noexcept : fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
    // False where the process has no descriptor left.
    [[nodiscard]] bool usable() const noexcept { return fd_.open(); }
    [[nodiscard]] int get() const noexcept { return fd_.get(); }
    void set() const noexcept { (void)eventfd_write(fd_.get(), 1); }
    void clear() const noexcept {
        eventfd_t count = 0;
        (void)eventfd_read(fd_.get(), &count);
    }

private:
    descriptor fd_;
};

} // namespace alidade
