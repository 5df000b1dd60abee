#include "frame/record.hpp"

#include "base/boundary/guard.hpp"

using namespace alidade;

void ald_frame_init(ald_frame *frame, uint32_t struct_size) noexcept {
    init_record(frame, struct_size, unknown_frame());
}
