// Lines "sim:NAME?option=value&bench=BENCH": to an instrument that is switched on with them.
#pragma once

#include "device/transports/open.hpp"

namespace alidade {

[[nodiscard]] result<std::unique_ptr<transport>> open_sim_line(const transports::opening &what);

} // namespace alidade
