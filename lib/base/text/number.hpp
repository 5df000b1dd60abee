// Numbers as text, the same in every locale.
#pragma once

#include "base/error.hpp"

#include <alidade/number.h>

#include <string>
#include <string_view>

namespace alidade {

[[nodiscard]] result<std::string> format_number(double x, ald_notation notation,
                                                std::int32_t digits);

struct parsed_number {
    double x;
    std::size_t used;
};

// The number at the front, behind blanks.
[[nodiscard]] result<parsed_number> parse_number(std::string_view text);
// The whole text, with nothing but blanks around the number.
[[nodiscard]] result<double> parse_whole_number(std::string_view text);

} // namespace alidade
