#include "device/capabilities/triggerable.hpp"

namespace alidade::capabilities::triggerable {

namespace {

constexpr capability::action actions[] = {
    {"arm", "makes it ready: it waits for triggers, or runs freely", effect::starts},
    {"trigger", "takes one frame", effect::starts},
    {"disarm", "ends what `arm` began; an exposure under way is given up", effect::ends},
};

} // namespace

const capability record{.name = "triggerable",
                        .version = 1,
                        .doc = "Frames or readings begin with a trigger: arm, trigger, disarm.",
                        .said = "triggerable",
                        .parts = "triggerable parts",
                        .properties = {},
                        .actions = actions};

result<ref<op>> start(device &of, std::string_view action, std::int64_t timeout_ns) {
    return of.check_can(record).and_then(
        [&] { return of.start_action(action, value(), timeout_ns); });
}

} // namespace alidade::capabilities::triggerable
