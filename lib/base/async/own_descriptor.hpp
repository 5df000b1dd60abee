// File descriptors that a forked child closes at once.
#pragma once

#include "base/async/descriptor.hpp"

#include <atomic>

namespace alidade {

// A child that was forked while a line was open would keep it open, without knowing of it: the
// other end would not see ours go, and the line would stay in use until the child has ended.
class own_descriptor {
public:
    own_descriptor() noexcept = default;
    own_descriptor(descriptor fd) noexcept : fd_(std::move(fd)) { note(); }
    own_descriptor(own_descriptor &&other) noexcept
        : fd_(std::move(other.fd_)), place_(std::exchange(other.place_, nullptr)) {}
    own_descriptor &operator=(own_descriptor &&other) noexcept {
        std::swap(fd_, other.fd_);
        std::swap(place_, other.place_);
        return *this;
    }
    ~own_descriptor() { forget(); } // before it is closed, or a child might close another one

    [[nodiscard]] int get() const noexcept { return fd_.get(); }
    [[nodiscard]] bool open() const noexcept { return fd_.open(); }

    // For the child, before it does anything else. Async-signal-safe.
    static void close_all_in_child() noexcept;

private:
    void note() noexcept;
    void forget() noexcept;

    descriptor fd_;
    std::atomic<int> *place_ = nullptr;
};

} // namespace alidade
