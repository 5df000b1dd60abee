#include "abi/guard.hpp"

#include <limits>

using namespace alidade;

void ald_frame_init(ald_frame *frame, uint32_t struct_size) noexcept {
    constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
    ald_frame empty{};
    empty.hw_seq = -1;
    empty.exposure = unknown;
    empty.gain = unknown;
    empty.offset = unknown;
    empty.temperature = unknown;
    empty.binning_x = 1;
    empty.binning_y = 1;
    init_record(frame, struct_size, empty);
}
