// The driver "elliptec" and the simulated instrument of the same name. See
// docs/drivers/elliptec.md.
#include "bus.hpp"
#include "simulated.hpp"
#include "support/discovery.hpp"

namespace {

using namespace drivers;
using functions = driver_functions<elliptec::bus>;

// The interface boards of Thorlabs have an FT230X.
constexpr usb_id boards[] = {{0x0403, 0x6015}};

ald_status discover(ald_value **candidates, ald_error **err) {
    return guarded(*functions::host, "elliptec", err, [&] {
        return discover_serial(*functions::host, "elliptec", "Thorlabs Elliptec bus", boards,
                               candidates, err);
    });
}

} // namespace

extern "C" ALD_API const ald_driver *ald_driver_v2(const ald_host *host) {
    if (!fits(host)) {
        return nullptr;
    }
    functions::host = host;
    static const value nothing = make_list(*host);
    static const value clockwise = make_int(*host, 0);
    static std::array records{
        record("uri", ALD_TYPE_STRING, "", "where it is, as \"serial:/dev/ttyUSB0\"",
               ALD_SCHEMA_REQUIRED),
        option("addresses", ALD_TYPE_LIST, "",
               "addresses of the motors, as [\"2\", \"A\"]; without them all are asked", nothing),
        option("names", ALD_TYPE_LIST, "",
               "names of the motors in the order of their addresses, instead of these", nothing),
        option("home_direction", ALD_TYPE_INT, "",
               "where a rotator searches home: 0 clockwise, 1 counter-clockwise", clockwise),
    };
    records[3].min = 0;
    records[3].max = 1;
    static const std::array simulated{elliptec::instrument(host)};
    static const ald_driver driver = blocking_driver_table<elliptec::bus>(
        "elliptec", "Thorlabs Elliptec rotators and stages, several on one line.", records,
        discover, simulated);
    return &driver;
}
