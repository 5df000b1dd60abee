#include "base/async/own_descriptor.hpp"
#include "base/log.hpp"
#include "sim/endpoint.hpp"
#include "sim/telnet_server.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

namespace alidade {

namespace {

void set(int fd, int level, int option) noexcept {
    const int on = 1;
    (void)setsockopt(fd, level, option, &on, sizeof on);
}

// On 127.0.0.1 alone; port 0 takes a free one.
result<descriptor> listener_at(std::uint16_t port) {
    descriptor fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd.open()) { // before anything else sets errno
        return fail_errno(errno, "simulation", "no socket can be had");
    }
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(port);
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    set(fd.get(), SOL_SOCKET, SO_REUSEADDR);
    if (bind(fd.get(), reinterpret_cast<const sockaddr *>(&where), sizeof where) ||
        listen(fd.get(), 4) != 0) {
        return fail_errno(errno, "simulation", "no TCP port can be had on 127.0.0.1");
    }
    return fd;
}

descriptor spare_descriptor() noexcept {
    return descriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

std::uint16_t port_of(int fd) noexcept {
    sockaddr_in where{};
    socklen_t size = sizeof where;
    (void)getsockname(fd, reinterpret_cast<sockaddr *>(&where), &size);
    return ntohs(where.sin_port);
}

// Serves one client at a time: the newest, as one that reconnects is faster than the news of its
// end.
class tcp final : public endpoint {
public:
    tcp(reactor &on, bool rfc2217) noexcept : on_(on), rfc2217_(rfc2217) {}
    ~tcp() override { unplug(); }

    [[nodiscard]] outcome plug(reactor::handler &by) override {
        auto listener = listener_at(port_);
        if (!listener && port_ != 0) {
            listener = listener_at(0);
        }
        if (!listener) {
            return failure(std::move(listener.error()));
        }
        if (auto watched = on_.watch(listener->get(), EPOLLIN, by); !watched) {
            return watched;
        }
        by_ = &by;
        listener_ = std::move(*listener);
        spare_ = spare_descriptor();
        port_ = port_of(listener_.get());
        return {};
    }
    void unplug() noexcept override {
        hang_up();
        if (listener_.open()) {
            on_.unwatch(listener_.get());
            (void)shutdown(listener_.get(), SHUT_RDWR);
            listener_ = own_descriptor();
            spare_ = descriptor();
        }
    }
    [[nodiscard]] bool plugged() const noexcept override { return listener_.open(); }
    [[nodiscard]] std::string uri() const override {
        return fmt::format("{}:127.0.0.1:{}", rfc2217_ ? "rfc2217" : "tcp", port_);
    }

    void set_modem_lines(std::uint8_t on) override {
        const auto told = telnet_.set_modem_lines(on);
        if (rfc2217_ && client_.open()) {
            answer(told);
        }
    }

    [[nodiscard]] std::vector<std::uint8_t> take(int fd, std::uint32_t events) override {
        if (fd == listener_.get()) {
            accept_client();
            return {};
        }
        if ((events & EPOLLOUT) != 0) {
            on_.rewatch(client_.get(), EPOLLIN);
        }
        return read_client();
    }
    // Without a client what is said is lost, as on a real line.
    [[nodiscard]] std::size_t write(std::span<const std::uint8_t> data) override {
        if (!client_.open()) {
            return data.size();
        }
        if (rfc2217_) {
            answer(telnet_server::escaped(data));
            return data.size();
        }
        const ssize_t n = send(client_.get(), data.data(), data.size(), MSG_NOSIGNAL);
        const std::size_t taken = n > 0 ? static_cast<std::size_t>(n) : 0;
        if (taken < data.size()) {
            on_.rewatch(client_.get(), EPOLLIN | EPOLLOUT);
        }
        return taken;
    }

private:
    void hang_up() noexcept {
        if (client_.open()) {
            on_.unwatch(client_.get());
            // A child that was forked meanwhile may have the connection, too.
            (void)shutdown(client_.get(), SHUT_RDWR);
            client_ = own_descriptor();
        }
    }
    // Accepts by the spare descriptor, and hangs up: a listener that nobody takes from is ready
    // again at once, and its thread would do nothing else.
    void turn_away() {
        log::write(ALD_LOG_WARNING, "simulation",
                   uri() + " has turned a client away: too many files are open");
        spare_ = descriptor();
        (void)descriptor(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        spare_ = spare_descriptor();
    }
    void accept_client() {
        descriptor fresh(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (!fresh.open()) {
            if (errno == EMFILE || errno == ENFILE) {
                turn_away();
            }
            return;
        }
        hang_up();
        set(fresh.get(), IPPROTO_TCP, TCP_NODELAY);
        if (on_.watch(fresh.get(), EPOLLIN, *by_)) {
            client_ = std::move(fresh);
            telnet_.reset();
        }
    }
    std::vector<std::uint8_t> read_client() {
        std::array<std::uint8_t, 4096> room; // NOLINT(*-member-init): filled by recv
        const ssize_t n = recv(client_.get(), room.data(), room.size(), 0);
        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
            hang_up();
        }
        if (n <= 0) {
            return {};
        }
        const std::span<const std::uint8_t> came(room.data(), static_cast<std::size_t>(n));
        if (!rfc2217_) {
            return {came.begin(), came.end()};
        }
        auto sorted = telnet_.receive(came);
        answer(sorted.answers);
        return std::move(sorted.data);
    }
    // Small things that the system's buffer takes, or a client that does not read has lost.
    void answer(std::span<const std::uint8_t> bytes) noexcept {
        if (!bytes.empty()) {
            (void)send(client_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        }
    }

    reactor &on_;
    bool rfc2217_;
    reactor::handler *by_ = nullptr;
    own_descriptor listener_;
    own_descriptor client_;
    descriptor spare_; // for a client that there is no descriptor for
    std::uint16_t port_ = 0;
    telnet_server telnet_;
};

} // namespace

std::unique_ptr<endpoint> make_tcp(reactor &on, bool rfc2217) {
    return std::make_unique<tcp>(on, rfc2217);
}

std::unique_ptr<endpoint> make_endpoint(std::string_view listen, reactor &on) {
    return listen == "pty" ? make_pty(on) : make_tcp(on, listen == "rfc2217");
}

} // namespace alidade
