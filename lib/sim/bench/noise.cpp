#include "sim/bench/noise.hpp"

namespace alidade::noise {

namespace {

// Below this mean the numbers are counted out, above it a normal deviate with the third moment put
// right cannot be told from them.
constexpr double counted_out = 30;

template <std::size_t N> double polynomial(const double (&c)[N], double x) noexcept {
    double y = c[0];
    for (std::size_t i = 1; i < N; ++i) {
        y = y * x + c[i];
    }
    return y;
}

// Acklam's rational functions for the inverse of the normal distribution; relative error 1.2e-9.
constexpr double a[] = {-3.969683028665376e+01, 2.209460984245205e+02,  -2.759285104469687e+02,
                        1.383577518672690e+02,  -3.066479806614716e+01, 2.506628277459239e+00};
constexpr double b[] = {-5.447609879822406e+01, 1.615858368580409e+02,  -1.556989798598866e+02,
                        6.680131188771972e+01,  -1.328068155288572e+01, 1};
constexpr double c[] = {-7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838e+00,
                        -2.549732539343734e+00, 4.374664141464968e+00,  2.938163982698783e+00};
constexpr double d[] = {7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00,
                        3.754408661907416e+00, 1};
constexpr double tail = 0.02425;

double below(double p) noexcept {
    const double q = std::sqrt(-2 * std::log(p));
    return polynomial(c, q) / polynomial(d, q);
}

} // namespace

double normal(std::uint32_t bits) noexcept {
    const double p = uniform(bits);
    if (p < tail) {
        return below(p);
    }
    if (p > 1 - tail) {
        return -below(1 - p);
    }
    const double q = p - 0.5;
    const double r = q * q;
    return polynomial(a, r) * q / polynomial(b, r);
}

double poisson(double mean, std::uint32_t bits) noexcept {
    if (!(mean > 0)) {
        return 0;
    }
    if (mean >= counted_out) {
        // Rounding and the term of the third moment add 1/12 and 1/18 to the variance.
        const double z = normal(bits);
        const double n = mean + std::sqrt(mean - 5.0 / 36) * z + (z * z - 1) / 6;
        return n > 0 ? std::floor(n + 0.5) : 0;
    }
    double left = uniform(bits);
    double probability = std::exp(-mean);
    double n = 0;
    while (left > probability && n < 4 * counted_out) {
        left -= probability;
        ++n;
        probability *= mean / n;
    }
    return n;
}

} // namespace alidade::noise
