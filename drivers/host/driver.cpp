// The driver "host": the computer's own sensors as a device. See docs/drivers/host.md.
#include "computer.hpp"
#include "description.hpp"
#include "support/discovery.hpp"

#include <array>

namespace {

using namespace host_driver;

const ald_host *the_host = nullptr;

template <class Body> ald_status guarded(ald_error **err, Body body) noexcept {
    return drivers::guarded(*the_host, "host", err, std::move(body));
}

ald_status create(ald_node *node, const ald_value *map, void **instance, ald_error **err) {
    return guarded(err, [&] {
        const drivers::options given(*the_host, map);
        computer::options chosen{given.text("root"), given.number("interval"),
                                 given.flag("publish")};
        *instance = std::make_unique<computer>(*the_host, node, std::move(chosen)).release();
        return ALD_OK;
    });
}

void destroy(void *instance) {
    const std::unique_ptr<computer> ended(static_cast<computer *>(instance));
}

void submit(void *instance, ald_request *request) {
    ald_error *why = nullptr;
    const ald_status status = guarded(&why, [&] {
        static_cast<computer *>(instance)->submit(request);
        return ALD_OK;
    });
    if (status != ALD_OK) { // thrown before it was completed: completing does not throw
        the_host->complete(request, status, nullptr, why);
        the_host->error_unref(why);
    }
}

ald_status discover(ald_value **candidates, ald_error **err) {
    return guarded(err, [&] {
        const machine here("/", the_host->mono_ns);
        const std::string model = cpu_model(here);
        const std::string text = hostname(here) + (model.empty() ? "" : ", " + model);
        ald_status status = the_host->value_new_list(candidates, err);
        if (status == ALD_OK) {
            ald_value *none = nullptr;
            the_host->value_new_map(&none, nullptr);
            status = drivers::add_candidate(*the_host, *candidates, "computer", text,
                                            {*the_host, none}, err);
            if (status != ALD_OK) {
                the_host->value_unref(std::exchange(*candidates, nullptr));
            }
        }
        return status;
    });
}

} // namespace

extern "C" ALD_API const ald_driver *ald_driver_v1(const ald_host *host) {
    if (!drivers::fits(host)) {
        return nullptr;
    }
    the_host = host;
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
    static const ald_driver driver{
        .struct_size = sizeof(ald_driver),
        .abi = ALD_DRIVER_ABI,
        .name = "host",
        .doc = "The computer's own sensors: processors, memory, disks, networks, temperatures.",
        // A temperature sensor may take milliseconds.
        .flags = ALD_DRIVER_BLOCKING,
        .options = records.data(),
        .option_stride = sizeof(ald_schema),
        .option_count = static_cast<std::int64_t>(records.size()),
        .create = create,
        .destroy = destroy,
        .submit = submit,
        .cancel = nullptr,
        .discover = discover,
        .instruments = nullptr,
        .instrument_stride = 0,
        .instrument_count = 0,
    };
    return &driver;
}
