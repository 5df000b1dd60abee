// The way of an axis from a state to rest: stretches of constant acceleration.
#pragma once

#include <array>
#include <cstddef>

namespace alidade {

struct motion_state {
    double position = 0;
    double velocity = 0;
};

class profile {
public:
    // Stands.
    explicit profile(double position = 0) noexcept : ends_at_(position) {}

    // To a target, speeding up and braking at `acceleration` (which may be infinite), not faster
    // than `velocity`. An axis that cannot stop before the target, or moves the other way, comes
    // to rest first and turns round.
    [[nodiscard]] static profile to(motion_state from, double target, double velocity,
                                    double acceleration) noexcept;
    // To rest, braking.
    [[nodiscard]] static profile brake(motion_state from, double deceleration) noexcept;

    // Seconds after its beginning.
    [[nodiscard]] motion_state at(double t) const noexcept;
    [[nodiscard]] double duration() const noexcept { return duration_; }
    [[nodiscard]] double end() const noexcept { return ends_at_; }
    // Time at which it turns round; 0 if it does not.
    [[nodiscard]] double turns() const noexcept { return turns_; }

private:
    struct stretch {
        double begins;
        double acceleration;
        motion_state from;
    };
    void add(motion_state &from, double duration, double acceleration,
             double velocity_after) noexcept;

    std::array<stretch, 3> stretches_{};
    std::size_t count_ = 0;
    double duration_ = 0;
    double turns_ = 0;
    double ends_at_ = 0;
};

} // namespace alidade
