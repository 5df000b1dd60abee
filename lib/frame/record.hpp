// What is known of a frame beside its pixels.
#pragma once

#include <alidade/frame.h>

namespace alidade {

// A record of which nothing is known.
[[nodiscard]] ald_frame unknown_frame() noexcept;

} // namespace alidade
