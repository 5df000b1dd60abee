#include "kernels/fit/least_squares.hpp"

#include <cmath>
#include <limits>
#include <vector>

namespace alidade::fit {

namespace {

constexpr int most_iterations = 200;
// Less is none at all: the steps of Gauss and Newton, which alone get on where parameters are
// nearly dependent.
constexpr double least_damping = 1e-7;
constexpr double epsilon = std::numeric_limits<double>::epsilon();

double norm(std::span<const double> v) noexcept {
    double sum = 0;
    for (const double x : v) {
        sum += x * x;
    }
    return std::sqrt(sum);
}

// The upper triangle R of a matrix Q R, and Q transposed times the right-hand side.
struct triangle {
    std::array<std::array<double, most_parameters>, most_parameters> r{};
    parameters right{};
};

// Householder's transformations, in place. `columns` holds the matrix column by column; it has at
// least as many rows as columns, or is zero below the last.
triangle factorize(std::span<double> columns, std::span<double> right, std::size_t n) noexcept {
    const std::size_t rows = right.size();
    triangle t;
    for (std::size_t k = 0; k < n; ++k) {
        const auto column = columns.subspan(k * rows, rows);
        const auto below = k < rows ? column.subspan(k) : std::span<double>();
        const double length = norm(below);
        if (length > 0) {
            const double diagonal = below[0] > 0 ? -length : length;
            below[0] -= diagonal;
            const double half = diagonal * below[0]; // minus half the squared length of `below`
            const auto reflect = [&](std::span<double> v) {
                double product = 0;
                for (std::size_t i = 0; i < below.size(); ++i) {
                    product += below[i] * v[i];
                }
                for (std::size_t i = 0; i < below.size(); ++i) {
                    v[i] += product / half * below[i];
                }
            };
            for (std::size_t j = k + 1; j < n; ++j) {
                reflect(columns.subspan(j * rows + k, rows - k));
            }
            reflect(right.subspan(k));
            t.r[k][k] = diagonal;
        }
        for (std::size_t i = 0; i < std::min(k, rows); ++i) {
            t.r[i][k] = column[i];
        }
    }
    for (std::size_t k = 0; k < std::min(n, rows); ++k) {
        t.right[k] = right[k];
    }
    return t;
}

// Solves R x = right. Precondition: nothing on the diagonal is zero.
parameters back_substitute(const triangle &t, std::size_t n) noexcept {
    parameters x{};
    for (std::size_t k = n; k-- > 0;) {
        double sum = t.right[k];
        for (std::size_t j = k + 1; j < n; ++j) {
            sum -= t.r[k][j] * x[j];
        }
        x[k] = sum / t.r[k][k];
    }
    return x;
}

// The step that makes |R step - right|^2 + damping |scale step|^2 least.
parameters damped_step(const triangle &t, const parameters &scale, double damping,
                       std::size_t n) noexcept {
    std::array<double, 2 * most_parameters * most_parameters> stacked{};
    std::array<double, 2 * most_parameters> right{};
    const std::size_t rows = 2 * n;
    for (std::size_t j = 0; j < n; ++j) {
        for (std::size_t i = 0; i <= j; ++i) {
            stacked[j * rows + i] = t.r[i][j];
        }
        stacked[j * rows + n + j] = std::sqrt(damping) * scale[j];
        right[j] = t.right[j];
    }
    return back_substitute(
        factorize(std::span(stacked).first(rows * n), std::span(right).first(rows), n), n);
}

// R^-1, column by column: the columns of the unit matrix solved for.
std::array<parameters, most_parameters> inverse(const triangle &t, std::size_t n) noexcept {
    std::array<parameters, most_parameters> columns{};
    triangle one = t;
    for (std::size_t k = 0; k < n; ++k) {
        one.right = {};
        one.right[k] = 1;
        columns[k] = back_substitute(one, n);
    }
    return columns;
}

// The state of the search: where it is, and what the model gives there.
class search {
public:
    search(const points &data, const evaluation &evaluate, std::span<const double> start)
        : data_(data), evaluate_(evaluate), n_(start.size()), values_(data.x.size()),
          residuals_(data.x.size()), derivatives_(data.x.size() * n_) {
        std::copy(start.begin(), start.end(), at_.begin());
        for (std::size_t i = 0; i < data.y.size(); ++i) {
            const double weight = data.sigma.empty() ? 1 : 1 / data.sigma[i];
            rounding_ += std::pow(16 * epsilon * data.y[i] * weight, 2);
        }
    }

    result<solution> run(std::span<const char *const> names) {
        if (auto begun = look(true); !begun) {
            return failure(begun.error());
        }
        if (!std::isfinite(chi_squared_)) {
            return fail(ALD_E_INVALID, "fit",
                        "the model has no finite value where the fit begins; "
                        "start elsewhere");
        }
        for (int i = 1; i <= most_iterations; ++i) {
            auto arrived = improve();
            if (!arrived) {
                return failure(arrived.error());
            }
            if (auto there = look(true); !there) {
                return failure(there.error());
            }
            if (*arrived) {
                return finish(names, i);
            }
        }
        return fail(ALD_E_STATE, "fit",
                    "no minimum was found in {} steps; start nearer to it, or use another model",
                    most_iterations);
    }

private:
    // Evaluates the model and, if asked, its derivatives.
    outcome look(bool with_derivatives) {
        auto known = evaluate_(std::span(at_).first(n_), values_,
                               with_derivatives ? std::span(derivatives_) : std::span<double>());
        if (!known) {
            return known;
        }
        double sum = 0;
        for (std::size_t i = 0; i < residuals_.size(); ++i) {
            const double weight = data_.sigma.empty() ? 1 : 1 / data_.sigma[i];
            residuals_[i] = (data_.y[i] - values_[i]) * weight;
            sum += residuals_[i] * residuals_[i];
        }
        chi_squared_ = sum;
        return {};
    }

    // The derivatives over sigma, as a triangle; eats them and the residuals.
    triangle linearized() noexcept {
        const std::size_t rows = residuals_.size();
        for (std::size_t k = 0; k < n_; ++k) {
            const auto column = std::span(derivatives_).subspan(k * rows, rows);
            for (std::size_t i = 0; i < rows && !data_.sigma.empty(); ++i) {
                column[i] /= data_.sigma[i];
            }
            norms_[k] = norm(column);
            scale_[k] = std::max(scale_[k], norms_[k]);
        }
        return factorize(derivatives_, residuals_, n_);
    }

    // Goes one step down; true if there is no further way down.
    result<bool> improve() {
        const double before = chi_squared_;
        const parameters from = at_;
        const triangle t = linearized();
        parameters scale = scale_;
        for (std::size_t k = 0; k < n_; ++k) {
            scale[k] = scale[k] > 0 ? scale[k] : 1; // a parameter that nothing depends on yet
        }
        for (; damping_ < 1e18; damping_ = std::max(10 * damping_, least_damping)) {
            const parameters step = damped_step(t, scale, damping_, n_);
            double moved = 0;
            double reach = 0;
            for (std::size_t k = 0; k < n_; ++k) {
                at_[k] = from[k] + step[k];
                moved += std::pow(scale[k] * step[k], 2);
                reach += std::pow(scale[k] * from[k], 2);
            }
            if (auto known = look(false); !known) {
                return failure(known.error());
            }
            if (chi_squared_ <= before) { // not so for NaN
                const bool undamped = damping_ == 0;
                damping_ = damping_ > least_damping ? damping_ / 10 : 0;
                const bool level = before - chi_squared_ <= 1e-14 * before || before <= rounding_;
                level_steps_ = level ? level_steps_ + 1 : 0;
                return level_steps_ > (undamped ? 0 : 8);
            }
            if (moved <= 1e-24 * reach) {
                break; // nothing but rounding is left
            }
        }
        at_ = from;
        return true;
    }

    result<solution> finish(std::span<const char *const> names, int iterations) {
        const triangle t = linearized();
        for (std::size_t k = 0; k < n_; ++k) {
            if (!(std::abs(t.r[k][k]) > 10 * epsilon * norms_[k])) {
                return fail(ALD_E_INVALID, "fit",
                            "the points do not determine the parameter '{}'; give more points, or "
                            "points elsewhere",
                            names[k]);
            }
        }
        solution s;
        s.best = at_;
        s.chi_squared = chi_squared_;
        s.iterations = iterations;
        const auto columns = inverse(t, n_);
        const double freedom = static_cast<double>(residuals_.size() - n_);
        const double scatter = data_.sigma.empty() ? chi_squared_ / freedom : 1;
        for (std::size_t i = 0; i < n_; ++i) {
            for (std::size_t j = 0; j < n_; ++j) {
                double sum = 0;
                for (std::size_t k = 0; k < n_; ++k) {
                    sum += columns[k][i] * columns[k][j];
                }
                s.covariance[i * most_parameters + j] = sum * scatter;
            }
        }
        return s;
    }

    const points &data_;
    const evaluation &evaluate_;
    std::size_t n_;
    parameters at_{};
    parameters norms_{};
    parameters scale_{}; // the largest norm so far of each parameter's derivatives
    std::vector<double> values_;
    std::vector<double> residuals_;
    std::vector<double> derivatives_;
    double chi_squared_ = 0;
    double rounding_ = 0; // a chi squared of points without noise: going down further is chance
    double damping_ = 1e-3;
    // How many steps have led nowhere. A damped one may be too short to show that there is a way.
    int level_steps_ = 0;
};

} // namespace

result<solution> least_squares(const points &data, const evaluation &evaluate,
                               std::span<const double> start, std::span<const char *const> names) {
    return search(data, evaluate, start).run(names);
}

} // namespace alidade::fit
