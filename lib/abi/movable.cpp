#include "device/capabilities/movable.hpp"

#include "abi/blocking.hpp"

using namespace alidade;
namespace axis = capabilities::movable;

ald_status ald_movable_move_abs(ald_device *device, double position, int64_t timeout_ns,
                                const ald_cancel *cancel, ald_error **err) noexcept {
    return call(err, in(device, optional_handle{cancel}), out(), [&](auto &d, auto *c) {
        return done(
            finish(timeout_ns, c, [&] { return axis::start_move_abs(d, position, timeout_ns); }));
    });
}

ald_status ald_movable_start_move_abs(ald_device *device, double position, int64_t timeout_ns,
                                      ald_op **op, ald_error **err) noexcept {
    return call(err, in(device), out(op), [&](auto &d) {
        return start(op, timeout_ns, [&] { return axis::start_move_abs(d, position, timeout_ns); });
    });
}

ald_status ald_movable_move_rel(ald_device *device, double distance, int64_t timeout_ns,
                                const ald_cancel *cancel, ald_error **err) noexcept {
    return call(err, in(device, optional_handle{cancel}), out(), [&](auto &d, auto *c) {
        return done(
            finish(timeout_ns, c, [&] { return axis::start_move_rel(d, distance, timeout_ns); }));
    });
}

ald_status ald_movable_start_move_rel(ald_device *device, double distance, int64_t timeout_ns,
                                      ald_op **op, ald_error **err) noexcept {
    return call(err, in(device), out(op), [&](auto &d) {
        return start(op, timeout_ns, [&] { return axis::start_move_rel(d, distance, timeout_ns); });
    });
}

ald_status ald_movable_home(ald_device *device, int64_t timeout_ns, const ald_cancel *cancel,
                            ald_error **err) noexcept {
    return call(err, in(device, optional_handle{cancel}), out(), [&](auto &d, auto *c) {
        return done(finish(timeout_ns, c, [&] { return axis::start_home(d, timeout_ns); }));
    });
}

ald_status ald_movable_start_home(ald_device *device, int64_t timeout_ns, ald_op **op,
                                  ald_error **err) noexcept {
    return call(err, in(device), out(op), [&](auto &d) {
        return start(op, timeout_ns, [&] { return axis::start_home(d, timeout_ns); });
    });
}

ald_status ald_movable_jog(ald_device *device, int32_t direction, int64_t timeout_ns,
                           const ald_cancel *cancel, ald_error **err) noexcept {
    return call(err, in(device, optional_handle{cancel}), out(), [&](auto &d, auto *c) {
        return done(
            finish(timeout_ns, c, [&] { return axis::start_jog(d, direction, timeout_ns); }));
    });
}

ald_status ald_movable_start_jog(ald_device *device, int32_t direction, int64_t timeout_ns,
                                 ald_op **op, ald_error **err) noexcept {
    return call(err, in(device), out(op), [&](auto &d) {
        return start(op, timeout_ns, [&] { return axis::start_jog(d, direction, timeout_ns); });
    });
}

ald_status ald_movable_set_zero(ald_device *device, int64_t timeout_ns, const ald_cancel *cancel,
                                ald_error **err) noexcept {
    return call(err, in(device, optional_handle{cancel}), out(), [&](auto &d, auto *c) {
        return done(finish(timeout_ns, c, [&] { return axis::start_set_zero(d, timeout_ns); }));
    });
}

ald_status ald_movable_start_set_zero(ald_device *device, int64_t timeout_ns, ald_op **op,
                                      ald_error **err) noexcept {
    return call(err, in(device), out(op), [&](auto &d) {
        return start(op, timeout_ns, [&] { return axis::start_set_zero(d, timeout_ns); });
    });
}

ald_status ald_movable_stop(ald_device *device, int64_t timeout_ns, ald_error **err) noexcept {
    return call(err, in(device), out(), [&](auto &d) {
        return done(finish(timeout_ns, nullptr, [&] { return axis::start_stop(d, timeout_ns); }));
    });
}

ald_status ald_movable_start_stop(ald_device *device, int64_t timeout_ns, ald_op **op,
                                  ald_error **err) noexcept {
    return call(err, in(device), out(op), [&](auto &d) {
        return start(op, timeout_ns, [&] { return axis::start_stop(d, timeout_ns); });
    });
}

ald_status ald_movable_attach_cancel(ald_device *device, ald_cancel *cancel,
                                     ald_error **err) noexcept {
    return call(err, in(device, cancel), out(), [](auto &d, auto &c) {
        return axis::attach_cancel(d, ref<cancel_source>::share(&c));
    });
}

ald_status ald_movable_detach_cancel(ald_device *device, ald_cancel *cancel,
                                     ald_error **err) noexcept {
    return call(err, in(device, cancel), out(),
                [](auto &d, auto &c) { return axis::detach_cancel(d, c); });
}

ald_status ald_movable_wait_settled(ald_device *device, int64_t timeout_ns,
                                    const ald_cancel *cancel, ald_error **err) noexcept {
    return call(err, in(device, optional_handle{cancel}), out(), [&](auto &d, auto *c) {
        return done(finish(timeout_ns, c, [&] { return axis::start_wait_settled(d, timeout_ns); }));
    });
}

ald_status ald_movable_start_wait_settled(ald_device *device, int64_t timeout_ns, ald_op **op,
                                          ald_error **err) noexcept {
    return call(err, in(device), out(op), [&](auto &d) {
        return start(op, timeout_ns, [&] { return axis::start_wait_settled(d, timeout_ns); });
    });
}

ald_status ald_movable_position(ald_device *device, int64_t timeout_ns, const ald_cancel *cancel,
                                double *position, ald_error **err) noexcept {
    return call(err, in(device, optional_handle{cancel}), out(position),
                [&](auto &d, auto *c) -> outcome {
                    const auto read = finish(timeout_ns, c, [&] {
                        return axis::start_position(d, timeout_ns, c == nullptr);
                    });
                    if (read) {
                        *position = *read->as_double();
                    }
                    return done(read);
                });
}

ald_status ald_movable_start_position(ald_device *device, int64_t timeout_ns, ald_op **op,
                                      ald_error **err) noexcept {
    return call(err, in(device), out(op), [&](auto &d) {
        return start(op, timeout_ns, [&] { return axis::start_position(d, timeout_ns, false); });
    });
}

ald_status ald_movable_limits(const ald_device *device, double *min, double *max,
                              ald_error **err) noexcept {
    return call(err, in(device), out(min, max), [&](auto &d) -> outcome {
        const auto found = axis::limits(d);
        if (found) {
            std::tie(*min, *max) = *found;
        }
        return found ? outcome() : outcome(failure(found.error()));
    });
}

const char *ald_movable_unit(const ald_device *device) noexcept {
    return look(device, "", [](auto &d) { return axis::unit(d); });
}
