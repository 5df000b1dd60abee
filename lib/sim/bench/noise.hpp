// Noise that is a function of what it belongs to: the same seed and number give the same noise,
// in whatever order it is asked for, on every machine.
#pragma once

#include <cmath>
#include <cstdint>
#include <string_view>

namespace alidade::noise {

// The finalizer of SplitMix64 in Stafford's 13th variant: each bit in moves half of the bits out.
[[nodiscard]] constexpr std::uint64_t mixed(std::uint64_t x) noexcept {
    x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31U);
}

// 64 bits of number `counter` in the sequence that a key names.
[[nodiscard]] constexpr std::uint64_t bits(std::uint64_t key, std::uint64_t counter) noexcept {
    return mixed(key ^ mixed(counter + 0x9e3779b97f4a7c15U));
}

// The key of a sequence within another one.
[[nodiscard]] constexpr std::uint64_t key(std::uint64_t of, std::uint64_t number) noexcept {
    return bits(of + 0x632be59bd9b4e019U, number);
}
[[nodiscard]] constexpr std::uint64_t key(std::uint64_t of, std::string_view name) noexcept {
    std::uint64_t k = key(of, name.size());
    for (const char c : name) {
        k = key(k, static_cast<unsigned char>(c));
    }
    return k;
}

// Between 0 and 1, neither of them.
[[nodiscard]] constexpr double uniform(std::uint32_t b) noexcept {
    return (static_cast<double>(b) + 0.5) * 0x1p-32;
}
[[nodiscard]] constexpr std::uint32_t low(std::uint64_t b) noexcept {
    return static_cast<std::uint32_t>(b);
}
[[nodiscard]] constexpr std::uint32_t high(std::uint64_t b) noexcept {
    return static_cast<std::uint32_t>(b >> 32U);
}

// A normal deviate: mean 0, standard deviation 1.
[[nodiscard]] double normal(std::uint32_t b) noexcept;

// A number of events of which `mean` are expected.
[[nodiscard]] double poisson(double mean, std::uint32_t b) noexcept;

} // namespace alidade::noise
