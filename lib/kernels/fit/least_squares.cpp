#include "kernels/fit/least_squares.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <vector>

namespace alidade::fit {

namespace {

constexpr int most_iterations = 1000;
// Less is none at all: the steps of Gauss and Newton. Where those lead nowhere, parameters are
// nearly dependent, and what damping there is must be fine.
constexpr double usual_damping = 1e-7;
constexpr double finest_damping = 1e-15;
// As many steps of the plain kind; what takes longer lies in a bent valley.
constexpr int straight_steps = 20;
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

// Reflects a vector by one of Householder's; `below` is its normal, up to its length.
void reflect(std::span<const double> below, double half, std::span<double> v) noexcept {
    double product = 0;
    for (std::size_t i = 0; i < below.size(); ++i) {
        product += below[i] * v[i];
    }
    for (std::size_t i = 0; i < below.size(); ++i) {
        v[i] += product / half * below[i];
    }
}

// Householder's transformations, in place: `columns` holds the matrix column by column, and then
// the normals. It has at least as many rows as columns, or is zero below the last.
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
            for (std::size_t j = k + 1; j < n; ++j) {
                reflect(below, half, columns.subspan(j * rows + k, rows - k));
            }
            reflect(below, half, right.subspan(k));
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

// The triangle with another right-hand side, which is eaten.
triangle with_right(const triangle &t, std::span<const double> normals, std::span<double> right,
                    std::size_t n) noexcept {
    const std::size_t rows = right.size();
    triangle other = t;
    for (std::size_t k = 0; k < std::min(n, rows); ++k) {
        const auto below = normals.subspan(k * rows + k, rows - k);
        if (t.r[k][k] != 0) {
            reflect(below, t.r[k][k] * below[0], right.subspan(k));
        }
        other.right[k] = right[k];
    }
    return other;
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
    search(const points &data, const evaluation &evaluate, std::span<const double> start,
           const box &within)
        : data_(data), evaluate_(evaluate), within_(within), n_(start.size()),
          values_(data.x.size()), residuals_(data.x.size()), derivatives_(data.x.size() * n_) {
        std::copy(start.begin(), start.end(), at_.begin());
        for (std::size_t i = 0; i < data.y.size(); ++i) {
            const double weight = data.sigma.empty() ? 1 : 1 / data.sigma[i];
            rounding_ += std::pow(16 * epsilon * data.y[i] * weight, 2);
        }
    }

    result<solution> run(std::span<const std::string_view> names) {
        const auto steps = go_down(most_iterations);
        if (!steps) {
            return failure(steps.error());
        }
        if (*steps > most_iterations) {
            return fail(ALD_E_STATE, "fit",
                        "no minimum was found in {} steps, as where points show too little of a "
                        "curve; give points further out, start nearer to it, or use another "
                        "model",
                        most_iterations);
        }
        return finish(names, *steps);
    }

    result<descent> run(int steps) {
        return go_down(steps).map([this, steps](int taken) {
            return descent{at_, chi_squared_, taken <= steps && !undetermined(linearized())};
        });
    }

private:
    // How many steps led to the minimum; more than `most` if they did not.
    result<int> go_down(int most) {
        if (auto begun = look(true); !begun) {
            return failure(begun.error());
        }
        if (!std::isfinite(chi_squared_)) {
            return fail(ALD_E_INVALID, "fit",
                        "the model has no finite value where the fit begins; "
                        "start elsewhere");
        }
        bool arrived = false;
        int steps = 0;
        while (!arrived && steps++ < most) {
            const auto improved = improve();
            if (!improved) {
                return failure(improved.error());
            }
            if (auto there = look(true); !there) {
                return failure(there.error());
            }
            arrived = *improved;
        }
        return steps;
    }

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

    // The derivatives to what is free, over sigma, as a triangle; eats them and the residuals.
    triangle linearized() noexcept {
        const std::size_t rows = residuals_.size();
        free_count_ = 0;
        for (std::size_t k = 0; k < n_; ++k) {
            const auto column = std::span(derivatives_).subspan(k * rows, rows);
            for (std::size_t i = 0; i < rows && !data_.sigma.empty(); ++i) {
                column[i] /= data_.sigma[i];
            }
            norms_[k] = norm(column);
            scale_[k] = std::max(scale_[k], norms_[k]);
            if (!held(k, column)) {
                std::copy(column.begin(), column.end(),
                          derivatives_.begin() + static_cast<std::ptrdiff_t>(free_count_ * rows));
                free_[free_count_++] = k;
            }
        }
        return factorize(std::span(derivatives_).first(free_count_ * rows), residuals_,
                         free_count_);
    }

    // Whether a parameter is fixed, or stands at a bound beyond which the way down leads.
    [[nodiscard]] bool held(std::size_t k, std::span<const double> column) const noexcept {
        if (within_.fixed(k)) {
            return true;
        }
        const bool low = at_[k] <= within_.lower[k];
        const bool high = at_[k] >= within_.upper[k];
        if (!low && !high) {
            return false;
        }
        double down = 0; // minus half the slope of chi squared
        for (std::size_t i = 0; i < column.size(); ++i) {
            down += column[i] * residuals_[i];
        }
        return low ? down <= 0 : down >= 0;
    }

    // Goes one step down; true if there is no further way down.
    result<bool> improve() {
        const double before = chi_squared_;
        const parameters from = at_;
        const triangle t = linearized();
        parameters scale{};
        for (std::size_t k = 0; k < free_count_; ++k) {
            const double known = scale_[free_[k]];
            scale[k] = known > 0 ? known : 1; // a parameter that nothing depends on yet
        }
        for (; damping_ < 1e18; damp_more()) {
            parameters step = damped_step(t, scale, damping_, free_count_);
            if (++steps_ > straight_steps) {
                if (auto known = bend(t, scale, from, step); !known) {
                    return failure(known.error());
                }
            }
            double moved = 0;
            double reach = 0;
            for (std::size_t k = 0; k < free_count_; ++k) {
                const std::size_t which = free_[k];
                at_[which] = within_.nearest(which, from[which] + step[k]);
                moved += std::pow(scale[k] * (at_[which] - from[which]), 2);
                reach += std::pow(scale[k] * from[which], 2);
            }
            if (auto known = look(false); !known) {
                return failure(known.error());
            }
            if (chi_squared_ <= before) { // not so for NaN
                const bool undamped = damping_ == 0;
                damping_ = damping_ > least_damping_ ? damping_ / 10 : 0;
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

    void damp_more() noexcept {
        if (damping_ == 0) {
            least_damping_ = finest_damping;
        }
        damping_ = std::max(10 * damping_, least_damping_);
    }

    // Follows the valley's bend: adds to a step what the curvature along it asks for, as in M. K.
    // Transtrum and J. P. Sethna, arXiv:1201.5885 (2012). Straight steps creep in narrow valleys.
    outcome bend(const triangle &t, const parameters &scale, const parameters &from,
                 parameters &step) {
        constexpr double part = 0.1;
        std::vector<double> curvature(values_.size());
        for (const auto &[place, weight] : {std::pair{part, 1.0}, {0.0, -2.0}, {-part, 1.0}}) {
            for (std::size_t k = 0; k < free_count_; ++k) {
                const std::size_t which = free_[k];
                at_[which] = from[which] + place * step[k];
                if (within_.nearest(which, at_[which]) != at_[which]) {
                    return {}; // nothing is evaluated beyond a bound
                }
            }
            if (auto known = evaluate_(std::span(at_).first(n_), values_, {}); !known) {
                return known;
            }
            for (std::size_t i = 0; i < curvature.size(); ++i) {
                const double sigma = data_.sigma.empty() ? 1 : data_.sigma[i];
                curvature[i] -= weight * values_[i] / (part * part * sigma);
            }
        }
        const parameters more = damped_step(with_right(t, derivatives_, curvature, free_count_),
                                            scale, damping_, free_count_);
        double straight = 0;
        double bent = 0;
        for (std::size_t k = 0; k < free_count_; ++k) {
            straight += std::pow(scale[k] * step[k], 2);
            bent += std::pow(scale[k] * more[k], 2);
        }
        for (std::size_t k = 0; k < free_count_ && bent < 0.5 * straight; ++k) {
            step[k] += more[k] / 2;
        }
        return {};
    }

    // The first parameter, if any, that the points do not tell from those before it.
    [[nodiscard]] std::optional<std::size_t> undetermined(const triangle &t) const noexcept {
        for (std::size_t k = 0; k < free_count_; ++k) {
            if (!(std::abs(t.r[k][k]) > 10 * epsilon * norms_[free_[k]])) {
                return free_[k];
            }
        }
        return std::nullopt;
    }

    result<solution> finish(std::span<const std::string_view> names, int iterations) {
        const triangle t = linearized();
        if (const auto k = undetermined(t)) {
            return fail(ALD_E_INVALID, "fit",
                        "the points do not determine the parameter '{}'; give more points, or "
                        "points elsewhere",
                        names[*k]);
        }
        solution s;
        s.best = at_;
        s.chi_squared = chi_squared_;
        s.iterations = iterations;
        for (std::size_t k = 0; k < n_; ++k) {
            const auto free = std::span(free_).first(free_count_);
            const bool held = std::find(free.begin(), free.end(), k) == free.end();
            s.at_bound |= held && !within_.fixed(k) ? std::uint64_t{1} << k : 0;
        }
        const auto columns = inverse(t, free_count_);
        const double freedom = static_cast<double>(residuals_.size() - within_.free_of(n_));
        const double scatter = data_.sigma.empty() ? chi_squared_ / freedom : 1;
        for (std::size_t i = 0; i < free_count_; ++i) {
            for (std::size_t j = 0; j < free_count_; ++j) {
                double sum = 0;
                for (std::size_t k = 0; k < free_count_; ++k) {
                    sum += columns[k][i] * columns[k][j];
                }
                s.covariance[free_[i] * most_parameters + free_[j]] = sum * scatter;
            }
        }
        return s;
    }

    const points &data_;
    const evaluation &evaluate_;
    const box &within_;
    std::size_t n_;
    parameters at_{};
    // The parameters that are free to move from here.
    std::array<std::size_t, most_parameters> free_{};
    std::size_t free_count_ = 0;
    parameters norms_{};
    parameters scale_{}; // the largest norm so far of each parameter's derivatives
    std::vector<double> values_;
    std::vector<double> residuals_;
    std::vector<double> derivatives_;
    double chi_squared_ = 0;
    double rounding_ = 0; // a chi squared of points without noise: going down further is chance
    double damping_ = 1e-3;
    double least_damping_ = usual_damping;
    int steps_ = 0; // that were tried
    // How many steps have led nowhere. A damped one may be too short to show that there is a way.
    int level_steps_ = 0;
};

} // namespace

result<solution> least_squares(const points &data, const evaluation &evaluate,
                               std::span<const double> start,
                               std::span<const std::string_view> names, const box &within) {
    return search(data, evaluate, start, within).run(names);
}

result<descent> descend(const points &data, const evaluation &evaluate,
                        std::span<const double> start, int steps, const box &within) {
    return search(data, evaluate, start, within).run(steps);
}

} // namespace alidade::fit
