#include "device/capabilities/shutter.hpp"

#include "abi/blocking.hpp"

using namespace alidade;
namespace shutter = capabilities::shutter;

ald_status ald_shutter_open(ald_device *device, int64_t timeout_ns, const ald_cancel *cancel,
                            ald_error **err) noexcept {
    return call(err, in(device, optional_handle{cancel}), out(), [&](auto &d, auto *c) {
        return done(finish(timeout_ns, c, [&] { return shutter::start_open(d, timeout_ns); }));
    });
}

ald_status ald_shutter_start_open(ald_device *device, int64_t timeout_ns, ald_op **op,
                                  ald_error **err) noexcept {
    return call(err, in(device), out(op), [&](auto &d) {
        return start(op, timeout_ns, [&] { return shutter::start_open(d, timeout_ns); });
    });
}

ald_status ald_shutter_close(ald_device *device, int64_t timeout_ns, ald_error **err) noexcept {
    return call(err, in(device), out(), [&](auto &d) {
        return done(
            finish(timeout_ns, nullptr, [&] { return shutter::start_close(d, timeout_ns); }));
    });
}

ald_status ald_shutter_start_close(ald_device *device, int64_t timeout_ns, ald_op **op,
                                   ald_error **err) noexcept {
    return call(err, in(device), out(op), [&](auto &d) {
        return start(op, timeout_ns, [&] { return shutter::start_close(d, timeout_ns); });
    });
}

ald_status ald_shutter_read_state(ald_device *device, int64_t timeout_ns, const ald_cancel *cancel,
                                  ald_shutter_state *state, ald_error **err) noexcept {
    return call(
        err, in(device, optional_handle{cancel}), out(state), [&](auto &d, auto *c) -> outcome {
            const auto read = finish(timeout_ns, c, [&] {
                                  return shutter::start_read_state(d, timeout_ns, c == nullptr);
                              }).and_then([&](const value &v) { return shutter::state_of(d, v); });
            if (read) {
                *state = *read;
            }
            return read ? outcome() : outcome(failure(read.error()));
        });
}

ald_status ald_shutter_start_read_state(ald_device *device, int64_t timeout_ns, ald_op **op,
                                        ald_error **err) noexcept {
    return call(err, in(device), out(op), [&](auto &d) {
        return start(op, timeout_ns,
                     [&] { return shutter::start_read_state(d, timeout_ns, false); });
    });
}
