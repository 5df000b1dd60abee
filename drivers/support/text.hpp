// Texts from outside: numbers that are whole and finite or refused, names that can be shown.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace drivers {

// The whole text as a number; nothing if it is none or does not fit.
template <class T> [[nodiscard]] std::optional<T> to_number(std::string_view text) noexcept {
    T x{};
    const char *end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, x);
    return error == std::errc() && stopped == end ? std::optional<T>(x) : std::nullopt;
}

// Finite numbers only.
[[nodiscard]] std::optional<double> to_double(std::string_view text) noexcept;
// Instruments also put blanks around numbers and a plus in front.
[[nodiscard]] std::optional<double> to_plain_double(std::string_view text) noexcept;
[[nodiscard]] std::optional<std::int64_t> to_plain_integer(std::string_view text) noexcept;
// Upper-case or lower-case digits alone, as many as there are.
[[nodiscard]] std::optional<std::uint32_t> to_hexadecimal(std::string_view text) noexcept;

// Decimals without exponent and without zeros at the end, for instruments that know no exponent.
[[nodiscard]] std::string decimals(double x, int most);

[[nodiscard]] std::string_view trimmed(std::string_view text) noexcept;
// Bytes for a message: what is no printable ASCII as \r, \n, \t, \\ or \x and two digits, and no
// more than fits a line.
[[nodiscard]] std::string escaped(std::string_view bytes);
// Replaces by "?" what is not printable UTF-8.
[[nodiscard]] std::string printable(std::string_view text);

} // namespace drivers
