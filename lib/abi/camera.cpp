#include "device/device.hpp"

#include "abi/blocking.hpp"

using namespace alidade;

namespace {

ald_status act(ald_device *device, const char *action, int64_t timeout_ns, const ald_cancel *cancel,
               ald_error **err, const char *where = __builtin_FUNCTION()) noexcept {
    const auto carry_out = [&](auto &d, auto *c) {
        return done(
            finish(timeout_ns, c, [&] { return d.start_camera_action(action, timeout_ns); }));
    };
    return call(err, in(device, optional_handle{cancel}), out(), carry_out, where);
}

ald_status start_act(ald_device *device, const char *action, int64_t timeout_ns, ald_op **op,
                     ald_error **err, const char *where = __builtin_FUNCTION()) noexcept {
    const auto begin = [&](auto &d) {
        return start(op, timeout_ns, [&] { return d.start_camera_action(action, timeout_ns); });
    };
    return call(err, in(device), out(op), begin, where);
}

} // namespace

ald_status ald_camera_arm(ald_device *device, int64_t timeout_ns, const ald_cancel *cancel,
                          ald_error **err) noexcept {
    return act(device, "arm", timeout_ns, cancel, err);
}

ald_status ald_camera_start_arm(ald_device *device, int64_t timeout_ns, ald_op **op,
                                ald_error **err) noexcept {
    return start_act(device, "arm", timeout_ns, op, err);
}

ald_status ald_camera_trigger(ald_device *device, int64_t timeout_ns, const ald_cancel *cancel,
                              ald_error **err) noexcept {
    return act(device, "trigger", timeout_ns, cancel, err);
}

ald_status ald_camera_start_trigger(ald_device *device, int64_t timeout_ns, ald_op **op,
                                    ald_error **err) noexcept {
    return start_act(device, "trigger", timeout_ns, op, err);
}

ald_status ald_camera_disarm(ald_device *device, int64_t timeout_ns, const ald_cancel *cancel,
                             ald_error **err) noexcept {
    return act(device, "disarm", timeout_ns, cancel, err);
}

ald_status ald_camera_start_disarm(ald_device *device, int64_t timeout_ns, ald_op **op,
                                   ald_error **err) noexcept {
    return start_act(device, "disarm", timeout_ns, op, err);
}

ald_status ald_camera_set_exposure(ald_device *device, double seconds, int64_t timeout_ns,
                                   const ald_cancel *cancel, double *actual,
                                   ald_error **err) noexcept {
    return call(err, in(device, optional_handle{cancel}), out(), [&](auto &d, auto *c) {
        const auto set = finish(
            timeout_ns, c, [&] { return d.start_set_exposure(seconds, timeout_ns, c == nullptr); });
        if (set && actual != nullptr) {
            const double *now = set->as_double();
            *actual = now != nullptr ? *now : seconds;
        }
        return done(set);
    });
}

ald_status ald_camera_start_set_exposure(ald_device *device, double seconds, int64_t timeout_ns,
                                         ald_op **op, ald_error **err) noexcept {
    return call(err, in(device), out(op), [&](auto &d) {
        return start(op, timeout_ns,
                     [&] { return d.start_set_exposure(seconds, timeout_ns, false); });
    });
}
