#include "device/transports/uri.hpp"

#include "base/text/utf8.hpp"

#include <alidade/driver.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

namespace alidade {

namespace {

constexpr std::array line_options{"baud", "bits", "parity",     "stop", "flow",
                                  "dtr",  "rts",  "terminator", "echo", "transcript"};
constexpr std::array serial_options{"baud",       "bits", "parity",        "stop",
                                    "flow",       "dtr",  "serial_number", "rts",
                                    "terminator", "echo", "transcript"};
constexpr std::array plain_options{"terminator", "echo", "transcript"};

constexpr std::int32_t least_baud = 50;
constexpr std::int32_t most_baud = 4'000'000;

struct scheme {
    const char *name;
    const char *example;
    std::span<const char *const> options; // none: the line itself knows
};

constexpr std::array schemes{
    scheme{"serial", "serial:/dev/ttyUSB0?baud=9600", serial_options},
    scheme{"tcp", "tcp:192.168.1.20:5000", plain_options},
    scheme{"rfc2217", "rfc2217:192.168.1.20:2217?baud=9600", line_options},
    scheme{"sim", "sim:esp300", {}},
    scheme{"replay", "replay:session.txt", plain_options},
};

template <class... Args>
failure bad_uri(std::string_view text, fmt::format_string<Args...> format, Args &&...args) {
    return fail({.code = ALD_E_INVALID, .domain = "uri", .where = std::string(text)}, format,
                std::forward<Args>(args)...);
}

// Messages, logs and transcripts show it.
bool is_plain_text(std::string_view text) noexcept {
    return invalid_utf8(text) == std::string_view::npos &&
           std::none_of(text.begin(), text.end(),
                        [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; });
}

int digit_of(char c) noexcept {
    int digit = -1;
    const auto read = std::from_chars(&c, &c + 1, digit, 16);
    return read.ec == std::errc() ? digit : -1;
}

// "%20" and its like.
result<std::string> decoded(std::string_view part, std::string_view text) {
    std::string plain;
    for (std::size_t i = 0; i < part.size(); ++i) {
        if (part[i] != '%') {
            plain += part[i];
            continue;
        }
        const int high = i + 2 < part.size() ? digit_of(part[i + 1]) : -1;
        const int low = i + 2 < part.size() ? digit_of(part[i + 2]) : -1;
        if (high < 0 || low < 0 || high + low == 0) {
            return bad_uri(text,
                           "'%' in '{}' begins no byte in two hexadecimal digits; write '%25' for "
                           "a percent sign",
                           part);
        }
        plain += static_cast<char>(high * 16 + low);
        i += 2;
    }
    if (!is_plain_text(plain)) {
        return bad_uri(text,
                       "'{}' stands for bytes that are no text; expected UTF-8 without "
                       "control characters",
                       part);
    }
    return plain;
}

outcome read_options(line_uri &to, std::string_view query, std::span<const char *const> known) {
    while (!query.empty()) {
        const std::string_view one = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), one.size() + 1));
        const std::size_t equals = one.find('=');
        if (equals == std::string_view::npos || equals == 0) {
            return bad_uri(to.text, "'{}' in '{}' is no option; expected name=value", one, to.text);
        }
        std::string name(one.substr(0, equals));
        if (!known.empty() && std::find(known.begin(), known.end(), name) == known.end()) {
            return bad_uri(to.text, "'{}:' has no option '{}'{}; it has {}", to.scheme, name,
                           did_you_mean(name, known), fmt::join(known, ", "));
        }
        if (to.option(name) != nullptr) {
            return bad_uri(to.text, "the option '{}' stands twice in '{}'", name, to.text);
        }
        auto value = decoded(one.substr(equals + 1), to.text);
        if (!value) {
            return failure(std::move(value.error()));
        }
        to.options.emplace_back(std::move(name), std::move(*value));
    }
    return {};
}

outcome read_number(const line_uri &uri, const char *name, std::int32_t least, std::int32_t most,
                    std::int32_t &to) {
    const std::string *given = uri.option(name);
    if (given == nullptr) {
        return {};
    }
    std::int32_t number = 0;
    const char *end = given->data() + given->size();
    const auto read = std::from_chars(given->data(), end, number);
    if (read.ec != std::errc() || read.ptr != end || number < least || number > most) {
        return bad_uri(uri.text, "{}={} is not possible; expected a number from {} to {}", name,
                       *given, least, most);
    }
    to = number;
    return {};
}

outcome read_choice(const line_uri &uri, const char *name, std::span<const char *const> choices,
                    std::int32_t &to) {
    const std::string *given = uri.option(name);
    if (given == nullptr) {
        return {};
    }
    const auto it = std::find(choices.begin(), choices.end(), *given);
    if (it == choices.end()) {
        return bad_uri(uri.text, "{}={} is not possible{}; expected one of {}", name, *given,
                       did_you_mean(*given, choices), fmt::join(choices, ", "));
    }
    to = static_cast<std::int32_t>(it - choices.begin());
    return {};
}

outcome read_switch(const line_uri &uri, const char *name, std::optional<bool> &to) {
    static constexpr std::array choices{"off", "on"};
    std::int32_t on = -1;
    auto read = read_choice(uri, name, choices, on);
    if (read && on >= 0) {
        to = on == 1;
    }
    return read;
}

} // namespace

outcome check_serial_settings(const serial_settings &s) {
    if (s.baud < least_baud || s.baud > most_baud || s.data_bits < 5 || s.data_bits > 8 ||
        s.parity < ALD_PARITY_NONE || s.parity > ALD_PARITY_EVEN || s.stop_bits < 1 ||
        s.stop_bits > 2 || s.flow < ALD_FLOW_NONE || s.flow > ALD_FLOW_XON_XOFF) {
        return fail(ALD_E_INVALID, "line",
                    "a serial line cannot have baud {}, {} data bits, parity {}, {} stop bits and "
                    "flow control {}; the driver has set something wrong",
                    s.baud, s.data_bits, s.parity, s.stop_bits, s.flow);
    }
    return {};
}

const std::string *line_uri::option(std::string_view name) const noexcept {
    const auto it = std::find_if(options.begin(), options.end(),
                                 [&](const auto &option) { return option.first == name; });
    return it != options.end() ? &it->second : nullptr;
}

result<line_uri> parse_line_uri(std::string_view text) {
    if (!is_plain_text(text)) {
        return bad_uri("", "the name of a line is no text; expected UTF-8 without control "
                           "characters, as 'serial:/dev/ttyUSB0'");
    }
    line_uri uri;
    uri.text = text;
    const std::size_t colon = text.find(':');
    uri.scheme = text.substr(0, colon);
    const auto *known = std::find_if(schemes.begin(), schemes.end(),
                                     [&](const scheme &s) { return uri.scheme == s.name; });
    if (colon == std::string_view::npos || known == schemes.end()) {
        std::array<const char *, schemes.size()> names{};
        std::transform(schemes.begin(), schemes.end(), names.begin(),
                       [](const scheme &s) { return s.name; });
        if (text.substr(0, 5) == "/dev/") {
            return bad_uri(text, "'{}' says no kind of line; write 'serial:{}'", text, text);
        }
        return bad_uri(text, "'{}' begins with no known kind of line{}; expected one of {}", text,
                       did_you_mean(uri.scheme, names), fmt::join(names, ", "));
    }
    std::string_view rest = text.substr(colon + 1);
    const std::size_t question = rest.find('?');
    auto address = decoded(rest.substr(0, question), text);
    if (!address) {
        return failure(std::move(address.error()));
    }
    uri.address = std::move(*address);
    if (question != std::string_view::npos) {
        if (auto read = read_options(uri, rest.substr(question + 1), known->options); !read) {
            return failure(std::move(read.error()));
        }
    }
    if (uri.address.empty() && uri.option("serial_number") == nullptr) {
        return bad_uri(text, "'{}' names no line; expected something like '{}'", text,
                       known->example);
    }
    return uri;
}

result<serial_settings> serial_settings_of(const line_uri &uri, serial_settings from_driver) {
    static constexpr std::array parities{"none", "odd", "even"};
    static constexpr std::array flows{"none", "rtscts", "xonxoff"};
    serial_settings s = from_driver;
    const outcome checks[] = {
        read_number(uri, "baud", least_baud, most_baud, s.baud),
        read_number(uri, "bits", 5, 8, s.data_bits),
        read_choice(uri, "parity", parities, s.parity),
        read_number(uri, "stop", 1, 2, s.stop_bits),
        read_choice(uri, "flow", flows, s.flow),
        read_switch(uri, "dtr", s.dtr),
        read_switch(uri, "rts", s.rts),
    };
    for (const outcome &checked : checks) {
        if (!checked) {
            return failure(checked.error());
        }
    }
    if (s.rts && s.flow == ALD_FLOW_RTS_CTS) {
        return bad_uri(uri.text,
                       "RTS belongs to the flow control 'rtscts'{}; leave 'rts' out, or add "
                       "'flow=none'",
                       uri.option("flow") == nullptr ? ", which the instrument's driver wants"
                                                     : "");
    }
    return s;
}

result<text_settings> text_settings_of(const line_uri &uri) {
    static constexpr std::array names{"lf", "cr", "crlf"};
    static constexpr std::array<const char *, 3> ends{"\n", "\r", "\r\n"};
    text_settings s;
    if (uri.scheme == "sim") { // its options are those of the simulated instrument
        return s;
    }
    std::optional<bool> echo;
    std::int32_t end = -1;
    const outcome checks[] = {read_choice(uri, "terminator", names, end),
                              read_switch(uri, "echo", echo)};
    for (const outcome &checked : checks) {
        if (!checked) {
            return failure(checked.error());
        }
    }
    if (end >= 0) {
        s.terminator = ends[static_cast<std::size_t>(end)];
    }
    s.echo = echo.value_or(false);
    return s;
}

result<host_and_port> host_and_port_of(const line_uri &uri) {
    const std::string &address = uri.address;
    const std::size_t colon = address.rfind(':');
    const bool brackets = !address.empty() && address.front() == '[';
    const std::size_t host_end = brackets ? address.find(']') : colon;
    int port = 0;
    const char *end = address.data() + address.size();
    if (colon == std::string::npos || host_end == std::string::npos || host_end == 0 ||
        (brackets && colon != host_end + 1) || (!brackets && address.find(':') != colon) ||
        std::from_chars(address.data() + colon + 1, end, port).ptr != end || port < 1 ||
        port > 65535) {
        return bad_uri(uri.text,
                       "'{}' is no host and port; expected something like '{}:192.168.1.20:5000' "
                       "or '{}:[fe80::1]:5000'",
                       uri.text, uri.scheme, uri.scheme);
    }
    return host_and_port{brackets ? address.substr(1, host_end - 1) : address.substr(0, host_end),
                         address.substr(colon + 1)};
}

} // namespace alidade
