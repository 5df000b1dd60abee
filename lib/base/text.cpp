#include "base/text.hpp"

#include "base/json_text.hpp"

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
    const bool too_long = text.size() > longest_shown;
    std::string escaped;
    append_on_one_line(escaped, too_long ? shortened(text) : text);
    return "'" + escaped + (too_long ? "...'" : "'");
}

} // namespace alidade
