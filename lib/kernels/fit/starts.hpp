// Starts of a fit: which of them leads to the deepest minimum.
#pragma once

#include "kernels/fit/least_squares.hpp"

namespace alidade::fit {

// The bottom of the deepest valley below some starts, the most promising of which comes first; or
// the first start where there are too many points to go down from each. `starts` has one at least.
[[nodiscard]] parameters lowest(std::span<const parameters> starts, std::size_t count,
                                curve evaluate, const points &data, const box &within);

} // namespace alidade::fit
