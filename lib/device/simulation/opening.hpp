// Lines to simulated instruments: "sim:esp300?bench=NAME&axes=2".
#pragma once

#include "device/transports/open.hpp"

namespace alidade {

// Switches an instrument on, for as long as the line is open, and opens the line to it. It stands on
// the bench that the URI names, or on that of the device's lab.
[[nodiscard]] result<std::unique_ptr<transport>> open_simulated(const transports::opening &what);

} // namespace alidade
