// Paths of keys as TOML writes them: `devices.stage.limits.0`, `filters."ND 0.3".density`.
#pragma once

#include "base/error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace alidade {

using key_path = std::vector<std::string>;

// No pieces for "". Fails with INVALID for an empty bare piece or a quote that does not close.
[[nodiscard]] result<key_path> parse_key_path(std::string_view text);

// Puts a piece behind a path, with a dot between and with quotes where they are needed.
void append_key(std::string &path, std::string_view piece);
[[nodiscard]] std::string to_string(const key_path &path);

} // namespace alidade
