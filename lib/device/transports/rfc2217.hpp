// Serial ports of a terminal server, with their settings: RFC 2217.
#pragma once

#include "device/transports/tcp.hpp"

namespace alidade {

[[nodiscard]] result<std::unique_ptr<transport>>
open_rfc2217(const line_uri &uri, const serial_settings &settings, const line_wait &how_long);

} // namespace alidade
