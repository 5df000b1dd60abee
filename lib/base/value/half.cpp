#include "base/value/half.hpp"

#include <bit>
#include <cmath>

namespace alidade {

double half_to_double(std::uint16_t half) noexcept {
    const std::uint64_t sign = static_cast<std::uint64_t>(half >> 15) << 63;
    const std::uint64_t exponent = (half >> 10) & 0x1f;
    const std::uint64_t fraction = half & 0x3ff;
    if (exponent == 0) {
        const double magnitude = std::ldexp(static_cast<double>(fraction), -24);
        return sign == 0 ? magnitude : -magnitude;
    }
    const std::uint64_t wide_exponent = exponent == 0x1f ? 0x7ff : exponent - 15 + 1023;
    return std::bit_cast<double>(sign | wide_exponent << 52 | fraction << 42);
}

} // namespace alidade
