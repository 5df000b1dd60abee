// Cameras whose time of exposure can be set.
#include "device/capabilities/records.hpp"

namespace alidade::capabilities::exposure_control {

namespace {

constexpr capability::property properties[] = {
    {"exposure", ALD_TYPE_DOUBLE, ALD_SCHEMA_READ | ALD_SCHEMA_WRITE,
     "the time of exposure, in seconds"},
};

} // namespace

const capability record{.name = "exposure_control",
                        .version = 1,
                        .doc = "A time of exposure that can be set.",
                        .said = "a device with exposure_control",
                        .parts = "parts with exposure_control",
                        .properties = properties,
                        .actions = {}};

} // namespace alidade::capabilities::exposure_control
