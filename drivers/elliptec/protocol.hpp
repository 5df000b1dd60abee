// Messages on an Elliptec bus: lines of address, two letters and hexadecimal data.
#pragma once

#include "support/fault.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace elliptec {

// "2PO00000118": address 2, code "PO", data "00000118".
struct message {
    int address = 0;
    std::string code{};
    std::string data{};
};

// Nothing for what is no message.
[[nodiscard]] std::optional<message> parse(std::string_view line);

[[nodiscard]] char address_digit(int address);
// 0 to 15; nothing for what is no address.
[[nodiscard]] std::optional<int> parse_address(std::string_view text);

// Identity of a motor, from the 30 characters behind IN.
struct identity {
    int type = 0; // 14 for an ELL14
    std::string serial_number{};
    int year = 0;
    std::string firmware{};
    int hardware = 0;
    int travel = 0;          // degrees or millimetres
    std::int64_t pulses = 0; // per turn or per millimetre
};

[[nodiscard]] std::optional<identity> parse_identity(std::string_view data);

// Eight digits, two's complement.
[[nodiscard]] std::string to_long(std::int64_t pulses);
[[nodiscard]] std::optional<std::int64_t> parse_long(std::string_view data);
// Two digits.
[[nodiscard]] std::string to_byte(int x);
[[nodiscard]] std::optional<int> parse_byte(std::string_view data);

// Data of one of the motors of a device: I1, I2.
struct motor_data {
    double current = 0;            // A, of the last motion
    double forward_frequency = 0;  // Hz
    double backward_frequency = 0; // Hz
};

[[nodiscard]] std::optional<motor_data> parse_motor_data(std::string_view data);

// The numbers of GS.
enum : int {
    status_ok = 0,
    status_communication = 1,
    status_mechanical_timeout = 2,
    status_unsupported = 3,
    status_out_of_range = 4,
    status_isolated = 5,
    status_initializing = 7,
    status_thermal = 8,
    status_busy = 9,
    status_sensor = 0x0a,
    status_motor = 0x0b,
    status_range = 0x0c,
    status_over_current = 0x0d,
};

[[nodiscard]] bool is_status(const message &heard, int status);

// A status other than ok, in our words.
[[nodiscard]] drivers::fault to_fault(int status, const std::string &motor,
                                      const std::string &doing);

} // namespace elliptec
