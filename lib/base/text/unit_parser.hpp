// Reads UCUM units: the atoms and prefixes of docs/units.md, products, quotients, powers,
// parentheses and annotations.
#pragma once

#include "base/error.hpp"
#include "base/text/unit_atoms.hpp"

#include <string_view>

namespace alidade {

struct parsed_unit {
    unit_scale scale;
    // NULL for all units that are plain multiples.
    const temperature_scale *temperature = nullptr;
};

// INVALID for an unknown unit, with what it may be called.
[[nodiscard]] result<parsed_unit> parse_unit(std::string_view text);

} // namespace alidade
