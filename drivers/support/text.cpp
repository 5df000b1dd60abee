#include "support/text.hpp"

#include <array>
#include <cmath>

namespace drivers {

namespace {

constexpr std::string_view blanks = " \t\r\n";

// Size of the UTF-8 character at the front; 0 if there is none, or no printable one.
std::size_t printable_size(std::string_view text) noexcept {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned first = byte(0);
    if (first < 0x80) {
        return first >= 0x20 && first != 0x7f ? 1 : 0;
    }
    const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || text.size() < size) {
        return 0;
    }
    for (std::size_t i = 1; i < size; ++i) {
        if ((byte(i) & 0xc0U) != 0x80) {
            return 0;
        }
    }
    const unsigned second = byte(1);
    const bool overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
    const bool surrogate = first == 0xed && second > 0x9f;
    const bool too_great = first == 0xf4 && second > 0x8f;
    const bool control = first == 0xc2 && second < 0xa0;
    return overlong || surrogate || too_great || control ? 0 : size;
}

std::string_view without_plus(std::string_view text) noexcept {
    text = trimmed(text);
    const bool plus = text.size() > 1 && text[0] == '+' && text[1] != '-' && text[1] != '+';
    return plus ? text.substr(1) : text;
}

} // namespace

std::string_view trimmed(std::string_view text) noexcept {
    const std::size_t begin = text.find_first_not_of(blanks);
    if (begin == std::string_view::npos) {
        return {};
    }
    return text.substr(begin, text.find_last_not_of(blanks) + 1 - begin);
}

std::optional<double> to_double(std::string_view text) noexcept {
    const auto x = to_number<double>(text);
    return x && std::isfinite(*x) ? x : std::nullopt;
}

std::optional<double> to_plain_double(std::string_view text) noexcept {
    return to_double(without_plus(text));
}

std::optional<std::int64_t> to_plain_integer(std::string_view text) noexcept {
    return to_number<std::int64_t>(without_plus(text));
}

std::optional<std::uint32_t> to_hexadecimal(std::string_view text) noexcept {
    std::uint32_t x = 0;
    const char *end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, x, 16);
    return error == std::errc() && stopped == end ? std::optional(x) : std::nullopt;
}

std::string decimals(double x, int most) {
    std::array<char, 400> digits{}; // the greatest double has 309 before the point
    const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), x,
                                            std::chars_format::fixed, most);
    std::string text(digits.data(), error == std::errc() ? end : digits.data());
    if (text.find('.') != std::string::npos) {
        text.erase(text.find_last_not_of('0') + 1);
        if (text.back() == '.') {
            text.pop_back();
        }
    }
    return text == "-0" ? "0" : text;
}

std::string escaped(std::string_view bytes) {
    constexpr std::size_t most = 60;
    constexpr std::string_view digits = "0123456789abcdef";
    constexpr std::string_view named = "\r\n\t\\";
    constexpr std::string_view names = "rnt\\";
    std::string text;
    for (const char c : bytes.substr(0, most)) {
        const auto byte = static_cast<unsigned char>(c);
        if (const std::size_t i = named.find(c); i != std::string_view::npos) {
            text += {'\\', names[i]};
        } else if (byte < 0x20 || byte > 0x7e) {
            text += {'\\', 'x', digits[byte >> 4U], digits[byte & 0xFU]};
        } else {
            text += c;
        }
    }
    return text + (bytes.size() > most ? "..." : "");
}

std::string printable(std::string_view text) {
    std::string clean;
    while (!text.empty()) {
        const std::size_t size = printable_size(text);
        if (size == 0) {
            clean += '?';
        } else {
            clean.append(text.substr(0, size));
        }
        text.remove_prefix(size == 0 ? 1 : size);
    }
    return clean;
}

} // namespace drivers
