// Reading the kernel's text files: lines, words, numbers, names.
#pragma once

#include "fault.hpp"
#include "support/text.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace host_driver {

using drivers::printable;
using drivers::trimmed;

// The lines of a text, one after the other. `file` is for messages.
class lines {
public:
    lines(std::string_view text, std::string_view file) noexcept : rest_(text), file_(file) {}

    // Goes on to the next line; false behind the last.
    [[nodiscard]] bool next() noexcept;
    [[nodiscard]] std::string_view line() const noexcept { return line_; }
    // The kernel ends every line; one that does not end was cut off, and its last number too.
    [[nodiscard]] bool ended() const noexcept { return ended_; }

    // "/proc/stat:3: ...", the line that was read last.
    [[nodiscard]] fault malformed(std::string_view what) const;
    [[nodiscard]] fault cut_off() const { return malformed("the line is cut off"); }

private:
    std::string_view rest_;
    std::string_view file_;
    std::string_view line_{};
    int number_ = 0;
    bool ended_ = true;
};

// Takes the next word, separated by blanks, off the front; empty if there is none.
[[nodiscard]] std::string_view take_word(std::string_view &line) noexcept;

// The whole text as a number; nothing if it is none or does not fit.
[[nodiscard]] std::optional<std::uint64_t> to_unsigned(std::string_view text) noexcept;
[[nodiscard]] std::optional<std::int64_t> to_signed(std::string_view text) noexcept;
[[nodiscard]] std::optional<int> to_int(std::string_view text) noexcept;
// Finite numbers only.
using drivers::to_double;
// Nothing if the product does not fit.
[[nodiscard]] std::optional<std::uint64_t> times(std::uint64_t x, std::uint64_t factor) noexcept;

// A name for a child: what is not a letter, a digit, "_", "-" or "." becomes "_".
[[nodiscard]] std::string child_name(std::string_view text);

} // namespace host_driver
