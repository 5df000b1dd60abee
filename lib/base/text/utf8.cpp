#include "base/text/utf8.hpp"

#include <cstring>

namespace alidade {

namespace {

// Bytes that may follow a lead byte: their number, and the bounds of the first of them, which keep
// overlong forms, surrogates and what is beyond U+10FFFF out.
struct sequence {
    std::size_t following;
    std::uint8_t least;
    std::uint8_t most;
};

constexpr sequence invalid{0, 1, 0};

sequence sequence_of(std::uint8_t lead) noexcept {
    if (lead < 0x80)
        return {0, 0, 0xff};
    if (lead < 0xc2)
        return invalid;
    if (lead < 0xe0)
        return {1, 0x80, 0xbf};
    if (lead == 0xe0)
        return {2, 0xa0, 0xbf};
    if (lead == 0xed)
        return {2, 0x80, 0x9f};
    if (lead < 0xf0)
        return {2, 0x80, 0xbf};
    if (lead == 0xf0)
        return {3, 0x90, 0xbf};
    if (lead < 0xf4)
        return {3, 0x80, 0xbf};
    if (lead == 0xf4)
        return {3, 0x80, 0x8f};
    return invalid;
}

bool is_ascii_word(const char *text) noexcept {
    std::uint64_t word = 0;
    std::memcpy(&word, text, sizeof word);
    return (word & 0x8080808080808080U) == 0;
}

// Length of the sequence at the start of a text that is not empty; 0 if it is none.
std::size_t valid_sequence(std::string_view text) noexcept {
    const auto byte = [text](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
    const sequence s = sequence_of(byte(0));
    if (s.least > s.most || text.size() <= s.following) {
        return 0;
    }
    if (s.following > 0 && (byte(1) < s.least || byte(1) > s.most)) {
        return 0;
    }
    for (std::size_t i = 2; i <= s.following; ++i) {
        if ((byte(i) & 0xc0) != 0x80) {
            return 0;
        }
    }
    return 1 + s.following;
}

} // namespace

std::size_t invalid_utf8(std::string_view text) noexcept {
    std::size_t at = 0;
    while (at < text.size()) {
        if (text.size() - at >= sizeof(std::uint64_t) && is_ascii_word(text.data() + at)) {
            at += sizeof(std::uint64_t);
            continue;
        }
        const std::size_t length = valid_sequence(text.substr(at));
        if (length == 0) {
            return at;
        }
        at += length;
    }
    return std::string_view::npos;
}

void append_utf8(std::string &text, char32_t scalar) {
    const auto append = [&text](char32_t byte) { text.push_back(static_cast<char>(byte)); };
    const auto append_following = [&](int shift) { append(0x80 | ((scalar >> shift) & 0x3f)); };
    if (scalar < 0x80) {
        append(scalar);
    } else if (scalar < 0x800) {
        append(0xc0 | (scalar >> 6));
        append_following(0);
    } else if (scalar < 0x10000) {
        append(0xe0 | (scalar >> 12));
        append_following(6);
        append_following(0);
    } else {
        append(0xf0 | (scalar >> 18));
        append_following(12);
        append_following(6);
        append_following(0);
    }
}

} // namespace alidade
