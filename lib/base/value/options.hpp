// Options: a map of values that schemas describe, of drivers, simulated instruments and benches.
#pragma once

#include "base/value/schema.hpp"

#include <span>
#include <string_view>

namespace alidade {

// Checks options against their schemas and fills initial values in.
[[nodiscard]] result<value> complete_options(std::span<const schema> schemas, const value &given,
                                             std::string_view whose);

// Describes a schema as the lists of drivers and instruments and `ald_device_describe` do.
[[nodiscard]] value describe(const schema &s);

} // namespace alidade
