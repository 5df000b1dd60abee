#include "device/frame_wait.hpp"

#include "base/clock.hpp"
#include "device/device.hpp"

#include <algorithm>
#include <cmath>
#include <memory>

namespace alidade {

namespace {

constexpr const char *mode_name = "trigger_mode";
constexpr const char *exposure_name = "exposure";
constexpr const char *rate_name = "frame_rate";
constexpr double margin_s = 10;
constexpr double longest_s = 1e9; // in nanoseconds it still fits

bool triggered_from_outside(const device &of) {
    const auto known = of.get_cached(mode_name);
    const std::string *mode = known ? known->last.as_string() : nullptr;
    return mode != nullptr && *mode != "internal" && *mode != "software";
}

// 0 where it is not known.
double number_of(const device &of, const char *property) {
    const auto known = of.get_cached(property);
    const double *x = known ? known->last.as_double() : nullptr;
    return x != nullptr && *x > 0 && std::isfinite(*x) ? *x : 0;
}

std::int64_t wait_of(const device &of) noexcept try {
    if (triggered_from_outside(of)) {
        return never;
    }
    const double rate = number_of(of, rate_name);
    const double period_s = rate > 0 ? 1 / rate : 0;
    const double wait_s = number_of(of, exposure_name) + period_s + margin_s;
    return static_cast<std::int64_t>(std::min(wait_s, longest_s) * 1e9);
} catch (...) { // no memory to ask what is known
    return static_cast<std::int64_t>(margin_s * 1e9);
}

// The last answer, or whoever asked last, tells how long to wait. What a camera does not answer is
// left out.
struct question {
    explicit question(ref<device> of, std::function<void(std::int64_t)> then)
        : camera(std::move(of)), tell(std::move(then)) {}
    question(const question &) = delete;
    question &operator=(const question &) = delete;
    ~question() { tell(wait_of(*camera)); }

    const ref<device> camera;
    const std::function<void(std::int64_t)> tell;
};

} // namespace

void find_frame_wait(const ref<device> &of, std::function<void(std::int64_t)> then) {
    const auto asked = std::make_shared<question>(of, std::move(then));
    for (const char *property : {mode_name, exposure_name, rate_name}) {
        if (!of->find_property(property) || of->get_cached(property)) {
            continue;
        }
        if (const auto reading = of->start_get(property, ALD_WAIT_DEFAULT, false)) {
            (*reading)->on_end([asked](const op &) {});
        }
    }
}

} // namespace alidade
