#include "errors.hpp"

#include "support/text.hpp"

#include <algorithm>
#include <array>

namespace esp300 {

namespace {

constexpr std::int64_t greatest_code = 9999; // the axis, and two digits

struct meaning {
    std::int64_t kind;
    ald_status status;
    std::string_view text; // the controller's own
    std::string_view advice;
    bool loses_position = false;
};

constexpr std::array of_controller{
    meaning{1, ALD_E_IO, "PCI COMMUNICATION TIME-OUT", "switch the controller off and on"},
    meaning{4, ALD_E_STATE, "EMERGENCY STOP ACTIVATED",
            "release the emergency stop and set 'enabled'"},
    meaning{no_such_command, ALD_E_UNSUPPORTED, "COMMAND DOES NOT EXIST",
            "its firmware may be an older one"},
    meaning{7, ALD_E_RANGE, "PARAMETER OUT OF RANGE", "see the limits of the stage"},
    meaning{8, ALD_E_STATE, "CABLE INTERLOCK ERROR", "check the cables of the stages"},
    meaning{axis_out_of_range, ALD_E_NOT_FOUND, "AXIS NUMBER OUT OF RANGE",
            "it has fewer axes than that"},
    meaning{not_allowed, ALD_E_STATE, "COMMAND NOT ALLOWED", "wait until the motion has ended"},
    meaning{axis_missing, ALD_E_PROTOCOL, "AXIS NUMBER MISSING", "check the line"},
    meaning{parameter_missing, ALD_E_PROTOCOL, "COMMAND PARAMETER MISSING", "check the line"},
    meaning{46, ALD_E_IO, "RS-232 COMMUNICATION TIME-OUT", "check the cable and its RTS/CTS"},
};

constexpr std::array of_axis{
    meaning{0, ALD_E_STATE, "MOTOR TYPE NOT DEFINED", "set the stage up on the controller"},
    meaning{1, ALD_E_RANGE, "PARAMETER OUT OF RANGE", "see the limits of the stage"},
    meaning{2, ALD_E_STATE, "AMPLIFIER FAULT DETECTED", "check the stage and home it", true},
    meaning{3, ALD_E_STATE, "FOLLOWING ERROR THRESHOLD EXCEEDED",
            "the stage is blocked or too fast; free it and home it", true},
    meaning{4, ALD_E_RANGE, "POSITIVE HARDWARE LIMIT DETECTED", "move away from it and home it",
            true},
    meaning{5, ALD_E_RANGE, "NEGATIVE HARDWARE LIMIT DETECTED", "move away from it and home it",
            true},
    meaning{6, ALD_E_RANGE, "POSITIVE SOFTWARE LIMIT DETECTED", "stay below the greatest position"},
    meaning{7, ALD_E_RANGE, "NEGATIVE SOFTWARE LIMIT DETECTED", "stay above the least position"},
    meaning{not_connected, ALD_E_NOT_FOUND, "MOTOR / STAGE NOT CONNECTED",
            "connect the stage and open the device again", true},
    meaning{9, ALD_E_IO, "FEEDBACK SIGNAL FAULT DETECTED", "check the encoder's cable", true},
    meaning{10, ALD_E_RANGE, "MAXIMUM VELOCITY EXCEEDED", "choose a smaller velocity"},
    meaning{11, ALD_E_RANGE, "MAXIMUM ACCELERATION EXCEEDED", "choose a smaller acceleration"},
    meaning{motor_not_enabled, ALD_E_STATE, "MOTOR NOT ENABLED",
            "its motor is off: set 'enabled' to true"},
    meaning{15, ALD_E_RANGE, "MAXIMUM JERK EXCEEDED", "choose a smaller acceleration"},
    meaning{20, ALD_E_STATE, "HOMING ABORTED", "home it again", true},
    meaning{24, ALD_E_RANGE, "SPEED OUT OF RANGE", "choose another velocity"},
    meaning{26, ALD_E_STATE, "PARAMETER CHANGE NOT ALLOWED", "wait until the motion has ended"},
    meaning{29, ALD_E_STATE, "DIGITAL I/O INTERLOCK DETECTED", "release the interlock"},
    meaning{not_while_homing, ALD_E_STATE, "COMMAND NOT ALLOWED DURING HOMING",
            "wait until it is at home"},
};

const meaning *find(std::int64_t code) {
    const auto look = [](const auto &table, std::int64_t kind) -> const meaning * {
        const auto it = std::find_if(table.begin(), table.end(),
                                     [&](const meaning &m) { return m.kind == kind; });
        return it != table.end() ? &*it : nullptr;
    };
    return code >= 100 ? look(of_axis, code % 100) : look(of_controller, code);
}

} // namespace

std::optional<entry> parse_entry(std::string_view reply) {
    const std::size_t first = reply.find(',');
    const std::size_t second = first == std::string_view::npos ? first : reply.find(',', first + 1);
    if (second == std::string_view::npos) {
        return std::nullopt;
    }
    const auto code = drivers::to_plain_integer(reply.substr(0, first));
    const auto stamp = drivers::to_plain_integer(reply.substr(first + 1, second - first - 1));
    if (!code || *code < 0 || *code > greatest_code || !stamp) {
        return std::nullopt;
    }
    return entry{*code, drivers::printable(drivers::trimmed(reply.substr(second + 1)))};
}

bool refuses(std::int64_t code) {
    constexpr std::array commands{no_such_command, axis_out_of_range, not_allowed, axis_missing,
                                  parameter_missing};
    return code >= 100 ? code % 100 == not_while_homing
                       : std::find(commands.begin(), commands.end(), code) != commands.end();
}

bool loses_position(const entry &e) {
    const meaning *m = e.axis() > 0 ? find(e.code) : nullptr;
    return m != nullptr && m->loses_position;
}

drivers::fault to_fault(const entry &e, const std::string &where, const std::string &doing) {
    const meaning *m = find(e.code);
    std::string message = where + " reported error " + std::to_string(e.code) + " (" + e.text +
                          ") on '" + doing + "'; ";
    message += m != nullptr ? m->advice : "see the controller's manual";
    return {m != nullptr ? m->status : ald_status{ALD_E_STATE}, std::move(message), e.code};
}

} // namespace esp300
