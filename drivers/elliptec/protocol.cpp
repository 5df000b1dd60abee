#include "protocol.hpp"

#include "support/text.hpp"

#include <algorithm>
#include <array>

namespace elliptec {

namespace {

using drivers::to_hexadecimal;

constexpr std::string_view digits = "0123456789ABCDEF";
constexpr std::size_t identity_size = 30;
constexpr std::size_t long_size = 8;
constexpr std::size_t motor_data_size = 22;
constexpr double points_per_ampere = 1866;
constexpr double clock_hz = 14740000; // for the period of a motor

std::string hexadecimal(std::uint32_t x, std::size_t size) {
    std::string text(size, '0');
    for (std::size_t i = size; i-- > 0; x >>= 4U) {
        text[i] = digits[x & 0xFU];
    }
    return text;
}

struct meaning {
    int status;
    ald_status code;
    const char *text;
    const char *advice;
};

constexpr std::array meanings{
    meaning{status_communication, ALD_E_IO, "communication time-out", "check the cable"},
    meaning{status_mechanical_timeout, ALD_E_TIMEOUT, "mechanical time-out",
            "something blocks it, or its motors want 'search_frequency'"},
    meaning{status_unsupported, ALD_E_UNSUPPORTED, "command error or not supported",
            "this model or firmware cannot do it"},
    meaning{status_out_of_range, ALD_E_RANGE, "value out of range", "stay within its travel"},
    meaning{status_isolated, ALD_E_STATE, "module isolated", "release it on the bus"},
    meaning{6, ALD_E_STATE, "module out of isolation", "home it"},
    meaning{status_initializing, ALD_E_STATE, "initializing error",
            "switch its supply off and on; it may be defective"},
    meaning{status_thermal, ALD_E_STATE, "thermal error", "let it cool down"},
    meaning{status_busy, ALD_E_BUSY, "busy", "wait until its motion has ended"},
    meaning{status_sensor, ALD_E_STATE, "sensor error", "home it; it may be defective"},
    meaning{status_motor, ALD_E_STATE, "motor error", "it may be defective"},
    meaning{status_range, ALD_E_RANGE, "out of range",
            "it was told to move beyond its travel; stay within it, or home it"},
    meaning{status_over_current, ALD_E_STATE, "over-current", "check its supply"},
};

} // namespace

std::optional<message> parse(std::string_view line) {
    line = drivers::trimmed(line);
    const auto is_letter = [](char c) { return c >= 'A' && c <= 'Z'; };
    const auto is_motor = [](char c) { return c == '1' || c == '2'; }; // I1, I2
    if (line.size() < 3 || !is_letter(line[1]) || !(is_letter(line[2]) || is_motor(line[2]))) {
        return std::nullopt;
    }
    const auto address = parse_address(line.substr(0, 1));
    const std::string_view data = line.substr(3);
    const bool clean = data.find_first_not_of("0123456789ABCDEFabcdef") == std::string_view::npos;
    if (!address || !clean) {
        return std::nullopt;
    }
    return message{*address, std::string(line.substr(1, 2)), std::string(data)};
}

char address_digit(int address) { return digits[static_cast<std::size_t>(address) & 0xFU]; }

std::optional<int> parse_address(std::string_view text) {
    const auto x = text.size() == 1 ? to_hexadecimal(text) : std::nullopt;
    return x ? std::optional(static_cast<int>(*x)) : std::nullopt;
}

std::optional<identity> parse_identity(std::string_view data) {
    if (data.size() != identity_size) {
        return std::nullopt;
    }
    const auto type = to_hexadecimal(data.substr(0, 2));
    const auto year = drivers::to_number<int>(data.substr(10, 4));
    const auto hardware = to_hexadecimal(data.substr(16, 2));
    const auto travel = to_hexadecimal(data.substr(18, 4));
    const auto pulses = to_hexadecimal(data.substr(22, 8));
    if (!type || !year || !hardware || !travel || !pulses) {
        return std::nullopt;
    }
    return identity{static_cast<int>(*type),
                    std::string(data.substr(2, 8)),
                    *year,
                    std::string(data.substr(14, 2)),
                    static_cast<int>(*hardware),
                    static_cast<int>(*travel),
                    std::int64_t{*pulses}};
}

std::optional<motor_data> parse_motor_data(std::string_view data) {
    if (data.size() != motor_data_size) {
        return std::nullopt;
    }
    const auto current = to_hexadecimal(data.substr(2, 4));
    const auto forward = to_hexadecimal(data.substr(14, 4));
    const auto backward = to_hexadecimal(data.substr(18, 4));
    if (!current || !forward || !backward || *forward == 0 || *backward == 0) {
        return std::nullopt;
    }
    return motor_data{*current / points_per_ampere, clock_hz / *forward, clock_hz / *backward};
}

std::string to_long(std::int64_t pulses) {
    return hexadecimal(static_cast<std::uint32_t>(static_cast<std::int32_t>(pulses)), long_size);
}

std::optional<std::int64_t> parse_long(std::string_view data) {
    const auto x = data.size() == long_size ? to_hexadecimal(data) : std::nullopt;
    return x ? std::optional(std::int64_t{static_cast<std::int32_t>(*x)}) : std::nullopt;
}

std::string to_byte(int x) { return hexadecimal(static_cast<std::uint32_t>(x), 2); }

std::optional<int> parse_byte(std::string_view data) {
    const auto x = data.size() == 2 ? to_hexadecimal(data) : std::nullopt;
    return x ? std::optional(static_cast<int>(*x)) : std::nullopt;
}

bool is_status(const message &heard, int status) {
    return heard.code == "GS" && parse_byte(heard.data) == status;
}

drivers::fault to_fault(int status, const std::string &motor, const std::string &doing) {
    const auto it = std::find_if(meanings.begin(), meanings.end(),
                                 [&](const meaning &m) { return m.status == status; });
    const std::string begin =
        "'" + motor + "' answered '" + doing + "' with status " + to_byte(status);
    if (it == meanings.end()) {
        return {ALD_E_STATE, begin + ", which has no meaning we know; see its manual", status};
    }
    return {it->code, begin + " (" + it->text + "); " + it->advice, status};
}

} // namespace elliptec
