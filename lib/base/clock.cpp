#include "base/clock.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <ctime>

namespace alidade {

namespace {

constexpr std::size_t pairs_kept = 64;

std::int64_t read_clock(clockid_t id) noexcept {
    timespec t{};
    clock_gettime(id, &t);
    return static_cast<std::int64_t>(t.tv_sec) * 1'000'000'000 + t.tv_nsec;
}

// Times of applications and hardware may be anything: what does not fit stays at the limit.
std::int64_t add(std::int64_t a, std::int64_t b) noexcept {
    std::int64_t sum = 0;
    return __builtin_add_overflow(a, b, &sum) ? (b < 0 ? -never : never) : sum;
}

std::int64_t difference(std::int64_t a, std::int64_t b) noexcept {
    std::int64_t rest = 0;
    return __builtin_sub_overflow(a, b, &rest) ? (b < 0 ? never : -never) : rest;
}

// Rounded to a whole number; what does not fit stays at the limit.
std::int64_t whole(double x) noexcept {
    constexpr double limit = 9.2e18;
    return x > -limit && x < limit ? std::llround(x) : (x < 0 ? -never : never);
}

// Wall minus monotonic, taken once: three tries, the one with the narrowest window counts.
std::int64_t measure_wall_offset() noexcept {
    std::int64_t best_width = never;
    std::int64_t offset = 0;
    for (int i = 0; i < 3; ++i) {
        const std::int64_t before = mono_ns();
        const std::int64_t wall = read_clock(CLOCK_REALTIME);
        const std::int64_t after = mono_ns();
        if (after - before < best_width) {
            best_width = after - before;
            offset = wall - (before + (after - before) / 2);
        }
    }
    return offset;
}

std::int64_t wall_offset() noexcept {
    static const std::int64_t offset = measure_wall_offset();
    return offset;
}

} // namespace

std::int64_t mono_ns() noexcept { return read_clock(CLOCK_MONOTONIC); }
std::int64_t coarse_mono_ns() noexcept { return read_clock(CLOCK_MONOTONIC_COARSE); }

std::int64_t wall_from_mono(std::int64_t t_mono_ns) noexcept {
    return add(t_mono_ns, wall_offset());
}

std::int64_t wall_error_ns() noexcept { return measure_wall_offset() - wall_offset(); }

std::int64_t deadline_after(std::int64_t timeout_ns) noexcept {
    if (timeout_ns < 0) {
        return never;
    }
    return add(mono_ns(), timeout_ns);
}

std::int64_t time_left(std::int64_t deadline) noexcept {
    return deadline == never ? -1 : std::max<std::int64_t>(0, deadline - mono_ns());
}

hardware_clock::hardware_clock(std::string name) : object(ALD_KIND_CLOCK), name_(std::move(name)) {
    static std::atomic<std::uint64_t> last{0};
    id_ = last.fetch_add(1, std::memory_order_relaxed) + 1;
    pairs_.reserve(pairs_kept); // learning needs no memory
}

outcome hardware_clock::observe(std::int64_t t_hw_ns, std::int64_t before, std::int64_t after) {
    if (after < before) {
        return fail(ALD_E_INVALID, "clock",
                    "after_mono_ns ({}) is before before_mono_ns ({}); read the monotonic clock "
                    "before and after asking the hardware",
                    after, before);
    }
    const std::scoped_lock lock(mutex_);
    const bool went_back = !pairs_.empty() && t_hw_ns < pairs_.back().t_hw_ns;
    if (went_back) {
        pairs_.clear();
    }
    if (pairs_.size() == pairs_kept) {
        pairs_.erase(pairs_.begin());
    }
    const std::int64_t half = difference(after, before) / 2;
    pairs_.push_back({t_hw_ns, add(before, half), std::max<std::int64_t>(half, 1)});
    fit();
    if (went_back) {
        return fail({.code = ALD_E_STATE_LOST, .domain = "clock", .where = name_},
                    "the count of clock '{}' went back to {} ns: the hardware was reset; its "
                    "times are mapped anew from here",
                    name_, t_hw_ns);
    }
    return {};
}

// Weighted least squares: a pair counts by the inverse square of its window.
void hardware_clock::fit() {
    origin_hw_ = pairs_.front().t_hw_ns;
    origin_mono_ = pairs_.front().t_mono_ns;
    double sw = 0;
    double sx = 0;
    double sy = 0;
    double sxx = 0;
    double sxy = 0;
    const auto x_of = [&](const pair &p) {
        return static_cast<double>(difference(p.t_hw_ns, origin_hw_));
    };
    const auto y_of = [&](const pair &p) {
        // Fit the drift between the clocks, a small number.
        return static_cast<double>(
            difference(difference(p.t_mono_ns, origin_mono_), difference(p.t_hw_ns, origin_hw_)));
    };
    for (const pair &p : pairs_) {
        const double weight =
            1.0 / (static_cast<double>(p.half_width) * static_cast<double>(p.half_width));
        sw += weight;
        sx += weight * x_of(p);
        sy += weight * y_of(p);
        sxx += weight * x_of(p) * x_of(p);
        sxy += weight * x_of(p) * y_of(p);
    }
    const double spread = sw * sxx - sx * sx;
    slope_ = pairs_.size() < 2 || spread <= 0 ? 0 : (sw * sxy - sx * sy) / spread;
    offset_ = (sy - slope_ * sx) / sw;
    residual_ns_ = 0;
    for (const pair &p : pairs_) {
        residual_ns_ = std::max(residual_ns_, std::abs(y_of(p) - offset_ - slope_ * x_of(p)));
    }
}

result<hardware_clock::mapped> hardware_clock::to_mono(std::int64_t t_hw_ns) const {
    const std::scoped_lock lock(mutex_);
    if (pairs_.empty()) {
        return fail({.code = ALD_E_STATE, .domain = "clock", .where = name_},
                    "clock '{}' has learnt no pair of times yet; call ald_clock_observe first",
                    name_);
    }
    const std::int64_t since = difference(t_hw_ns, origin_hw_);
    const double drift = offset_ + slope_ * static_cast<double>(since);
    const auto narrowest =
        std::min_element(pairs_.begin(), pairs_.end(),
                         [](const pair &a, const pair &b) { return a.half_width < b.half_width; });
    const double uncertainty = std::max(residual_ns_, static_cast<double>(narrowest->half_width));
    return mapped{add(add(origin_mono_, since), whole(drift)), whole(std::ceil(uncertainty))};
}

} // namespace alidade
