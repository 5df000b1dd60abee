#include "base/text/text.hpp"

#include "base/text/json_text.hpp"

namespace alidade {

namespace {

constexpr std::size_t longest_shown = 80;

bool continues_character(char c) noexcept { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

std::string_view shortened(std::string_view text) noexcept {
    std::size_t end = longest_shown;
    while (end > 0 && continues_character(text[end])) {
        --end;
    }
    return text.substr(0, end);
}

} // namespace

std::string shown(std::string_view text) {
    if (text.size() <= longest_shown) {
        return shown_whole(text);
    }
    std::string quoted = shown_whole(shortened(text));
    quoted.insert(quoted.size() - 1, "...");
    return quoted;
}

std::string shown_whole(std::string_view text) {
    std::string escaped = "'";
    append_on_one_line(escaped, text);
    return escaped + "'";
}

} // namespace alidade
