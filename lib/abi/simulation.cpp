#include "sim/simulation.hpp"

#include "abi/drivers.hpp"
#include "base/boundary/guard.hpp"
#include "base/clock.hpp"
#include "base/value/options.hpp"
#include "device/driver.hpp"

using namespace alidade;

namespace {

value content_of(const value_object *given) { return given != nullptr ? given->content : value(); }

value listed() {
    list all;
    for (const instrument_kind *k : instruments::all()) {
        list options;
        for (const schema &s : k->options()) {
            options.push_back(describe(s));
        }
        all.emplace_back(map{{"name", k->name()},
                             {"driver", k->driver()},
                             {"doc", k->doc()},
                             {"options", std::move(options)}});
    }
    return all;
}

} // namespace

ald_status ald_bench_new(const char *name, const ald_value *options, ald_bench **out_bench,
                         ald_error **err) noexcept {
    return call(err, in(optional_handle{options}), out(out_bench), [&](auto *given) {
        return give(out_bench,
                    text(name, "name of the bench")
                        .and_then([&](const std::string &n) {
                            return optical_bench::make(n, content_of(given), mono_ns());
                        })
                        .map([](auto made) { return make<bench_object>(std::move(made)); }));
    });
}

ald_status ald_bench_describe(const ald_bench *bench, ald_value **out_value,
                              ald_error **err) noexcept {
    return call(err, in(bench), out(out_value),
                [&](auto &b) { return give(out_value, b.content->describe()); });
}

ald_status ald_bench_get(const ald_bench *bench, const char *quantity, double *out_value,
                         ald_error **err) noexcept {
    return call(err, in(bench), out(out_value), [&](auto &b) {
        return text(quantity, "name of the quantity")
            .and_then([&](const std::string &q) { return b.content->get(q, mono_ns()); })
            .map([&](double x) { *out_value = x; });
    });
}

ald_status ald_bench_set(ald_bench *bench, const char *quantity, double value,
                         ald_error **err) noexcept {
    return call(err, in(bench), out(), [&](auto &b) {
        return text(quantity, "name of the quantity").and_then([&](const std::string &q) {
            return b.content->set(q, value, mono_ns());
        });
    });
}

ald_status ald_simulation_list(ald_value **out_value, ald_error **err) noexcept {
    return call(err, in(), out(out_value), [&] {
        load_builtin_drivers();
        return give(out_value, listed());
    });
}

ald_status ald_simulation_start(const char *instrument, ald_bench *bench, const ald_value *options,
                                ald_simulation **out_simulation, ald_error **err) noexcept {
    return call(
        err, in(optional_handle{bench}, optional_handle{options}), out(out_simulation),
        [&](auto *b, auto *given) {
            load_builtin_drivers();
            return give(
                out_simulation,
                text(instrument, "name of the instrument").and_then([&](const std::string &name) {
                    return simulation::start(name, b != nullptr ? b->content : nullptr,
                                             content_of(given));
                }));
        });
}

const char *ald_simulation_uri(const ald_simulation *simulation) noexcept {
    return look(simulation, "", [](auto &s) { return s.uri().c_str(); });
}

ald_status ald_simulation_set_faults(ald_simulation *simulation, const ald_value *faults,
                                     ald_error **err) noexcept {
    return call(err, in(simulation, faults), out(),
                [](auto &s, auto &given) { return s.set_faults(given.content); });
}

ald_status ald_simulation_say(ald_simulation *simulation, const void *data, size_t size,
                              ald_error **err) noexcept {
    return call(err, in(simulation), out(), [&](auto &s) {
        return bytes_given(data, size, "data").and_then([&](std::string_view given) {
            return s.say({reinterpret_cast<const std::uint8_t *>(given.data()), given.size()});
        });
    });
}

ald_status ald_simulation_unplug(ald_simulation *simulation, ald_error **err) noexcept {
    return call(err, in(simulation), out(), [](auto &s) { return s.unplug(); });
}

ald_status ald_simulation_plug(ald_simulation *simulation, ald_error **err) noexcept {
    return call(err, in(simulation), out(), [](auto &s) { return s.plug(); });
}

void ald_simulation_close(ald_simulation *simulation) noexcept {
    quietly(simulation, [](auto &s) { s.close(); });
}
