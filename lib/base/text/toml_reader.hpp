// TOML as a value that knows where each of its parts stands. The only door to the TOML library,
// which is slow to compile.
#pragma once

#include "base/value/value.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace alidade {

// A line and a column (in characters), both from 1.
struct text_position {
    std::int64_t line = 1;
    std::int64_t column = 1;
};

// Positions of a value in the text, and those of its parts in the same order.
struct text_places {
    text_position at;
    std::vector<text_places> items;
};

struct toml_document {
    value root;
    text_places places;
};

// "lab.toml:12:3"
[[nodiscard]] std::string place_in(std::string_view name, const text_position &at);

// Keys stand in the order of the text; dates and times are strings (RFC 3339). CORRUPT if it is no
// TOML, LIMIT if it nests too deeply. `name` is what errors call the text.
[[nodiscard]] result<toml_document> read_toml(std::string_view text, std::string_view name);

} // namespace alidade
