// Outputs: what `settable` means, in the verbs of a device.
#pragma once

#include "device/capabilities/records.hpp"
#include "device/device.hpp"

namespace alidade::capabilities::settable {

[[nodiscard]] result<ref<op>> start_set(device &of, double setpoint, std::int64_t timeout_ns);
[[nodiscard]] result<ref<op>> start_setpoint(device &of, std::int64_t timeout_ns, bool here);
[[nodiscard]] result<ref<op>> start_readback(device &of, std::int64_t timeout_ns, bool here);
// Limits of the set-point: least and greatest.
[[nodiscard]] result<std::pair<double, double>> limits(const device &of);
// "" for what is not settable.
[[nodiscard]] const char *unit(const device &of) noexcept;

} // namespace alidade::capabilities::settable
