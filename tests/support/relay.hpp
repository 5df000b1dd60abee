// What stands between a device and its instrument, and notes when the device sends what.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <fcntl.h>
#include <mutex>
#include <poll.h>
#include <pty.h>
#include <string>
#include <string_view>
#include <termios.h>
#include <thread>
#include <unistd.h>

namespace tests {

inline std::int64_t now_ns() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

class relay {
public:
    // `instrument` is the path of its terminal.
    explicit relay(const std::string &instrument) {
        std::array<char, 128> name{};
        if (openpty(&near_, &far_, name.data(), nullptr, nullptr) != 0) {
            std::abort();
        }
        line_ = ::open(instrument.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);
        for (const int end : {far_, line_}) {
            termios t{};
            tcgetattr(end, &t);
            cfmakeraw(&t);
            tcsetattr(end, TCSANOW, &t);
        }
        path_ = name.data();
        thread_ = std::thread([this] { work(); });
    }
    relay(const relay &) = delete;
    relay &operator=(const relay &) = delete;
    ~relay() {
        going_ = false;
        thread_.join();
        for (const int fd : {near_, far_, line_}) {
            ::close(fd);
        }
    }

    [[nodiscard]] const std::string &path() const { return path_; }
    // What the device has sent.
    [[nodiscard]] std::string sent() const {
        const std::scoped_lock lock(mutex_);
        return sent_;
    }
    // Notes anew.
    void forget() {
        const std::scoped_lock lock(mutex_);
        sent_.clear();
    }
    // When the device had sent this; 0 for not yet.
    [[nodiscard]] std::int64_t came_ns(std::string_view what) const {
        const std::scoped_lock lock(mutex_);
        const std::size_t at = sent_.find(what);
        return at == std::string::npos ? 0 : times_[(at + what.size() - 1) % times_.size()];
    }

private:
    void work() {
        while (going_) {
            std::array<pollfd, 2> fds{pollfd{near_, POLLIN, 0}, pollfd{line_, POLLIN, 0}};
            if (poll(fds.data(), fds.size(), 10) <= 0) {
                continue;
            }
            std::array<char, 4096> room{};
            if (fds[0].revents != 0) {
                const ssize_t count = ::read(near_, room.data(), room.size());
                const std::int64_t now = now_ns();
                if (count > 0) {
                    note({room.data(), static_cast<std::size_t>(count)}, now);
                    (void)!::write(line_, room.data(), static_cast<std::size_t>(count));
                }
            }
            if (fds[1].revents != 0) {
                const ssize_t count = ::read(line_, room.data(), room.size());
                if (count > 0) {
                    (void)!::write(near_, room.data(), static_cast<std::size_t>(count));
                }
            }
        }
    }
    void note(std::string_view bytes, std::int64_t now) {
        const std::scoped_lock lock(mutex_);
        for (const char c : bytes) {
            times_[sent_.size() % times_.size()] = now;
            sent_ += c;
        }
    }

    int near_ = -1;
    int far_ = -1;
    int line_ = -1;
    std::string path_;
    mutable std::mutex mutex_;
    std::string sent_;
    std::array<std::int64_t, 65536> times_{};
    std::atomic<bool> going_{true};
    std::thread thread_;
};

} // namespace tests
