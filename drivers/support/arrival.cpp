#include "support/arrival.hpp"

#include "support/text.hpp"

#include <algorithm>
#include <cmath>

namespace drivers {

namespace {

constexpr double resolutions = 20;
constexpr double part_of_distance = 0.01;
constexpr int digits = 6;

} // namespace

double arrival::allowed() const noexcept {
    if (precision_.tolerance > 0) {
        return precision_.tolerance;
    }
    return std::max({precision_.repeatability, resolutions * precision_.resolution,
                     part_of_distance * std::abs(goal_ - from_)});
}

// Judges an axis that stands. Nearer to its start than to its goal, it has perhaps not begun, even
// where the way is so short that it would be near enough; unless the way is less than it can tell.
arrival::verdict arrival::judge(double here, std::int64_t now_ns) const noexcept {
    const double missing = std::abs(here - goal_);
    const bool near = missing <= allowed();
    const bool left = !searches_ && (missing <= std::abs(here - from_) ||
                                     std::abs(goal_ - from_) <= precision_.resolution);
    if (!moved_ && !(near && left) && now_ns < begun_ns_ + start_ns) {
        return verdict::not_begun;
    }
    return near ? verdict::reached : verdict::missed;
}

fault arrival::missed(const std::string &axis, double here, const std::string &unit) const {
    const auto shown = [&](double x) {
        return decimals(x, digits) + (unit == "1" ? "" : " " + unit);
    };
    const bool begun = moved_ || std::abs(here - from_) > resolutions * precision_.resolution;
    return {ALD_E_STATE, "the axis '" + axis + "' stands at " + shown(here) + " instead of " +
                             shown(goal_) + ", further off than " + shown(allowed()) + ": " +
                             (begun ? "somebody else has stopped it, or something holds it"
                                    : "it has not begun to move") +
                             "; check the axis and who else controls it, then move again"};
}

} // namespace drivers
