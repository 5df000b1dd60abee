// From counts to rates: what has changed since the last reading, by the time that has passed.
#pragma once

#include "procfs.hpp"
#include "tree.hpp"

#include <cstdint>

namespace host_driver {

// Never negative, never NaN.
struct rate {
    double value = 0;
    // False if it is no measurement: no time has passed since the last one, or the counter began
    // anew.
    bool settled = false;
};

// Reading of a rate; one that is no measurement is flagged as not settled.
[[nodiscard]] measured to_measured(const rate &r, const moment &when) noexcept;

// Units per second of a counter.
class rate_meter {
public:
    rate_meter() = default;
    rate_meter(std::uint64_t count, std::int64_t t_mono_ns) noexcept
        : count_(count), t_mono_ns_(t_mono_ns) {}

    [[nodiscard]] rate next(std::uint64_t count, std::int64_t t_mono_ns) noexcept;

private:
    std::uint64_t count_ = 0;
    std::int64_t t_mono_ns_ = 0;
    rate last_{};
};

// Per cent of its time that a processor was not idle.
class load_meter {
public:
    // Before the first interval has passed the load is the one since boot.
    load_meter(const cpu_times &spent, std::int64_t t_mono_ns) noexcept;

    [[nodiscard]] rate next(const cpu_times &spent, std::int64_t t_mono_ns) noexcept;

private:
    cpu_times spent_;
    std::int64_t t_mono_ns_;
    rate last_;
};

} // namespace host_driver
