// Motors of the simulated bus: what the maker's manual, issue 10, says of each model.
#pragma once

#include "support/text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace elliptec::simulated {

// Commands, with the number of characters that follow their two letters.
inline const std::map<std::string, std::size_t, std::less<>> &commands() {
    static const std::map<std::string, std::size_t, std::less<>> known{
        {"in", 0}, {"gs", 0}, {"gp", 0}, {"gv", 0}, {"go", 0}, {"gj", 0}, {"us", 0},
        {"s1", 0}, {"s2", 0}, {"c1", 0}, {"c2", 0}, {"sk", 0}, {"om", 0}, {"cm", 0},
        {"st", 0}, {"i1", 0}, {"i2", 0}, {"fw", 0}, {"bw", 0}, {"ho", 1}, {"ah", 1},
        {"ca", 1}, {"ga", 1}, {"is", 2}, {"sv", 2}, {"f1", 4}, {"f2", 4}, {"b1", 4},
        {"b2", 4}, {"ma", 8}, {"mr", 8}, {"so", 8}, {"sj", 8},
    };
    return known;
}

// The numbers behind GS, by the maker's manual.
enum : int { ok = 0, unsupported = 3, out_of_range = 4, busy = 9, beyond_range = 12 };

enum class kind { rotator, stage, slider, iris };

// A motor as it says itself what it is, and what the manual says of its model. The ELL14's pulses
// are those of a captured reply, the others' those of the manual.
struct model {
    int type; // 14 for an ELL14
    kind what;
    bool stops;
    int places; // of a slider
    int slowest;
    double speed; // per second, in its unit
    int travel;   // of a slider: pulses from one place to the next
    std::int64_t pulses;
    int hardware = 1;

    // Continuous motion after a jog step of 0: pages 34 and 36.
    [[nodiscard]] bool runs_on() const { return type == 14; }
    // Periods of its motors can be set, and optimizing them interrupted: pages 15 and 47.
    [[nodiscard]] bool can_be_tuned() const { return type != 16 && type != 21; }
    // `om` and `cm`: pages 45 and 46.
    [[nodiscard]] bool optimizes() const { return type >= 14; }
    [[nodiscard]] bool cleans() const { return optimizes() && what != kind::iris; }

    [[nodiscard]] bool slides() const { return what == kind::slider; }
    [[nodiscard]] bool rotates() const { return what == kind::rotator; }
    // An ELL6B has two motors, an ELL6 one.
    [[nodiscard]] bool has_one_motor() const { return type == 6 && hardware == 1; }
    // Pulses of one of its unit.
    [[nodiscard]] double scale() const {
        return slides() ? travel : static_cast<double>(pulses) / (rotates() ? 360 : 1);
    }
    [[nodiscard]] double least() const {
        return rotates() ? -greatest() : what == kind::iris ? 1 : 0;
    }
    [[nodiscard]] double greatest() const {
        return rotates()            ? 2147483647 / scale()
               : slides()           ? places - 1
               : what == kind::iris ? 11.5
                                    : travel;
    }
};

inline constexpr std::array models{
    model{6, kind::slider, false, 2, 0, 4, 31, 1, 2},
    model{7, kind::stage, false, 0, 1, 180, 28, 1024},
    model{8, kind::rotator, false, 0, 1, 430, 360, 262144},
    model{9, kind::slider, false, 4, 0, 4, 31, 0},
    model{10, kind::stage, false, 0, 1, 180, 28, 1024},
    model{12, kind::slider, false, 6, 0, 4, 19, 0},
    model{14, kind::rotator, true, 0, 1, 430, 360, 143360},
    model{15, kind::iris, false, 0, 0, 10, 10, 1000},
    model{16, kind::rotator, true, 0, 50, 430, 360, 65536},
    model{17, kind::stage, false, 0, 1, 180, 28, 1024},
    model{18, kind::rotator, false, 0, 1, 430, 360, 262144},
    model{20, kind::stage, false, 0, 1, 180, 60, 1024},
    model{21, kind::rotator, true, 0, 50, 430, 360, 65536},
};

// Upper-case digits, the last ones of two's complement.
inline std::string hex(std::int64_t x, int digits) {
    std::string text;
    for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
        text += "0123456789ABCDEF"[(x >> shift) & 0xF];
    }
    return text;
}

// Exactly so many digits.
inline std::optional<std::uint32_t> from_hex(std::string_view text, std::size_t digits) {
    return text.size() == digits ? drivers::to_hexadecimal(text) : std::nullopt;
}

enum class service { none, search, optimize, clean };

// Periods that a motor works with: of a first and a second one, forward and backward.
inline constexpr std::array period_names{"f1", "b1", "f2", "b2"};
inline constexpr std::array<std::uint32_t, 4> factory_periods{0xBD, 0x8B, 0xBD, 0x8B};

inline std::optional<std::size_t> period_of(std::string_view name) {
    const auto *const found = std::find(period_names.begin(), period_names.end(), name);
    return found != period_names.end()
               ? std::optional(static_cast<std::size_t>(found - period_names.begin()))
               : std::nullopt;
}

// A motor turns the bench's half-wave plate, or something of its own that nothing else sees.
struct motor {
    int address = 0;
    std::optional<int> group{}; // the address that it listens to until its next motion has ended
    const model *kind = nullptr;
    std::string serial_number{};
    bool on_bench = false;
    int status = ok;
    int velocity = 100;
    std::int64_t jog = 0;
    std::int64_t offset = 0;
    std::array<std::uint32_t, 4> periods = factory_periods;
    bool moves = false;
    std::int64_t arrives_ns = 0;
    std::int64_t rested_ns = INT64_MIN / 2;
    // Way of a motor that is not on the bench, at an even speed.
    double from = 0;
    double to = 0;
    std::int64_t begins_ns = 0;
    service serves = service::none;
    std::int64_t serves_until_ns = 0;
    std::int64_t isolated_until_ns = 0;

    [[nodiscard]] bool is_busy() const { return moves || serves != service::none; }
    [[nodiscard]] bool listens_to(char digit) const {
        return hex(group.value_or(address), 1)[0] == digit;
    }
    // False for a command to a second motor where there is one alone.
    [[nodiscard]] bool has_motor_of(std::string_view name) const {
        return name.back() != '2' || !kind->has_one_motor();
    }
    // The end of its travel, or of a turn, that is further away.
    [[nodiscard]] double far_end(double place) const {
        const double least = kind->rotates() ? 0 : kind->least();
        const double greatest = kind->rotates() ? 360 : kind->greatest();
        return place < (least + greatest) / 2 ? greatest : least;
    }
    // The first digit of a period must be 8; 8FFF stands for that of the factory. Page 15.
    [[nodiscard]] bool tune(std::size_t which, std::optional<std::uint32_t> period) {
        if (!period || (*period & 0xF000U) != 0x8000U) {
            return false;
        }
        const std::uint32_t given = *period & 0xFFFU;
        periods.at(which) = given == 0xFFF ? factory_periods.at(which) : given;
        return true;
    }
    // Loop on, motor at work or not, its current, two ramps that are not defined, and its periods.
    [[nodiscard]] std::string motor_data(std::size_t which) const {
        return std::string("1") + (moves ? "1" : "0") + "0428FFFFFFFF" +
               hex(periods.at(2 * which), 4) + hex(periods.at(2 * which + 1), 4);
    }
    [[nodiscard]] std::string identity() const {
        return hex(kind->type, 2) + serial_number + "2023" + "17" + hex(kind->hardware, 2) +
               hex(kind->travel, 4) + hex(kind->pulses, 8);
    }
};

} // namespace elliptec::simulated
