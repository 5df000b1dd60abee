// Opens the line that a URI names.
#pragma once

#include "device/transports/line_wait.hpp"
#include "device/transports/transport.hpp"
#include "device/transports/uri.hpp"

namespace alidade::transports {

// Arguments for opening a line of any kind.
struct opening {
    const line_uri &uri;
    serial_settings settings; // those of the URI go before the driver's already
    const line_wait &how_long;
    device &who;       // that it is opened for
    bool echo = false; // the instrument sends back what it gets
};

[[nodiscard]] result<std::unique_ptr<transport>> open(const opening &what);

} // namespace alidade::transports
