// A simulated meter with a protocol of its own, for trying lines out without a vendor's.
#pragma once

#include <alidade/driver.h>

namespace mock_readable {

// Instrument that answers "*IDN?" with its name and "READ?" with a number, and anything else with
// "ERROR"; each line ends with LF.
[[nodiscard]] ald_instrument instrument(const ald_host *host);

} // namespace mock_readable
