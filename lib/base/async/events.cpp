// Names of the kinds of records: fixed ones, and those that the application registers.
#include "base/async/queue.hpp"
#include "base/immortal.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <string>

namespace alidade {

namespace {

constexpr std::array fixed{"",
                           "user.pushed",
                           "op.begun",
                           "op.progressed",
                           "op.ended",
                           "log.written",
                           "property.changed",
                           "device.opened",
                           "device.closed",
                           "device.disconnected",
                           "device.failed",
                           "declaration.refused",
                           "motion.found",
                           "stop.latched",
                           "stop.reset",
                           "step.skipped"};
constexpr std::size_t most_registered = 10000;

// Names never move and never go, so that reading one takes no lock.
struct registry {
    std::mutex mutex;
    std::atomic<std::size_t> count{0};
    std::array<std::unique_ptr<const std::string>, most_registered> names;
};

bool well_formed(std::string_view name) noexcept {
    const auto is_word = [](std::string_view word) {
        return !word.empty() && std::all_of(word.begin(), word.end(), [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
        });
    };
    const std::size_t dot = name.find('.');
    return name.size() <= 64 && dot != std::string_view::npos && is_word(name.substr(0, dot)) &&
           is_word(name.substr(dot + 1));
}

} // namespace

const char *event_name(std::int32_t kind) noexcept {
    if (kind >= 0 && static_cast<std::size_t>(kind) < fixed.size()) {
        return fixed[static_cast<std::size_t>(kind)];
    }
    if (kind < ALD_EVENT_FIRST_REGISTERED) {
        return "";
    }
    const registry &r = immortal<registry>();
    const auto place = static_cast<std::size_t>(kind - ALD_EVENT_FIRST_REGISTERED);
    return place < r.count.load(std::memory_order_acquire) ? r.names[place]->c_str() : "";
}

result<std::int32_t> event_kind(std::string_view name) {
    if (!well_formed(name)) {
        return fail(ALD_E_INVALID, "queue",
                    "'{}' is no name of an event; expected '<noun>.<past participle>' in "
                    "lower-case letters, digits and '_', at most 64 characters",
                    name);
    }
    if (const auto *it = std::find(fixed.begin(), fixed.end(), name); it != fixed.end()) {
        return static_cast<std::int32_t>(it - fixed.begin());
    }
    registry &r = immortal<registry>();
    const std::scoped_lock lock(r.mutex);
    const std::size_t count = r.count.load(std::memory_order_relaxed);
    std::size_t place = 0;
    while (place < count && *r.names[place] != name) {
        ++place;
    }
    if (place == most_registered) {
        return fail(ALD_E_LIMIT, "queue", "{} names of events are registered already; reuse them",
                    most_registered);
    }
    if (place == count) {
        r.names[place] = std::make_unique<const std::string>(name);
        r.count.store(count + 1, std::memory_order_release);
    }
    return static_cast<std::int32_t>(ALD_EVENT_FIRST_REGISTERED + static_cast<int>(place));
}

} // namespace alidade
