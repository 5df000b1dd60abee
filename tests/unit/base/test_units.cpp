#include "base/text/units.hpp"

#include "unit/base/values_support.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <string>

namespace alidade {
namespace {

using test::code_of;
using test::message_of;
using test::must;

struct conversion {
    double x;
    const char *from;
    const char *to;
    double expected;
};

TEST(Units, ConvertToTheLastBit) {
    constexpr double pi = std::numbers::pi;
    const conversion conversions[] = {
        // lengths and prefixes
        {10, "um", "mm", 0.01},
        {0.01, "mm", "um", 10},
        {1, "m", "m", 1},
        {3, "mm", "m", 0.003},
        {0.1, "mm", "um", 100},
        {0.3, "m", "mm", 300},
        {633, "nm", "um", 0.633},
        {7, "um", "m", 0.000007},
        {1, "km", "cm", 100000},
        {1, "Ym", "Zm", 1000},
        {1, "Em", "Pm", 1000},
        {1, "Tm", "Gm", 1000},
        {1, "Mm", "km", 1000},
        {1, "hm", "dam", 10},
        {1, "dam", "dm", 100},
        {1, "dm", "cm", 10},
        {1, "mm", "um", 1000},
        {1, "nm", "pm", 1000},
        {1, "fm", "am", 1000},
        {1, "zm", "ym", 1000},
        {1, "Ym", "ym", 1e48},
        {1, "ym", "Ym", 1e-48},
        {5, "\u00b5m", "mm", 0.005},
        {5, "\u03bcm", "mm", 0.005},
        // mass, time
        {1, "kg", "g", 1000},
        {2.5, "mg", "ug", 2500},
        {1, "u", "kg", 1.6605390666e-27},
        {1, "ku", "u", 1000},
        {90, "min", "h", 1.5},
        {1, "d", "s", 86400},
        {1, "h", "ms", 3600000},
        {50, "ms", "s", 0.05},
        {1, "s", "min", 1.0 / 60},
        // angles
        {180, "deg", "rad", pi},
        {90, "\u00b0", "rad", pi / 2},
        {1, "deg", "rad", 0.017453292519943295769},
        {1, "rad", "deg", 57.295779513082320877},
        {1, "''", "urad", 4.8481368110953599359},
        {1, "u", "eV.s2/m2", 1.0364269652680504639e-8},
        {1, "deg", "'", 60},
        {1, "deg", "''", 3600},
        {30, "'", "deg", 0.5},
        {1, "''", "'", 1.0 / 60},
        {1, "rad", "mrad", 1000},
        {1, "deg2", "'2", 3600},
        {1, "sr", "rad2", 1},
        // electricity, energy, pressure
        {1, "kV", "V", 1000},
        {1.5, "mA", "uA", 1500},
        {1, "V.A", "W", 1},
        {1, "V/A", "Ohm", 1},
        {1, "kOhm", "Ohm", 1000},
        {1, "S", "Ohm-1", 1},
        {1, "A.s", "C", 1},
        {1, "C/V", "F", 1},
        {1, "pF", "nF", 0.001},
        {1, "J", "N.m", 1},
        {1, "W.s", "J", 1},
        {3, "mW", "uW", 3000},
        {1, "eV", "J", 1.602176634e-19},
        {1, "keV", "eV", 1000},
        {1, "mT", "T", 0.001},
        {1, "bar", "Pa", 100000},
        {1013.25, "mbar", "hPa", 1013.25},
        {1, "N/m2", "Pa", 1},
        {1, "kg.m.s-2", "N", 1},
        {1, "kg.m2/s3", "W", 1},
        {1, "V.s/m2", "T", 1},
        {1, "kJ/mol", "J/mol", 1000},
        {1, "kJ/mol/K", "J/mol/K", 1000},
        // volumes, flows, speeds, rates
        {1, "L", "l", 1},
        {1, "mL", "uL", 1000},
        {1, "m3", "L", 1000},
        {1, "cm3", "ml", 1},
        {1, "mm2", "m2", 0.000001},
        {60, "mm/s", "m/min", 3.6},
        {1, "m/s", "km/h", 3.6},
        {1200, "1/min", "Hz", 20},
        {20, "Hz", "/min", 1200},
        {1, "s-1", "Hz", 1},
        {2, "MHz", "1/us", 2},
        {1, "deg/s", "'/s", 60},
        {9, "m.s-1", "m/s", 9},
        {9, "m.s-2", "m/s2", 9},
        {9, "m+1", "m", 9},
        {1, "m/s/s", "m/s2", 1},
        // plain numbers
        {50, "%", "1", 0.5},
        {1, "1", "%", 100},
        {1, "", "1", 1},
        {1, "[ppth]", "%", 0.1},
        {1, "%", "[ppm]", 10000},
        {3, "m/m", "1", 3},
        {3, "mm/m", "[ppth]", 3},
        {1, "mm/m", "1", 0.001},
        // light, substance, data
        {1, "lx", "lm/m2", 1},
        {1, "lm", "cd.sr", 1},
        {1, "mmol/L", "mol/m3", 1},
        {1, "By", "bit", 8},
        {1, "KiBy", "By", 1024},
        {1, "MiBy", "KiBy", 1024},
        {1, "GiBy", "MiBy", 1024},
        {1, "TiBy", "GiBy", 1024},
        {1, "kBy", "By", 1000},
        {1, "Kibit", "By", 128},
        {8, "Mbit/s", "MBy/s", 1},
        // customary and other units
        {1, "[in_i]", "mm", 25.4},
        {1, "[ft_i]", "[in_i]", 12},
        {1, "[mi_i]", "km", 1.609344},
        {1, "[nmi_i]", "m", 1852},
        {1, "[lb_av]", "kg", 0.45359237},
        {7000, "[gr]", "[lb_av]", 1},
        {1, "[oz_av]", "g", 28.349523125},
        {100, "gon", "deg", 90},
        {1, "atm", "Pa", 101325},
        {1, "mm[Hg]", "Pa", 133.322},
        {1, "wk", "d", 7},
        {4, "a", "d", 1461},
        {1, "kgf", "N", 9.80665},
        {1, "cal", "J", 4.184},
        {1, "Ao", "pm", 100},
        {1, "[gal_us]", "L", 3.785411784},
        {1, "dB", "B", 0.1},
        {10, "G", "mT", 1},
        {1, "circ", "deg", 360},
        {10, "10*-6.[in_i]", "nm", 254},
        // temperatures
        {25, "Cel", "K", 298.15},
        {0, "K", "Cel", -273.15},
        {298.15, "K", "Cel", 25},
        {300, "mK", "K", 0.3},
        {273150, "mK", "Cel", 0},
        {0, "Cel", "mK", 273150},
        {100, "Cel", "[degF]", 212},
        {37, "Cel", "[degF]", 98.6},
        {-40, "Cel", "[degF]", -40},
        {32, "[degF]", "Cel", 0},
        {451, "[degF]", "Cel", 2095.0 / 9},
        {-459.67, "[degF]", "K", 0},
        {21.5, "Cel", "Cel", 21.5},
    };
    for (const conversion &c : conversions) {
        EXPECT_EQ(must(convert_unit(c.x, c.from, c.to)), c.expected)
            << c.x << ' ' << c.from << " to " << c.to;
    }
}

TEST(Units, KeepWhatIsNoOrdinaryNumber) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    EXPECT_TRUE(std::isnan(must(convert_unit(std::nan(""), "um", "mm"))));
    EXPECT_EQ(must(convert_unit(infinity, "um", "mm")), infinity);
    EXPECT_EQ(must(convert_unit(-infinity, "mm", "um")), -infinity);
    EXPECT_TRUE(std::signbit(must(convert_unit(-0.0, "um", "mm"))));
    EXPECT_EQ(must(convert_unit(1e300, "Ym", "ym")), infinity);
    EXPECT_EQ(must(convert_unit(5e-324, "mm", "mm")), 5e-324);
    EXPECT_EQ(must(convert_unit(1.7e308, "mm", "mm")), 1.7e308);
    EXPECT_EQ(must(convert_unit(1.7e308, "mm", "m")), 1.7e308 / 1000);
}

TEST(Units, ThereAndBackAgain) {
    for (const auto &[a, b] : {std::pair{"um", "mm"},
                               {"deg", "rad"},
                               {"eV", "J"},
                               {"h", "s"},
                               {"bar", "mbar"},
                               {"KiBy", "bit"},
                               {"u", "g"}}) {
        for (const double x : {1.0, 0.1, 123.456, 1e-7, 9.87e9}) {
            const double there = must(convert_unit(x, a, b));
            EXPECT_NEAR(must(convert_unit(there, b, a)), x, std::abs(x) * 4e-16) << a << ' ' << b;
        }
    }
}

struct refused {
    const char *from;
    const char *to;
    const char *message;
};

TEST(Units, SayWhyTheyDoNotConvert) {
    const refused cases[] = {
        {"mm", "deg", "cannot convert 'mm' (length) to 'deg' (plane angle)"},
        {"deg", "1", "cannot convert 'deg' (plane angle) to '1' (a plain number)"},
        {"rad", "%", "cannot convert 'rad' (plane angle) to '%' (a plain number)"},
        {"rad/s", "Hz", "cannot convert 'rad/s' (angular speed) to 'Hz' (frequency)"},
        {"Cel", "mm", "cannot convert 'Cel' (temperature) to 'mm' (length)"},
        {"kg.m2/s", "J", "cannot convert 'kg.m2/s' (m2.kg.s-1) to 'J' (energy)"},
        {"bit", "1", "cannot convert 'bit' (amount of data) to '1' (a plain number)"},
        {"mol", "1", "cannot convert 'mol' (amount of substance) to '1' (a plain number)"},
        {"foo", "m", "unknown unit 'foo'"},
        {"m", "degC", "unknown unit 'degC' (did you mean 'Cel'?)"},
        {"\u00b0C", "K", "unknown unit '\u00b0C' (did you mean 'Cel'?)"},
        {"degF", "K", "unknown unit 'degF' (did you mean '[degF]'?)"},
        {"hz", "Hz", "unknown unit 'hz' (did you mean 'Hz'?)"},
        {"ohm", "Ohm", "unknown unit 'ohm' (did you mean 'Ohm'?)"},
        {"k\u03a9", "Ohm", "unknown unit 'k\u03a9' (did you mean 'kOhm'?)"},
        {"ppm", "1", "unknown unit 'ppm' (did you mean '[ppm]'?)"},
        {"arcsec", "deg", "unknown unit 'arcsec' (did you mean ''''?)"},
        {"micron", "mm", "unknown unit 'micron' (did you mean 'um'?)"},
        {"mm/sec", "m/s", "unknown unit 'sec' in 'mm/sec' (did you mean 'mm/s'?)"},
        {"Cel/min", "K/min",
         "'Cel' has a zero of its own and stands alone, not in 'Cel/min'; write 'K' for "
         "differences"},
        {"W/Cel", "W/K",
         "'Cel' has a zero of its own and stands alone, not in 'W/Cel'; write 'K' for differences"},
        {"Cel2", "K2",
         "'Cel' has a zero of its own and stands alone, not in 'Cel2'; write 'K' for differences"},
    };
    for (const refused &r : cases) {
        const auto converted = convert_unit(1, r.from, r.to);
        EXPECT_EQ(code_of(converted), ALD_E_INVALID) << r.from;
        EXPECT_EQ(message_of(converted), r.message);
    }
}

struct typed {
    const char *text;
    const char *ucum;
};

TEST(Units, NameTheSpellingOfUcum) {
    const typed spellings[] = {
        {"Torr", "mm[Hg]"},
        {"torr", "mm[Hg]"},
        {"mTorr", "um[Hg]"},
        {"mmHg", "mm[Hg]"},
        {"psi", "[psi]"},
        {"PSI", "[psi]"},
        {"\u00b0C", "Cel"},
        {"deg C", "Cel"},
        {"\u2103", "Cel"},
        {"degC", "Cel"},
        {"\u00b0F", "[degF]"},
        {"mW/cm^2", "mW/cm2"},
        {"mW/cm\u00b2", "mW/cm2"},
        {"cm\u00b2", "cm2"},
        {"m\u00b3", "m3"},
        {"m\u207b\u00b9", "m-1"},
        {"m**2", "m2"},
        {"N*m", "N.m"},
        {"N\u00b7m", "N.m"},
        {"N m", "N.m"},
        {"rpm", "/min"},
        {"k\u03a9", "kOhm"},
        {"M\u2126", "MOhm"},
        {" mm", "mm"},
        {"mm ", "mm"},
        {"mm / s", "mm/s"},
        {"in", "[in_i]"},
        {"inch", "[in_i]"},
        {"inches", "[in_i]"},
        {"lb/in", "[lb_av]/[in_i]"},
        {"micron", "um"},
        {"microns/sec", "um/s"},
        {"\u00c5", "Ao"},
        {"\u212b", "Ao"},
        {"angstrom", "Ao"},
        {"ppm", "[ppm]"},
        {"ppb", "[ppb]"},
        {"hours", "h"},
        {"hr", "h"},
        {"minutes", "min"},
        {"days", "d"},
        {"weeks", "wk"},
        {"year", "a"},
        {"millimeters", "mm"},
        {"Millimetre", "mm"},
        {"nanometer", "nm"},
        {"volts", "V"},
        {"kilohertz", "kHz"},
        {"MHZ", "MHz"},
        {"counts", "{count}"},
        {"counts/s", "{count}/s"},
        {"steps", "{step}"},
        {"px", "{px}"},
        {"percent", "%"},
        {"gauss", "G"},
        {"amu", "u"},
        {"KB/s", "kBy/s"},
        {"kmh", "km/h"},
        {"khz", "kHz"},
        {"gradian", "gon"},
        {"arcsec", "''"},
    };
    for (const typed &t : spellings) {
        const auto converted = convert_unit(1, t.text, t.text);
        EXPECT_EQ(code_of(converted), ALD_E_INVALID) << t.text;
        const std::string hint = std::string("(did you mean '") + t.ucum + "'?)";
        EXPECT_NE(message_of(converted).find(hint), std::string::npos)
            << t.text << ": " << message_of(converted);
        EXPECT_EQ(must(convert_unit(1, t.ucum, t.ucum)), 1) << t.ucum;
    }
    for (const char *level : {"dBm", "dBV", "mV.dBm"}) {
        EXPECT_NE(message_of(convert_unit(1, level, "W")).find("a level over a reference"),
                  std::string::npos)
            << level;
    }
    EXPECT_EQ(message_of(convert_unit(1, "ft", "mm")),
              "cannot convert 'ft' (mass) to 'mm' (length); did you mean '[ft_i]'?");
    EXPECT_NE(message_of(convert_unit(1, "m/s", "mph")).find("did you mean '[mi_i]/h'?"),
              std::string::npos);
    for (const char *right : {"%", "min", "\u00b5m", "\u03bcm", "dB", "Hz", "cm-1", "1/cm"}) {
        EXPECT_EQ(must(convert_unit(1, right, right)), 1) << right;
    }
}

TEST(Units, HaveParenthesesAndAnnotations) {
    for (const auto &[a, b] : {std::pair{"kg/(m.s2)", "Pa"},
                               {"W/(m2.sr)", "W/m2/sr"},
                               {"(m/s)/(s)", "m/s2"},
                               {"/(m.s)", "m-1.s-1"},
                               {"((m))", "m"},
                               {"J/(mol.(K))", "J/mol/K"},
                               {"{count}", "1"},
                               {"{count}/s", "Hz"},
                               {"mm{rms}", "mm"},
                               {"m2{beam}/s", "m2/s"},
                               {"kg{dry-mass}.m", "kg.m"},
                               {"/{cell}", "1"},
                               {"10*-6.{event}", "[ppm]"},
                               {"10^3.m", "km"}}) {
        EXPECT_EQ(must(convert_unit(2, a, b)), 2) << a << ' ' << b;
    }
    for (const char *unit :
         {"(m", "m)", "()", "(m)2", "m(s)", "(m)(s)", "(/m)", "{", "}", "{a", "a}", "{a}}", "{{a}}",
          "{a b}", "{\u00b5}", "{a}{b}", "{a}m", "(m))"}) {
        EXPECT_EQ(code_of(convert_unit(1, unit, unit)), ALD_E_INVALID) << unit;
    }
    const std::string deep = std::string(63, '(') + "m" + std::string(63, ')');
    EXPECT_EQ(must(convert_unit(1, deep, "m")), 1);
}

TEST(Units, RefuseWhatUcumDoesNotWriteLikeThat) {
    for (const char *unit : {
             "mmm",     "kkg",     "Kim",  "Kis",     "mmin",  "kd",      "mh",     "kdeg",
             "m%",      "k[ppm]",  "mCel", "m[degF]", "m.",    ".m",      "m..s",   "m/",
             "//m",     "m//s",    "/",    ".",       "m s",   " m",      "m ",     "m^2",
             "m**2",    "m*s",     "m0",   "m-0",     "m100",  "m--1",    "m-",     "2m",
             "10",      "1.5",     "0",    "M",       "meter", "MM",      "m\n",    "\u00b5",
             "\u00b0/", "m\u00b2", "'''",  "\"",      "m2s",   "m[in_i]", "k[psi]",
         }) {
        EXPECT_EQ(code_of(convert_unit(1, unit, unit)), ALD_E_INVALID) << unit;
    }
    EXPECT_EQ(code_of(convert_unit(1, "m\xff", "m")), ALD_E_INVALID);
    EXPECT_EQ(code_of(convert_unit(1, std::string_view("m\0", 2), "m")), ALD_E_INVALID);
    EXPECT_EQ(code_of(convert_unit(1, std::string(1000000, 'm'), "m")), ALD_E_INVALID);
    EXPECT_EQ(code_of(convert_unit(1, "m99999999999999999999", "m")), ALD_E_INVALID);
}

TEST(Units, SurviveExtremePowers) {
    std::string huge = "Ym99";
    for (int i = 0; i < 20; ++i) {
        huge += ".Ym99";
    }
    std::string tiny = huge;
    for (std::size_t at = 0; (at = tiny.find('Y', at)) != std::string::npos;) {
        tiny[at] = 'y';
    }
    EXPECT_EQ(must(convert_unit(1, huge, tiny)), std::numeric_limits<double>::infinity());
    EXPECT_EQ(must(convert_unit(1, tiny, huge)), 0.0);
    EXPECT_EQ(must(convert_unit(7, huge, huge)), 7.0);
}

} // namespace
} // namespace alidade
