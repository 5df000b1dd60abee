// The bits of the answer to Q?, as the user's manual has them (page 38 and Appendix A). C clears
// all but the message that is available.
#pragma once

#include <cstdint>

namespace newport_1830c {

inline constexpr std::int64_t parameter_error = 1;
inline constexpr std::int64_t command_error = 2;
inline constexpr std::int64_t saturated = 4;
inline constexpr std::int64_t over_range = 8;
inline constexpr std::int64_t message_available = 16;
// Changes its range by itself, starts up or calibrates itself.
inline constexpr std::int64_t busy = 32;
inline constexpr std::int64_t service_request = 64;
// A new reading that is not over range, saturated or of a range that was being changed; D? clears
// it.
inline constexpr std::int64_t reading_ready = 128;

} // namespace newport_1830c
