// Axes that can be stopped in mid-motion: those with the action.
#include "device/capabilities/records.hpp"

namespace alidade::capabilities::stop {

namespace {

constexpr capability::action actions[] = {
    {"stop", "stops the axis at once", effect::stops},
};

} // namespace

const capability record{.name = "stop",
                        .version = 1,
                        .doc = "An axis that can be stopped in mid-motion.",
                        .said = "an axis that can be stopped",
                        .parts = "axes that can be stopped",
                        .properties = {},
                        .actions = actions,
                        .within = "movable"};

} // namespace alidade::capabilities::stop
