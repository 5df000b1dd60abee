#include "device/transports/tcp.hpp"

#include <cerrno>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <system_error>

namespace alidade {

namespace {

struct free_addresses {
    void operator()(addrinfo *list) const noexcept { freeaddrinfo(list); }
};
using addresses = std::unique_ptr<addrinfo, free_addresses>;

// The answer of a look-up, and who waits for it. A look-up that nobody waits for any more goes on.
struct look_up {
    explicit look_up(host_and_port host) : what(std::move(host)) {}

    const host_and_port what;
    wake_descriptor done;
    std::mutex mutex;
    int failed = 0;
    int number = 0; // errno of a system call that failed
    addresses found;

    void carry_out(int flags) {
        addrinfo hints{};
        hints.ai_socktype = SOCK_STREAM;
        hints.ai_flags = AI_NUMERICSERV | flags;
        addrinfo *list = nullptr;
        const int status = getaddrinfo(what.host.c_str(), what.port.c_str(), &hints, &list);
        const int system_error = errno;
        const std::scoped_lock lock(mutex);
        failed = status;
        number = system_error;
        found.reset(status == 0 ? list : nullptr);
        done.set();
    }
};

failure ended_early(const line_uri &uri, line_wait::end how, std::string_view what) {
    if (how == line_wait::end::cancelled) {
        return fail({.code = ALD_E_CANCELLED, .domain = "line", .where = uri.text},
                    "cancelled while '{}' was {}", uri.text, what);
    }
    return fail({.code = ALD_E_TIMEOUT, .domain = "line", .where = uri.text},
                "'{}' was not {} before the timeout; check the network and the address", uri.text,
                what);
}

result<addresses> addresses_of(const line_uri &uri, host_and_port what, const line_wait &how_long) {
    const auto ours = std::make_shared<look_up>(std::move(what));
    if (!ours->done.usable()) {
        return fail_errno(EMFILE, "line", "looking '" + ours->what.host + "' up");
    }
    ours->carry_out(AI_NUMERICHOST);
    if (ours->failed != 0) {
        ours->done.clear();
        if (auto asked = runtime::instance().workers().submit([ours] { ours->carry_out(0); });
            !asked) {
            return failure(std::move(asked.error()));
        }
        const line_wait::end end = how_long.await(ours->done.get(), POLLIN);
        if (end != line_wait::end::ready) {
            return ended_early(uri, end, "looked up");
        }
    }
    const std::scoped_lock lock(ours->mutex);
    if (ours->failed == EAI_SYSTEM ||
        ours->failed == EAI_MEMORY) { // ours, and not the name's fault
        return fail_errno(ours->failed == EAI_MEMORY ? ENOMEM : ours->number, "line",
                          "looking '" + ours->what.host + "' up");
    }
    if (ours->failed != 0) {
        return fail({.code = ALD_E_NOT_FOUND,
                     .domain = "line",
                     .where = uri.text,
                     .native_code = ours->failed},
                    "the host '{}' is not known: {}", ours->what.host, gai_strerror(ours->failed));
    }
    return std::move(ours->found);
}

void set_option(int fd, int level, int name, int value) noexcept {
    (void)setsockopt(fd, level, name, &value, sizeof(value));
}

// Small messages go at once, and a host that is gone is noticed although nobody sends.
void tune(int fd) noexcept {
    set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, 5);
    set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, 2);
    set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, 3);
    set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 10'000);
}

failure refused(const line_uri &uri, int number) {
    return fail(
        {.code = ALD_E_NOT_FOUND, .domain = "line", .where = uri.text, .native_code = number},
        "nobody answers at '{}': {}; check the address and that the instrument is on", uri.text,
        std::generic_category().message(number));
}

result<descriptor> connect_one(const line_uri &uri, const addrinfo &to, const line_wait &how_long,
                               std::int64_t until) {
    descriptor fd(socket(to.ai_family, to.ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd.open()) {
        return fail_errno(errno, "line", "opening '" + uri.text + "'");
    }
    tune(fd.get());
    if (connect(fd.get(), to.ai_addr, to.ai_addrlen) == 0) {
        return fd;
    }
    if (errno != EINPROGRESS && errno != EINTR) {
        return refused(uri, errno);
    }
    const line_wait::end end = how_long.await(fd.get(), POLLOUT, until);
    if (end != line_wait::end::ready) {
        return ended_early(uri, end, "reached");
    }
    int number = 0;
    socklen_t size = sizeof(number);
    (void)getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &number, &size);
    return number == 0 ? result<descriptor>(std::move(fd)) : refused(uri, number);
}

// Each address that is left gets its share of the time that is left.
std::int64_t share_of(const addrinfo *left, std::int64_t deadline) {
    if (deadline == never) {
        return left->ai_next == nullptr ? never : mono_ns() + 10'000'000'000;
    }
    std::int64_t count = 1;
    for (const addrinfo *a = left->ai_next; a != nullptr; a = a->ai_next) {
        ++count;
    }
    const std::int64_t now = mono_ns();
    return now + (deadline - now) / count;
}

} // namespace

tcp_transport::~tcp_transport() {
    // A child that was forked meanwhile may have the connection, too.
    (void)shutdown(fd(), SHUT_RDWR);
}

result<std::size_t> tcp_transport::read(std::span<char> to) {
    const ssize_t done = recv(fd(), to.data(), to.size(), 0);
    return done == 0 ? closed_by_peer() : count_of(done);
}

result<std::size_t> tcp_transport::write(std::string_view bytes) {
    return count_of(send(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL));
}

result<descriptor> connect_tcp(const line_uri &uri, const line_wait &how_long) {
    auto what = host_and_port_of(uri);
    if (!what) {
        return failure(std::move(what.error()));
    }
    const auto known = addresses_of(uri, std::move(*what), how_long);
    if (!known) {
        return failure(known.error());
    }
    result<descriptor> last = refused(uri, EHOSTUNREACH);
    for (const addrinfo *a = known->get(); a != nullptr && !last; a = a->ai_next) {
        last = connect_one(uri, *a, how_long, share_of(a, how_long.deadline()));
        if (how_long.over() != line_wait::end::ready) {
            break;
        }
    }
    return last;
}

result<std::unique_ptr<transport>> open_tcp(const line_uri &uri, const line_wait &how_long) {
    auto fd = connect_tcp(uri, how_long);
    if (!fd) {
        return failure(std::move(fd.error()));
    }
    return std::make_unique<tcp_transport>(uri.address, std::move(*fd));
}

} // namespace alidade
