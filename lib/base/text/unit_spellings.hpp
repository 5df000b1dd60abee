// How people write units that UCUM writes otherwise.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace alidade {

// What a unit would be in UCUM, as "mW/cm2" for "mW/cm^2" and "[psi]" for "psi"; it may still be
// none. Nothing where all is as UCUM has it.
[[nodiscard]] std::optional<std::string> ucum_spelling(std::string_view text);

// Of a unit that UCUM knows and people mean otherwise, as "ft", a femtotonne: what they mean.
[[nodiscard]] std::optional<std::string_view> likely_meaning(std::string_view text) noexcept;

// Why there is no unit of UCUM for what is typed, and what to do; empty for all else.
[[nodiscard]] std::string_view no_unit_of_ucum(std::string_view text) noexcept;

} // namespace alidade
