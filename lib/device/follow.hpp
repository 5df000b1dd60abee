// Waiting for what somebody else has started.
#pragma once

#include "base/async/op.hpp"

#include <string>

namespace alidade {

// An operation that ends as `other` does, and earlier when it is cancelled or at a deadline;
// `other` goes on then. `what` names that for messages: "the motion of 'x'".
[[nodiscard]] result<ref<op>> follow(const ref<op> &other, std::int64_t deadline, std::string what);

} // namespace alidade
