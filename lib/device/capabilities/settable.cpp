#include "device/capabilities/settable.hpp"

namespace alidade::capabilities::settable {

namespace {

// No action makes an output safe: only its driver and its lab know what is, and say so by the
// action "safe" and the declared steps.
constexpr capability::property properties[] = {
    {"setpoint", ALD_TYPE_DOUBLE, ALD_SCHEMA_READ | ALD_SCHEMA_WRITE,
     "what the output is to be; writing it ends when the output has settled there"},
    {"readback", ALD_TYPE_DOUBLE, ALD_SCHEMA_READ, "what the output is"},
};

} // namespace

const capability record{.name = "settable",
                        .version = 1,
                        .doc = "An output with a set-point, a read-back, limits and a unit.",
                        .said = "settable",
                        .parts = "settable parts",
                        .properties = properties,
                        .actions = {}};

result<ref<op>> start_set(device &of, double setpoint, std::int64_t timeout_ns) {
    return of.check_can(record).and_then(
        [&] { return of.start_set("setpoint", setpoint, timeout_ns, false); });
}

result<ref<op>> start_setpoint(device &of, std::int64_t timeout_ns, bool here) {
    return of.check_can(record).and_then(
        [&] { return of.start_get("setpoint", timeout_ns, here); });
}

result<ref<op>> start_readback(device &of, std::int64_t timeout_ns, bool here) {
    return of.check_can(record).and_then(
        [&] { return of.start_get("readback", timeout_ns, here); });
}

result<std::pair<double, double>> limits(const device &of) {
    return of.check_can(record).map([&] { return of.limits_of("setpoint"); });
}

const char *unit(const device &of) noexcept {
    return of.can(record.name, 1) ? of.unit_of("setpoint") : "";
}

} // namespace alidade::capabilities::settable
