#include "base/text/units.hpp"

#include "base/text/text.hpp"
#include "base/text/unit_parser.hpp"
#include "base/text/unit_spellings.hpp"

#include <cmath>

namespace alidade {

namespace {

constexpr unit_scale kelvin = unit_scale().times(dimension::temperature);

double zero_of(const temperature_scale &t) noexcept { return t.hundredths / 100.0; }

double to_kelvin(double x, const temperature_scale &t) noexcept {
    return (x + zero_of(t)) * t.numerator / t.denominator;
}

double from_kelvin(double x, const temperature_scale &t) noexcept {
    return x * t.denominator / t.numerator - zero_of(t);
}

// Not by way of the kelvin, whose larger numbers would take digits away: 37 Cel is 98.6 [degF].
double between(double x, const temperature_scale &from, const temperature_scale &to) noexcept {
    const int numerator = from.numerator * to.denominator;
    const int denominator = from.denominator * to.numerator;
    const int zero = from.hundredths * numerator - to.hundredths * denominator;
    return std::fma(x, numerator, zero / 100.0) / denominator;
}

double convert(double x, const parsed_unit &from, const parsed_unit &to) noexcept {
    if (from.temperature != nullptr && to.temperature != nullptr) {
        return between(x, *from.temperature, *to.temperature);
    }
    if (from.temperature != nullptr) {
        return rescale(to_kelvin(x, *from.temperature), kelvin, to.scale);
    }
    if (to.temperature != nullptr) {
        return from_kelvin(rescale(x, from.scale, kelvin), *to.temperature);
    }
    return rescale(x, from.scale, to.scale);
}

} // namespace

result<double> convert_unit(double x, std::string_view from, std::string_view to) {
    const auto source = parse_unit(from);
    if (!source) {
        return failure(source.error());
    }
    const auto target = parse_unit(to);
    if (!target) {
        return failure(target.error());
    }
    if (source->scale.dimensions != target->scale.dimensions) {
        const auto known = likely_meaning(from);
        const auto meant = known ? known : likely_meaning(to);
        return fail(ALD_E_INVALID, "units", "cannot convert {} ({}) to {} ({}){}", shown(from),
                    quantity_of(source->scale), shown(to), quantity_of(target->scale),
                    meant ? fmt::format("; did you mean '{}'?", *meant) : std::string());
    }
    const double converted = convert(x, *source, *target);
    if (std::isnan(converted) && !std::isnan(x)) {
        return fail(ALD_E_INVALID, "units",
                    "the powers in {} and {} are beyond what a double can hold", shown(from),
                    shown(to));
    }
    return converted;
}

} // namespace alidade
