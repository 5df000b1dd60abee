// Work on the worker pool, seen from outside as an operation.
#pragma once

#include "base/async/op.hpp"

#include <functional>

namespace alidade {

// Must end the operation. `cancel` is triggered when the operation is asked to cancel.
using work = std::function<void(op &, const cancel_source &cancel)>;

// Runs `w` on a worker; the new operation `o` tracks it. An operation that is cancelled before its
// turn ends at once, without running; one whose work throws fails.
[[nodiscard]] outcome start_work(const ref<op> &o, work w);

} // namespace alidade
