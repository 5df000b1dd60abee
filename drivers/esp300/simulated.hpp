// A simulated ESP300: the controller's side of the line, with its stages on the bench.
#pragma once

#include <alidade/driver.h>

namespace esp300 {

// The table lives as long as the process.
[[nodiscard]] ald_instrument instrument(const ald_host *host);

} // namespace esp300
