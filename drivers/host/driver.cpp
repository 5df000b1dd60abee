// The driver "host": the computer's own sensors as a device. See docs/drivers/host.md.
#include "computer.hpp"
#include "description.hpp"
#include "support/discovery.hpp"

#include <array>

namespace {

using namespace host_driver;

using functions = drivers::driver_functions<computer>;

ald_status discover(ald_value **candidates, ald_error **err) {
    return drivers::guarded(*functions::host, computer::domain, err, [&] {
        const ald_host &host = *functions::host;
        const machine here("/", host.mono_ns);
        const std::string model = cpu_model(here);
        const std::string text = hostname(here) + (model.empty() ? "" : ", " + model);
        ald_status status = host.value_new_list(candidates, err);
        if (status == ALD_OK) {
            ald_value *none = nullptr;
            host.value_new_map(&none, nullptr);
            status = drivers::add_candidate(host, *candidates, "computer", text, {host, none}, err);
            if (status != ALD_OK) {
                host.value_unref(std::exchange(*candidates, nullptr));
            }
        }
        return status;
    });
}

} // namespace

extern "C" ALD_API const ald_driver *ald_driver_v2(const ald_host *host) {
    if (!drivers::fits(host)) {
        return nullptr;
    }
    functions::host = host;
    static const drivers::value slash = drivers::make_string(*host, "/");
    static const drivers::value one_second = drivers::make_double(*host, 1);
    static const drivers::value yes = drivers::make_bool(*host, true);
    static std::array records{
        drivers::option("root", ALD_TYPE_STRING, "", "directory that has proc and sys", slash),
        drivers::option("interval", ALD_TYPE_DOUBLE, "s", "time from one publication to the next",
                        one_second),
        drivers::option("publish", ALD_TYPE_BOOL, "", "tell of changed values without being asked",
                        yes),
    };
    records[1].min = 0.05;
    records[1].max = 3600;
    // A temperature sensor may take milliseconds.
    static const ald_driver driver = drivers::blocking_driver_table<computer>(
        "host", "The computer's own sensors: processors, memory, disks, networks, temperatures.",
        records, discover);
    return &driver;
}
