// The models of the Elliptec family, by the maker's protocol manual: what they are, and which of
// them can be stopped.
#pragma once

#include "protocol.hpp"

namespace elliptec {

struct model {
    enum class kind { rotator, stage, slider, iris };

    int type; // 14 for an ELL14
    kind what;
    bool stops; // `st` ends its motions; the others refuse it and go on to their goals
    // For a slider: number of its places, and pulses from one to the next.
    int places;
    int pitch;
    int slowest; // least velocity, in per cent
    // In its unit, as the data sheets have them: roughly. Speed per second at full velocity. Of a
    // slider how far from a place it may stand.
    double speed;
    double repeatability;

    [[nodiscard]] bool rotates() const { return what == kind::rotator; }
    [[nodiscard]] bool slides() const { return what == kind::slider; }
    [[nodiscard]] const char *unit() const;
    // Runs on after a jog step of 0, until it is stopped.
    [[nodiscard]] bool runs_on() const { return type == 14; }
    [[nodiscard]] bool optimizes() const { return type >= 14; }
    [[nodiscard]] bool optimizing_can_be_stopped() const { return type != 16 && type != 21; }
    [[nodiscard]] bool cleans() const { return optimizes() && what != kind::iris; }
};

// NULL for what the manual does not know.
[[nodiscard]] const model *find_model(int type);

// Fails for a motor that has told its identity and cannot be used, and says why.
[[nodiscard]] drivers::outcome check(const identity &who);

// True for a device with one motor, and nothing to search with `s2`.
[[nodiscard]] bool has_one_motor(const identity &who);

struct range {
    double min;
    double max;
};
// Travel, in its unit. `who` is one of `find_model`.
[[nodiscard]] range range_of(const identity &who);
// Pulses for one of its unit.
[[nodiscard]] double scale_of(const identity &who);
// Position after homing, in its unit; empty where that is not known.
[[nodiscard]] std::optional<double> home_of(const model &m);

// The place of a slider; nothing between two.
[[nodiscard]] std::optional<int> place_of(const model &m, std::int64_t pulses);

} // namespace elliptec
