#include "device/capabilities/settable.hpp"

#include "abi/blocking.hpp"

using namespace alidade;
namespace settable = capabilities::settable;

namespace {

outcome put_number(double *to, const result<value> &read) {
    const double *number = read ? read->as_double() : nullptr;
    if (number != nullptr && to != nullptr) {
        *to = *number;
    }
    return done(read);
}

} // namespace

ald_status ald_settable_set(ald_device *device, double setpoint, int64_t timeout_ns,
                            const ald_cancel *cancel, double *actual, ald_error **err) noexcept {
    return call(err, in(device, optional_handle{cancel}), out(), [&](auto &d, auto *c) {
        return put_number(actual, finish(timeout_ns, c, [&] {
                              return settable::start_set(d, setpoint, timeout_ns);
                          }));
    });
}

ald_status ald_settable_start_set(ald_device *device, double setpoint, int64_t timeout_ns,
                                  ald_op **op, ald_error **err) noexcept {
    return call(err, in(device), out(op), [&](auto &d) {
        return start(op, timeout_ns, [&] { return settable::start_set(d, setpoint, timeout_ns); });
    });
}

ald_status ald_settable_setpoint(ald_device *device, int64_t timeout_ns, const ald_cancel *cancel,
                                 double *setpoint, ald_error **err) noexcept {
    return call(err, in(device, optional_handle{cancel}), out(setpoint), [&](auto &d, auto *c) {
        return put_number(setpoint, finish(timeout_ns, c, [&] {
                              return settable::start_setpoint(d, timeout_ns, c == nullptr);
                          }));
    });
}

ald_status ald_settable_start_setpoint(ald_device *device, int64_t timeout_ns, ald_op **op,
                                       ald_error **err) noexcept {
    return call(err, in(device), out(op), [&](auto &d) {
        return start(op, timeout_ns,
                     [&] { return settable::start_setpoint(d, timeout_ns, false); });
    });
}

ald_status ald_settable_readback(ald_device *device, int64_t timeout_ns, const ald_cancel *cancel,
                                 double *readback, ald_error **err) noexcept {
    return call(err, in(device, optional_handle{cancel}), out(readback), [&](auto &d, auto *c) {
        return put_number(readback, finish(timeout_ns, c, [&] {
                              return settable::start_readback(d, timeout_ns, c == nullptr);
                          }));
    });
}

ald_status ald_settable_start_readback(ald_device *device, int64_t timeout_ns, ald_op **op,
                                       ald_error **err) noexcept {
    return call(err, in(device), out(op), [&](auto &d) {
        return start(op, timeout_ns,
                     [&] { return settable::start_readback(d, timeout_ns, false); });
    });
}

ald_status ald_settable_limits(const ald_device *device, double *min, double *max,
                               ald_error **err) noexcept {
    return call(err, in(device), out(min, max), [&](auto &d) -> outcome {
        const auto found = settable::limits(d);
        if (found) {
            std::tie(*min, *max) = *found;
        }
        return found ? outcome() : outcome(failure(found.error()));
    });
}

const char *ald_settable_unit(const ald_device *device) noexcept {
    return look(device, "", [](auto &d) { return settable::unit(d); });
}
