// Scale of a unit, and its dimension: exact, as products of powers.
#pragma once

#include <array>
#include <cstddef>
#include <string>

namespace alidade {

enum class dimension : std::size_t {
    length,
    mass,
    time,
    current,
    temperature,
    amount,
    luminous_intensity,
    plane_angle,
    data,
    // Level: the logarithm of a ratio, in bel; nobody knows whether of powers or of amplitudes.
    level
};
constexpr std::size_t dimension_count = 10;

// All that the sizes of the known units are made of. As powers of these, scales multiply, divide
// and cancel without rounding.
enum class factor : std::size_t {
    two,
    three,
    five,
    seven,
    eleven,
    inch_127,
    survey_31,
    nautical_463,
    julian_487,
    atmosphere_193,
    calorie_523,
    calorie_1163,
    curie_37,
    roentgen_43,
    pi,
    electronvolt_digits,
    dalton_digits,
    pound_digits,
    gravity_digits,
    mercury_digits,
    imperial_digits,
    gregorian_digits,
    tropical_digits,
    btu_digits,
    light_digits
};
constexpr std::size_t factor_count = 25;

struct unit_scale {
    std::array<int, dimension_count> dimensions{};
    std::array<int, factor_count> factors{};

    [[nodiscard]] constexpr unit_scale times(dimension d, int power = 1) const noexcept {
        unit_scale result = *this;
        result.dimensions[static_cast<std::size_t>(d)] += power;
        return result;
    }
    [[nodiscard]] constexpr unit_scale times(factor f, int power = 1) const noexcept {
        unit_scale result = *this;
        result.factors[static_cast<std::size_t>(f)] += power;
        return result;
    }
    [[nodiscard]] constexpr unit_scale times_ten(int power) const noexcept {
        return times(factor::two, power).times(factor::five, power);
    }
    // Product of this unit with `other` to the given power.
    [[nodiscard]] constexpr unit_scale times(const unit_scale &other, int power) const noexcept {
        unit_scale result = *this;
        for (std::size_t i = 0; i < dimension_count; ++i) {
            result.dimensions[i] += power * other.dimensions[i];
        }
        for (std::size_t i = 0; i < factor_count; ++i) {
            result.factors[i] += power * other.factors[i];
        }
        return result;
    }
};

// x units of scale `from` as a number of units of scale `to`, the nearest double for all but
// extreme powers. Precondition: the same dimensions.
[[nodiscard]] double rescale(double x, const unit_scale &from, const unit_scale &to) noexcept;

// Quantity of a unit: "length", "plane angle", or "kg.m2.s-1" where there is no word.
[[nodiscard]] std::string quantity_of(const unit_scale &unit);

} // namespace alidade
