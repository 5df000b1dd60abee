// Finding out whether an instrument of a driver is at the end of a line.
#pragma once

#include "base/async/op.hpp"

#include <string>

namespace alidade {

// Gives a map: driver, uri, vendor, model, serial_number, firmware. Timeouts are those of the C
// interface.
[[nodiscard]] result<ref<op>> start_probe(std::string driver, std::string uri,
                                          std::int64_t timeout_ns);

} // namespace alidade
