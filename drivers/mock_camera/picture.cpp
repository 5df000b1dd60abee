#include "mock_camera/picture.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace mock_camera {

namespace {

// Dark current doubles with every seven degrees.
double dark_current_at(double at_20, double temperature) {
    return at_20 * std::exp2((temperature - 20) / 7);
}

} // namespace

ald_status picture::open(ald_node *node, ald_error **err) {
    if (!hardware_.optics) {
        return ALD_OK;
    }
    if (const ald_status found = host_.bench_of(node, hardware_.bench.c_str(), &bench_, err);
        found != ALD_OK) {
        return found;
    }
    // Cameras with another seed have other noise on the same bench.
    constexpr std::uint64_t odd = 0x9e3779b97f4a7c15;
    seed_ = host_.bench_seed(bench_, "mock-camera") ^ (hardware_.seed * odd);
    return ALD_OK;
}

ald_status picture::take(const exposure &e, std::uint16_t *pixels, ald_error **err) {
    if (hardware_.optics) {
        return expose(e, pixels, err);
    }
    gradient(e, pixels);
    return ALD_OK;
}

ald_status picture::expose(const exposure &e, std::uint16_t *pixels, ald_error **err) {
    const settings &set = e.set;
    ald_exposure x{};
    x.struct_size = sizeof(x);
    x.bit_depth = set.bit_depth;
    x.x = set.roi.x;
    x.y = set.roi.y;
    x.width = set.roi.width;
    x.height = set.roi.height;
    x.binning_x = set.binning;
    x.binning_y = set.binning;
    x.sensor_width = hardware_.width;
    x.sensor_height = hardware_.height;
    x.t_mono_ns = e.begin_ns;
    x.exposure = set.exposure;
    x.gain = set.gain;
    x.offset = set.offset;
    x.read_noise = hardware_.read_noise * (set.fast ? 2 : 1);
    x.dark_current = dark_current_at(hardware_.dark_current, e.temperature);
    x.full_well = hardware_.full_well;
    x.number = seed_ + static_cast<std::uint64_t>(e.number);
    x.flags = (set.shutter == "closed" ? std::uint64_t{ALD_EXPOSURE_DARK} : 0) |
              (set.flat ? std::uint64_t{ALD_EXPOSURE_FLAT} : 0);
    const std::size_t stride =
        static_cast<std::size_t>(set.roi.width / set.binning) * sizeof(std::uint16_t);
    return host_.bench_expose(bench_, &x, pixels, stride, err);
}

// pixel(x, y) = x + y + 8 * number, within the bits of a pixel. Each row is a piece of one ramp,
// so that frames are written as fast as memory takes them.
void picture::gradient(const exposure &e, std::uint16_t *pixels) {
    const std::size_t levels = std::size_t{1} << e.set.bit_depth;
    const auto width = static_cast<std::size_t>(e.set.roi.width / e.set.binning);
    const auto height = static_cast<std::size_t>(e.set.roi.height / e.set.binning);
    if (ramp_.size() != levels + width || ramp_[levels - 1] != levels - 1) {
        ramp_.resize(levels + width);
        for (std::size_t i = 0; i < ramp_.size(); ++i) {
            ramp_[i] = static_cast<std::uint16_t>(i % levels);
        }
    }
    const auto moved = static_cast<std::size_t>(e.number) * 8 +
                       static_cast<std::size_t>(e.set.roi.x + e.set.roi.y);
    for (std::size_t y = 0; y < height; ++y) {
        std::memcpy(pixels + y * width, ramp_.data() + (moved + y) % levels,
                    width * sizeof(std::uint16_t));
    }
}

} // namespace mock_camera
