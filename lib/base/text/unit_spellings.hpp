// Spellings of units that people use and UCUM does not.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace alidade {

// Respells a unit as in UCUM, "mW/cm2" for "mW/cm^2" and "[psi]" for "psi"; the result may still be
// no unit. Empty where all is as UCUM has it.
[[nodiscard]] std::optional<std::string> ucum_spelling(std::string_view text);

// Unit that people mean by one that UCUM reads otherwise, as "ft", a femtotonne; empty if none.
[[nodiscard]] std::optional<std::string_view> likely_meaning(std::string_view text) noexcept;

// Tells why UCUM has no unit for what is typed, and what to do; empty for all else.
[[nodiscard]] std::string_view no_unit_of_ucum(std::string_view text) noexcept;

} // namespace alidade
