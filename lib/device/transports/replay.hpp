// A line at whose other end a transcript answers.
#pragma once

#include "device/transports/transport.hpp"
#include "device/transports/uri.hpp"

namespace alidade {

// Opens a transcript: what is sent must be what was sent then; answers come after the same time.
[[nodiscard]] result<std::unique_ptr<transport>> open_replay(const line_uri &uri);

} // namespace alidade
