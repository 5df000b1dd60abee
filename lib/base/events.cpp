// Names of the kinds of records: fixed ones, and those that the host registers.
#include "base/queue.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <memory>

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
                           "device.failed"};
constexpr std::size_t most_registered = 10000;

struct registry {
    std::mutex mutex;
    std::deque<std::string> names; // a deque, so that the strings never move
};

registry &registered() noexcept {
    static auto *instance = new registry;
    return *instance;
}

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
    registry &r = registered();
    const std::scoped_lock lock(r.mutex);
    const std::int64_t place = static_cast<std::int64_t>(kind) - ALD_EVENT_FIRST_REGISTERED;
    return place >= 0 && place < static_cast<std::int64_t>(r.names.size())
               ? r.names[static_cast<std::size_t>(place)].c_str()
               : "";
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
    registry &r = registered();
    const std::scoped_lock lock(r.mutex);
    auto it = std::find(r.names.begin(), r.names.end(), name);
    if (it == r.names.end()) {
        if (r.names.size() >= most_registered) {
            return fail(ALD_E_LIMIT, "queue",
                        "{} names of events are registered already; reuse them", most_registered);
        }
        r.names.emplace_back(name);
        it = r.names.end() - 1;
    }
    return static_cast<std::int32_t>(ALD_EVENT_FIRST_REGISTERED + (it - r.names.begin()));
}

} // namespace alidade
