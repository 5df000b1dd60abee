// A simulated 1830-C: the meter's side of the line, with its detector in the bench's beam.
#pragma once

#include <alidade/driver.h>

namespace newport_1830c {

// The table lives as long as the process.
[[nodiscard]] ald_instrument instrument(const ald_host *host);

} // namespace newport_1830c
