// Tells whether the room is part of this build, for rooms above that ask before they begin.
#pragma once

#include "base/error.hpp"

#include <string_view>

namespace alidade {

// UNSUPPORTED in a build without the room; `what` is what somebody wants of it.
[[nodiscard]] outcome require_sim(std::string_view what);

} // namespace alidade
