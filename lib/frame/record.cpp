#include "frame/record.hpp"

#include <limits>

namespace alidade {

ald_frame unknown_frame() noexcept {
    constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
    ald_frame frame{};
    frame.struct_size = sizeof(frame);
    frame.hw_seq = -1;
    frame.exposure = unknown;
    frame.gain = unknown;
    frame.offset = unknown;
    frame.temperature = unknown;
    frame.binning_x = 1;
    frame.binning_y = 1;
    return frame;
}

} // namespace alidade
