// The sample under the camera: bright spots on a grid, without end, the same for the same seed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace alidade::sample {

// A part of the sample, in micrometres.
struct field {
    double left;
    double top;
    double step; // from one point to the next
    std::size_t width;
    std::size_t height;
};

// The brightness, 0 to 1, at the middle of each point, row by row; `blur` is a standard deviation
// in micrometres.
[[nodiscard]] std::vector<float> seen(std::uint64_t seed, const field &f, double blur);

} // namespace alidade::sample
