// Labs from settings, part by part.
#pragma once

#include "device/lab.hpp"

namespace alidade {

// What goes wrong with a part of a file is told with its place in the file.
[[nodiscard]] failure at(const settings &s, const std::string &key, const ref<const error> &e);

// The key of something in a table, with quotes where it needs them.
[[nodiscard]] std::string key_in(std::string table, std::string_view key);

// [groups.<name>] and [positions.<name>].
[[nodiscard]] outcome add_arrangements(lab &to, const settings &s);

} // namespace alidade
