// Simulated instruments written against alidade/driver.h, as the device room sees them.
#pragma once

#include "base/error.hpp"

#include <alidade/driver.h>

namespace alidade {

class instrument_link;

// Links are given to instruments as they are: instruments have them only while they are valid.
[[nodiscard]] instrument_link &behind_link(ald_link *line) noexcept;

// Makes the simulated instruments of a driver known; the driver's table outlives the process.
[[nodiscard]] outcome add_instruments(const ald_driver &of);

} // namespace alidade
