#include "base/unit_scale.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <string_view>

namespace alidade {

namespace {

using dimensions = std::array<int, dimension_count>;

// Values of the factors but 2, which only moves the exponent of a double.
constexpr std::array<double, factor_count> factor_values{
    2.0, 3.0, 5.0, std::numbers::pi, 1602176634.0, 16605390666.0};

// The product of the factors with positive (sign 1) or negative (sign -1) powers.
double product(const std::array<int, factor_count> &powers, int sign) noexcept {
    double x = 1;
    for (std::size_t i = 1; i < factor_count; ++i) {
        for (int n = sign * powers[i]; n > 0; --n) {
            x *= factor_values[i];
        }
    }
    return x;
}

// x * a / b with the errors of both steps carried along.
double multiply_divide(double x, double a, double b) noexcept {
    const double scaled = x * a;
    const double scaled_error = std::fma(x, a, -scaled);
    const double quotient = scaled / b;
    const double remainder = std::fma(-quotient, b, scaled) + scaled_error;
    const double corrected = remainder == 0 ? quotient : quotient + remainder / b;
    return std::isfinite(corrected) ? corrected : x / b * a;
}

struct quantity {
    dimensions powers;
    std::string_view name;
};

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
    quantity{dimensions{0, 0, 0, 0, 0, 0, 1, 2, 0}, "luminous flux"},
    quantity{dimensions{-2, 0, 0, 0, 0, 0, 1, 2, 0}, "illuminance"},
};

std::string base_units(const dimensions &powers) {
    constexpr std::array<std::string_view, dimension_count> names{"m",   "kg", "s",   "A",  "K",
                                                                  "mol", "cd", "rad", "bit"};
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
