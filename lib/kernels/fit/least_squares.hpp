// Weighted nonlinear least squares for models of a few parameters: the method of Levenberg and
// Marquardt, as in J. J. Moré, "The Levenberg-Marquardt algorithm: implementation and theory",
// Lecture Notes in Mathematics 630 (1978), with the damped steps solved by orthogonal
// transformations, so that badly scaled parameters lose no more digits than they must.
#pragma once

#include "base/error.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string_view>

namespace alidade::fit {

constexpr std::size_t most_parameters = 8;
using parameters = std::array<double, most_parameters>;

struct points {
    std::span<const double> x;
    std::span<const double> y;
    // Standard deviations of y; empty if they are not known.
    std::span<const double> sigma;
};

// Puts the model's values at all points into `values` and, unless it is empty, the derivatives to
// each parameter into `derivatives`: all points of the first parameter, then of the second.
using evaluation = std::function<outcome(std::span<const double> at, std::span<double> values,
                                         std::span<double> derivatives)>;

// Bounds within which parameters stay; a fixed one has two that are equal.
struct box {
    parameters lower = filled(-std::numeric_limits<double>::infinity());
    parameters upper = filled(std::numeric_limits<double>::infinity());

    [[nodiscard]] bool fixed(std::size_t k) const noexcept { return lower[k] == upper[k]; }
    [[nodiscard]] bool bounded(std::size_t k) const noexcept {
        return lower[k] > -std::numeric_limits<double>::infinity() ||
               upper[k] < std::numeric_limits<double>::infinity();
    }
    [[nodiscard]] double nearest(std::size_t k, double x) const noexcept {
        return std::clamp(x, lower[k], upper[k]);
    }
    [[nodiscard]] bool has(const parameters &at) const noexcept {
        for (std::size_t k = 0; k < most_parameters; ++k) {
            if (nearest(k, at[k]) != at[k]) {
                return false;
            }
        }
        return true;
    }
    [[nodiscard]] std::size_t free_of(std::size_t count) const noexcept {
        std::size_t all = 0;
        for (std::size_t k = 0; k < count; ++k) {
            all += fixed(k) ? 0 : 1;
        }
        return all;
    }

private:
    static constexpr parameters filled(double x) noexcept { return {x, x, x, x, x, x, x, x}; }
};

struct solution {
    parameters best{};
    // Bits of the parameters that stand at one of their bounds and would go on beyond.
    std::uint64_t at_bound = 0;
    // Row by row, `most_parameters` apart.
    std::array<double, most_parameters * most_parameters> covariance{};
    // Sum of squared residuals over sigma, or of residuals where sigma is not known.
    double chi_squared = 0;
    int iterations = 0;
};

// STATE if it does not converge, INVALID if the points do not determine a parameter (the error
// names it by `names`). Without sigma the covariance follows from the scatter of the points. What
// is fixed or stands at a bound has no error: the covariance is that of the others. `start` is
// within the bounds, and so is all that is evaluated.
[[nodiscard]] result<solution> least_squares(const points &data, const evaluation &evaluate,
                                             std::span<const double> start,
                                             std::span<const std::string_view> names,
                                             const box &within = {});

// A curve's values at all x and, unless it is empty, their derivatives, as in `evaluation`.
using curve = void (*)(std::span<const double> at, std::span<const double> x,
                       std::span<double> values, std::span<double> derivatives) noexcept;

// End of a descent.
struct descent {
    parameters at{};
    double chi_squared = 0;
    // False where it was given up, and where the points do not determine all parameters.
    bool minimum = false;
};

// Descends by at most `steps` steps: to compare starts.
[[nodiscard]] result<descent> descend(const points &data, const evaluation &evaluate,
                                      std::span<const double> start, int steps,
                                      const box &within = {});

} // namespace alidade::fit
