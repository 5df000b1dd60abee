// An axis of the bench: a motor with its profile, and what it carries, which lags by the backlash.
#pragma once

#include "sim/bench/history.hpp"
#include "sim/bench/profile.hpp"

namespace alidade {

// Mechanics of an axis.
struct axis_mechanics {
    double backlash = 0; // lost when the direction changes from up to down, and back
    double min = 0;      // hard stops
    double max = 0;
    bool stuck = false; // held fast: it does not follow
};

// Times are monotonic. Not thread-safe: the bench sees to that.
class bench_axis {
public:
    bench_axis(double position, axis_mechanics mechanics, std::int64_t now)
        : legs_({now, profile(position), now, position, mechanics}, now) {}

    // Position that the motor believes in, that of the carriage, and the velocity of the carriage.
    [[nodiscard]] double encoder(std::int64_t t) const noexcept;
    [[nodiscard]] double position(std::int64_t t) const noexcept;
    [[nodiscard]] double velocity(std::int64_t t) const noexcept;
    [[nodiscard]] const axis_mechanics &mechanics() const noexcept { return legs_.last().rules; }

    // Give the time of arrival. A target beyond a hard stop ends there.
    std::int64_t move(double target, double velocity, double acceleration, std::int64_t now);
    std::int64_t halt(double deceleration, std::int64_t now);
    void change(const axis_mechanics &rules, std::int64_t now);

private:
    // State that holds from one command to the next.
    struct leg {
        std::int64_t begins;
        profile motor;
        std::int64_t motor_begins; // earlier than the leg if only the mechanics changed
        double carried;            // where the load was when the leg began
        axis_mechanics rules;
    };
    [[nodiscard]] static motion_state motor_at(const leg &l, std::int64_t t) noexcept;
    [[nodiscard]] static double load_at(const leg &l, std::int64_t t) noexcept;
    [[nodiscard]] std::int64_t not_before_last(std::int64_t now) const noexcept;
    std::int64_t follow(const profile &way, std::int64_t now);

    history<leg> legs_;
};

} // namespace alidade
