// Power spectra of points at any places: which frequencies they swing with.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace alidade::fit {

// The frequencies, above 0 and in swings per unit of x, where the power spectrum of y has its
// highest peaks, up to half a swing from one point to the next.
[[nodiscard]] std::vector<double> strongest(std::span<const double> x, std::span<const double> y,
                                            std::size_t most);

} // namespace alidade::fit
