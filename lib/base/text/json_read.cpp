#include "base/text/json.hpp"

#include "base/text/json_tags.hpp"
#include "base/text/json_text.hpp"
#include "base/text/text.hpp"

#include <charconv>
#include <utility>

namespace alidade {

namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

// Recursive descent. The functions return false once `error_` says why.
class reader {
public:
    reader(std::string_view text, json_mode mode) noexcept
        : text_(text), mode_(mode),
          depth_max_(mode == json_mode::plain ? ALD_VALUE_DEPTH_MAX : json_tagged_depth_max) {}

    result<value> read() && {
        value v;
        if (!read_root(v)) {
            return failure(std::move(error_));
        }
        return v;
    }

private:
    template <class... Args>
    bool stop(ald_status code, std::size_t at, fmt::format_string<Args...> format, Args &&...args) {
        const std::string where = fmt::format("byte {}", at);
        error_ = fail({.code = code, .domain = "json", .where = where}, "{}: {}", where,
                      fmt::format(format, std::forward<Args>(args)...))
                     .value();
        return false;
    }

    bool corrupt(std::size_t at, std::string_view what) {
        return stop(ALD_E_CORRUPT, at, "{}", what);
    }

    bool too_deep(std::size_t at) {
        return stop(ALD_E_LIMIT, at, "lists and maps are nested deeper than {}",
                    static_cast<int>(ALD_VALUE_DEPTH_MAX));
    }

    // NUL at the end; one in the text fits nowhere either.
    [[nodiscard]] char peek() const noexcept { return at_ < text_.size() ? text_[at_] : '\0'; }

    bool take(char c) noexcept {
        if (at_ == text_.size() || text_[at_] != c) {
            return false;
        }
        ++at_;
        return true;
    }

    void skip_blanks() noexcept {
        at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size());
    }

    bool read_root(value &v) {
        const std::size_t bad = invalid_utf8(text_);
        if (bad != std::string_view::npos) {
            return corrupt(bad, "the text is not UTF-8");
        }
        if (text_.starts_with(byte_order_mark)) {
            at_ = byte_order_mark.size();
        }
        skip_blanks();
        if (!read_value(v)) {
            return false;
        }
        skip_blanks();
        if (at_ < text_.size()) {
            return corrupt(at_, "something follows the end of the value");
        }
        return v.depth() <= ALD_VALUE_DEPTH_MAX || too_deep(0);
    }

    bool read_value(value &v) {
        switch (peek()) {
        case '{': return read_map(v);
        case '[': return read_list(v);
        case '"': return read_text_value(v);
        case 't': return read_word("true", true, v);
        case 'f': return read_word("false", false, v);
        case 'n': return read_word("null", nullptr, v);
        default: return read_number(v);
        }
    }

    template <class Meaning> bool read_word(std::string_view word, Meaning meaning, value &v) {
        if (text_.substr(at_, word.size()) != word) {
            return corrupt(at_, "expected a value");
        }
        at_ += word.size();
        v = value(meaning);
        return true;
    }

    // --- numbers ---

    bool skip_digits() noexcept {
        const std::size_t start = at_;
        while (is_digit(peek())) {
            ++at_;
        }
        return at_ > start;
    }

    // True if there is none, or one with digits.
    bool skip_fraction() noexcept { return !take('.') || skip_digits(); }

    bool skip_exponent() noexcept {
        if (!take('e') && !take('E')) {
            return true;
        }
        if (!take('+')) {
            take('-');
        }
        return skip_digits();
    }

    bool read_number(value &v) {
        const std::size_t start = at_;
        take('-');
        if (!take('0') && !skip_digits()) {
            return corrupt(start, "expected a value");
        }
        const std::size_t integer_end = at_;
        if (!skip_fraction() || !skip_exponent()) {
            return corrupt(at_, "expected a digit");
        }
        const std::string_view number = text_.substr(start, at_ - start);
        return at_ == integer_end ? integer_value(start, number, v)
                                  : double_value(start, number, v);
    }

    bool integer_value(std::size_t start, std::string_view number, value &v) {
        std::int64_t x = 0;
        if (std::from_chars(number.data(), number.data() + number.size(), x).ec != std::errc()) {
            return stop(ALD_E_LIMIT, start, "the integer is beyond 64 bits with a sign");
        }
        v = value(x);
        return true;
    }

    bool double_value(std::size_t start, std::string_view number, value &v) {
        const auto x = parse_double(number);
        if (!x) {
            return stop(ALD_E_LIMIT, start, "the number is beyond what a double can hold");
        }
        v = value(*x);
        return true;
    }

    // --- text ---

    bool read_text_value(value &v) {
        std::string text;
        if (!read_text(text)) {
            return false;
        }
        v = value(std::move(text));
        return true;
    }

    bool read_text(std::string &text) {
        const std::size_t start = at_;
        if (!take('"')) {
            return corrupt(at_, "expected a text in quotes");
        }
        while (!take('"')) {
            const std::size_t plain = at_;
            while (at_ < text_.size() && is_plain(text_[at_])) {
                ++at_;
            }
            text += text_.substr(plain, at_ - plain);
            if (at_ == text_.size()) {
                return corrupt(start, "the text does not end");
            }
            if (static_cast<unsigned char>(text_[at_]) < 0x20) {
                return corrupt(at_, "a control character must be escaped");
            }
            if (take('\\') && !read_escape(text)) {
                return false;
            }
        }
        return true;
    }

    static bool is_plain(char c) noexcept {
        return c != '"' && c != '\\' && static_cast<unsigned char>(c) >= 0x20;
    }

    bool read_escape(std::string &text) {
        const char kind = peek();
        constexpr std::string_view kinds = "\"\\/bfnrt";
        constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
        const std::size_t known = kinds.find(kind);
        if (known != std::string_view::npos) {
            text += meanings[known];
            ++at_;
            return true;
        }
        if (take('u')) {
            return read_unicode(text);
        }
        return corrupt(at_ - 1, "no such escape");
    }

    bool read_unicode(std::string &text) {
        const std::size_t start = at_ - 2;
        std::uint32_t unit = 0;
        if (!read_hex(unit)) {
            return false;
        }
        char32_t scalar = unit;
        if (unit >= 0xd800 && unit < 0xdc00 && text_.substr(at_, 2) == "\\u") {
            at_ += 2;
            std::uint32_t low = 0;
            if (!read_hex(low)) {
                return false;
            }
            const bool paired = low >= 0xdc00 && low < 0xe000;
            scalar = paired ? 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00) : unit;
        }
        if (!is_scalar_value(scalar)) {
            return corrupt(start, "half of a surrogate pair stands alone");
        }
        append_utf8(text, scalar);
        return true;
    }

    bool read_hex(std::uint32_t &unit) {
        const std::string_view digits = text_.substr(at_, 4);
        const char *const end = digits.data() + digits.size();
        if (digits.size() < 4 || std::from_chars(digits.data(), end, unit, 16).ptr != end) {
            return corrupt(at_, "expected four hexadecimal digits");
        }
        at_ += 4;
        return true;
    }

    // --- lists and maps ---

    // Calls `read_one` for each of the items that stand between here and `close`.
    template <class ReadOne> bool read_items(char close, ReadOne read_one) {
        const std::size_t start = at_++;
        if (depth_ == depth_max_) {
            return too_deep(start);
        }
        ++depth_;
        skip_blanks();
        if (!take(close)) {
            do {
                skip_blanks();
                if (!read_one()) {
                    return false;
                }
                skip_blanks();
            } while (take(','));
            if (!take(close)) {
                return stop(ALD_E_CORRUPT, at_, "expected ',' or '{}'", close);
            }
        }
        --depth_;
        return true;
    }

    bool read_list(value &v) {
        list items;
        if (!read_items(']', [&] { return read_value(items.emplace_back()); })) {
            return false;
        }
        v = value(std::move(items));
        return true;
    }

    bool read_map(value &v) {
        const std::size_t start = at_;
        map items;
        std::vector<std::size_t> places;
        const auto read_entry = [&] {
            places.push_back(at_);
            auto &[key, item] = items.emplace_back();
            return read_text(key) && read_colon() && read_value(item);
        };
        if (!read_items('}', read_entry) || !check_keys(items, places)) {
            return false;
        }
        v = value(std::move(items));
        return mode_ == json_mode::plain || v.find(json_type_key) == nullptr || untag(start, v);
    }

    bool read_colon() {
        skip_blanks();
        if (!take(':')) {
            return corrupt(at_, "expected ':'");
        }
        skip_blanks();
        return true;
    }

    bool check_keys(const map &items, const std::vector<std::size_t> &places) {
        const std::size_t twice = duplicate_key(items);
        if (twice != std::string_view::npos) {
            return stop(ALD_E_CORRUPT, places[twice], "the key {} stands in the map twice",
                        shown(items[twice].first));
        }
        return true;
    }

    bool untag(std::size_t start, value &v) {
        auto untagged = json_untagged(v);
        if (!untagged) {
            return corrupt(start, untagged.error()->detail().message);
        }
        v = std::move(*untagged);
        return true;
    }

    std::string_view text_;
    json_mode mode_;
    int depth_max_;
    std::size_t at_ = 0;
    int depth_ = 0;
    ref<const error> error_;
};

} // namespace

result<value> from_json(std::string_view text, json_mode mode) { return reader(text, mode).read(); }

} // namespace alidade
