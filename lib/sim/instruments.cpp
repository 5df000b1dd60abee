#include "sim/instrument.hpp"

#include <deque>
#include <mutex>

namespace alidade::instruments {

namespace {

struct registry {
    std::mutex mutex;
    std::deque<std::unique_ptr<const instrument_kind>> kinds;
};

registry &the() {
    static auto *instance = new registry;
    return *instance;
}

} // namespace

outcome add(std::unique_ptr<const instrument_kind> k) {
    registry &r = the();
    const std::scoped_lock lock(r.mutex);
    for (const auto &known : r.kinds) {
        if (known->name() == k->name()) {
            return fail(ALD_E_EXISTS, "simulation", "there is a simulated instrument '{}' already",
                        k->name());
        }
    }
    r.kinds.push_back(std::move(k));
    return {};
}

std::vector<const instrument_kind *> all() {
    registry &r = the();
    const std::scoped_lock lock(r.mutex);
    std::vector<const instrument_kind *> found;
    for (const auto &k : r.kinds) {
        found.push_back(k.get());
    }
    return found;
}

result<const instrument_kind *> find(std::string_view name) {
    std::vector<std::string> names;
    for (const instrument_kind *k : all()) {
        if (k->name() == name) {
            return k;
        }
        names.push_back(k->name());
    }
    return fail(ALD_E_NOT_FOUND, "simulation",
                "there is no simulated instrument '{}'{}; known are {}", name,
                did_you_mean(name, names), fmt::join(names, ", "));
}

} // namespace alidade::instruments
