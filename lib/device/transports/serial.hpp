// Serial ports of this computer.
#pragma once

#include "base/value/value.hpp"
#include "device/transports/transport.hpp"
#include "device/transports/uri.hpp"

namespace alidade {

// A port by its path, or by the serial number of its USB adapter.
[[nodiscard]] result<std::unique_ptr<transport>> open_serial(const line_uri &uri,
                                                             const serial_settings &settings);

// Lists the ports without opening them: maps with uri, path, description, and where known
// vendor_id, product_id, manufacturer, product, serial_number.
[[nodiscard]] result<value> list_serial_ports();

} // namespace alidade
