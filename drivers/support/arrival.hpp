// Arrival of a motion: tells whether an axis that stands has reached its goal, was stopped on its
// way, or has not begun.
#pragma once

#include "support/fault.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace drivers {

// Precision of an axis, in its unit; 0 for what is not known.
struct precision {
    double repeatability = 0; // as its driver states it
    double resolution = 0;    // the least step that it can tell
    double tolerance = 0;     // as the user wants it; 0 leaves it to the others
};

class arrival {
public:
    // An instrument may say that an axis stands before that has begun.
    static constexpr std::int64_t start_ns = 500'000'000;

    arrival() = default;
    arrival(double from, double goal, const precision &how_well, std::int64_t begun_ns) noexcept
        : from_(from), goal_(goal), precision_(how_well), begun_ns_(begun_ns) {}

    // Expects it to move even if it stands at its goal: a search for home.
    void searches() noexcept { searches_ = true; }
    // The axis was seen in motion.
    void moves() noexcept { moved_ = true; }

    enum class verdict { reached, not_begun, missed };
    // Judges an axis that stands.
    [[nodiscard]] verdict judge(double here, std::int64_t now_ns) const noexcept;
    // Distance from the goal at which it may stand: the tolerance, or else the greatest of
    // repeatability, 20 resolutions and 1 % of the distance.
    [[nodiscard]] double allowed() const noexcept;

    // Words the failure of an axis that has missed its goal; `unit` "1" for none.
    [[nodiscard]] fault missed(const std::string &axis, double here, const std::string &unit) const;

private:
    double from_ = 0;
    double goal_ = 0;
    precision precision_{};
    std::int64_t begun_ns_ = 0;
    bool searches_ = false;
    bool moved_ = false;
};

} // namespace drivers
