#include "base/text/toml_depth.hpp"

#include <algorithm>
#include <vector>

namespace alidade {

namespace {

// A dotted key opens a level with each dot, a bracket opens one more below its key. A table header
// counts by itself, so that a tree is at most twice as deep as the scanner allows.
class scanner {
public:
    scanner(std::string_view text, std::size_t depth_max) noexcept
        : text_(text), depth_max_(depth_max) {}

    std::optional<std::size_t> scan() {
        while (at_ < text_.size()) {
            step();
            if (depth_ + dots_ > depth_max_) {
                return line();
            }
        }
        return std::nullopt;
    }

private:
    void step() {
        switch (text_[at_]) {
        case '"':
        case '\'': start_piece(); return skip_string(text_[at_]);
        case '#': return skip_to(text_.find('\n', at_));
        case '[':
        case '{': open(); break;
        case ']':
        case '}': close(); break;
        case '.':
            ++dots_;
            joined_ = true;
            break;
        case '\n':
        case ',': dots_ = 0; break;
        case ' ':
        case '\t':
        case '\r':
        case '=': break;
        default: start_piece(); return skip_to(text_.find_first_of("\"'#[]{}.\n, \t\r=", at_));
        }
        ++at_;
    }

    // A piece that no dot joins to the one before begins another key, or is a value.
    void start_piece() noexcept {
        if (!joined_) {
            dots_ = 0;
        }
        joined_ = false;
    }

    void open() {
        open_.push_back(dots_ + 1);
        depth_ += open_.back();
        dots_ = 0;
    }

    void close() noexcept {
        if (!open_.empty()) {
            depth_ -= open_.back();
            open_.pop_back();
        }
        dots_ = 0;
    }

    void skip_to(std::size_t place) noexcept { at_ = std::min(place, text_.size()); }

    void skip_string(char quote) noexcept {
        const bool multi_line =
            text_.substr(at_, 3) == std::string_view(quote == '"' ? R"(""")" : "'''");
        const std::size_t width = multi_line ? 3 : 1;
        const std::string_view end = text_.substr(at_, width);
        at_ += width;
        while (at_ < text_.size() && text_.substr(at_, width) != end) {
            if (!multi_line && text_[at_] == '\n') {
                return; // No TOML from here on.
            }
            at_ += quote == '"' && text_[at_] == '\\' ? 2 : 1;
        }
        skip_to(at_ + width);
        // A multi-line string may end with up to two quotes of its own.
        for (int own = 0; multi_line && own < 2 && at_ < text_.size() && text_[at_] == quote;
             ++own) {
            ++at_;
        }
    }

    [[nodiscard]] std::size_t line() const noexcept {
        const std::string_view before = text_.substr(0, at_);
        return 1 + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
    }

    std::string_view text_;
    std::size_t depth_max_;
    std::size_t at_ = 0;
    // Levels that the brackets around this place have opened, and how many each of them.
    std::size_t depth_ = 0;
    std::vector<std::size_t> open_;
    // Dots in the key at this place.
    std::size_t dots_ = 0;
    bool joined_ = false;
};

} // namespace

std::optional<std::size_t> line_nested_deeper_than(std::string_view text, std::size_t depth_max) {
    return scanner(text, depth_max).scan();
}

} // namespace alidade
