// Words for messages, which are one line of UTF-8 whatever they quote.
#pragma once

#include <string>
#include <string_view>

namespace alidade {

// In single quotes, on one line and not too long: control characters escaped, the end cut off.
// Precondition: UTF-8.
[[nodiscard]] std::string shown(std::string_view text);
// The same of the whole text: the end of a path is what tells one file from the other.
[[nodiscard]] std::string shown_whole(std::string_view text);

} // namespace alidade
