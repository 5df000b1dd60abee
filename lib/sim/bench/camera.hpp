// Camera of the bench: the light that reaches its sensor, and the pixels made of it.
#pragma once

#include "base/error.hpp"

#include <alidade/driver.h>

#include <cstdint>

namespace alidade::camera {

// The light that falls on the sensor during an exposure.
struct view {
    std::uint64_t seed = 0; // of the sample and of the noise
    double electrons = 0;   // of a pixel where the sample is white, over the exposure
    double pixel_um = 0;    // side of a pixel, at the sample
    double x_um = 0;        // what is in the middle of the sensor, at the sample
    double y_um = 0;
    double blur_um = 0; // standard deviation, at the sample
};

[[nodiscard]] outcome check(const ald_exposure &how, std::size_t stride);

// Precondition: `check`. What a pixel is depends on seed, number of the exposure and place alone.
void expose(const view &seen, const ald_exposure &how, std::uint16_t *pixels, std::size_t stride);

} // namespace alidade::camera
