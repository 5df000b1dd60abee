// The driver "host": the computer's own sensors as a device. See docs/drivers/host.md.
#include "computer.hpp"
#include "description.hpp"

#include <array>
#include <new>

namespace {

using namespace host_driver;

const ald_host *the_host = nullptr;

// Runs a function of the driver: nothing is thrown into the host.
template <class Body> ald_status guarded(ald_error **err, Body body) noexcept {
    ald_status status = ALD_E_INTERNAL;
    const char *message = "the driver failed; please report it";
    try {
        return body();
    } catch (const std::bad_alloc &) {
        status = ALD_E_NO_MEMORY;
        message = "memory ran out; close what is not needed and try again";
    } catch (...) {
    }
    if (err != nullptr) {
        *err = the_host->error_new(status, "host", 0, message);
    }
    return status;
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

// Fills a list of one map. Where there is no memory for a value the host refuses its NULL.
ald_status add_candidate(ald_value *list, const std::string &text, ald_error **err) {
    const ald_host &host = *the_host;
    const auto new_map = [&] {
        ald_value *made = nullptr;
        host.value_new_map(&made, nullptr);
        return drivers::value(host, made);
    };
    const drivers::value candidate = new_map();
    const drivers::value options = new_map();
    const drivers::value name = drivers::make_string(host, "computer");
    const drivers::value description = drivers::make_string(host, text);
    for (const auto &[key, item] : {std::pair(std::string_view("name"), &name),
                                    {"description", &description},
                                    {"options", &options}}) {
        const ald_status set =
            host.value_set(candidate.get(), key.data(), key.size(), item->get(), err);
        if (set != ALD_OK) {
            return set;
        }
    }
    return host.value_append(list, candidate.get(), err);
}

ald_status discover(ald_value **candidates, ald_error **err) {
    return guarded(err, [&] {
        const machine here("/", the_host->mono_ns);
        const std::string model = cpu_model(here);
        const std::string text = hostname(here) + (model.empty() ? "" : ", " + model);
        ald_status status = the_host->value_new_list(candidates, err);
        if (status == ALD_OK) {
            status = add_candidate(*candidates, text, err);
            if (status != ALD_OK) {
                the_host->value_unref(std::exchange(*candidates, nullptr));
            }
        }
        return status;
    });
}

ald_schema option(const char *name, ald_type type, const char *unit, const char *doc,
                  const drivers::value &initial) {
    ald_schema s = drivers::record(name, type, unit, doc);
    s.initial = initial.get();
    return s;
}

} // namespace

extern "C" ALD_API const ald_driver *ald_driver_v1(const ald_host *host) {
    if (host == nullptr || host->abi != ALD_DRIVER_ABI || host->struct_size < sizeof(ald_host)) {
        return nullptr;
    }
    the_host = host;
    static const drivers::value slash = drivers::make_string(*host, "/");
    static const drivers::value one_second = drivers::make_double(*host, 1);
    static const drivers::value yes = drivers::make_bool(*host, true);
    static std::array records{
        option("root", ALD_TYPE_STRING, "", "directory that has proc and sys", slash),
        option("interval", ALD_TYPE_DOUBLE, "s", "time from one publication to the next",
               one_second),
        option("publish", ALD_TYPE_BOOL, "", "tell of changed values without being asked", yes),
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
