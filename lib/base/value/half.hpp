// IEEE 754 half precision, for reading only.
#pragma once

#include <cstdint>

namespace alidade {

// Exact; the payload of a NaN is kept.
[[nodiscard]] double half_to_double(std::uint16_t half) noexcept;

} // namespace alidade
