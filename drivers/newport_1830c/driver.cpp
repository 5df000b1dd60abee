// The driver "newport-1830c" and the simulated instrument of the same name. See
// docs/drivers/newport-1830c.md.
#include "meter.hpp"
#include "simulated.hpp"
#include "support/discovery.hpp"

namespace {

using namespace drivers;
using functions = driver_functions<newport_1830c::meter>;

ald_status discover(ald_value **candidates, ald_error **err) {
    return guarded(*functions::host, "newport-1830c", err, [&] {
        return discover_serial(*functions::host, "power_meter", "Newport 1830-C", serial_adapters,
                               candidates, err);
    });
}

} // namespace

extern "C" ALD_API const ald_driver *ald_driver_v2(const ald_host *host) {
    if (!fits(host)) {
        return nullptr;
    }
    functions::host = host;
    static const std::array records{
        record("uri", ALD_TYPE_STRING, "", "where it is, as \"serial:/dev/ttyUSB0\"",
               ALD_SCHEMA_REQUIRED),
    };
    static const std::array simulated{newport_1830c::instrument(host)};
    static const ald_driver driver = blocking_driver_table<newport_1830c::meter>(
        "newport-1830c", "Newport 1830-C optical power meter.", records, discover, simulated);
    return &driver;
}
