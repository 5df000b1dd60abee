// Weighted nonlinear least squares for models of a few parameters: the method of Levenberg and
// Marquardt, as in J. J. Moré, "The Levenberg-Marquardt algorithm: implementation and theory",
// Lecture Notes in Mathematics 630 (1978), with the damped steps solved by orthogonal
// transformations, so that badly scaled parameters lose no more digits than they must.
#pragma once

#include "base/error.hpp"

#include <array>
#include <functional>
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

struct solution {
    parameters best{};
    // Row by row, `most_parameters` apart.
    std::array<double, most_parameters * most_parameters> covariance{};
    // Sum of squared residuals over sigma, or of residuals where sigma is not known.
    double chi_squared = 0;
    int iterations = 0;
};

// STATE if it does not converge, INVALID if the points do not determine a parameter (the error
// names it by `names`). Without sigma the covariance follows from the scatter of the points.
[[nodiscard]] result<solution> least_squares(const points &data, const evaluation &evaluate,
                                             std::span<const double> start,
                                             std::span<const std::string_view> names);

// End of a descent.
struct descent {
    parameters at{};
    double chi_squared = 0;
    // False where it was given up, and where the points do not determine all parameters.
    bool minimum = false;
};

// Descends by at most `steps` steps: to compare starts.
[[nodiscard]] result<descent> descend(const points &data, const evaluation &evaluate,
                                      std::span<const double> start, int steps);

} // namespace alidade::fit
