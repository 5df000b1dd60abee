#include "base/text/unit_spellings.hpp"

#include <algorithm>
#include <array>

namespace alidade {

namespace {

struct spelling {
    std::string_view typed;
    std::string_view meant;
};

// Characters, wherever they stand.
constexpr std::array characters{
    spelling{"\u00b2", "2"},      spelling{"\u00b3", "3"},   spelling{"\u00b9", "1"},
    spelling{"\u2074", "4"},      spelling{"\u207b", "-"},   spelling{"\u2212", "-"},
    spelling{"**", ""},           spelling{"\u00b7", "."},   spelling{"\u22c5", "."},
    spelling{"\u2219", "."},      spelling{"\u00d7", "."},   spelling{"\u00f7", "/"},
    spelling{"\u03a9", "Ohm"},    spelling{"\u2126", "Ohm"}, spelling{"\u00c5", "Ao"},
    spelling{"\u212b", "Ao"},     spelling{"A\u030a", "Ao"}, spelling{"\u2103", "Cel"},
    spelling{"\u2109", "[degF]"}, spelling{"\u2032", "'"},   spelling{"\u2033", "''"},
    spelling{"\u2030", "[ppth]"}, spelling{"\u00a0", " "},   spelling{"\u202f", " "},
    spelling{"\u2009", " "},      spelling{"\t", " "},
};

// Whole units, by letters of any case.
constexpr std::array wholes{
    spelling{"rpm", "/min"},
    spelling{"r/min", "/min"},
    spelling{"rev/min", "/min"},
    spelling{"rps", "/s"},
    spelling{"cps", "/s"},
    spelling{"fps", "/s"},

    spelling{"kph", "km/h"},
    spelling{"kmh", "km/h"},
    spelling{"gpm", "[gal_us]/min"},
    spelling{"lpm", "L/min"},
    spelling{"slm", "L/min"},
    spelling{"sccm", "cm3/min"},
    spelling{"ccm", "cm3/min"},
    spelling{"cc", "cm3"},
    spelling{"mTorr", "um[Hg]"},
    spelling{"mmHg", "mm[Hg]"},
    spelling{"inHg", "[in_i'Hg]"},
    spelling{"cmH2O", "cm[H2O]"},
    spelling{"inH2O", "[in_i'H2O]"},
    spelling{"psia", "[psi]"},
    spelling{"psig", "[psi]"},
    spelling{"ksi", "10*3.[psi]"},
    spelling{"deg C", "Cel"},
    spelling{"deg. C", "Cel"},
    spelling{"degree C", "Cel"},
    spelling{"degrees C", "Cel"},
    spelling{"degree Celsius", "Cel"},
    spelling{"degrees Celsius", "Cel"},
    spelling{"\u00b0 C", "Cel"},
    spelling{"deg F", "[degF]"},
    spelling{"\u00b0 F", "[degF]"},
    spelling{"degrees Fahrenheit", "[degF]"},
    spelling{"deg K", "K"},
    spelling{"a.u.", "{au}"},
    spelling{"arb. units", "{au}"},
    spelling{"arb. u.", "{au}"},
    spelling{"dimensionless", "1"},
    spelling{"none", "1"},
    spelling{"unitless", "1"},
    spelling{"-", "1"},
    spelling{"sq m", "m2"},
    spelling{"ft.lbf", "[ft_i].[lbf_av]"},
};

// Single symbols, by letters of any case.
constexpr std::array symbols{
    spelling{"Hz", "Hz"},
    spelling{"kHz", "kHz"},
    spelling{"MHz", "MHz"},
    spelling{"GHz", "GHz"},
    spelling{"THz", "THz"},
    spelling{"kPa", "kPa"},
    spelling{"MPa", "MPa"},
    spelling{"hPa", "hPa"},
    spelling{"keV", "keV"},
    spelling{"MeV", "MeV"},
    spelling{"kOhm", "kOhm"},
    spelling{"mW", "mW"},
    spelling{"degC", "Cel"},
    spelling{"\u00b0C", "Cel"},
    spelling{"celsius", "Cel"},
    spelling{"centigrade", "Cel"},
    spelling{"degF", "[degF]"},
    spelling{"\u00b0F", "[degF]"},
    spelling{"fahrenheit", "[degF]"},
    spelling{"degR", "[degR]"},
    spelling{"\u00b0K", "K"},
    spelling{"degK", "K"},
    spelling{"degree", "deg"},
    spelling{"degrees", "deg"},
    spelling{"arcmin", "'"},
    spelling{"arcsec", "''"},
    spelling{"arcminute", "'"},
    spelling{"arcsecond", "''"},
    spelling{"\"", "''"},
    spelling{"gradian", "gon"},
    spelling{"gradians", "gon"},
    spelling{"grad", "gon"},
    spelling{"rev", "circ"},
    spelling{"turn", "circ"},
    spelling{"turns", "circ"},
    spelling{"micron", "um"},
    spelling{"microns", "um"},
    spelling{"mu", "um"},
    spelling{"angstrom", "Ao"},
    spelling{"angstroms", "Ao"},
    spelling{"in", "[in_i]"},
    spelling{"inch", "[in_i]"},
    spelling{"inches", "[in_i]"},
    spelling{"foot", "[ft_i]"},
    spelling{"feet", "[ft_i]"},
    spelling{"ft", "[ft_i]"},
    spelling{"yd", "[yd_i]"},
    spelling{"yard", "[yd_i]"},
    spelling{"yards", "[yd_i]"},
    spelling{"mi", "[mi_i]"},
    spelling{"mile", "[mi_i]"},
    spelling{"miles", "[mi_i]"},
    spelling{"nmi", "[nmi_i]"},
    spelling{"knot", "[kn_i]"},
    spelling{"knots", "[kn_i]"},
    spelling{"kn", "[kn_i]"},
    spelling{"mil", "[mil_i]"},
    spelling{"mils", "[mil_i]"},
    spelling{"thou", "[mil_i]"},
    spelling{"acre", "[acr_us]"},
    spelling{"hectare", "har"},
    spelling{"ha", "har"},
    spelling{"gal", "[gal_us]"},
    spelling{"gallon", "[gal_us]"},
    spelling{"gallons", "[gal_us]"},
    spelling{"floz", "[foz_us]"},
    spelling{"lb", "[lb_av]"},
    spelling{"lbs", "[lb_av]"},
    spelling{"pound", "[lb_av]"},
    spelling{"pounds", "[lb_av]"},
    spelling{"lbm", "[lb_av]"},
    spelling{"lbf", "[lbf_av]"},
    spelling{"oz", "[oz_av]"},
    spelling{"ounce", "[oz_av]"},
    spelling{"ounces", "[oz_av]"},
    spelling{"grain", "[gr]"},
    spelling{"grains", "[gr]"},
    spelling{"carat", "[car_m]"},
    spelling{"ct", "[car_m]"},
    spelling{"tonne", "t"},
    spelling{"kgs", "kg"},
    spelling{"ton", "t"},
    spelling{"psi", "[psi]"},
    spelling{"Torr", "mm[Hg]"},
    spelling{"atmosphere", "atm"},
    spelling{"millibar", "mbar"},
    spelling{"kip", "10*3.[lbf_av]"},
    spelling{"btu", "[Btu_IT]"},
    spelling{"hp", "[HP]"},
    spelling{"horsepower", "[HP]"},
    spelling{"calorie", "cal"},
    spelling{"Da", "u"},
    spelling{"amu", "u"},
    spelling{"dalton", "u"},
    spelling{"ppm", "[ppm]"},
    spelling{"ppb", "[ppb]"},
    spelling{"ppt", "[pptr]"},
    spelling{"percent", "%"},
    spelling{"pct", "%"},
    spelling{"sec", "s"},
    spelling{"secs", "s"},
    spelling{"msec", "ms"},
    spelling{"usec", "us"},
    spelling{"nsec", "ns"},
    spelling{"mins", "min"},
    spelling{"minute", "min"},
    spelling{"minutes", "min"},
    spelling{"hr", "h"},
    spelling{"hrs", "h"},
    spelling{"hour", "h"},
    spelling{"hours", "h"},
    spelling{"day", "d"},
    spelling{"days", "d"},
    spelling{"week", "wk"},
    spelling{"weeks", "wk"},
    spelling{"month", "mo"},
    spelling{"months", "mo"},
    spelling{"year", "a"},
    spelling{"years", "a"},
    spelling{"yr", "a"},
    spelling{"byte", "By"},
    spelling{"bytes", "By"},
    spelling{"bits", "bit"},
    spelling{"KB", "kBy"},

    spelling{"KiB", "KiBy"},
    spelling{"MiB", "MiBy"},
    spelling{"GiB", "GiBy"},
    spelling{"gauss", "G"},
    spelling{"mho", "mho"},
    spelling{"baud", "Bd"},
    spelling{"bel", "B"},
    spelling{"decibel", "dB"},
    spelling{"count", "{count}"},
    spelling{"counts", "{count}"},
    spelling{"cts", "{count}"},
    spelling{"step", "{step}"},
    spelling{"steps", "{step}"},
    spelling{"px", "{px}"},
    spelling{"pixel", "{px}"},
    spelling{"pixels", "{px}"},
    spelling{"pulse", "{pulse}"},
    spelling{"pulses", "{pulse}"},
    spelling{"photon", "{photon}"},
    spelling{"photons", "{photon}"},
    spelling{"frame", "{frame}"},
    spelling{"frames", "{frame}"},
    spelling{"electron", "{electron}"},
    spelling{"e-", "{electron}"},
    spelling{"ADU", "{ADU}"},
    spelling{"DN", "{DN}"},
    spelling{"index", "{index}"},
};

// UCUM reads these as what nobody means in a laboratory, so that case counts.
constexpr std::array misread{
    spelling{"kB", "kBy"},       spelling{"MB", "MBy"},       spelling{"GB", "GBy"},
    spelling{"TB", "TBy"},       spelling{"mph", "[mi_i]/h"}, spelling{"ft", "[ft_i]"},
    spelling{"pt", "[pt_us]"},   spelling{"mb", "mbar"},      spelling{"PS", "[HP]"},
    spelling{"Gal", "[gal_us]"},
};

// Prefixes and units in full, as "millimetres".
constexpr std::array long_prefixes{
    spelling{"femto", "f"}, spelling{"pico", "p"},  spelling{"nano", "n"}, spelling{"micro", "u"},
    spelling{"milli", "m"}, spelling{"centi", "c"}, spelling{"deci", "d"}, spelling{"kilo", "k"},
    spelling{"mega", "M"},  spelling{"giga", "G"},  spelling{"tera", "T"}, spelling{"", ""},
};
constexpr std::array long_names{
    spelling{"metre", "m"},  spelling{"meter", "m"},         spelling{"second", "s"},
    spelling{"gram", "g"},   spelling{"kelvin", "K"},        spelling{"ampere", "A"},
    spelling{"amp", "A"},    spelling{"volt", "V"},          spelling{"watt", "W"},
    spelling{"joule", "J"},  spelling{"newton", "N"},        spelling{"pascal", "Pa"},
    spelling{"hertz", "Hz"}, spelling{"coulomb", "C"},       spelling{"farad", "F"},
    spelling{"ohm", "Ohm"},  spelling{"siemens", "S"},       spelling{"tesla", "T"},
    spelling{"henry", "H"},  spelling{"weber", "Wb"},        spelling{"litre", "L"},
    spelling{"liter", "L"},  spelling{"mole", "mol"},        spelling{"candela", "cd"},
    spelling{"lumen", "lm"}, spelling{"lux", "lx"},          spelling{"radian", "rad"},
    spelling{"bar", "bar"},  spelling{"electronvolt", "eV"},
};

// Reasons why there is no such unit, told in place of a suggestion.
constexpr std::string_view levels =
    "a level over a reference is no unit of UCUM; turn it into 'W', 'mW' or 'V', or use 'dB'";
constexpr std::string_view acidity = "UCUM has no linear unit for it; use '1'";
constexpr std::array without_unit{
    spelling{"dBm", levels},  spelling{"dBW", levels},  spelling{"dBV", levels},
    spelling{"dBmV", levels}, spelling{"dBuV", levels}, spelling{"dBu", levels},
    spelling{"dBc", levels},  spelling{"dBi", levels},  spelling{"dBFS", levels},
    spelling{"dBA", levels},  spelling{"Np", levels},   spelling{"pH", acidity},
};

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_letters(std::string_view a, std::string_view b) noexcept {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return lower(x) == lower(y); });
}

// As it is typed before any other case of the letters.
template <class Table> const auto *find(const Table &table, std::string_view typed) noexcept {
    const auto *const exact = std::find_if(
        table.begin(), table.end(), [typed](const auto &entry) { return entry.typed == typed; });
    const auto *const found =
        exact != table.end() ? exact
                             : std::find_if(table.begin(), table.end(), [typed](const auto &entry) {
                                   return same_letters(entry.typed, typed);
                               });
    return found == table.end() ? nullptr : found;
}

void replace_all(std::string &text, std::string_view typed, std::string_view meant) {
    for (std::size_t at = 0; (at = text.find(typed, at)) != text.npos; at += meant.size()) {
        text.replace(at, typed.size(), meant);
    }
}

// Blanks at the ends and beside operators say nothing; others stand for products.
void without_blanks(std::string &text) {
    replace_all(text, " per ", "/");
    for (const std::string_view op : {".", "/", "(", ")"}) {
        while (text.find(' ' + std::string(op)) != text.npos) {
            replace_all(text, ' ' + std::string(op), op);
        }
        while (text.find(std::string(op) + ' ') != text.npos) {
            replace_all(text, std::string(op) + ' ', op);
        }
    }
    text.erase(0, std::min(text.find_first_not_of(' '), text.size()));
    text.erase(text.find_last_not_of(' ') + 1);
    while (text.find("  ") != text.npos) {
        replace_all(text, "  ", " ");
    }
    replace_all(text, " ", ".");
}

std::optional<std::string> long_name(std::string_view symbol) {
    for (const spelling &name : long_names) {
        for (const std::string_view plural : {"", "s", "es"}) {
            for (const spelling &prefix : long_prefixes) {
                if (same_letters(symbol, std::string(prefix.typed) + std::string(name.typed) +
                                             std::string(plural))) {
                    return std::string(prefix.meant) + std::string(name.meant);
                }
            }
        }
    }
    return std::nullopt;
}

std::string respelled(std::string_view symbol) {
    if (const spelling *s = find(symbols, symbol)) {
        return std::string(s->meant);
    }
    return long_name(symbol).value_or(std::string(symbol));
}

} // namespace

std::optional<std::string> ucum_spelling(std::string_view text) {
    if (const spelling *whole = find(wholes, text)) {
        return std::string(whole->meant);
    }
    std::string plain(text);
    for (const spelling &c : characters) {
        replace_all(plain, c.typed, c.meant);
    }
    without_blanks(plain);
    if (!plain.starts_with("10^")) {
        replace_all(plain, "^", "");
    }
    if (!plain.starts_with("10*")) {
        replace_all(plain, "*", ".");
    }
    if (const spelling *whole = find(wholes, plain)) {
        return std::string(whole->meant);
    }
    std::string ucum;
    for (std::string_view rest = plain; !rest.empty();) {
        const std::size_t end = std::min(rest.find_first_of("./()"), rest.size());
        const std::string_view term = rest.substr(0, end);
        const std::size_t last = term.find_last_not_of("+-0123456789") + 1;
        // "e-" itself ends in a sign.
        const bool whole = find(symbols, term) != nullptr;
        ucum += whole ? respelled(term)
                      : respelled(term.substr(0, last)) + std::string(term.substr(last));
        if (end < rest.size()) {
            ucum += rest[end];
        }
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return ucum == text ? std::nullopt : std::optional(ucum);
}

std::optional<std::string_view> likely_meaning(std::string_view text) noexcept {
    const auto *const found = std::find_if(misread.begin(), misread.end(),
                                           [text](const spelling &s) { return s.typed == text; });
    return found == misread.end() ? std::nullopt : std::optional(found->meant);
}

std::string_view no_unit_of_ucum(std::string_view text) noexcept {
    const spelling *found = find(without_unit, text);
    return found == nullptr ? std::string_view() : found->meant;
}

} // namespace alidade
