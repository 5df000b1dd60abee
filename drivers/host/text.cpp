#include "text.hpp"

#include <charconv>
#include <cmath>

namespace host_driver {

namespace {

constexpr std::string_view blanks = " \t\r\n";
// The library allows 64; a number is put behind names that several have.
constexpr std::size_t longest_name = 60;

template <class T> std::optional<T> to_number(std::string_view text) noexcept {
    T x{};
    const char *end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, x);
    return error == std::errc() && stopped == end ? std::optional<T>(x) : std::nullopt;
}

bool is_name_character(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
}

// How many bytes the UTF-8 character at the front takes; 0 if there is none, or no printable one.
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

} // namespace

bool lines::next() noexcept {
    if (rest_.empty()) {
        return false;
    }
    const std::size_t end = rest_.find('\n');
    ended_ = end != std::string_view::npos;
    line_ = rest_.substr(0, end);
    rest_.remove_prefix(ended_ ? end + 1 : rest_.size());
    ++number_;
    return true;
}

fault lines::malformed(std::string_view what) const {
    // An empty file has no line; its fault is at the first.
    std::string message(file_);
    message.append(":").append(std::to_string(number_ > 0 ? number_ : 1)).append(": ");
    return {ALD_E_PROTOCOL, printable(message.append(what))};
}

std::string_view take_word(std::string_view &line) noexcept {
    const std::size_t begin = line.find_first_not_of(blanks);
    if (begin == std::string_view::npos) {
        line = {};
        return {};
    }
    line.remove_prefix(begin);
    const std::string_view word = line.substr(0, line.find_first_of(blanks));
    line.remove_prefix(word.size());
    return word;
}

std::string_view trimmed(std::string_view text) noexcept {
    const std::size_t begin = text.find_first_not_of(blanks);
    if (begin == std::string_view::npos) {
        return {};
    }
    return text.substr(begin, text.find_last_not_of(blanks) + 1 - begin);
}

std::optional<std::uint64_t> to_unsigned(std::string_view text) noexcept {
    return to_number<std::uint64_t>(text);
}

std::optional<std::int64_t> to_signed(std::string_view text) noexcept {
    return to_number<std::int64_t>(text);
}

std::optional<int> to_int(std::string_view text) noexcept { return to_number<int>(text); }

std::optional<double> to_double(std::string_view text) noexcept {
    const auto x = to_number<double>(text);
    return x && std::isfinite(*x) ? x : std::nullopt;
}

std::optional<std::uint64_t> times(std::uint64_t x, std::uint64_t factor) noexcept {
    std::uint64_t product = 0;
    return __builtin_mul_overflow(x, factor, &product) ? std::nullopt
                                                       : std::optional<std::uint64_t>(product);
}

std::string child_name(std::string_view text) {
    std::string name(trimmed(text).substr(0, longest_name));
    for (char &c : name) {
        c = is_name_character(c) ? c : '_';
    }
    return name.empty() ? "_" : name;
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

} // namespace host_driver
