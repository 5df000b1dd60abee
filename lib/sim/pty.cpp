#include "base/async/own_descriptor.hpp"
#include "sim/endpoint.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <termios.h>

namespace alidade {

namespace {

// Opens the far end for ourselves: without it the line hangs up with each client that closes it.
result<descriptor> open_far_end(const char *path) {
    descriptor far(::open(path, O_RDWR | O_NOCTTY | O_CLOEXEC));
    termios settings{};
    if (!far.open() || tcgetattr(far.get(), &settings) != 0) {
        return fail_errno(errno, "simulation", "a pseudo-terminal cannot be opened");
    }
    // Bytes as they are, also for clients that set nothing.
    cfmakeraw(&settings);
    if (tcsetattr(far.get(), TCSANOW, &settings) != 0) {
        return fail_errno(errno, "simulation", "a pseudo-terminal cannot be set up");
    }
    return far;
}

class pty final : public endpoint {
public:
    explicit pty(reactor &on) noexcept : on_(on) {}
    ~pty() override { unplug(); }

    [[nodiscard]] outcome plug(reactor::handler &by) override {
        descriptor near(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK));
        std::array<char, 64> name{};
        if (!near.open() || grantpt(near.get()) != 0 || unlockpt(near.get()) != 0 ||
            ptsname_r(near.get(), name.data(), name.size()) != 0) {
            return fail({.code = ALD_E_LIMIT, .domain = "simulation", .native_code = errno},
                        "no pseudo-terminal can be had; close some, or see "
                        "/proc/sys/kernel/pty/max and the limit of open files");
        }
        auto far = open_far_end(name.data());
        if (!far) {
            return failure(std::move(far.error()));
        }
        if (auto watched = on_.watch(near.get(), EPOLLIN, by); !watched) {
            return watched;
        }
        near_ = std::move(near);
        far_ = std::move(*far);
        path_ = name.data();
        watch_closings(by);
        return {};
    }
    void unplug() noexcept override {
        if (near_.open()) {
            on_.unwatch(near_.get());
        }
        if (closings_.open()) {
            on_.unwatch(closings_.get());
        }
        closings_ = descriptor();
        far_ = descriptor();
        near_ = own_descriptor();
    }
    [[nodiscard]] bool plugged() const noexcept override { return near_.open(); }
    [[nodiscard]] std::string uri() const override { return "serial:" + path_; }

    [[nodiscard]] std::vector<std::uint8_t> take(int fd, std::uint32_t events) override {
        if (fd == closings_.get()) {
            free_for_others();
            return {};
        }
        if ((events & EPOLLOUT) != 0) {
            on_.rewatch(near_.get(), EPOLLIN);
        }
        std::array<std::uint8_t, 4096> room; // NOLINT(*-member-init): filled by read
        const ssize_t n = ::read(near_.get(), room.data(), room.size());
        return n > 0 ? std::vector<std::uint8_t>(room.data(), room.data() + n)
                     : std::vector<std::uint8_t>();
    }
    [[nodiscard]] std::size_t write(std::span<const std::uint8_t> data) override {
        const ssize_t n = ::write(near_.get(), data.data(), data.size());
        const std::size_t taken = n > 0 ? static_cast<std::size_t>(n) : 0;
        if (taken < data.size()) {
            on_.rewatch(near_.get(), EPOLLIN | EPOLLOUT);
        }
        return taken;
    }

private:
    // A client may set the exclusive mode and be killed. As we hold the line that stays, and nobody
    // but root could open it again. Without memory for this they could not, and that is all.
    void watch_closings(reactor::handler &by) {
        descriptor closings(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
        if (closings.open() &&
            inotify_add_watch(closings.get(), path_.c_str(), IN_CLOSE_WRITE) >= 0 &&
            on_.watch(closings.get(), EPOLLIN, by)) {
            closings_ = std::move(closings);
        }
    }
    void free_for_others() const noexcept {
        std::array<char, 4096> told; // NOLINT(*-member-init): filled by read
        while (::read(closings_.get(), told.data(), told.size()) > 0) {
        }
        (void)ioctl(far_.get(), TIOCNXCL);
    }

    reactor &on_;
    own_descriptor near_; // a child that has it would keep the line from hanging up
    descriptor far_;
    descriptor closings_;
    std::string path_;
};

} // namespace

std::unique_ptr<endpoint> make_pty(reactor &on) { return std::make_unique<pty>(on); }

} // namespace alidade
