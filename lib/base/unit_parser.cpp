#include "base/unit_parser.hpp"

#include "base/text.hpp"
#include "base/utf8.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <vector>

namespace alidade {

namespace {

constexpr std::size_t longest_unit = 128;

struct prefix {
    std::string_view symbol;
    int power_of_ten;
};

constexpr std::array prefixes{
    prefix{"Y", 24},
    prefix{"Z", 21},
    prefix{"E", 18},
    prefix{"P", 15},
    prefix{"T", 12},
    prefix{"G", 9},
    prefix{"M", 6},
    prefix{"k", 3},
    prefix{"h", 2},
    prefix{"da", 1},
    prefix{"d", -1},
    prefix{"c", -2},
    prefix{"m", -3},
    prefix{"u", -6},
    prefix{"n", -9},
    prefix{"p", -12},
    prefix{"f", -15},
    prefix{"a", -18},
    prefix{"z", -21},
    prefix{"y", -24},
    // As people type it: the micro sign and the Greek letter.
    prefix{"\u00b5", -6},
    prefix{"\u03bc", -6},
};

struct binary_prefix {
    std::string_view symbol;
    int power_of_two;
};

constexpr std::array binary_prefixes{binary_prefix{"Ki", 10}, binary_prefix{"Mi", 20},
                                     binary_prefix{"Gi", 30}, binary_prefix{"Ti", 40}};

enum class takes { nothing, prefixes, prefixes_and_binary };

struct atom {
    std::string_view symbol;
    unit_scale scale;
    takes prefixed;
};

constexpr unit_scale one{};
constexpr unit_scale metre = one.times(dimension::length);
constexpr unit_scale kilogram = one.times(dimension::mass);
constexpr unit_scale gram = kilogram.times_ten(-3);
constexpr unit_scale second = one.times(dimension::time);
constexpr unit_scale ampere = one.times(dimension::current);
constexpr unit_scale kelvin = one.times(dimension::temperature);
constexpr unit_scale mole = one.times(dimension::amount);
constexpr unit_scale candela = one.times(dimension::luminous_intensity);
constexpr unit_scale radian = one.times(dimension::plane_angle);
constexpr unit_scale bit = one.times(dimension::data);

constexpr unit_scale newton = kilogram.times(metre, 1).times(second, -2);
constexpr unit_scale joule = newton.times(metre, 1);
constexpr unit_scale watt = joule.times(second, -1);
constexpr unit_scale pascal = newton.times(metre, -2);
constexpr unit_scale coulomb = ampere.times(second, 1);
constexpr unit_scale volt = watt.times(ampere, -1);
constexpr unit_scale ohm = volt.times(ampere, -1);
constexpr unit_scale litre = metre.times(metre, 2).times_ten(-3);
constexpr unit_scale steradian = radian.times(radian, 1);
constexpr unit_scale lumen = candela.times(steradian, 1);

constexpr unit_scale minute = second.times(factor::two, 2).times(factor::three).times(factor::five);
constexpr unit_scale hour = minute.times(factor::two, 2).times(factor::three).times(factor::five);
constexpr unit_scale day = hour.times(factor::two, 3).times(factor::three);
// pi / 180
constexpr unit_scale degree = radian.times(factor::pi)
                                  .times(factor::two, -2)
                                  .times(factor::three, -2)
                                  .times(factor::five, -1);
constexpr unit_scale sixtieth =
    one.times(factor::two, -2).times(factor::three, -1).times(factor::five, -1);
// Exact since 2019: 1.602176634e-19 J.
constexpr unit_scale electronvolt = joule.times(factor::electronvolt_digits).times_ten(-28);
// CODATA 2018: 1.6605390666e-27 kg.
constexpr unit_scale dalton = kilogram.times(factor::dalton_digits).times_ten(-37);

constexpr std::array atoms{
    atom{"m", metre, takes::prefixes},
    atom{"s", second, takes::prefixes},
    atom{"g", gram, takes::prefixes},
    atom{"K", kelvin, takes::prefixes},
    atom{"A", ampere, takes::prefixes},
    atom{"V", volt, takes::prefixes},
    atom{"W", watt, takes::prefixes},
    atom{"J", joule, takes::prefixes},
    atom{"N", newton, takes::prefixes},
    atom{"Pa", pascal, takes::prefixes},
    atom{"Hz", one.times(second, -1), takes::prefixes},
    atom{"C", coulomb, takes::prefixes},
    atom{"F", coulomb.times(volt, -1), takes::prefixes},
    atom{"Ohm", ohm, takes::prefixes},
    atom{"S", one.times(ohm, -1), takes::prefixes},
    atom{"T", volt.times(second, 1).times(metre, -2), takes::prefixes},
    atom{"L", litre, takes::prefixes},
    atom{"l", litre, takes::prefixes},
    atom{"bar", pascal.times_ten(5), takes::prefixes},
    atom{"eV", electronvolt, takes::prefixes},
    atom{"u", dalton, takes::prefixes},
    atom{"mol", mole, takes::prefixes},
    atom{"cd", candela, takes::prefixes},
    atom{"lm", lumen, takes::prefixes},
    atom{"lx", lumen.times(metre, -2), takes::prefixes},
    atom{"rad", radian, takes::prefixes},
    atom{"sr", steradian, takes::prefixes},
    atom{"bit", bit, takes::prefixes_and_binary},
    atom{"By", bit.times(factor::two, 3), takes::prefixes_and_binary},
    atom{"min", minute, takes::nothing},
    atom{"h", hour, takes::nothing},
    atom{"d", day, takes::nothing},
    atom{"deg", degree, takes::nothing},
    atom{"\u00b0", degree, takes::nothing},
    atom{"'", degree.times(sixtieth, 1), takes::nothing},
    atom{"''", degree.times(sixtieth, 2), takes::nothing},
    atom{"%", one.times_ten(-2), takes::nothing},
    atom{"[ppth]", one.times_ten(-3), takes::nothing},
    atom{"[ppm]", one.times_ten(-6), takes::nothing},
};

constexpr std::array temperature_scales{temperature_scale{"Cel", 27315, 1, 1},
                                        temperature_scale{"[degF]", 45967, 5, 9}};

struct other_spelling {
    std::string_view typed;
    std::string_view meant;
};

// What is typed often and lies too far from its unit for a comparison of letters.
constexpr std::array other_spellings{
    other_spelling{"degC", "Cel"},       other_spelling{"\u00b0C", "Cel"},
    other_spelling{"celsius", "Cel"},    other_spelling{"degF", "[degF]"},
    other_spelling{"\u00b0F", "[degF]"}, other_spelling{"degree", "deg"},
    other_spelling{"degrees", "deg"},    other_spelling{"arcmin", "'"},
    other_spelling{"arcsec", "''"},      other_spelling{"micron", "um"},
    other_spelling{"sec", "s"},          other_spelling{"hr", "h"},
    other_spelling{"hour", "h"},         other_spelling{"day", "d"},
    other_spelling{"\u03a9", "Ohm"},     other_spelling{"\u2126", "Ohm"},
    other_spelling{"Da", "u"},           other_spelling{"amu", "u"},
    other_spelling{"ppm", "[ppm]"},      other_spelling{"byte", "By"},
    other_spelling{"B", "By"},
};

template <class Table> const auto *find_symbol(const Table &table, std::string_view symbol) {
    const auto *const found = std::find_if(
        table.begin(), table.end(), [symbol](const auto &entry) { return entry.symbol == symbol; });
    return found == table.end() ? nullptr : found;
}

std::optional<unit_scale> find_prefixed(std::string_view symbol) {
    for (const prefix &p : prefixes) {
        if (symbol.starts_with(p.symbol)) {
            const atom *a = find_symbol(atoms, symbol.substr(p.symbol.size()));
            if (a != nullptr && a->prefixed != takes::nothing) {
                return a->scale.times_ten(p.power_of_ten);
            }
        }
    }
    for (const binary_prefix &p : binary_prefixes) {
        if (symbol.starts_with(p.symbol)) {
            const atom *a = find_symbol(atoms, symbol.substr(p.symbol.size()));
            if (a != nullptr && a->prefixed == takes::prefixes_and_binary) {
                return a->scale.times(factor::two, p.power_of_two);
            }
        }
    }
    return std::nullopt;
}

std::optional<unit_scale> find_unit(std::string_view symbol) {
    if (symbol == "1") {
        return one;
    }
    const atom *a = find_symbol(atoms, symbol);
    return a != nullptr ? a->scale : find_prefixed(symbol);
}

// --- errors ---

bool same_letters(std::string_view a, std::string_view b) noexcept {
    const auto lower = [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [lower](char x, char y) { return lower(x) == lower(y); });
}

std::vector<std::string_view> known_symbols() {
    std::vector<std::string_view> symbols;
    symbols.reserve(std::size(atoms) + std::size(temperature_scales));
    for (const atom &a : atoms) {
        symbols.push_back(a.symbol);
    }
    for (const temperature_scale &t : temperature_scales) {
        symbols.push_back(t.symbol);
    }
    return symbols;
}

std::string suggestion(std::string_view symbol) {
    for (const other_spelling &other : other_spellings) {
        if (same_letters(symbol, other.typed)) {
            return fmt::format(" (did you mean '{}'?)", other.meant);
        }
    }
    const auto symbols = known_symbols();
    for (const std::string_view known : symbols) {
        if (same_letters(symbol, known)) {
            return fmt::format(" (did you mean '{}'?)", known);
        }
    }
    return did_you_mean(symbol, symbols);
}

std::string in_unit(std::string_view symbol, std::string_view text) {
    return symbol == text ? std::string() : " in " + shown(text);
}

failure unknown_unit(std::string_view symbol, std::string_view text) {
    return fail(ALD_E_INVALID, "units", "unknown unit {}{}{}", shown(symbol), in_unit(symbol, text),
                suggestion(symbol));
}

failure not_alone(std::string_view symbol, std::string_view text) {
    return fail(ALD_E_INVALID, "units",
                "'{}' has a zero of its own and stands alone, not{}; write 'K' for differences",
                symbol, in_unit(symbol, text));
}

// --- terms ---

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

// Takes the text up to the next operator off its front.
std::string_view next_term(std::string_view &rest) noexcept {
    const std::size_t end = std::min(rest.find_first_of("./"), rest.size());
    const std::string_view term = rest.substr(0, end);
    rest.remove_prefix(end);
    return term;
}

} // namespace

result<parsed_unit> parse_unit(std::string_view text) {
    if (text.size() > longest_unit || invalid_utf8(text) != std::string_view::npos) {
        return fail(ALD_E_INVALID, "units", "a unit must be UTF-8 of at most {} bytes",
                    longest_unit);
    }
    if (const temperature_scale *t = find_symbol(temperature_scales, text)) {
        return parsed_unit{kelvin, t};
    }
    unit_scale scale = one;
    std::string_view rest = text;
    char op = '.';
    if (rest.starts_with('/')) {
        op = '/';
        rest.remove_prefix(1);
    } else if (rest.empty()) {
        return parsed_unit{one};
    }
    while (true) {
        const std::string_view written = next_term(rest);
        const auto t = split_power(written);
        if (t && find_symbol(temperature_scales, t->symbol) != nullptr) {
            return not_alone(t->symbol, text);
        }
        const auto unit = t ? find_unit(t->symbol) : std::nullopt;
        if (!unit) {
            return unknown_unit(t ? t->symbol : written, text);
        }
        scale = scale.times(*unit, op == '/' ? -t->power : t->power);
        if (rest.empty()) {
            return parsed_unit{scale};
        }
        op = rest.front();
        rest.remove_prefix(1);
    }
}

} // namespace alidade
