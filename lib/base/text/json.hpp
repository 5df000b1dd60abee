// Values as JSON (RFC 8259). docs/values.md has the tables of both modes.
#pragma once

#include "base/value/value.hpp"

#include <string>
#include <string_view>

namespace alidade {

enum class json_mode : std::uint8_t {
    // For people and other tools; lossy.
    plain,
    // Exact for all but handles.
    tagged
};

// `indent` blanks per level; 0 writes one line.
[[nodiscard]] result<std::string> to_json(const value &v, json_mode mode, int indent = 0);

// A number with a point or an exponent is a double, any other an int64. Errors name the byte
// offset.
[[nodiscard]] result<value> from_json(std::string_view text, json_mode mode);

} // namespace alidade
