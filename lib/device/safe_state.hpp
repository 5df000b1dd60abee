// Bringing instruments to their safe state.
#pragma once

#include "device/device.hpp"

namespace alidade {

// Stops the axes of the instruments, then carries out the declared steps of each, or where none are
// declared the action "safe" of its parts; instruments at the same time. A step that fails does not
// keep the others from being tried; the operation fails then, and tells of all that did. What would
// start something while an emergency stop holds is left out and named in the result. The timeout
// is that of each step which declares none.
[[nodiscard]] result<ref<op>> start_safe_state(const std::vector<ref<device>> &roots,
                                               std::int64_t timeout_ns);

} // namespace alidade
