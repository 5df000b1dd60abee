#include "base/text/json_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace alidade {

namespace {

// Room for the longest shortest double, "-2.2250738585072014e-308".
using number_text = std::array<char, 32>;

template <class T> std::string_view number_into(number_text &room, T x) noexcept {
    const auto end = std::to_chars(room.data(), room.data() + room.size(), x).ptr;
    return {room.data(), static_cast<std::size_t>(end - room.data())};
}

template <class T> void append_integer(std::string &text, T x) {
    number_text room;
    text += number_into(room, x);
}

template <class T> void append_float(std::string &text, T x) {
    number_text room;
    const std::string_view digits = number_into(room, x);
    text += digits;
    if (digits.find_first_of(".e") == std::string_view::npos) {
        text += ".0";
    }
}

void append_escape(std::string &text, char c) {
    constexpr std::string_view hex = "0123456789abcdef";
    switch (c) {
    case '"': text += "\\\""; break;
    case '\\': text += "\\\\"; break;
    case '\b': text += "\\b"; break;
    case '\f': text += "\\f"; break;
    case '\n': text += "\\n"; break;
    case '\r': text += "\\r"; break;
    case '\t': text += "\\t"; break;
    default:
        text += "\\u00";
        text += hex[static_cast<unsigned char>(c) >> 4];
        text += hex[static_cast<unsigned char>(c) & 0xf];
    }
}

// TOML wants DEL escaped, JSON does not mind.
bool is_control(char c) noexcept { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

// The power of ten of the first digit that is not 0, for numbers out of a double's range: far above
// 0 it is too large, far below too small.
std::int64_t power_of_ten(std::string_view number) noexcept {
    const std::size_t e = std::min(number.find_first_of("eE"), number.size());
    const std::string_view digits = number.substr(0, e);
    const std::size_t first = digits.find_first_of("123456789");
    const std::size_t point = std::min(digits.find('.'), digits.size());
    constexpr std::int64_t huge = 1'000'000'000'000;
    std::int64_t exponent = 0;
    if (e < number.size()) {
        const std::size_t start = number[e + 1] == '+' ? e + 2 : e + 1;
        const auto parsed =
            std::from_chars(number.data() + start, number.data() + number.size(), exponent);
        if (parsed.ec != std::errc() || exponent > huge || exponent < -huge) {
            exponent = number[start] == '-' ? -huge : huge;
        }
    }
    return exponent + static_cast<std::int64_t>(point) - static_cast<std::int64_t>(first);
}

template <class Must>
void append_with_escapes(std::string &text, std::string_view content, Must must) {
    std::size_t plain = 0;
    for (std::size_t i = 0; i < content.size(); ++i) {
        if (must(content[i])) {
            text += content.substr(plain, i - plain);
            append_escape(text, content[i]);
            plain = i + 1;
        }
    }
    text += content.substr(plain);
}

} // namespace

void append_quoted(std::string &text, std::string_view content) {
    text += '"';
    append_with_escapes(text, content,
                        [](char c) { return is_control(c) || c == '"' || c == '\\'; });
    text += '"';
}

void append_on_one_line(std::string &text, std::string_view content) {
    append_with_escapes(text, content, is_control);
}

void append_number(std::string &text, std::int64_t x) { append_integer(text, x); }
void append_number(std::string &text, std::uint64_t x) { append_integer(text, x); }
void append_number(std::string &text, double x) { append_float(text, x); }
void append_number(std::string &text, float x) { append_float(text, x); }

std::optional<double> parse_double(std::string_view number) {
    double x = 0;
    const auto parsed = std::from_chars(number.data(), number.data() + number.size(), x);
    if (parsed.ec == std::errc::result_out_of_range && power_of_ten(number) < 0) {
        return number.front() == '-' ? -0.0 : 0.0;
    }
    if (parsed.ec != std::errc() || !std::isfinite(x)) {
        return std::nullopt;
    }
    return x;
}

} // namespace alidade
