// The error queue of the controller: what its numbers mean, and to whom they belong.
#pragma once

#include "support/fault.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace esp300 {

// Entry of the error queue, "code, time stamp, text".
struct entry {
    std::int64_t code = 0; // 0: the queue is empty
    std::string text{};

    // The axis that it is about; 0 for none.
    [[nodiscard]] int axis() const { return code >= 100 ? static_cast<int>(code / 100) : 0; }
    // Without the axis.
    [[nodiscard]] std::int64_t kind() const { return code >= 100 ? code % 100 : code; }
};

// Nothing for what is no entry.
[[nodiscard]] std::optional<entry> parse_entry(std::string_view reply);

// Kinds of errors of an axis.
enum : std::int64_t { not_connected = 8, motor_not_enabled = 13, not_while_homing = 30 };
// Kinds of errors of the controller.
enum : std::int64_t {
    no_such_command = 6,
    axis_out_of_range = 9,
    not_allowed = 27,
    axis_missing = 37,
    parameter_missing = 38,
};

// Tells whether the axis may stand elsewhere than its counter says after such an error.
[[nodiscard]] bool loses_position(const entry &e);

// Tells by the code of an error whether the controller refused a command: it does not know it, or
// does not take it now.
[[nodiscard]] bool refuses(std::int64_t code);

// The error in our words. `where` names the axis or the controller, `doing` the command.
[[nodiscard]] drivers::fault to_fault(const entry &e, const std::string &where,
                                      const std::string &doing);

} // namespace esp300
