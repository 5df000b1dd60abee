// The drivers that are part of the library; the build makes the table from the folders of drivers/.
#pragma once

#include <alidade/driver.h>

#include <span>

namespace alidade {

[[nodiscard]] std::span<const ald_driver_entry> builtin_drivers() noexcept;

} // namespace alidade
