// Strict UTF-8: no overlong forms, no surrogates, nothing beyond U+10FFFF.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace alidade {

// The offset of the first byte that is not UTF-8, or npos.
[[nodiscard]] std::size_t invalid_utf8(std::string_view text) noexcept;

// Precondition: a Unicode scalar value, that is no surrogate and at most U+10FFFF.
void append_utf8(std::string &text, char32_t scalar);

[[nodiscard]] constexpr bool is_scalar_value(char32_t c) noexcept {
    return c < 0xd800 || (c > 0xdfff && c <= 0x10ffff);
}

} // namespace alidade
