#include "text.hpp"

namespace host_driver {

using drivers::to_number;

namespace {

constexpr std::string_view blanks = " \t\r\n";
// The library allows 64; a number is put behind names that several have.
constexpr std::size_t longest_name = 60;

bool is_name_character(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
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

std::optional<std::uint64_t> to_unsigned(std::string_view text) noexcept {
    return to_number<std::uint64_t>(text);
}

std::optional<std::int64_t> to_signed(std::string_view text) noexcept {
    return to_number<std::int64_t>(text);
}

std::optional<int> to_int(std::string_view text) noexcept { return to_number<int>(text); }

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

} // namespace host_driver
