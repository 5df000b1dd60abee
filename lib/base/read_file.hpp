// A whole file as bytes.
#pragma once

#include "base/error.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace alidade {

// NOT_FOUND, PERMISSION or IO from the file system; LIMIT if the file has more than `size_max`
// bytes. `domain` is who reports.
[[nodiscard]] result<std::string> read_file(const std::string &path, std::size_t size_max,
                                            std::string_view domain);

} // namespace alidade
