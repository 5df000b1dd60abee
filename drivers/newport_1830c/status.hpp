// The bits of the answer to Q?.
#pragma once

#include <cstdint>

namespace newport_1830c {

enum : std::int64_t {
    parameter_error = 1,
    command_error = 2,
    saturated = 4,
    over_range = 8,
    message_available = 16,
    busy = 32,
    service_request = 64,
    reading_ready = 128,
};

} // namespace newport_1830c
