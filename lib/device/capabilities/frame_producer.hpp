// Devices that give frames.
#pragma once

#include "device/capabilities/records.hpp"
#include "device/device.hpp"
#include "device/frame_stream.hpp"

namespace alidade::capabilities::frame_producer {

// Where the frames of a node go to their streams; it lives as long as the node.
[[nodiscard]] result<std::shared_ptr<frame_sink>> frames(const device &of);

} // namespace alidade::capabilities::frame_producer
