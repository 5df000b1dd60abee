#include "base/text/base64.hpp"

#include <algorithm>
#include <array>

namespace alidade {

namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t no_digit = 0xff;

constexpr std::array<std::uint8_t, 256> digit_values = [] {
    std::array<std::uint8_t, 256> values{};
    values.fill(no_digit);
    for (std::size_t i = 0; i < alphabet.size(); ++i) {
        values[static_cast<std::uint8_t>(alphabet[i])] = static_cast<std::uint8_t>(i);
    }
    return values;
}();

char digit(std::uint32_t group, int shift) noexcept { return alphabet[(group >> shift) & 0x3f]; }

std::size_t padding_of(std::string_view text) noexcept {
    return text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
}

} // namespace

void append_base64(std::string &text, std::span<const std::byte> data) {
    text.reserve(text.size() + base64_size(data.size()));
    for (; !data.empty(); data = data.subspan(std::min<std::size_t>(3, data.size()))) {
        const auto byte = [data](std::size_t i) {
            return i < data.size() ? std::to_integer<std::uint32_t>(data[i]) : 0U;
        };
        const std::uint32_t group = byte(0) << 16 | byte(1) << 8 | byte(2);
        text.push_back(digit(group, 18));
        text.push_back(digit(group, 12));
        text.push_back(data.size() > 1 ? digit(group, 6) : '=');
        text.push_back(data.size() > 2 ? digit(group, 0) : '=');
    }
}

std::optional<std::vector<std::uint8_t>> decode_base64(std::string_view text) {
    if (text.size() % 4 != 0) {
        return std::nullopt;
    }
    const std::size_t padding = padding_of(text);
    const std::size_t digits = text.size() - padding;
    std::vector<std::uint8_t> data;
    data.reserve(text.size() / 4 * 3);
    for (std::size_t at = 0; at < text.size(); at += 4) {
        std::uint32_t group = 0;
        for (std::size_t i = at; i < at + 4; ++i) {
            const std::uint8_t value =
                i < digits ? digit_values[static_cast<std::uint8_t>(text[i])] : std::uint8_t{0};
            if (value == no_digit) {
                return std::nullopt;
            }
            group = group << 6 | value;
        }
        for (const int shift : {16, 8, 0}) {
            data.push_back(static_cast<std::uint8_t>(group >> shift));
        }
    }
    // Refuse bits other than zero behind the data, or two texts would mean the same bytes.
    for (std::size_t i = 0; i < padding; ++i) {
        if (data.back() != 0) {
            return std::nullopt;
        }
        data.pop_back();
    }
    return data;
}

} // namespace alidade
