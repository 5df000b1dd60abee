#include "device/lab.hpp"

#include "abi/blocking.hpp"
#include "abi/drivers.hpp"
#include "driver/load.hpp"
#include "sim/bench/bench.hpp"

using namespace alidade;

ald_status ald_lab_new(const char *name, ald_lab **out_lab, ald_error **err) noexcept {
    return call(err, in(), out(out_lab), [&]() -> outcome {
        auto called = text(name, "name of the lab");
        return called ? give(out_lab, make<lab>(std::move(*called)))
                      : outcome(failure(std::move(called.error())));
    });
}

ald_status ald_lab_from_settings(const ald_settings *settings, ald_lab **out_lab,
                                 ald_error **err) noexcept {
    return call(err, in(settings), out(out_lab), [&](auto &s) {
        load_builtin_drivers();
        return load_drivers_of(s).and_then([&] { return give(out_lab, lab::from_settings(s)); });
    });
}

ald_status ald_lab_add(ald_lab *lab, const char *name, const char *driver, const ald_value *options,
                       ald_device **out_device, ald_error **err) noexcept {
    if (out_device != nullptr) {
        *out_device = nullptr;
    }
    return call(err, in(lab, optional_handle{options}), out(),
                [&](auto &l, auto *given) -> outcome {
                    load_builtin_drivers();
                    const auto called = text(name, "name of the device");
                    const auto kind = text(driver, "name of the driver");
                    if (!called || !kind) {
                        return failure(!called ? called.error() : kind.error());
                    }
                    auto made = l.add(*called, *kind, given != nullptr ? given->content : value());
                    if (!made || out_device == nullptr) {
                        return made ? outcome() : outcome(failure(std::move(made.error())));
                    }
                    return give(out_device, *made);
                });
}

ald_status ald_lab_start_open(ald_lab *lab, int64_t timeout_ns, ald_op **op,
                              ald_error **err) noexcept {
    return call(err, in(lab), out(op), [&](auto &l) {
        return start(op, timeout_ns, [&] { return l.start_open(timeout_ns); });
    });
}

ald_status ald_lab_open(ald_lab *lab, int64_t timeout_ns, const ald_cancel *cancel,
                        ald_value **out_value, ald_error **err) noexcept {
    if (out_value != nullptr) {
        *out_value = nullptr;
    }
    return call(err, in(lab, optional_handle{cancel}), out(), [&](auto &l, auto *c) {
        return give_if_wanted(out_value,
                              finish(timeout_ns, c, [&] { return l.start_open(timeout_ns); }));
    });
}

ald_status ald_lab_check(const ald_lab *lab, ald_value **out_value, ald_error **err) noexcept {
    return call(err, in(lab), out(out_value), [&](auto &l) { return give(out_value, l.check()); });
}

const char *ald_lab_name(const ald_lab *lab) noexcept {
    return look(lab, "", [](auto &l) { return l.name().c_str(); });
}

int64_t ald_lab_device_count(const ald_lab *lab) noexcept {
    return look(lab, int64_t{-1}, [](auto &l) { return static_cast<int64_t>(l.devices().size()); });
}

ald_status ald_lab_device_at(const ald_lab *lab, int64_t index, ald_device **out_device,
                             ald_error **err) noexcept {
    return call(err, in(lab), out(out_device), [&](auto &l) {
        return give(out_device, element(l.devices(), index, "devices of '" + l.name() + "'"));
    });
}

ald_status ald_lab_device(const ald_lab *lab, const char *path, ald_device **out_device,
                          ald_error **err) noexcept {
    return call(err, in(lab), out(out_device), [&](auto &l) {
        return give(out_device,
                    text(path, "path").and_then([&](const std::string &p) { return l.find(p); }));
    });
}

ald_status ald_lab_start_snapshot(ald_lab *lab, int64_t timeout_ns, ald_op **op,
                                  ald_error **err) noexcept {
    return call(err, in(lab), out(op), [&](auto &l) {
        return start(op, timeout_ns, [&] { return l.start_snapshot(timeout_ns); });
    });
}

ald_status ald_lab_subscribe(ald_lab *lab, ald_queue *queue, int32_t kind, uint64_t tag,
                             ald_error **err) noexcept {
    return call(err, in(lab, queue), out(), [&](auto &l, auto &q) {
        return l.events().add(ref<alidade::queue>::share(&q), kind, tag);
    });
}

ald_status ald_lab_unsubscribe(ald_lab *lab, ald_queue *queue, ald_error **err) noexcept {
    return call(err, in(lab, queue), out(), [](auto &l, auto &q) { return l.events().remove(q); });
}

ald_status ald_lab_bench(ald_lab *lab, ald_bench **out_bench, ald_error **err) noexcept {
    return call(err, in(lab), out(out_bench), [&](auto &l) { return give(out_bench, l.bench()); });
}

ald_status ald_lab_emergency_stop(ald_lab *lab, ald_error **err) noexcept {
    return call(err, in(lab), out(), [](auto &l) { return l.emergency_stop(); });
}

ald_status ald_lab_reset_stop(ald_lab *lab, ald_error **err) noexcept {
    return call(err, in(lab), out(), [](auto &l) {
        l.reset_stop();
        return outcome();
    });
}

int32_t ald_lab_is_stopped(const ald_lab *lab) noexcept {
    return look(lab, int32_t{-1}, [](auto &l) { return l.latch().holds() ? 1 : 0; });
}

ald_status ald_lab_attach_cancel(ald_lab *lab, ald_cancel *cancel, ald_error **err) noexcept {
    return call(err, in(lab, cancel), out(), [](auto &l, auto &c) {
        l.latch().attach(ref<cancel_source>::share(&c));
        return outcome();
    });
}

ald_status ald_lab_detach_cancel(ald_lab *lab, ald_cancel *cancel, ald_error **err) noexcept {
    return call(err, in(lab, cancel), out(), [](auto &l, auto &c) { return l.latch().detach(c); });
}

ald_status ald_device_lab(const ald_device *device, ald_lab **out_lab, ald_error **err) noexcept {
    return call(err, in(device), out(out_lab),
                [&](auto &d) { return give(out_lab, ref<lab>::share(&d.owner())); });
}

void ald_lab_close(ald_lab *lab) noexcept {
    quietly(lab, [](auto &l) { l.close(); });
}

ald_status ald_lab_start_close(ald_lab *lab, ald_op **op, ald_error **err) noexcept {
    return call(err, in(lab), out(op), [&](auto &l) { return start_closing(op, l); });
}
