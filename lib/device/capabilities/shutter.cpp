#include "device/capabilities/shutter.hpp"

#include <algorithm>
#include <array>

namespace alidade::capabilities::shutter {

namespace {

// In the order of ALD_SHUTTER_<X>.
constexpr std::array<std::string_view, 4> words{"closed", "opening", "open", "closing"};

constexpr capability::property properties[] = {
    {"shutter_state", ALD_TYPE_STRING, ALD_SCHEMA_READ,
     "\"closed\", \"opening\", \"open\" or \"closing\""},
};
// Closing is how a shutter is made safe: it ends an opening that is under way, before all that
// waits.
constexpr capability::action actions[] = {
    {"open_shutter", "lets the light through", effect::moves},
    {"close_shutter", "blocks the light", effect::stops},
};

} // namespace

const capability record{.name = "shutter",
                        .version = 1,
                        .doc = "A shutter that lets light through or blocks it; closed is safe.",
                        .said = "a shutter",
                        .parts = "shutters",
                        .properties = properties,
                        .actions = actions};

result<ref<op>> start_open(device &of, std::int64_t timeout_ns) {
    return of.check_can(record).and_then(
        [&] { return of.start_action("open_shutter", value(), timeout_ns); });
}

result<ref<op>> start_close(device &of, std::int64_t timeout_ns) {
    return of.check_can(record).and_then([&] { return of.start_stop(timeout_ns); });
}

result<ref<op>> start_read_state(device &of, std::int64_t timeout_ns, bool here) {
    return of.check_can(record).and_then(
        [&] { return of.start_get("shutter_state", timeout_ns, here); });
}

result<ald_shutter_state> state_of(const device &of, const value &word) {
    const std::string *text = word.as_string();
    const auto it = text != nullptr ? std::find(words.begin(), words.end(), *text) : words.end();
    if (it == words.end()) {
        return fail({.code = ALD_E_PROTOCOL, .domain = "device", .where = of.path()},
                    "the state of the shutter '{}' is {}; expected one of {}", of.path(),
                    text != nullptr ? "'" + *text + "'" : "no text", fmt::join(words, ", "));
    }
    return static_cast<ald_shutter_state>(it - words.begin());
}

} // namespace alidade::capabilities::shutter
