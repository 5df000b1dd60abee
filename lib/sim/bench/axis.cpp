#include "sim/bench/axis.hpp"

#include <algorithm>
#include <cmath>

namespace alidade {

namespace {

constexpr double ns_per_s = 1e9;

double seconds(std::int64_t from, std::int64_t to) noexcept {
    return static_cast<double>(to - from) / ns_per_s;
}

std::int64_t after(std::int64_t t, double s) noexcept {
    return t + static_cast<std::int64_t>(std::ceil(s * ns_per_s));
}

} // namespace

motion_state bench_axis::motor_at(const leg &l, std::int64_t t) noexcept {
    motion_state now = l.motor.at(seconds(l.motor_begins, t));
    if (now.position < l.rules.min || now.position > l.rules.max) {
        now = {std::clamp(now.position, l.rules.min, l.rules.max), 0};
    }
    return now;
}

// The motor pushes from below or pulls from above, with the backlash between. Its way is monotonic
// but for one turn, so that looking at the turn and at the end is enough.
double bench_axis::load_at(const leg &l, std::int64_t t) noexcept {
    const auto pushed = [&](double load, double motor) {
        return std::clamp(load, motor, motor + l.rules.backlash);
    };
    double load = l.carried;
    const std::int64_t turn = after(l.motor_begins, l.motor.turns());
    if (l.motor.turns() > 0 && turn > l.begins && turn < t) {
        load = pushed(load, motor_at(l, turn).position);
    }
    load = pushed(load, motor_at(l, t).position);
    return std::clamp(load, l.rules.min, l.rules.max);
}

double bench_axis::encoder(std::int64_t t) const noexcept {
    return motor_at(legs_.at(t), t).position;
}

double bench_axis::position(std::int64_t t) const noexcept { return load_at(legs_.at(t), t); }

double bench_axis::velocity(std::int64_t t) const noexcept {
    const leg &l = legs_.at(t);
    const double motor = motor_at(l, t).velocity;
    // Within the backlash the load stands.
    const double gap = load_at(l, t) - motor_at(l, t).position;
    const bool driven = motor > 0 ? gap <= 0 : gap >= l.rules.backlash;
    return driven ? motor : 0;
}

std::int64_t bench_axis::not_before_last(std::int64_t now) const noexcept {
    return std::max(now, legs_.last_change());
}

std::int64_t bench_axis::follow(const profile &way, std::int64_t now) {
    leg next = legs_.last();
    next.carried = load_at(next, now);
    next.begins = now;
    if (!next.rules.stuck) {
        next.motor = way;
        next.motor_begins = now;
    }
    legs_.put(now, next);
    return after(now, way.duration());
}

std::int64_t bench_axis::move(double target, double velocity, double acceleration,
                              std::int64_t now) {
    now = not_before_last(now);
    const axis_mechanics &rules = mechanics();
    const double reached = std::clamp(target, rules.min, rules.max);
    return follow(profile::to(motor_at(legs_.last(), now), reached, velocity, acceleration), now);
}

std::int64_t bench_axis::halt(double deceleration, std::int64_t now) {
    now = not_before_last(now);
    return follow(profile::brake(motor_at(legs_.last(), now), deceleration), now);
}

void bench_axis::change(const axis_mechanics &rules, std::int64_t now) {
    now = not_before_last(now);
    leg next = legs_.last();
    const motion_state motor = motor_at(next, now);
    next.carried = load_at(next, now);
    next.begins = now;
    if (rules.stuck || rules.min != next.rules.min || rules.max != next.rules.max) {
        next.motor = profile(std::clamp(motor.position, rules.min, rules.max));
        next.motor_begins = now;
    }
    next.rules = rules;
    legs_.put(now, next);
}

} // namespace alidade
