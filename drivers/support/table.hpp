// Tables of functions that the host wants from a driver and a simulated instrument, made from
// classes: nothing is thrown into the host.
#pragma once

#include "support/host.hpp"

#include <array>
#include <memory>
#include <new>
#include <span>

namespace drivers {

// Runs a function of a driver.
template <class Body>
ald_status guarded(const ald_host &host, const char *domain, ald_error **err, Body body) noexcept {
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
        *err = host.error_new(status, domain, 0, message);
    }
    return status;
}

// Gives a fault to the host.
[[nodiscard]] inline ald_status report(const ald_host &host, const char *domain, const fault &why,
                                       ald_error **err) {
    if (err != nullptr) {
        *err = host.error_new(why.code, domain, why.native_code, why.message.c_str());
    }
    return why.code;
}

[[nodiscard]] inline bool fits(const ald_host *host) noexcept {
    return host != nullptr && host->abi == ALD_DRIVER_ABI && host->struct_size >= sizeof(ald_host);
}

// `Device` is made of (host, node, options), and has submit(request) and a static `domain`. It may
// have declare(err), which adds what it consists of to its node, and cancel(request).
template <class Device> struct driver_functions {
    static inline const ald_host *host = nullptr;

    static ald_status create(ald_node *node, const ald_value *map, void **instance,
                             ald_error **err) {
        return guarded(*host, Device::domain, err, [&] {
            auto made = std::make_unique<Device>(*host, node, options(*host, map));
            ald_status declared = ALD_OK;
            if constexpr (requires { made->declare(err); }) {
                declared = made->declare(err);
            }
            *instance = declared == ALD_OK ? made.release() : nullptr;
            return declared;
        });
    }
    static void destroy(void *instance) {
        const std::unique_ptr<Device> ended(static_cast<Device *>(instance));
    }
    // Submits. What throws, throws before it has completed the request: completing does not throw.
    static void submit(void *instance, ald_request *request) {
        ald_error *why = nullptr;
        const ald_status status = guarded(*host, Device::domain, &why, [&] {
            static_cast<Device *>(instance)->submit(request);
            return ald_status{ALD_OK};
        });
        if (status != ALD_OK) {
            host->complete(request, status, nullptr, why);
            host->error_unref(why);
        }
    }
    static void cancel(void *instance, ald_request *request) {
        (void)guarded(*host, Device::domain, nullptr, [&] {
            static_cast<Device *>(instance)->cancel(request);
            return ald_status{ALD_OK};
        });
    }
};

// `Instrument` is made by make(host, link, bench, options), which gives a result with a
// std::unique_ptr, and has receive(text) and wake().
template <class Instrument> struct instrument_functions {
    static inline const ald_host *host = nullptr;

    static ald_status create(ald_link *link, ald_bench *bench, const ald_value *map,
                             void **instance, ald_error **err) {
        return guarded(*host, Instrument::domain, err, [&] {
            auto made = Instrument::make(*host, link, bench, options(*host, map));
            if (!made) {
                return report(*host, Instrument::domain, made.error(), err);
            }
            *instance = made->release();
            return ald_status{ALD_OK};
        });
    }
    static void destroy(void *instance) {
        const std::unique_ptr<Instrument> ended(static_cast<Instrument *>(instance));
    }
    static void receive(void *instance, const void *data, std::size_t size) {
        (void)guarded(*host, Instrument::domain, nullptr, [&] {
            static_cast<Instrument *>(instance)->receive({static_cast<const char *>(data), size});
            return ald_status{ALD_OK};
        });
    }
    static void wake(void *instance, std::int64_t) {
        (void)guarded(*host, Instrument::domain, nullptr, [&] {
            static_cast<Instrument *>(instance)->wake();
            return ald_status{ALD_OK};
        });
    }
};

template <class Instrument, std::size_t Count>
[[nodiscard]] ald_instrument instrument_table(const char *name, const char *doc,
                                              const std::array<ald_schema, Count> &options) {
    using functions = instrument_functions<Instrument>;
    return {
        .struct_size = sizeof(ald_instrument),
        .reserved = 0,
        .name = name,
        .doc = doc,
        .options = options.data(),
        .option_stride = sizeof(ald_schema),
        .option_count = static_cast<std::int64_t>(Count),
        .create = functions::create,
        .destroy = functions::destroy,
        .receive = functions::receive,
        .wake = functions::wake,
    };
}

// The table of a driver whose device answers at once or later, with the instruments that come with
// it. All that is pointed to lives as long as the process.
template <class Device, std::size_t Count>
[[nodiscard]] ald_driver driver_table(const char *name, const char *doc,
                                      const std::array<ald_schema, Count> &options,
                                      std::span<const ald_instrument> simulated = {}) {
    using functions = driver_functions<Device>;
    ald_driver table{};
    table.struct_size = sizeof(table);
    table.abi = ALD_DRIVER_ABI;
    table.name = name;
    table.doc = doc;
    table.options = options.data();
    table.option_stride = sizeof(ald_schema);
    table.option_count = static_cast<std::int64_t>(Count);
    table.create = functions::create;
    table.destroy = functions::destroy;
    table.submit = functions::submit;
    if constexpr (requires(Device & d, ald_request * r) { d.cancel(r); }) {
        table.cancel = functions::cancel;
    }
    table.instruments = simulated.data();
    table.instrument_stride = sizeof(ald_instrument);
    table.instrument_count = static_cast<std::int64_t>(simulated.size());
    return table;
}

// The same for one that may take long, as every device on a line.
template <class Device, std::size_t Count>
[[nodiscard]] ald_driver blocking_driver_table(const char *name, const char *doc,
                                               const std::array<ald_schema, Count> &options,
                                               ald_status (*discover)(ald_value **,
                                                                      ald_error **) = nullptr,
                                               std::span<const ald_instrument> simulated = {}) {
    ald_driver table = driver_table<Device>(name, doc, options, simulated);
    table.flags = ALD_DRIVER_BLOCKING;
    table.discover = discover;
    return table;
}

// An option with the value where none is given.
[[nodiscard]] inline ald_schema option(const char *name, ald_type type, const char *unit,
                                       const char *doc, const value &initial) noexcept {
    ald_schema s = record(name, type, unit, doc);
    s.initial = initial.get();
    return s;
}

} // namespace drivers
