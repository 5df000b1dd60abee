// Faults of drivers: what they hand over, or leave undone, against the interface that they have.
#pragma once

#include "base/error.hpp"

#include <string>
#include <string_view>

namespace alidade {

class device;

// Names a driver with the device that it drives: "the driver 'x' of 'stage/x'".
[[nodiscard]] std::string driver_words(const device &of);

// The failure that callers get where a driver has answered them against the interface.
[[nodiscard]] failure driver_fault(const device &of, std::string_view what);

// Writes to the log what a driver did wrong, and cannot be told.
void log_fault(const device &of, std::string_view what) noexcept;

// The refusal of a call of a driver, with its name. It goes to the log too, because the driver may
// keep it to itself.
[[nodiscard]] failure refused_call(const device &of, std::string_view function, const error &why);

} // namespace alidade
