#include "base/value/key_path.hpp"

#include "base/text/json_text.hpp"
#include "base/text/text.hpp"
#include "base/text/utf8.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace alidade {

namespace {

bool is_bare(std::string_view piece) noexcept {
    const auto bare = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-';
    };
    return !piece.empty() && std::all_of(piece.begin(), piece.end(), bare);
}

class reader {
public:
    explicit reader(std::string_view text) noexcept : text_(text) {}

    result<key_path> read() {
        key_path path;
        do {
            auto piece = read_piece();
            if (!piece || (at_ < text_.size() && text_[at_] != '.')) {
                return malformed();
            }
            path.push_back(std::move(*piece));
        } while (at_++ < text_.size());
        return path;
    }

private:
    std::optional<std::string> read_piece() {
        switch (at_ < text_.size() ? text_[at_] : '.') {
        case '"': return read_basic();
        case '\'': return read_literal();
        default: return read_bare();
        }
    }

    // Kinder than TOML: whatever is no dot may stand without quotes.
    std::optional<std::string> read_bare() {
        const std::size_t end = std::min(text_.find('.', at_), text_.size());
        const std::string_view piece = text_.substr(at_, end - at_);
        at_ = end;
        return piece.empty() ? std::nullopt : std::optional<std::string>(piece);
    }

    std::optional<std::string> read_literal() {
        const std::size_t end = text_.find('\'', at_ + 1);
        if (end == std::string_view::npos) {
            return std::nullopt;
        }
        const std::string_view piece = text_.substr(at_ + 1, end - at_ - 1);
        at_ = end + 1;
        return std::string(piece);
    }

    std::optional<std::string> read_basic() {
        std::string piece;
        for (++at_; at_ < text_.size() && text_[at_] != '"';) {
            if (text_[at_] != '\\') {
                piece += text_[at_++];
            } else if (!read_escape(piece)) {
                return std::nullopt;
            }
        }
        if (at_ == text_.size()) {
            return std::nullopt;
        }
        ++at_;
        return piece;
    }

    bool read_escape(std::string &piece) {
        const char kind = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
        at_ += 2;
        switch (kind) {
        case 'b': piece += '\b'; return true;
        case 't': piece += '\t'; return true;
        case 'n': piece += '\n'; return true;
        case 'f': piece += '\f'; return true;
        case 'r': piece += '\r'; return true;
        case '"':
        case '\\': piece += kind; return true;
        case 'u': return read_unicode(piece, 4);
        case 'U': return read_unicode(piece, 8);
        default: return false;
        }
    }

    bool read_unicode(std::string &piece, std::size_t digits) {
        if (at_ > text_.size() || text_.size() - at_ < digits) {
            return false;
        }
        std::uint32_t scalar = 0;
        const char *const end = text_.data() + at_ + digits;
        if (std::from_chars(text_.data() + at_, end, scalar, 16).ptr != end ||
            !is_scalar_value(scalar)) {
            return false;
        }
        append_utf8(piece, scalar);
        at_ += digits;
        return true;
    }

    failure malformed() const {
        return fail(ALD_E_INVALID, "settings",
                    "{} is no path of keys: join names by dots, and quote a name that has a dot in "
                    "it",
                    shown(text_));
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

} // namespace

result<key_path> parse_key_path(std::string_view text) {
    return text.empty() ? key_path() : reader(text).read();
}

void append_key(std::string &path, std::string_view piece) {
    if (!path.empty()) {
        path += '.';
    }
    if (is_bare(piece)) {
        path += piece;
    } else {
        append_quoted(path, piece);
    }
}

std::string to_string(const key_path &path) {
    std::string text;
    for (const std::string &piece : path) {
        append_key(text, piece);
    }
    return text;
}

} // namespace alidade
