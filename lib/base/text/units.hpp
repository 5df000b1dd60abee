// Numbers from one UCUM unit (https://ucum.org) to another.
#pragma once

#include "base/error.hpp"

#include <string_view>

namespace alidade {

// INVALID for an unknown unit or two that measure different things. Plane angle is a dimension of
// its own here, so that degrees never become plain numbers.
[[nodiscard]] result<double> convert_unit(double x, std::string_view from, std::string_view to);

} // namespace alidade
