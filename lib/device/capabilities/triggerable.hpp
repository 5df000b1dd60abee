// Cameras and what else waits for triggers.
#pragma once

#include "device/capabilities/records.hpp"
#include "device/device.hpp"

namespace alidade::capabilities::triggerable {

// "arm", "trigger" or "disarm".
[[nodiscard]] result<ref<op>> start(device &of, std::string_view action, std::int64_t timeout_ns);

} // namespace alidade::capabilities::triggerable
