// Usual time to wait for a frame of a camera.
#pragma once

#include "base/object.hpp"

#include <cstdint>
#include <functional>

namespace alidade {

class device;

// Finds how long to wait for a frame, in nanoseconds: the exposure, the period of the frames and
// 10 s; `never` where what triggers them comes from outside. Reads what is not known of the camera
// yet without waiting for it: `then` is called once, here or on the thread that has the answer, and
// must not throw.
void find_frame_wait(const ref<device> &of, std::function<void(std::int64_t wait_ns)> then);

} // namespace alidade
