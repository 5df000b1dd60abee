// The temperatures, from /sys/class/hwmon and /sys/class/thermal.
#include "thermometers.hpp"
#include "tree.hpp"

namespace host_driver {

namespace {

class temperatures final : public family {
public:
    temperatures(const machine &m, node &root, const std::vector<thermometer> &found)
        : machine_(m) {
        node &group = root.add_child("temperature");
        for (const thermometer &t : found) {
            node &one = group.add_child(t.name);
            one.add({.name = "value",
                     .unit = "Cel",
                     .doc = "temperature",
                     .min = -273.15,
                     .get = [this, t](auto *) { return read(t); }});
            one.add_constant("chip", "what measures", t.chip);
            one.add_constant("label", "what is measured", t.label);
            add_limit(one, "high", "above this it is too warm", t.high);
            add_limit(one, "critical", "above this the hardware protects itself", t.critical);
            sensors_.emplace_back(t, &one);
        }
    }

    // Polls all sensors; one that fails says so when it is read, and must not silence the others.
    outcome poll(const listener &tell) override {
        for (const auto &[t, where] : sensors_) {
            if (const auto now = read_temperature(machine_, t)) {
                tell(*where, now->value);
            }
        }
        return done{};
    }

private:
    static void add_limit(node &one, const char *name, const char *doc, std::optional<double> x) {
        if (x) {
            one.add({.name = name,
                     .unit = "Cel",
                     .doc = doc,
                     .flags = ALD_SCHEMA_CONSTANT,
                     .get = [x = *x](auto *) { return x; }});
        }
    }

    [[nodiscard]] result<reading> read(const thermometer &t) const {
        const auto now = read_temperature(machine_, t);
        if (!now && now.error().code == ALD_E_DISCONNECTED) {
            return fault{ALD_E_DISCONNECTED,
                         "the sensor '" + t.label + "' of " + t.chip + " is gone",
                         now.error().native_code};
        }
        if (!now) {
            return now.error();
        }
        return measured_at(now->when, now->value);
    }

    const machine &machine_;
    std::vector<std::pair<thermometer, const node *>> sensors_;
};

} // namespace

outcome add_temperatures(const machine &m, node &root, families &to) {
    const auto found = find_thermometers(m);
    if (!found.empty()) {
        to.push_back(std::make_unique<temperatures>(m, root, found));
    }
    return done{};
}

} // namespace host_driver
