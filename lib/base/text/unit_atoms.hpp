// The units of UCUM that are known, and their prefixes; docs/units.md lists them for people.
#pragma once

#include "base/text/unit_scale.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace alidade {

// A scale whose zero is not that of the kelvin: K = (x + hundredths / 100) * numerator /
// denominator.
struct temperature_scale {
    std::string_view symbol;
    int hundredths;
    int numerator;
    int denominator;
};

// NULL for all that are plain multiples.
[[nodiscard]] const temperature_scale *find_temperature(std::string_view symbol) noexcept;

// A unit by its symbol, with or without a prefix; nothing for an unknown one.
[[nodiscard]] std::optional<unit_scale> find_unit(std::string_view symbol) noexcept;

// All symbols, without prefixes.
[[nodiscard]] std::vector<std::string_view> known_symbols();

} // namespace alidade
