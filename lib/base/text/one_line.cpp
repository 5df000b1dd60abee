#include "base/text/one_line.hpp"

#include "base/text/utf8.hpp"

#include <fmt/format.h>

namespace alidade {

namespace {

constexpr std::size_t longest = 4096;
constexpr std::size_t kept_of_the_end = 1024;

// Bytes of the character at the beginning of a text that has to be shown otherwise; 0 for none.
std::size_t odd_at(std::string_view text) noexcept {
    const auto first = static_cast<unsigned char>(text[0]);
    if (first < 0x20 || first == 0x7f) {
        return 1;
    }
    if (text.substr(0, 2) >= "\xc2\x80" && text.substr(0, 2) <= "\xc2\x9f" && first == 0xc2) {
        return 2; // controls of Latin-1, NEXT LINE among them
    }
    const std::string_view three = text.substr(0, 3);
    return three == "\xe2\x80\xa8" || three == "\xe2\x80\xa9" ? 3
                                                              : 0; // LINE and PARAGRAPH SEPARATOR
}

bool begins_character(char c) noexcept { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80; }

void append_bytes(std::string &to, std::string_view bytes) {
    for (const char c : bytes) {
        to += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
}

std::string shown(std::string_view text) {
    std::string line;
    line.reserve(text.size());
    std::size_t invalid = invalid_utf8(text);
    for (std::size_t at = 0; at < text.size();) {
        if (at == invalid) {
            append_bytes(line, text.substr(at, 1));
            ++at;
            const std::size_t next = invalid_utf8(text.substr(at));
            invalid = next == std::string_view::npos ? next : at + next;
        } else if (const std::size_t odd = odd_at(text.substr(at)); odd != 0) {
            append_bytes(line, text.substr(at, odd));
            at += odd;
        } else {
            line += text[at];
            ++at;
        }
    }
    return line;
}

// A text without its middle, cut between characters.
std::string shortened(std::string_view text) {
    std::size_t head = longest - kept_of_the_end;
    std::size_t tail = text.size() - kept_of_the_end;
    while (head > 0 && !begins_character(text[head])) {
        --head;
    }
    while (tail < text.size() && !begins_character(text[tail])) {
        ++tail;
    }
    return fmt::format("{} [... {} bytes ...] {}", text.substr(0, head), tail - head,
                       text.substr(tail));
}

} // namespace

bool is_one_line(std::string_view text) noexcept {
    if (text.size() > longest || invalid_utf8(text) != std::string_view::npos) {
        return false;
    }
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (odd_at(text.substr(at)) != 0) {
            return false;
        }
    }
    return true;
}

std::string one_line(std::string_view text) {
    if (is_one_line(text)) {
        return std::string(text);
    }
    std::string line = shown(text);
    return line.size() > longest ? shortened(line) : line;
}

} // namespace alidade
