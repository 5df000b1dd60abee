// Devices that give frames.
#pragma once

#include "device/capabilities/records.hpp"
#include "device/device.hpp"
#include "device/frame_stream.hpp"

namespace alidade::capabilities::frame_producer {

// Finds the sink of the frames of a node, which lives as long as the node.
[[nodiscard]] result<std::shared_ptr<frame_sink>> frames(const device &of);

} // namespace alidade::capabilities::frame_producer
