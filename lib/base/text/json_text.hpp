// The pieces of JSON text that others need too: quoted strings and numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace alidade {

// With quotes; escapes only what must be, which TOML reads as well.
void append_quoted(std::string &text, std::string_view content);
// Without quotes, and with escapes for control characters only.
void append_on_one_line(std::string &text, std::string_view content);

void append_number(std::string &text, std::int64_t x);
void append_number(std::string &text, std::uint64_t x);
// The shortest text that reads back as the same number, with a point or an exponent so that it
// stays a floating-point number. Precondition: finite.
void append_number(std::string &text, double x);
void append_number(std::string &text, float x);

// The nearest double; nothing if it is beyond what a double can hold. Precondition: a number as
// JSON writes it.
[[nodiscard]] std::optional<double> parse_double(std::string_view number);

} // namespace alidade
