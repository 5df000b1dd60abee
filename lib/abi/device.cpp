#include "device/device.hpp"

#include "abi/blocking.hpp"
#include "abi/drivers.hpp"
#include "base/value/options.hpp"
#include "device/lab.hpp"
#include "device/probe.hpp"
#include "driver/host_table.hpp"
#include "driver/load.hpp"

using namespace alidade;

namespace {

outcome put_schema(ald_schema *to, const result<const schema *> &found) {
    if (!found) {
        return failure(found.error());
    }
    return put_record(to, record_of(**found), "schema record");
}

int64_t timeout_of_search(int64_t timeout_ns) {
    constexpr int64_t usual_ns = 5'000'000'000;
    return timeout_ns == ALD_WAIT_DEFAULT ? usual_ns : timeout_ns;
}

result<ref<op>> probe(const char *driver, const char *uri, int64_t timeout_ns) {
    load_builtin_drivers();
    return text(driver, "name of the driver").and_then([&](const std::string &kind) {
        return text(uri, "URI of a line").and_then([&](const std::string &line) {
            return start_probe(kind, line, timeout_ns);
        });
    });
}

} // namespace

ald_status ald_driver_list(ald_value **out_value, ald_error **err) noexcept {
    return call(err, in(), out(out_value), [&] {
        load_builtin_drivers();
        list known;
        for (const driver *d : drivers::all()) {
            list options;
            for (const schema &s : d->options()) {
                options.push_back(describe(s));
            }
            known.emplace_back(
                map{{"name", d->name()}, {"doc", d->doc()}, {"options", std::move(options)}});
        }
        return give(out_value, value(std::move(known)));
    });
}

ald_status ald_driver_load(const char *path, ald_error **err) noexcept {
    return call(err, in(), out(), [&] {
        return text(path, "path").and_then([](const std::string &file) {
            load_builtin_drivers(); // whose names are taken
            return load_driver(file);
        });
    });
}

ald_status ald_driver_discover(int64_t timeout_ns, const ald_cancel *cancel, ald_value **out_value,
                               ald_error **err) noexcept {
    return call(err, in(optional_handle{cancel}), out(out_value), [&](auto *c) {
        load_builtin_drivers();
        const int64_t timeout = timeout_of_search(timeout_ns);
        return give(out_value, finish(timeout, c, [&] { return start_discover(timeout); }));
    });
}

ald_status ald_driver_start_discover(int64_t timeout_ns, ald_op **op, ald_error **err) noexcept {
    return call(err, in(), out(op), [&] {
        load_builtin_drivers();
        const int64_t timeout = timeout_of_search(timeout_ns);
        return start(op, timeout, [&] { return start_discover(timeout); });
    });
}

ald_status ald_driver_probe(const char *driver, const char *uri, int64_t timeout_ns,
                            const ald_cancel *cancel, ald_value **out_value,
                            ald_error **err) noexcept {
    return call(err, in(optional_handle{cancel}), out(out_value), [&](auto *c) {
        return give(out_value,
                    finish(timeout_ns, c, [&] { return probe(driver, uri, timeout_ns); }));
    });
}

ald_status ald_driver_start_probe(const char *driver, const char *uri, int64_t timeout_ns,
                                  ald_op **op, ald_error **err) noexcept {
    return call(err, in(), out(op), [&] {
        return start(op, timeout_ns, [&] { return probe(driver, uri, timeout_ns); });
    });
}

ald_status ald_capability_list(ald_value **out_value, ald_error **err) noexcept {
    return call(err, in(), out(out_value), [&] {
        list known;
        for (const capability *c : capabilities::all()) {
            known.push_back(c->describe());
        }
        return give(out_value, value(std::move(known)));
    });
}

ald_status ald_device_new(const char *name, const char *driver, const ald_value *options,
                          ald_device **out_device, ald_error **err) noexcept {
    return call(err, in(optional_handle{options}), out(out_device), [&](auto *given) -> outcome {
        load_builtin_drivers();
        const auto called = text(name, "name of the device");
        const auto kind = text(driver, "name of the driver");
        if (!called || !kind) {
            return failure(!called ? called.error() : kind.error());
        }
        const auto home = make<lab>(*called);
        auto made = home->add(*called, *kind, given != nullptr ? given->content : value());
        return give(out_device, std::move(made));
    });
}

ald_status ald_device_open(ald_device *device, int64_t timeout_ns, const ald_cancel *cancel,
                           ald_error **err) noexcept {
    return call(err, in(device, optional_handle{cancel}), out(), [&](auto &d, auto *c) {
        return done(finish(timeout_ns, c, [&] { return d.start_open(timeout_ns); }));
    });
}

ald_status ald_device_start_open(ald_device *device, int64_t timeout_ns, ald_op **op,
                                 ald_error **err) noexcept {
    return call(err, in(device), out(op), [&](auto &d) {
        return start(op, timeout_ns, [&] { return d.start_open(timeout_ns); });
    });
}

void ald_device_close(ald_device *device) noexcept {
    quietly(device, [](auto &d) { d.close(); });
}

ald_status ald_device_start_close(ald_device *device, ald_op **op, ald_error **err) noexcept {
    return call(err, in(device), out(op), [&](auto &d) { return start_closing(op, d); });
}

ald_status ald_device_set_reopen(ald_device *device, int64_t interval_ns,
                                 ald_error **err) noexcept {
    return call(err, in(device), out(), [&](auto &d) { return d.set_reopen(interval_ns); });
}

ald_device_state ald_device_status(const ald_device *device) noexcept {
    return look(device, ald_device_state{-1}, [](auto &d) { return d.state(); });
}

const char *ald_device_path(const ald_device *device) noexcept {
    return look(device, "", [](auto &d) { return d.path().c_str(); });
}

uint64_t ald_device_id(const ald_device *device) noexcept {
    return look(device, uint64_t{0}, [](auto &d) { return d.id(); });
}

ald_status ald_device_describe(const ald_device *device, ald_value **out_value,
                               ald_error **err) noexcept {
    return call(err, in(device), out(out_value),
                [&](auto &d) { return give(out_value, d.describe()); });
}

int64_t ald_device_child_count(const ald_device *device) noexcept {
    return look(device, int64_t{-1},
                [](auto &d) { return static_cast<int64_t>(d.children().size()); });
}

ald_status ald_device_child_at(const ald_device *device, int64_t index, ald_device **out_child,
                               ald_error **err) noexcept {
    return call(err, in(device), out(out_child), [&](auto &d) {
        return give(out_child, element(d.children(), index, "children of '" + d.path() + "'"));
    });
}

ald_status ald_device_child(const ald_device *device, const char *path, ald_device **out_child,
                            ald_error **err) noexcept {
    return call(err, in(device), out(out_child), [&](auto &d) {
        return give(out_child,
                    text(path, "path").and_then([&](const std::string &p) { return d.child(p); }));
    });
}

int32_t ald_device_can(const ald_device *device, const char *name, int32_t version) noexcept {
    return look(device, -1,
                [&](auto &d) { return name != nullptr && d.can(name, version) ? 1 : 0; });
}

int64_t ald_device_property_count(const ald_device *device) noexcept {
    return look(device, int64_t{-1},
                [](auto &d) { return static_cast<int64_t>(d.property_count()); });
}

ald_status ald_device_property_at(const ald_device *device, int64_t index, ald_schema *schema,
                                  ald_error **err) noexcept {
    return call(err, in(device), out(schema), [&](auto &d) {
        // A negative number becomes one that no device has.
        return put_schema(schema, d.property_at(static_cast<std::size_t>(index)));
    });
}

ald_status ald_device_property(const ald_device *device, const char *name, ald_schema *schema,
                               ald_error **err) noexcept {
    return call(err, in(device), out(schema), [&](auto &d) {
        return put_schema(schema,
                          text(name, "name of the property")
                              .and_then([&](const std::string &n) { return d.find_property(n); })
                              .and_then([&](std::size_t i) { return d.property_at(i); }));
    });
}

ald_status ald_device_get(ald_device *device, const char *name, int64_t timeout_ns,
                          const ald_cancel *cancel, ald_value **out_value,
                          ald_error **err) noexcept {
    return call(err, in(device, optional_handle{cancel}), out(out_value), [&](auto &d, auto *c) {
        return give(out_value,
                    text(name, "name of the property").and_then([&](const std::string &n) {
                        return finish(timeout_ns, c,
                                      [&] { return d.start_get(n, timeout_ns, c == nullptr); });
                    }));
    });
}

ald_status ald_device_start_get(ald_device *device, const char *name, int64_t timeout_ns,
                                ald_op **op, ald_error **err) noexcept {
    return call(err, in(device), out(op), [&](auto &d) {
        return start(op, timeout_ns, [&] {
            return text(name, "name of the property").and_then([&](const std::string &n) {
                return d.start_get(n, timeout_ns, false);
            });
        });
    });
}

ald_status ald_device_get_cached(const ald_device *device, const char *name, ald_value **out_value,
                                 int64_t *age_ns, ald_error **err) noexcept {
    return call(err, in(device), out(out_value), [&](auto &d) -> outcome {
        auto found = text(name, "name of the property").and_then([&](const std::string &n) {
            return d.get_cached(n);
        });
        if (!found) {
            return failure(std::move(found.error()));
        }
        if (age_ns != nullptr) {
            *age_ns = found->age_ns;
        }
        return give(out_value, std::move(found->last));
    });
}

ald_status ald_device_set(ald_device *device, const char *name, const ald_value *value,
                          int64_t timeout_ns, const ald_cancel *cancel, ald_value **out_value,
                          ald_error **err) noexcept {
    if (out_value != nullptr) {
        *out_value = nullptr;
    }
    return call(
        err, in(device, value, optional_handle{cancel}), out(), [&](auto &d, auto &v, auto *c) {
            return give_if_wanted(
                out_value, text(name, "name of the property").and_then([&](const std::string &n) {
                    return finish(timeout_ns, c, [&] {
                        return d.start_set(n, v.content, timeout_ns, c == nullptr);
                    });
                }));
        });
}

ald_status ald_device_start_set(ald_device *device, const char *name, const ald_value *value,
                                int64_t timeout_ns, ald_op **op, ald_error **err) noexcept {
    return call(err, in(device, value), out(op), [&](auto &d, auto &v) {
        return start(op, timeout_ns, [&] {
            return text(name, "name of the property").and_then([&](const std::string &n) {
                return d.start_set(n, v.content, timeout_ns, false);
            });
        });
    });
}

ald_status ald_device_start_action(ald_device *device, const char *name, const ald_value *arguments,
                                   int64_t timeout_ns, ald_op **op, ald_error **err) noexcept {
    return call(err, in(device, optional_handle{arguments}), out(op), [&](auto &d, auto *a) {
        return start(op, timeout_ns, [&] {
            return text(name, "name of the action").and_then([&](const std::string &n) {
                return d.start_action(n, a != nullptr ? a->content : alidade::value(), timeout_ns);
            });
        });
    });
}

ald_status ald_device_start_snapshot(ald_device *device, int64_t timeout_ns, ald_op **op,
                                     ald_error **err) noexcept {
    return call(err, in(device), out(op), [&](auto &d) {
        return start(op, timeout_ns, [&] { return d.start_snapshot(timeout_ns); });
    });
}

ald_status ald_device_subscribe(ald_device *device, ald_queue *queue, int32_t kind, uint64_t tag,
                                ald_error **err) noexcept {
    return call(err, in(device, queue), out(), [&](auto &d, auto &q) {
        return d.events().add(ref<alidade::queue>::share(&q), kind, tag);
    });
}

ald_status ald_device_unsubscribe(ald_device *device, ald_queue *queue, ald_error **err) noexcept {
    return call(err, in(device, queue), out(),
                [](auto &d, auto &q) { return d.events().remove(q); });
}
