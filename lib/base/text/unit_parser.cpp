#include "base/text/unit_parser.hpp"

#include "base/text/text.hpp"
#include "base/text/unit_spellings.hpp"
#include "base/text/utf8.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace alidade {

namespace {

constexpr std::size_t longest_unit = 128;

// A symbol with its power, as in "m2" and "s-1".
struct term {
    std::string_view symbol;
    int power;
};

std::optional<term> split_power(std::string_view text) noexcept {
    const std::size_t last = text.find_last_not_of("0123456789");
    if (last == std::string_view::npos || last + 1 == text.size()) {
        return term{text, 1};
    }
    const bool is_signed = text[last] == '-' || text[last] == '+';
    int power = 0;
    if (std::from_chars(text.data() + last + 1, text.data() + text.size(), power).ec !=
            std::errc() ||
        power == 0 || power > 99) {
        return std::nullopt;
    }
    return term{text.substr(0, is_signed ? last : last + 1), text[last] == '-' ? -power : power};
}

// Goes through a text once: what it cannot read it leaves noted.
class reader {
public:
    explicit reader(std::string_view text) noexcept : rest_(text) {}

    // Nothing if it is no unit.
    std::optional<unit_scale> read() noexcept {
        const bool inverse = take('/');
        if (!inverse && rest_.empty()) {
            return unit_scale();
        }
        const auto scale = product(inverse);
        return scale && rest_.empty() ? scale : std::nullopt;
    }

    enum class fault { unknown, alone, bracket, annotation };
    fault why = fault::unknown;
    // Part of the text that could not be read.
    std::string_view where;

private:
    bool take(char c) noexcept {
        const bool there = rest_.starts_with(c);
        rest_.remove_prefix(there ? 1 : 0);
        return there;
    }

    std::optional<unit_scale> refuse(fault because, std::string_view what) noexcept {
        why = because;
        where = what;
        return std::nullopt;
    }

    // From left to right, as UCUM has it. No deeper than a unit is long.
    std::optional<unit_scale> product(bool inverse) noexcept { // NOLINT(misc-no-recursion)
        unit_scale scale;
        while (true) {
            const auto part = component();
            if (!part) {
                return std::nullopt;
            }
            scale = scale.times(*part, inverse ? -1 : 1);
            inverse = rest_.starts_with('/');
            if (!take('.') && !take('/')) {
                return rest_.empty() || rest_.front() == ')' || rest_.front() == '('
                           ? end_of(scale)
                           : refuse(fault::unknown, rest_);
            }
        }
    }

    std::optional<unit_scale> end_of(const unit_scale &scale) noexcept {
        const bool closed_or_done = depth_ > 0 ? rest_.starts_with(')') : rest_.empty();
        return closed_or_done ? std::optional(scale) : refuse(fault::bracket, rest_);
    }

    std::optional<unit_scale> component() noexcept { // NOLINT(misc-no-recursion)
        if (take('(')) {
            ++depth_;
            const auto inner = product(false);
            --depth_;
            if (inner && !take(')')) {
                return refuse(fault::bracket, rest_);
            }
            return inner;
        }
        if (rest_.starts_with('{')) {
            return annotation() ? std::optional(unit_scale()) : std::nullopt;
        }
        const std::size_t end = std::min(rest_.find_first_of("./(){}"), rest_.size());
        const std::string_view written = rest_.substr(0, end);
        rest_.remove_prefix(end);
        const auto t = split_power(written);
        if (t && find_temperature(t->symbol) != nullptr) {
            return refuse(fault::alone, t->symbol);
        }
        const auto unit = t ? find_unit(t->symbol) : std::nullopt;
        if (!unit) {
            return refuse(fault::unknown, t ? t->symbol : written);
        }
        if (rest_.starts_with('{') && !annotation()) {
            return std::nullopt;
        }
        return unit_scale().times(*unit, t->power);
    }

    // A remark in braces, as "{count}": printable ASCII without blanks.
    bool annotation() noexcept {
        const std::size_t end = rest_.find('}');
        const std::string_view inner = rest_.substr(1, end == rest_.npos ? end : end - 1);
        const bool good = end != rest_.npos && std::all_of(inner.begin(), inner.end(), [](char c) {
                              return c > ' ' && c <= '~' && c != '{';
                          });
        if (!good) {
            refuse(fault::annotation, rest_.substr(0, end == rest_.npos ? end : end + 1));
            return false;
        }
        rest_.remove_prefix(end + 1);
        return true;
    }

    std::string_view rest_;
    int depth_ = 0;
};

bool is_unit(std::string_view text) noexcept {
    return find_temperature(text) != nullptr || reader(text).read().has_value();
}

// Suggests a unit: the whole in UCUM's spelling, or the nearest symbol.
std::string suggestion(std::string_view symbol, std::string_view text) {
    for (const std::string_view typed : {text, symbol}) {
        if (const auto why = no_unit_of_ucum(typed); !why.empty()) {
            return fmt::format(": {}", why);
        }
    }
    if (const auto ucum = ucum_spelling(text); ucum && is_unit(*ucum)) {
        return fmt::format(" (did you mean '{}'?)", *ucum);
    }
    const auto symbols = known_symbols();
    const auto same_letters = [symbol](std::string_view known) {
        return std::equal(known.begin(), known.end(), symbol.begin(), symbol.end(),
                          [](char a, char b) { return (a | 0x20) == (b | 0x20); });
    };
    const auto known = std::find_if(symbols.begin(), symbols.end(), same_letters);
    return known != symbols.end() ? fmt::format(" (did you mean '{}'?)", *known)
                                  : did_you_mean(symbol, symbols);
}

std::string in_unit(std::string_view symbol, std::string_view text) {
    return symbol == text ? std::string() : " in " + shown(text);
}

failure refused(const reader &r, std::string_view text) {
    switch (r.why) {
    case reader::fault::alone:
        return fail(ALD_E_INVALID, "units",
                    "'{}' has a zero of its own and stands alone, not{}; write 'K' for differences",
                    r.where, in_unit(r.where, text));
    case reader::fault::bracket:
        return fail(ALD_E_INVALID, "units",
                    "the parentheses of unit {} do not match, or no '.' or '/' stands between "
                    "parts{}",
                    shown(text), suggestion(text, text));
    case reader::fault::annotation:
        return fail(ALD_E_INVALID, "units",
                    "the annotation {}{} is none; expected letters in braces, as '{{count}}'",
                    shown(r.where), in_unit(r.where, text));
    case reader::fault::unknown: break;
    }
    return fail(ALD_E_INVALID, "units", "unknown unit {}{}{}", shown(r.where),
                in_unit(r.where, text), suggestion(r.where, text));
}

} // namespace

result<parsed_unit> parse_unit(std::string_view text) {
    if (text.size() > longest_unit || invalid_utf8(text) != std::string_view::npos) {
        return fail(ALD_E_INVALID, "units", "a unit must be UTF-8 of at most {} bytes",
                    longest_unit);
    }
    if (const temperature_scale *t = find_temperature(text)) {
        return parsed_unit{unit_scale().times(dimension::temperature), t};
    }
    reader r(text);
    if (const auto scale = r.read()) {
        return parsed_unit{*scale};
    }
    return refused(r, text);
}

} // namespace alidade
