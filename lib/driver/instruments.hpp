// Simulated instruments written against alidade/driver.h, as the device room sees them.
#pragma once

#include "base/error.hpp"

#include <alidade/driver.h>

namespace alidade {

class bench_object;
class instrument_link;

// Links are given to instruments as they are: instruments have them only while they are valid.
[[nodiscard]] instrument_link &behind_link(ald_link *line) noexcept;

// Benches as well; the library's handles to them are others.
[[nodiscard]] bench_object &behind_bench(const ald_bench *bench) noexcept;
[[nodiscard]] ald_bench *bench_for_driver(bench_object &bench) noexcept;

// Makes the simulated instruments of a driver known; the driver's table outlives the process.
[[nodiscard]] outcome add_instruments(const ald_driver &of);

} // namespace alidade
