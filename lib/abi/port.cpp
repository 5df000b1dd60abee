#include "base/boundary/guard.hpp"
#include "device/transports/serial.hpp"

using namespace alidade;

ald_status ald_port_list(ald_value **out_value, ald_error **err) noexcept {
    return call(err, in(), out(out_value), [&] { return give(out_value, list_serial_ports()); });
}
