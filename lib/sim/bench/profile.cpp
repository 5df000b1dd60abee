#include "sim/bench/profile.hpp"

#include <algorithm>
#include <cmath>

namespace alidade {

namespace {

// The velocity at which braking has to begin: speeding up from `v` and braking cover `distance`.
double peak(double v, double distance, double limit, double acceleration) noexcept {
    if (std::isinf(acceleration)) {
        return limit;
    }
    return std::min(limit, std::sqrt(std::max(0.0, acceleration * distance + v * v / 2)));
}

} // namespace

// An infinite acceleration takes no time and leaves no stretch.
void profile::add(motion_state &from, double duration, double acceleration,
                  double velocity_after) noexcept {
    if (duration > 0) {
        stretches_[count_++] = {duration_, acceleration, from};
        duration_ += duration;
        from.position += from.velocity * duration + acceleration * duration * duration / 2;
    }
    from.velocity = velocity_after;
}

profile profile::to(motion_state from, double target, double velocity,
                    double acceleration) noexcept {
    const double to_rest = from.velocity * std::abs(from.velocity) / (2 * acceleration);
    const double way = target - (from.position + to_rest);
    const double sign = way < 0 ? -1 : 1;
    const double v = from.velocity * sign; // negative: the other way
    const double distance = (target - from.position) * sign;

    profile p(target);
    if (way == 0) {
        p.add(from, std::abs(from.velocity) / acceleration,
              -std::copysign(acceleration, from.velocity), 0);
        return p;
    }
    const double top = v > velocity ? velocity : peak(v, distance, velocity, acceleration);
    const double faster = top < v ? -1 : 1;
    const double first = faster * (top * top - v * v) / (2 * acceleration); // what each covers
    const double last = top * top / (2 * acceleration);
    if (v < 0) {
        p.turns_ = -v / acceleration;
    }
    p.add(from, std::abs(top - v) / acceleration, faster * sign * acceleration, top * sign);
    p.add(from, top > 0 ? (distance - first - last) / top : 0, 0, top * sign);
    p.add(from, top / acceleration, -sign * acceleration, 0);
    return p;
}

profile profile::brake(motion_state from, double deceleration) noexcept {
    profile p(from.position + from.velocity * std::abs(from.velocity) / (2 * deceleration));
    p.add(from, std::abs(from.velocity) / deceleration, -std::copysign(deceleration, from.velocity),
          0);
    return p;
}

motion_state profile::at(double t) const noexcept {
    if (t >= duration_) {
        return {ends_at_, 0};
    }
    const stretch *now = stretches_.data();
    for (std::size_t i = 1; i < count_ && stretches_[i].begins <= t; ++i) {
        now = &stretches_[i];
    }
    const double dt = std::max(0.0, t - now->begins);
    return {now->from.position + now->from.velocity * dt + now->acceleration * dt * dt / 2,
            now->from.velocity + now->acceleration * dt};
}

} // namespace alidade
