#include "base/text/number.hpp"

#include "base/text/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace alidade {

namespace {

constexpr std::string_view blanks = " \t\r\n\v\f";
constexpr std::int32_t most_digits = 100;
constexpr std::size_t longest = 512; // the greatest double has 309 digits before the point

std::to_chars_result write(char *begin, char *end, double x, ald_notation notation, int digits) {
    switch (notation) {
    case ALD_NOTATION_FIXED: return std::to_chars(begin, end, x, std::chars_format::fixed, digits);
    case ALD_NOTATION_SCIENTIFIC:
        return std::to_chars(begin, end, x, std::chars_format::scientific, digits);
    case ALD_NOTATION_GENERAL:
        return std::to_chars(begin, end, x, std::chars_format::general, digits);
    default: return std::to_chars(begin, end, x);
    }
}

// Instruments send bytes that no message may have.
std::string quoted(std::string_view text) {
    text = text.substr(0, 60);
    const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= ' ' && c <= '~') || blanks.find(c) != std::string_view::npos;
    });
    return plain ? shown(text) : "a text with other characters than those of ASCII";
}

failure no_number(std::string_view text) {
    return fail(ALD_E_INVALID, "number",
                "{} is no number; expected digits with a point, as in -12.5 or 1e-3", quoted(text));
}

} // namespace

result<std::string> format_number(double x, ald_notation notation, std::int32_t digits) {
    if (notation < ALD_NOTATION_SHORTEST || notation > ALD_NOTATION_GENERAL) {
        return fail(ALD_E_INVALID, "number", "notation {} is unknown; expected ALD_NOTATION_<X>",
                    notation);
    }
    if (notation != ALD_NOTATION_SHORTEST && (digits < 0 || digits > most_digits)) {
        return fail(ALD_E_RANGE, "number", "digits is {}, expected 0 to {}", digits, most_digits);
    }
    if (std::isnan(x)) { // has a sign otherwise, which means nothing
        return "nan";
    }
    std::array<char, longest> text{};
    const auto written = write(text.data(), text.data() + text.size(), x, notation, digits);
    return std::string(text.data(), written.ptr);
}

result<parsed_number> parse_number(std::string_view text) {
    std::size_t begin = std::min(text.find_first_not_of(blanks), text.size());
    if (text.substr(begin, 1) == "+" && text.substr(begin + 1, 1) != "-") {
        ++begin;
    }
    double x = 0;
    const char *const end = text.data() + text.size();
    const auto read = std::from_chars(text.data() + begin, end, x);
    if (read.ec == std::errc::result_out_of_range) {
        return fail(ALD_E_RANGE, "number", "{} is beyond what a double can hold", quoted(text));
    }
    if (read.ec != std::errc()) {
        return no_number(text);
    }
    return parsed_number{x, static_cast<std::size_t>(read.ptr - text.data())};
}

result<double> parse_whole_number(std::string_view text) {
    return parse_number(text).and_then([&](const parsed_number &read) -> result<double> {
        const bool whole = text.find_first_not_of(blanks, read.used) == std::string_view::npos;
        return whole ? result<double>(read.x) : no_number(text);
    });
}

} // namespace alidade
