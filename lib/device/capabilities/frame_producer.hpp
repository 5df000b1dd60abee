// Devices that give frames.
#pragma once

#include "device/capabilities/records.hpp"
#include "device/device.hpp"
#include "device/stream.hpp"

namespace alidade::capabilities::frame_producer {

// The stream of a node, which it has as long as it lives.
[[nodiscard]] result<std::shared_ptr<stream>> frames(const device &of);

} // namespace alidade::capabilities::frame_producer
