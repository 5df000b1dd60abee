// Drivers written against alidade/driver.h, as the device room sees them.
#pragma once

#include "base/op.hpp"

#include <alidade/driver.h>

namespace alidade {

// The functions of the library for drivers.
[[nodiscard]] const ald_host &driver_host() noexcept;

// Makes the drivers of this library known; once in a process.
void load_builtin_drivers();

// Asks all drivers what is connected, on a worker.
[[nodiscard]] result<ref<op>> start_discover(std::int64_t timeout_ns);

} // namespace alidade
