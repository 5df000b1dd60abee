// Labs from settings, part by part.
#pragma once

#include "device/lab.hpp"

namespace alidade {

// Adds the place in the file to an error about a part of it.
[[nodiscard]] failure at(const settings &s, const std::string &key, const ref<const error> &e);

// The key of something in a table, with quotes where it needs them.
[[nodiscard]] std::string key_in(std::string table, std::string_view key);

// [groups.<name>] and [positions.<name>].
[[nodiscard]] outcome add_arrangements(lab &to, const settings &s);

} // namespace alidade
