// Base64 (RFC 4648, section 4): the standard alphabet, with padding.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace alidade {

[[nodiscard]] constexpr std::size_t base64_size(std::size_t bytes) noexcept {
    return bytes / 3 * 4 + (bytes % 3 == 0 ? 0 : 4);
}

void append_base64(std::string &text, std::span<const std::byte> data);

// Nothing unless the text is what `append_base64` would write: no blanks, no stray bits.
[[nodiscard]] std::optional<std::vector<std::uint8_t>> decode_base64(std::string_view text);

} // namespace alidade
