// Nesting depth of a TOML text, told before it is parsed: the parser's trees are built and torn
// down by recursion, and a key of a million dots would end the process.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace alidade {

// The line (from 1) where keys and brackets first nest deeper than `depth_max`. Text that is no
// TOML is judged up to where it stops being TOML.
[[nodiscard]] std::optional<std::size_t> line_nested_deeper_than(std::string_view text,
                                                                 std::size_t depth_max);

} // namespace alidade
