#include "sim/bench/camera.hpp"

#include "sim/bench/noise.hpp"
#include "sim/bench/sample.hpp"

#include <algorithm>
#include <cmath>

namespace alidade::camera {

namespace {

bool within(std::int32_t first, std::int32_t size, std::int32_t all) {
    return first >= 0 && size > 0 && all > 0 && first <= all - size;
}

// The part of the sample that the points of the image show; binned ones at once.
sample::field field_of(const view &seen, const ald_exposure &how) {
    const double middle_x = how.sensor_width / 2.0;
    const double middle_y = how.sensor_height / 2.0;
    return {seen.x_um + (how.x - middle_x) * seen.pixel_um,
            seen.y_um + (how.y - middle_y) * seen.pixel_um, seen.pixel_um,
            static_cast<std::size_t>(how.width), static_cast<std::size_t>(how.height)};
}

// Adds up what the pixels of a bin see.
std::vector<float> binned(const std::vector<float> &all, const ald_exposure &how) {
    const auto bx = static_cast<std::size_t>(how.binning_x);
    const auto by = static_cast<std::size_t>(how.binning_y);
    const auto width = static_cast<std::size_t>(how.width);
    const std::size_t columns = width / bx;
    std::vector<float> sums(all.size() / (bx * by));
    for (std::size_t j = 0; j * width < all.size(); ++j) {
        float *row = sums.data() + j / by * columns;
        for (std::size_t i = 0; i < width; ++i) {
            row[i / bx] += all[j * width + i];
        }
    }
    return sums;
}

// Light on each point of the image, as a part of white for all its pixels; empty for dark.
std::vector<float> light_on(const view &seen, const ald_exposure &how) {
    const auto bin =
        static_cast<std::size_t>(how.binning_x) * static_cast<std::size_t>(how.binning_y);
    const std::size_t all =
        static_cast<std::size_t>(how.width) * static_cast<std::size_t>(how.height);
    if ((how.flags & ALD_EXPOSURE_DARK) != 0) {
        return std::vector<float>(all / bin);
    }
    if ((how.flags & ALD_EXPOSURE_FLAT) != 0) {
        return std::vector<float>(all / bin, static_cast<float>(bin));
    }
    std::vector<float> image = sample::seen(seen.seed, field_of(seen, how), seen.blur_um);
    return bin == 1 ? image : binned(image, how);
}

} // namespace

outcome check(const ald_exposure &how, std::size_t stride) {
    if (how.binning_x < 1 || how.binning_y < 1 || !within(how.x, how.width, how.sensor_width) ||
        !within(how.y, how.height, how.sensor_height) || how.width % how.binning_x != 0 ||
        how.height % how.binning_y != 0) {
        return fail(ALD_E_INVALID, "bench",
                    "the region {}x{}+{}+{} binned {}x{} does not fit a sensor of {}x{} pixels",
                    how.width, how.height, how.x, how.y, how.binning_x, how.binning_y,
                    how.sensor_width, how.sensor_height);
    }
    if (how.bit_depth < 8 || how.bit_depth > 16) {
        return fail(ALD_E_RANGE, "bench", "the bit depth is {}, expected 8 to 16", how.bit_depth);
    }
    const bool sane = std::isfinite(how.exposure) && how.exposure >= 0 && how.exposure <= 1e6 &&
                      std::isfinite(how.gain) && how.gain > 0 && std::isfinite(how.offset) &&
                      how.read_noise >= 0 && how.dark_current >= 0 && how.full_well > 0;
    if (!sane) {
        return fail(ALD_E_INVALID, "bench",
                    "exposure {} s, gain {}, offset {}, read noise {}, dark current {}, full well "
                    "{}: expected numbers, none negative, gain and full well greater than 0",
                    how.exposure, how.gain, how.offset, how.read_noise, how.dark_current,
                    how.full_well);
    }
    if (stride < static_cast<std::size_t>(how.width / how.binning_x) * sizeof(std::uint16_t)) {
        return fail(ALD_E_INVALID, "bench", "the stride, {} bytes, is less than a row", stride);
    }
    return {};
}

void expose(const view &seen, const ald_exposure &how, std::uint16_t *pixels, std::size_t stride) {
    const std::vector<float> light = light_on(seen, how);
    const double bin = static_cast<double>(how.binning_x) * how.binning_y;
    const double dark = how.dark_current * how.exposure * bin;
    const double well = how.full_well * bin;
    const double greatest = static_cast<double>((1U << static_cast<unsigned>(how.bit_depth)) - 1);
    const std::uint64_t sequence =
        noise::key(noise::key(noise::key(seen.seed, "camera"), how.number),
                   static_cast<std::uint64_t>(how.binning_x) << 32U |
                       static_cast<std::uint64_t>(how.binning_y));
    const std::int32_t columns = how.width / how.binning_x;
    const std::int32_t rows = how.height / how.binning_y;
    std::size_t n = 0;
    for (std::int32_t j = 0; j < rows; ++j) {
        auto *row = reinterpret_cast<std::uint16_t *>(reinterpret_cast<char *>(pixels) +
                                                      static_cast<std::size_t>(j) * stride);
        // The place on the sensor, so that the region makes no difference.
        const std::uint64_t line = static_cast<std::uint64_t>(how.y + j * how.binning_y) *
                                       static_cast<std::uint64_t>(how.sensor_width) +
                                   static_cast<std::uint64_t>(how.x);
        for (std::int32_t i = 0; i < columns; ++i, ++n) {
            const std::uint64_t b =
                noise::bits(sequence, line + static_cast<std::uint64_t>(i * how.binning_x));
            const double electrons =
                std::min(noise::poisson(static_cast<double>(light[n]) * seen.electrons + dark,
                                        noise::low(b)),
                         well);
            const double counts =
                how.offset +
                how.gain * (electrons + how.read_noise * noise::normal(noise::high(b)));
            row[i] = static_cast<std::uint16_t>(std::clamp(counts + 0.5, 0.0, greatest));
        }
    }
}

} // namespace alidade::camera
