#include "device/capabilities/triggerable.hpp"

#include "abi/blocking.hpp"

using namespace alidade;

namespace {

ald_status act(ald_device *device, const char *action, int64_t timeout_ns, const ald_cancel *cancel,
               ald_error **err, const char *where = __builtin_FUNCTION()) noexcept {
    const auto carry_out = [&](auto &d, auto *c) {
        return done(finish(timeout_ns, c, [&] {
            return capabilities::triggerable::start(d, action, timeout_ns);
        }));
    };
    return call(err, in(device, optional_handle{cancel}), out(), carry_out, where);
}

ald_status start_act(ald_device *device, const char *action, int64_t timeout_ns, ald_op **op,
                     ald_error **err, const char *where = __builtin_FUNCTION()) noexcept {
    const auto begin = [&](auto &d) {
        return start(op, timeout_ns,
                     [&] { return capabilities::triggerable::start(d, action, timeout_ns); });
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
