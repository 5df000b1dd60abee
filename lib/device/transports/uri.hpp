// URI of a line: "serial:/dev/ttyUSB0?baud=19200".
#pragma once

#include "base/error.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace alidade {

// Settings of a serial line.
struct serial_settings {
    std::int32_t baud = 9600;
    std::int32_t data_bits = 8;
    std::int32_t parity = 0; // ALD_PARITY_<X>
    std::int32_t stop_bits = 1;
    std::int32_t flow = 0; // ALD_FLOW_<X>
    // Modem lines at the opening; empty leaves them on, as the system has them. RTS is the port's
    // own with ALD_FLOW_RTS_CTS.
    std::optional<bool> dtr{};
    std::optional<bool> rts{};
};

[[nodiscard]] outcome check_serial_settings(const serial_settings &s);

struct line_uri {
    std::string text;    // as it was given
    std::string scheme;  // "serial"
    std::string address; // "/dev/ttyUSB0", decoded
    std::vector<std::pair<std::string, std::string>> options;

    [[nodiscard]] const std::string *option(std::string_view name) const noexcept;
};

// Checks the scheme, and the names of the options where the scheme has its own.
[[nodiscard]] result<line_uri> parse_line_uri(std::string_view text);

// Settings of a serial line: the options of the URI go before `from_driver`.
[[nodiscard]] result<serial_settings> serial_settings_of(const line_uri &uri,
                                                         serial_settings from_driver);

// Options of a URI about the lines of text that go over the line.
struct text_settings {
    std::string terminator{}; // empty: the driver knows
    bool echo = false;        // the instrument sends back what it gets
};
[[nodiscard]] result<text_settings> text_settings_of(const line_uri &uri);

struct host_and_port {
    std::string host;
    std::string port;
};

// "host:port", "[::1]:port"
[[nodiscard]] result<host_and_port> host_and_port_of(const line_uri &uri);

} // namespace alidade
