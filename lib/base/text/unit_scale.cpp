#include "base/text/unit_scale.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <string_view>

namespace alidade {

namespace {

using dimensions = std::array<int, dimension_count>;

// A number of twice a double's digits: the sum of both. Precise enough that a ratio of powers is
// rounded once, when it becomes a double again.
struct wide {
    double high;
    double low = 0;
};

wide normalized(double high, double low) noexcept {
    const double sum = high + low;
    return {sum, low - (sum - high)};
}

wide operator*(const wide &a, const wide &b) noexcept {
    const double product = a.high * b.high;
    const double error = std::fma(a.high, b.high, -product);
    return normalized(product, error + (a.high * b.low + a.low * b.high));
}

wide operator/(const wide &a, const wide &b) noexcept {
    const double quotient = a.high / b.high;
    const double remainder = std::fma(-quotient, b.high, a.high) + (a.low - quotient * b.low);
    return normalized(quotient, remainder / b.high);
}

// But for 2, which only moves the exponent of a double.
constexpr std::array<wide, factor_count> factor_values{
    wide{2},          wide{3},           wide{5},
    wide{7},          wide{11},          wide{127},
    wide{31},         wide{463},         wide{487},
    wide{193},        wide{523},         wide{1163},
    wide{37},         wide{43},          wide{std::numbers::pi, 1.2246467991473532e-16},
    wide{1602176634}, wide{16605390666}, wide{45359237},
    wide{980665},     wide{133322},      wide{454609},
    wide{3652425},    wide{36524219},    wide{105505585262},
    wide{299792458}};

// The product of the factors with positive (sign 1) or negative (sign -1) powers.
wide product(const std::array<int, factor_count> &powers, int sign) noexcept {
    wide x{1};
    for (std::size_t i = 1; i < factor_count; ++i) {
        for (int n = sign * powers[i]; n > 0 && std::isfinite(x.high); --n) {
            x = x * factor_values[i];
        }
    }
    return std::isfinite(x.high) ? x : wide{std::numeric_limits<double>::infinity()};
}

double multiply_divide(double x, const wide &a, const wide &b) noexcept {
    if (x == 0) {
        return x; // with its sign
    }
    const wide precise = wide{x} * a / b;
    const bool in_range = std::isfinite(precise.high) && std::isfinite(precise.low);
    return in_range ? precise.high : x / b.high * a.high;
}

struct quantity {
    dimensions powers;
    std::string_view name;
};

// The last ones are 0 where they do not stand.
//                         m  kg   s  A  K mol cd rad bit
constexpr std::array quantities{
    quantity{dimensions{0, 0, 0, 0, 0, 0, 0, 0, 0}, "a plain number"},
    quantity{dimensions{1, 0, 0, 0, 0, 0, 0, 0, 0}, "length"},
    quantity{dimensions{0, 1, 0, 0, 0, 0, 0, 0, 0}, "mass"},
    quantity{dimensions{0, 0, 1, 0, 0, 0, 0, 0, 0}, "time"},
    quantity{dimensions{0, 0, 0, 1, 0, 0, 0, 0, 0}, "electric current"},
    quantity{dimensions{0, 0, 0, 0, 1, 0, 0, 0, 0}, "temperature"},
    quantity{dimensions{0, 0, 0, 0, 0, 1, 0, 0, 0}, "amount of substance"},
    quantity{dimensions{0, 0, 0, 0, 0, 0, 1, 0, 0}, "luminous intensity"},
    quantity{dimensions{0, 0, 0, 0, 0, 0, 0, 1, 0}, "plane angle"},
    quantity{dimensions{0, 0, 0, 0, 0, 0, 0, 2, 0}, "solid angle"},
    quantity{dimensions{0, 0, 0, 0, 0, 0, 0, 0, 1}, "amount of data"},
    quantity{dimensions{0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, "level"},
    quantity{dimensions{2, 0, 0, 0, 0, 0, 0, 0, 0}, "area"},
    quantity{dimensions{3, 0, 0, 0, 0, 0, 0, 0, 0}, "volume"},
    quantity{dimensions{1, 0, -1, 0, 0, 0, 0, 0, 0}, "speed"},
    quantity{dimensions{1, 0, -2, 0, 0, 0, 0, 0, 0}, "acceleration"},
    quantity{dimensions{0, 0, -1, 0, 0, 0, 0, 0, 0}, "frequency"},
    quantity{dimensions{0, 0, -1, 0, 0, 0, 0, 1, 0}, "angular speed"},
    quantity{dimensions{0, 0, -1, 0, 0, 0, 0, 0, 1}, "data rate"},
    quantity{dimensions{-3, 1, 0, 0, 0, 0, 0, 0, 0}, "density"},
    quantity{dimensions{1, 1, -2, 0, 0, 0, 0, 0, 0}, "force"},
    quantity{dimensions{2, 1, -2, 0, 0, 0, 0, 0, 0}, "energy"},
    quantity{dimensions{2, 1, -3, 0, 0, 0, 0, 0, 0}, "power"},
    quantity{dimensions{-1, 1, -2, 0, 0, 0, 0, 0, 0}, "pressure"},
    quantity{dimensions{0, 0, 1, 1, 0, 0, 0, 0, 0}, "electric charge"},
    quantity{dimensions{2, 1, -3, -1, 0, 0, 0, 0, 0}, "voltage"},
    quantity{dimensions{-2, -1, 4, 2, 0, 0, 0, 0, 0}, "capacitance"},
    quantity{dimensions{2, 1, -3, -2, 0, 0, 0, 0, 0}, "electric resistance"},
    quantity{dimensions{-2, -1, 3, 2, 0, 0, 0, 0, 0}, "electric conductance"},
    quantity{dimensions{0, 1, -2, -1, 0, 0, 0, 0, 0}, "magnetic flux density"},
    quantity{dimensions{2, 1, -2, -1, 0, 0, 0, 0, 0}, "magnetic flux"},
    quantity{dimensions{2, 1, -2, -2, 0, 0, 0, 0, 0}, "inductance"},
    quantity{dimensions{-1, 1, -1, 0, 0, 0, 0, 0, 0}, "viscosity"},
    quantity{dimensions{-1, 0, 0, 0, 0, 0, 0, 0, 0}, "wavenumber"},
    quantity{dimensions{0, 0, 0, 0, 0, 0, 1, 2, 0}, "luminous flux"},
    quantity{dimensions{-2, 0, 0, 0, 0, 0, 1, 2, 0}, "illuminance"},
};

std::string base_units(const dimensions &powers) {
    constexpr std::array<std::string_view, dimension_count> names{"m",   "kg", "s",   "A",   "K",
                                                                  "mol", "cd", "rad", "bit", "B"};
    std::string text;
    for (std::size_t i = 0; i < dimension_count; ++i) {
        if (powers[i] != 0) {
            text += text.empty() ? "" : ".";
            text += names[i];
            text += powers[i] == 1 ? "" : std::to_string(powers[i]);
        }
    }
    return text;
}

} // namespace

double rescale(double x, const unit_scale &from, const unit_scale &to) noexcept {
    const unit_scale ratio = from.times(to, -1);
    const double scaled = multiply_divide(x, product(ratio.factors, 1), product(ratio.factors, -1));
    return std::ldexp(scaled, ratio.factors[static_cast<std::size_t>(factor::two)]);
}

std::string quantity_of(const unit_scale &unit) {
    const auto *const known =
        std::find_if(quantities.begin(), quantities.end(),
                     [&unit](const quantity &q) { return q.powers == unit.dimensions; });
    return known == quantities.end() ? base_units(unit.dimensions) : std::string(known->name);
}

} // namespace alidade
