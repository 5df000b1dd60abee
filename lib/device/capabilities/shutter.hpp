// Shutters: what `shutter` means, in the verbs of a device.
#pragma once

#include "device/capabilities/records.hpp"
#include "device/device.hpp"

#include <alidade/shutter.h>

namespace alidade::capabilities::shutter {

[[nodiscard]] result<ref<op>> start_open(device &of, std::int64_t timeout_ns);
[[nodiscard]] result<ref<op>> start_close(device &of, std::int64_t timeout_ns);
[[nodiscard]] result<ref<op>> start_read_state(device &of, std::int64_t timeout_ns, bool here);
// The state that an instrument's word stands for.
[[nodiscard]] result<ald_shutter_state> state_of(const device &of, const value &word);

} // namespace alidade::capabilities::shutter
