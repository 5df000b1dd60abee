// The clocks: monotonic, wall derived from it, and hardware clocks that learn.
#pragma once

#include "base/error.hpp"

#include <cstdint>
#include <limits>
#include <mutex>
#include <string>
#include <vector>

namespace alidade {

[[nodiscard]] std::int64_t mono_ns() noexcept;
// The monotonic time of the system's last tick: some milliseconds old, and cheaper to ask for.
[[nodiscard]] std::int64_t coarse_mono_ns() noexcept;
[[nodiscard]] std::int64_t wall_from_mono(std::int64_t t_mono_ns) noexcept;
[[nodiscard]] std::int64_t wall_error_ns() noexcept;

inline constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

// The monotonic time at which a timeout of the C interface ends; -1 is never.
[[nodiscard]] std::int64_t deadline_after(std::int64_t timeout_ns) noexcept;
// The timeout that is left until a deadline.
[[nodiscard]] std::int64_t time_left(std::int64_t deadline) noexcept;

// Maps a hardware's own count to the monotonic clock by a line through the last pairs of times.
class hardware_clock final : public object {
public:
    struct mapped {
        std::int64_t t_mono_ns;
        std::int64_t uncertainty_ns;
    };

    explicit hardware_clock(std::string name);

    [[nodiscard]] std::uint64_t id() const noexcept { return id_; }
    [[nodiscard]] const std::string &name() const noexcept { return name_; }

    [[nodiscard]] outcome observe(std::int64_t t_hw_ns, std::int64_t before, std::int64_t after);
    [[nodiscard]] result<mapped> to_mono(std::int64_t t_hw_ns) const;

private:
    struct pair {
        std::int64_t t_hw_ns;
        std::int64_t t_mono_ns;
        std::int64_t half_width;
    };

    void fit();

    std::uint64_t id_;
    std::string name_;
    mutable std::mutex mutex_;
    std::vector<pair> pairs_;
    // t_mono = origin_mono + (t_hw - origin_hw) + offset + slope * (t_hw - origin_hw).
    std::int64_t origin_hw_ = 0;
    std::int64_t origin_mono_ = 0;
    double offset_ = 0;
    double slope_ = 0;
    double residual_ns_ = 0;
};

} // namespace alidade
