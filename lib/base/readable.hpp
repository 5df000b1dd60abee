// Readable: gives numbers with their times; an instrument, a sensor, a statistic. Lower rooms take
// it, upper rooms derive from it.
#pragma once

#include "base/async/wait.hpp"

#include <limits>
#include <string>

namespace alidade {

struct reading {
    double value = std::numeric_limits<double>::quiet_NaN();
    std::int64_t t_mono_ns = 0;
    std::int64_t t_wall_ns = 0;
    std::int64_t t_hw_ns = 0;
    std::uint64_t clock_id = 0;
    // Half width within which t_mono_ns lies.
    std::int64_t uncertainty_ns = 0;
    // Flags; 0 is good.
    std::uint64_t quality = 0;
};

class readable {
public:
    readable() = default;
    readable(const readable &) = delete;
    readable &operator=(const readable &) = delete;
    virtual ~readable() = default;

    [[nodiscard]] virtual result<reading> read(std::int64_t deadline,
                                               const cancel_source *cancel) = 0;
    // UCUM, fixed as long as it is open; "1" for a plain number.
    [[nodiscard]] virtual const std::string &unit() const noexcept = 0;
};

} // namespace alidade
