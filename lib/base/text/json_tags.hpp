// Tagged JSON: what JSON cannot say, as maps that name a type.
#pragma once

#include "base/value/value.hpp"

namespace alidade {

constexpr std::string_view json_type_key = "$type";

// Depth limit of tagged JSON: each map may become a map of a list of pairs.
constexpr int json_tagged_depth_max = 3 * ALD_VALUE_DEPTH_MAX + 2;

[[nodiscard]] bool needs_json_tag(const value &v) noexcept;

// The map that stands for the value; its items may need tags themselves. Precondition:
// `needs_json_tag`.
[[nodiscard]] result<map> json_tagged(const value &v);

// Untags a map with a `json_type_key`. Precondition: its items are untagged already.
[[nodiscard]] result<value> json_untagged(const value &tagged);

} // namespace alidade
