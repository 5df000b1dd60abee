// Reads UCUM units: the atoms and prefixes of docs/units.md, products, quotients and powers.
#pragma once

#include "base/error.hpp"
#include "base/unit_scale.hpp"

#include <string_view>

namespace alidade {

// A scale whose zero is not that of the kelvin: K = (x + hundredths / 100) * numerator /
// denominator.
struct temperature_scale {
    std::string_view symbol;
    int hundredths;
    int numerator;
    int denominator;
};

struct parsed_unit {
    unit_scale scale;
    // NULL for all units that are plain multiples.
    const temperature_scale *temperature = nullptr;
};

// INVALID for an unknown unit, with the nearest known one.
[[nodiscard]] result<parsed_unit> parse_unit(std::string_view text);

} // namespace alidade
