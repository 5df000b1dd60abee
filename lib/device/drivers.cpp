#include "device/driver.hpp"

#include <deque>
#include <mutex>

namespace alidade {

namespace {

struct registry {
    std::mutex mutex;
    std::deque<std::unique_ptr<const driver>> drivers;
};

registry &the() {
    static auto *instance = new registry;
    return *instance;
}

} // namespace

namespace drivers {

outcome add(std::unique_ptr<const driver> d) {
    registry &r = the();
    const std::scoped_lock lock(r.mutex);
    for (const auto &known : r.drivers) {
        if (known->name() == d->name()) {
            return fail(ALD_E_EXISTS, "device", "there is a driver '{}' already", d->name());
        }
    }
    r.drivers.push_back(std::move(d));
    return {};
}

std::vector<const driver *> all() {
    registry &r = the();
    const std::scoped_lock lock(r.mutex);
    std::vector<const driver *> found;
    for (const auto &d : r.drivers) {
        found.push_back(d.get());
    }
    return found;
}

result<const driver *> find(std::string_view name) {
    std::vector<std::string> names;
    for (const driver *d : all()) {
        if (d->name() == name) {
            return d;
        }
        names.push_back(d->name());
    }
    return fail(ALD_E_NOT_FOUND, "device", "there is no driver '{}'{}; known are {}", name,
                did_you_mean(name, names), fmt::join(names, ", "));
}

} // namespace drivers

} // namespace alidade
