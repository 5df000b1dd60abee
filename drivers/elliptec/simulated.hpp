// A simulated Elliptec bus: the motors' side of the line, the first of them with the half-wave
// plate of the bench.
#pragma once

#include <alidade/driver.h>

namespace elliptec {

// The table lives as long as the process.
[[nodiscard]] ald_instrument instrument(const ald_host *host);

} // namespace elliptec
