// Instruments that send back what they get.
#pragma once

#include "device/transports/transport.hpp"

namespace alidade {

// The same line without the echo. A read gives PROTOCOL where something else comes back.
[[nodiscard]] std::unique_ptr<transport> without_echo(std::unique_ptr<transport> line);

} // namespace alidade
