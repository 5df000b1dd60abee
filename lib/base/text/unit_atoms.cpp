#include "base/text/unit_atoms.hpp"

#include <algorithm>
#include <array>

namespace alidade {

namespace {

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
constexpr unit_scale weber = volt.times(second, 1);
constexpr unit_scale tesla = weber.times(metre, -2);
constexpr unit_scale litre = metre.times(metre, 2).times_ten(-3);
constexpr unit_scale steradian = radian.times(radian, 1);
constexpr unit_scale lumen = candela.times(steradian, 1);

constexpr unit_scale minute = second.times(factor::two, 2).times(factor::three).times(factor::five);
constexpr unit_scale hour = minute.times(factor::two, 2).times(factor::three).times(factor::five);
constexpr unit_scale day = hour.times(factor::two, 3).times(factor::three);
// 365.25 d, that of Julius Caesar: 1461 / 4.
constexpr unit_scale year =
    day.times(factor::three).times(factor::julian_487).times(factor::two, -2);
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

// Yard and pound of 1959: 25.4 mm and 0.45359237 kg, exactly.
constexpr unit_scale inch = metre.times(factor::inch_127).times(factor::two).times_ten(-4);
constexpr unit_scale foot = inch.times(factor::two, 2).times(factor::three);
constexpr unit_scale yard = foot.times(factor::three);
constexpr unit_scale mile = yard.times(factor::two, 5).times(factor::five).times(factor::eleven);
constexpr unit_scale nautical_mile = metre.times(factor::nautical_463).times(factor::two, 2);
// 1200 / 3937 m, which land is measured by in the United States.
constexpr unit_scale survey_foot = metre.times(factor::two, 4)
                                       .times(factor::three)
                                       .times(factor::five, 2)
                                       .times(factor::survey_31, -1)
                                       .times(factor::inch_127, -1);
constexpr unit_scale survey_rod =
    survey_foot.times(factor::three).times(factor::eleven).times(factor::two, -1);
constexpr unit_scale gallon =
    inch.times(inch, 2).times(factor::three).times(factor::seven).times(factor::eleven);
constexpr unit_scale fluid_ounce = gallon.times(factor::two, -7);
constexpr unit_scale imperial_gallon = litre.times(factor::imperial_digits).times_ten(-5);
constexpr unit_scale pound = kilogram.times(factor::pound_digits).times_ten(-8);
constexpr unit_scale ounce = pound.times(factor::two, -4);
constexpr unit_scale grain = pound.times(factor::seven, -1).times_ten(-3);
constexpr unit_scale troy_ounce =
    grain.times(factor::two, 5).times(factor::three).times(factor::five);

// 9.80665 m/s2
constexpr unit_scale gravity = metre.times(second, -2).times(factor::gravity_digits).times_ten(-5);
constexpr unit_scale gram_force = gram.times(gravity, 1);
constexpr unit_scale pound_force = pound.times(gravity, 1);
// 133.322 kPa and 9.80665 kPa.
constexpr unit_scale metre_of_mercury = pascal.times(factor::mercury_digits);
constexpr unit_scale metre_of_water = pascal.times(factor::gravity_digits).times_ten(-2);
// 101325 Pa
constexpr unit_scale atmosphere = pascal.times(factor::atmosphere_193)
                                      .times(factor::three)
                                      .times(factor::five, 2)
                                      .times(factor::seven);
// 4.184 J
constexpr unit_scale calorie = joule.times(factor::calorie_523).times(factor::two, 3).times_ten(-3);
// 1000 / (4 pi) A/m
constexpr unit_scale oersted =
    ampere.times(metre, -1).times_ten(3).times(factor::two, -2).times(factor::pi, -1);

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
    atom{"Wb", weber, takes::prefixes},
    atom{"T", tesla, takes::prefixes},
    atom{"H", weber.times(ampere, -1), takes::prefixes},
    atom{"L", litre, takes::prefixes},
    atom{"l", litre, takes::prefixes},
    atom{"bar", pascal.times_ten(5), takes::prefixes},
    atom{"eV", electronvolt, takes::prefixes},
    atom{"u", dalton, takes::prefixes},
    atom{"mol", mole, takes::prefixes},
    atom{"cd", candela, takes::prefixes},
    atom{"lm", lumen, takes::prefixes},
    atom{"lx", lumen.times(metre, -2), takes::prefixes},
    atom{"Bq", one.times(second, -1), takes::prefixes},
    atom{"Gy", joule.times(kilogram, -1), takes::prefixes},
    atom{"Sv", joule.times(kilogram, -1), takes::prefixes},
    atom{"kat", mole.times(second, -1), takes::prefixes},
    atom{"U", mole.times(minute, -1).times_ten(-6), takes::prefixes},
    atom{"eq", mole, takes::prefixes},
    atom{"osm", mole, takes::prefixes},
    atom{"rad", radian, takes::prefixes},
    atom{"sr", steradian, takes::prefixes},
    atom{"t", kilogram.times_ten(3), takes::prefixes},
    atom{"ar", metre.times(metre, 1).times_ten(2), takes::prefixes},
    atom{"st", metre.times(metre, 2), takes::prefixes},
    atom{"tex", gram.times(metre, -1).times_ten(-3), takes::prefixes},
    atom{"B", one.times(dimension::level), takes::prefixes},
    atom{"gf", gram_force, takes::prefixes},
    atom{"cal", calorie, takes::prefixes},
    atom{"cal_th", calorie, takes::prefixes},
    atom{"cal_IT",
         joule.times(factor::calorie_1163)
             .times(factor::three, 2)
             .times(factor::two, 2)
             .times_ten(-4),
         takes::prefixes},
    atom{"m[Hg]", metre_of_mercury, takes::prefixes},
    atom{"m[H2O]", metre_of_water, takes::prefixes},
    atom{"erg", joule.times_ten(-7), takes::prefixes},
    atom{"dyn", newton.times_ten(-5), takes::prefixes},
    atom{"P", pascal.times(second, 1).times_ten(-1), takes::prefixes},
    atom{"St", metre.times(metre, 1).times(second, -1).times_ten(-4), takes::prefixes},
    atom{"Gal", metre.times(second, -2).times_ten(-2), takes::prefixes},
    atom{"Ky", one.times(metre, -1).times_ten(2), takes::prefixes},
    atom{"Mx", weber.times_ten(-8), takes::prefixes},
    atom{"G", tesla.times_ten(-4), takes::prefixes},
    atom{"Oe", oersted, takes::prefixes},
    atom{"Gb", oersted.times(metre, 1).times_ten(-2), takes::prefixes},
    atom{"Bi", ampere.times_ten(1), takes::prefixes},
    atom{"sb", candela.times(metre, -2).times_ten(4), takes::prefixes},
    atom{"Lmb", candela.times(metre, -2).times_ten(4).times(factor::pi, -1), takes::prefixes},
    atom{"ph", lumen.times(metre, -2).times_ten(4), takes::prefixes},
    atom{"mho", one.times(ohm, -1), takes::prefixes},
    atom{"b", metre.times(metre, 1).times_ten(-28), takes::prefixes},
    atom{"Ci", one.times(second, -1).times(factor::curie_37).times_ten(9), takes::prefixes},
    atom{"R",
         coulomb.times(kilogram, -1)
             .times(factor::two)
             .times(factor::three)
             .times(factor::roentgen_43)
             .times_ten(-6),
         takes::prefixes},
    atom{"RAD", joule.times(kilogram, -1).times_ten(-2), takes::prefixes},
    atom{"REM", joule.times(kilogram, -1).times_ten(-2), takes::prefixes},
    atom{"Bd", one.times(second, -1), takes::prefixes},
    atom{"bit", bit, takes::prefixes_and_binary},
    atom{"By", bit.times(factor::two, 3), takes::prefixes_and_binary},
    atom{"min", minute, takes::nothing},
    atom{"h", hour, takes::nothing},
    atom{"d", day, takes::nothing},
    atom{"wk", day.times(factor::seven), takes::nothing},
    atom{"a", year, takes::nothing},
    atom{"a_j", year, takes::nothing},
    atom{"a_g", day.times(factor::gregorian_digits).times_ten(-4), takes::nothing},
    atom{"a_t", day.times(factor::tropical_digits).times_ten(-5), takes::nothing},
    atom{"mo", year.times(factor::three, -1).times(factor::two, -2), takes::nothing},
    atom{"mo_j", year.times(factor::three, -1).times(factor::two, -2), takes::nothing},
    atom{"deg", degree, takes::nothing},
    atom{"\u00b0", degree, takes::nothing},
    atom{"'", degree.times(sixtieth, 1), takes::nothing},
    atom{"''", degree.times(sixtieth, 2), takes::nothing},
    atom{"gon", degree.times(factor::three, 2).times_ten(-1), takes::nothing},
    atom{"circ", radian.times(factor::two).times(factor::pi), takes::nothing},
    atom{"sph", steradian.times(factor::two, 2).times(factor::pi), takes::nothing},
    atom{"%", one.times_ten(-2), takes::nothing},
    atom{"[ppth]", one.times_ten(-3), takes::nothing},
    atom{"[ppm]", one.times_ten(-6), takes::nothing},
    atom{"[ppb]", one.times_ten(-9), takes::nothing},
    atom{"[pptr]", one.times_ten(-12), takes::nothing},
    atom{"10*", one.times_ten(1), takes::nothing},
    atom{"10^", one.times_ten(1), takes::nothing},
    atom{"[pi]", one.times(factor::pi), takes::nothing},
    atom{"[degR]", kelvin.times(factor::five).times(factor::three, -2), takes::nothing},
    atom{"Ao", metre.times_ten(-10), takes::nothing},
    atom{"[c]", metre.times(second, -1).times(factor::light_digits), takes::nothing},
    atom{"[g]", gravity, takes::nothing},
    atom{"[lbf_av]", pound_force, takes::nothing},
    atom{"[psi]", pound_force.times(inch, -2), takes::nothing},
    atom{"atm", atmosphere, takes::nothing},
    atom{"att", gravity.times(kilogram, 1).times(metre, -2).times_ten(4), takes::nothing},
    atom{"[in_i'Hg]", metre_of_mercury.times(inch, 1).times(metre, -1), takes::nothing},
    atom{"[in_i'H2O]", metre_of_water.times(inch, 1).times(metre, -1), takes::nothing},
    atom{"[Cal]", calorie.times_ten(3), takes::nothing},
    atom{"[Btu_IT]", joule.times(factor::btu_digits).times_ten(-8), takes::nothing},
    atom{"[HP]",
         foot.times(pound_force, 1)
             .times(second, -1)
             .times(factor::eleven)
             .times(factor::five)
             .times_ten(1),
         takes::nothing},
    atom{"[diop]", one.times(metre, -1), takes::nothing},
    atom{"[in_i]", inch, takes::nothing},
    atom{"[ft_i]", foot, takes::nothing},
    atom{"[yd_i]", yard, takes::nothing},
    atom{"[mi_i]", mile, takes::nothing},
    atom{"[fth_i]", yard.times(factor::two), takes::nothing},
    atom{"[hd_i]", inch.times(factor::two, 2), takes::nothing},
    atom{"[mil_i]", inch.times_ten(-3), takes::nothing},
    atom{"[nmi_i]", nautical_mile, takes::nothing},
    atom{"[kn_i]", nautical_mile.times(hour, -1), takes::nothing},
    atom{"[sin_i]", inch.times(inch, 1), takes::nothing},
    atom{"[sft_i]", foot.times(foot, 1), takes::nothing},
    atom{"[syd_i]", yard.times(yard, 1), takes::nothing},
    atom{"[cin_i]", inch.times(inch, 2), takes::nothing},
    atom{"[cft_i]", foot.times(foot, 2), takes::nothing},
    atom{"[cyd_i]", yard.times(yard, 2), takes::nothing},
    atom{"[cml_i]", inch.times(inch, 1).times_ten(-6).times(factor::pi).times(factor::two, -2),
         takes::nothing},
    atom{"[in_us]", survey_foot.times(factor::two, -2).times(factor::three, -1), takes::nothing},
    atom{"[ft_us]", survey_foot, takes::nothing},
    atom{"[yd_us]", survey_foot.times(factor::three), takes::nothing},
    atom{"[rd_us]", survey_rod, takes::nothing},
    atom{"[ch_us]", survey_rod.times(factor::two, 2), takes::nothing},
    atom{"[fur_us]", survey_rod.times(factor::two, 2).times_ten(1), takes::nothing},
    atom{"[mi_us]", survey_rod.times(factor::two, 5).times_ten(1), takes::nothing},
    atom{"[acr_us]", survey_rod.times(survey_rod, 1).times(factor::two, 4).times_ten(1),
         takes::nothing},
    atom{"[gal_us]", gallon, takes::nothing},
    atom{"[qt_us]", gallon.times(factor::two, -2), takes::nothing},
    atom{"[pt_us]", gallon.times(factor::two, -3), takes::nothing},
    atom{"[cup_us]", gallon.times(factor::two, -4), takes::nothing},
    atom{"[foz_us]", fluid_ounce, takes::nothing},
    atom{"[tbs_us]", fluid_ounce.times(factor::two, -1), takes::nothing},
    atom{"[tsp_us]", fluid_ounce.times(factor::two, -1).times(factor::three, -1), takes::nothing},
    atom{"[bbl_us]", gallon.times(factor::two).times(factor::three).times(factor::seven),
         takes::nothing},
    atom{"[gal_br]", imperial_gallon, takes::nothing},
    atom{"[pt_br]", imperial_gallon.times(factor::two, -3), takes::nothing},
    atom{"[foz_br]", imperial_gallon.times(factor::two, -4).times_ten(-1), takes::nothing},
    atom{"[lb_av]", pound, takes::nothing},
    atom{"[oz_av]", ounce, takes::nothing},
    atom{"[dr_av]", ounce.times(factor::two, -4), takes::nothing},
    atom{"[gr]", grain, takes::nothing},
    atom{"[stone_av]", pound.times(factor::two).times(factor::seven), takes::nothing},
    atom{"[ston_av]", pound.times(factor::two).times_ten(3), takes::nothing},
    atom{"[lton_av]", pound.times(factor::two, 6).times(factor::five).times(factor::seven),
         takes::nothing},
    atom{"[oz_tr]", troy_ounce, takes::nothing},
    atom{"[lb_tr]", troy_ounce.times(factor::two, 2).times(factor::three), takes::nothing},
    atom{"[pwt_tr]", grain.times(factor::two, 3).times(factor::three), takes::nothing},
    atom{"[car_m]", gram.times(factor::two).times_ten(-1), takes::nothing},
};

constexpr std::array temperature_scales{temperature_scale{"Cel", 27315, 1, 1},
                                        temperature_scale{"[degF]", 45967, 5, 9}};

template <class Table>
const auto *find_symbol(const Table &table, std::string_view symbol) noexcept {
    const auto *const found = std::find_if(
        table.begin(), table.end(), [symbol](const auto &entry) { return entry.symbol == symbol; });
    return found == table.end() ? nullptr : found;
}

std::optional<unit_scale> find_prefixed(std::string_view symbol) noexcept {
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

} // namespace

const temperature_scale *find_temperature(std::string_view symbol) noexcept {
    return find_symbol(temperature_scales, symbol);
}

std::optional<unit_scale> find_unit(std::string_view symbol) noexcept {
    if (symbol == "1") {
        return one;
    }
    const atom *a = find_symbol(atoms, symbol);
    return a != nullptr ? a->scale : find_prefixed(symbol);
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

} // namespace alidade
