#include "device/capabilities/readable.hpp"

#include "abi/blocking.hpp"

#include <cstring>
#include <limits>

using namespace alidade;
using capabilities::readable::last_number;
using capabilities::readable::last_of;
using capabilities::readable::last_reading;
using capabilities::readable::start_read;

namespace {

ald_reading record_of(const alidade::reading &r) noexcept {
    return {.struct_size = sizeof(ald_reading),
            .reserved = 0,
            .value = r.value,
            .t_mono_ns = r.t_mono_ns,
            .t_wall_ns = r.t_wall_ns,
            .t_hw_ns = r.t_hw_ns,
            .clock_id = r.clock_id,
            .uncertainty_ns = r.uncertainty_ns,
            .quality = r.quality};
}

} // namespace

ald_status ald_readable_read(ald_device *device, int64_t timeout_ns, const ald_cancel *cancel,
                             ald_reading *reading, ald_error **err) noexcept {
    return call(err, in(device, optional_handle{cancel}), out(reading),
                [&](auto &d, auto *c) -> outcome {
                    if (auto valid = check_default_timeout(timeout_ns); !valid) {
                        return valid;
                    }
                    return capabilities::readable::read(d, d.deadline_for(timeout_ns, false), c)
                        .and_then([&](const alidade::reading &r) {
                            return put_record(reading, record_of(r), "reading");
                        });
                });
}

ald_status ald_readable_start_read(ald_device *device, int64_t timeout_ns, ald_op **op,
                                   ald_error **err) noexcept {
    return call(err, in(device), out(op), [&](auto &d) {
        return start(op, timeout_ns, [&] { return start_read(d, timeout_ns, false); });
    });
}

ald_status ald_readable_last(const ald_device *device, ald_reading *reading,
                             ald_error **err) noexcept {
    return call(err, in(device), out(reading), [&](auto &d) -> outcome {
        const auto last = last_reading(d);
        return last ? put_record(reading, *last, "reading") : outcome(failure(last.error()));
    });
}

ald_status ald_readable_last_many(const ald_device *const *devices, int64_t count, double *values,
                                  size_t stride, int64_t *t_mono_ns, size_t t_stride,
                                  ald_error **err) noexcept {
    const char *const where = __func__;
    return call(err, in(), out(), [&]() -> outcome {
        if (count < 0 || (count > 0 && (devices == nullptr || values == nullptr))) {
            return fail(ALD_E_INVALID, "device", "devices or values is NULL, or count is negative");
        }
        auto *to = reinterpret_cast<char *>(values);
        auto *t_to = reinterpret_cast<char *>(t_mono_ns);
        const handle_table::glance glance;
        for (int64_t i = 0; i < count; ++i) {
            const object *found = glance.at(devices[i], ALD_KIND_DEVICE);
            if (found == nullptr) {
                return boundary::bad_handle(where, static_cast<int>(i) + 1, devices[i],
                                            ALD_KIND_DEVICE);
            }
            const auto &d = static_cast<const device &>(*found);
            const last_number *last = last_of(d);
            if (last == nullptr) {
                return d.check_can(capabilities::readable::record);
            }
            double number = 0;
            int64_t t = 0;
            if (!last->peek(number, t)) {
                number = std::numeric_limits<double>::quiet_NaN();
            }
            const auto place = static_cast<std::size_t>(i);
            std::memcpy(to + place * stride, &number, sizeof(number));
            if (t_to != nullptr) {
                std::memcpy(t_to + place * t_stride, &t, sizeof(t));
            }
        }
        return {};
    });
}

const char *ald_readable_unit(const ald_device *device) noexcept {
    return look(device, "", [](auto &d) { return capabilities::readable::unit(d); });
}
