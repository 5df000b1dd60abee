// The driver "esp300" and the simulated instrument of the same name. See docs/drivers/esp300.md.
#include "controller.hpp"
#include "simulated.hpp"
#include "support/discovery.hpp"

namespace {

using namespace drivers;
using functions = driver_functions<esp300::controller>;

ald_status discover(ald_value **candidates, ald_error **err) {
    return guarded(*functions::host, "esp300", err, [&] {
        return discover_serial(*functions::host, "esp300", "Newport ESP300", serial_adapters,
                               candidates, err);
    });
}

} // namespace

extern "C" ALD_API const ald_driver *ald_driver_v2(const ald_host *host) {
    if (!fits(host)) {
        return nullptr;
    }
    functions::host = host;
    static const value yes = make_bool(*host, true);
    static const value no_names = make_list(*host);
    static const value zero = make_double(*host, 0);
    static const value one = make_int(*host, 1);
    static std::array records{
        record("uri", ALD_TYPE_STRING, "", "where it is, as \"serial:/dev/ttyUSB0\"",
               ALD_SCHEMA_REQUIRED),
        option("axis_names", ALD_TYPE_LIST, "", "names of the axes instead of their numbers",
               no_names),
        option("enable", ALD_TYPE_BOOL, "", "switch the motors on when it is opened", yes),
        option("home_mode", ALD_TYPE_INT, "", "how home is searched, the number behind OR", one),
        option("tolerance", ALD_TYPE_DOUBLE, "",
               "how far from its goal a move may end, in the axis's unit; 0: the greatest of 2 um "
               "or 0.002 deg, 20 steps of the encoder and 1 % of the distance",
               zero),
    };
    records[3].min = 0;
    records[3].max = 6;
    records[4].min = 0;
    static const std::array simulated{esp300::instrument(host)};
    static const ald_driver driver = blocking_driver_table<esp300::controller>(
        "esp300", "Newport ESP300 and ESP301 motion controllers.", records, discover, simulated);
    return &driver;
}
