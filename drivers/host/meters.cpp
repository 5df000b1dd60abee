#include "meters.hpp"

#include <algorithm>

namespace host_driver {

namespace {

// Below these a reading repeats the last rate, and the interval goes on: it is no second
// measurement, and says so, or a mean of several would be one and its scatter 0. The kernel counts
// a processor's time in ticks of 10 ms: fewer than five say little.
constexpr std::int64_t shortest_rate_ns = 1'000'000;
constexpr std::int64_t shortest_load_ns = 50'000'000;

constexpr double ns_per_s = 1e9;

// The kernel's idle time may go back a little.
double difference(std::uint64_t now, std::uint64_t before) noexcept {
    return now >= before ? static_cast<double>(now - before) : -static_cast<double>(before - now);
}

double load_between(const cpu_times &before, const cpu_times &now) noexcept {
    const double total = difference(now.total, before.total);
    const double busy = total - difference(now.idle, before.idle);
    return std::clamp(100 * busy / total, 0.0, 100.0);
}

} // namespace

measured to_measured(const rate &r, const moment &when) noexcept {
    constexpr std::uint64_t unsettled = ALD_READING_UNSETTLED;
    return measured_at(when, r.value, r.settled ? 0 : unsettled);
}

rate rate_meter::next(std::uint64_t count, std::int64_t t_mono_ns) noexcept {
    if (count < count_) { // wrapped, or a device of the same name came back
        last_ = {};
    } else if (t_mono_ns - t_mono_ns_ < shortest_rate_ns) {
        return {last_.value, false};
    } else {
        last_ = {static_cast<double>(count - count_) * ns_per_s /
                     static_cast<double>(t_mono_ns - t_mono_ns_),
                 true};
    }
    count_ = count;
    t_mono_ns_ = t_mono_ns;
    return last_;
}

load_meter::load_meter(const cpu_times &spent, std::int64_t t_mono_ns) noexcept
    : spent_(spent), t_mono_ns_(t_mono_ns) {
    if (spent.total > 0) {
        last_.value = load_between({}, spent);
    }
}

rate load_meter::next(const cpu_times &spent, std::int64_t t_mono_ns) noexcept {
    if (spent.total < spent_.total) { // counting began anew
        last_ = load_meter(spent, t_mono_ns).last_;
    } else if (spent.total == spent_.total || t_mono_ns - t_mono_ns_ < shortest_load_ns) {
        return {last_.value, false};
    } else {
        last_ = {load_between(spent_, spent), true};
    }
    spent_ = spent;
    t_mono_ns_ = t_mono_ns;
    return last_;
}

} // namespace host_driver
