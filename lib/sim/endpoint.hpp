// Connections of simulated instruments: a pseudo-terminal, or a TCP port.
#pragma once

#include "base/async/reactor.hpp"
#include "base/error.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace alidade {

// Connection to which a program opens a line. Used by the reactor's thread alone.
class endpoint {
public:
    endpoint() = default;
    endpoint(const endpoint &) = delete;
    endpoint &operator=(const endpoint &) = delete;
    virtual ~endpoint() = default;

    // Connects it; `by` is told of what comes.
    [[nodiscard]] virtual outcome plug(reactor::handler &by) = 0;
    // Hangs up: the program at the other end finds the line gone.
    virtual void unplug() noexcept = 0;
    [[nodiscard]] virtual bool plugged() const noexcept = 0;
    // Modem lines that are on, of `modem_line`; for the program at the other end, where it can ask.
    virtual void set_modem_lines(std::uint8_t) {}
    // URI of the line, for a device that is to talk to the instrument.
    [[nodiscard]] virtual std::string uri() const = 0;

    // Handles an event; gives the bytes that came for the instrument.
    [[nodiscard]] virtual std::vector<std::uint8_t> take(int fd, std::uint32_t events) = 0;
    // Writes, and gives the number of bytes taken; if not all, EPOLLOUT comes when there is room.
    [[nodiscard]] virtual std::size_t write(std::span<const std::uint8_t> data) = 0;
};

// "pty", "tcp", "rfc2217".
[[nodiscard]] std::unique_ptr<endpoint> make_endpoint(std::string_view listen, reactor &on);

// The kinds themselves.
[[nodiscard]] std::unique_ptr<endpoint> make_pty(reactor &on);
[[nodiscard]] std::unique_ptr<endpoint> make_tcp(reactor &on, bool rfc2217);

} // namespace alidade
