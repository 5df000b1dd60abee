// Drivers written against alidade/driver.h, as the device room sees them.
#pragma once

#include "base/async/op.hpp"
#include "device/driver.hpp"

#include <alidade/driver.h>

#include <span>

namespace alidade {

// The functions of the library for drivers, once `begin_drivers` was called.
[[nodiscard]] const ald_host &driver_host() noexcept;

// The driver behind a table of whatever size. Fails if the table cannot be used.
[[nodiscard]] result<std::unique_ptr<const driver>> driver_of(const ald_driver *table);

// Makes the drivers of this library and of ALIDADE_DRIVER_PATH known; once in a process. `skin` has
// the functions that drivers share with everybody: those of the C interface, which stands above.
void begin_drivers(std::span<const ald_driver_entry> builtin, const ald_host &skin);

// Asks all drivers what is connected, on a worker.
[[nodiscard]] result<ref<op>> start_discover(std::int64_t timeout_ns);

} // namespace alidade
