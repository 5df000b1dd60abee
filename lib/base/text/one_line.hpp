// Texts of others on one line: in messages of errors, and in the log.
#pragma once

#include <string>
#include <string_view>

namespace alidade {

// Shows what would break the line or drive a terminal as "\x0a": controls, the line ends of
// Unicode, and bytes that are not UTF-8. The middle of a very long text is left out, so that the
// advice at a message's end stays.
[[nodiscard]] std::string one_line(std::string_view text);

// True where `one_line` would change nothing. Allocates nothing.
[[nodiscard]] bool is_one_line(std::string_view text) noexcept;

} // namespace alidade
