#include "kernels/fit/models.hpp"

#include "kernels/fit/shapes.hpp"

#include <algorithm>
#include <cmath>
#include <complex>
#include <functional>
#include <numbers>
#include <numeric>
#include <vector>

namespace alidade::fit {

namespace {

using std::numbers::pi;

constexpr double degree = pi / 180;

// Adds a multiple of one parameter to another, of which the covariance knows too.
void add(solution &s, std::size_t to, std::size_t from, double times) noexcept {
    const auto c = [&s](std::size_t i, std::size_t j) -> double & {
        return s.covariance[i * most_parameters + j];
    };
    s.best[to] += times * s.best[from];
    for (std::size_t j = 0; j < most_parameters; ++j) {
        c(to, j) += times * c(from, j);
    }
    for (std::size_t i = 0; i < most_parameters; ++i) {
        c(i, to) += times * c(i, from);
    }
}

void negate(solution &s, std::size_t which) noexcept {
    s.best[which] = -s.best[which];
    for (std::size_t j = 0; j < most_parameters; ++j) {
        s.covariance[which * most_parameters + j] *= -1;
        s.covariance[j * most_parameters + which] *= -1;
    }
}

// --- line: offset + slope x ---

constexpr std::array<std::string_view, 2> line_names{"offset", "slope"};

void evaluate_line(std::span<const double> at, std::span<const double> x, std::span<double> values,
                   std::span<double> derivatives) noexcept {
    const std::size_t count = x.size();
    for (std::size_t i = 0; i < count; ++i) {
        values[i] = at[0] + at[1] * x[i];
        if (!derivatives.empty()) {
            derivatives[i] = 1;
            derivatives[count + i] = x[i];
        }
    }
}

parameters guess_line(const points &data) {
    const auto [low, high] = std::minmax_element(data.x.begin(), data.x.end());
    const double y_low = data.y[static_cast<std::size_t>(low - data.x.begin())];
    const double y_high = data.y[static_cast<std::size_t>(high - data.x.begin())];
    const double slope = *high > *low ? (y_high - y_low) / (*high - *low) : 0;
    return {y_low - slope * *low, slope};
}

void shift_line(solution &s, double by) noexcept { add(s, 0, 1, -by); }

void leave(solution & /*s*/) noexcept {}

// Shifts a curve whose second parameter is a place on the axis of x.
void shift_place(solution &s, double by) noexcept { s.best[1] += by; }

// --- Malus: offset + amplitude cos^2(turns (x - angle)), in degrees ---

constexpr std::array<std::string_view, 3> malus_names{"amplitude", "angle", "offset"};

template <int turns>
void evaluate_malus(std::span<const double> at, std::span<const double> x, std::span<double> values,
                    std::span<double> derivatives) noexcept {
    const std::size_t count = x.size();
    for (std::size_t i = 0; i < count; ++i) {
        const double phase = turns * (x[i] - at[1]) * degree;
        const double c = std::cos(phase);
        values[i] = at[2] + at[0] * c * c;
        if (!derivatives.empty()) {
            derivatives[i] = c * c;
            derivatives[count + i] = at[0] * turns * degree * std::sin(2 * phase);
            derivatives[2 * count + i] = 1;
        }
    }
}

// The same curve as a sum, whose coefficients are a linear problem of their own:
// mean + c cos(2 turns x) + s sin(2 turns x).
template <int turns>
void evaluate_wave(std::span<const double> at, std::span<const double> x, std::span<double> values,
                   std::span<double> derivatives) noexcept {
    const std::size_t count = x.size();
    for (std::size_t i = 0; i < count; ++i) {
        const double phase = 2 * turns * x[i] * degree;
        const double c = std::cos(phase);
        const double s = std::sin(phase);
        values[i] = at[0] + at[1] * c + at[2] * s;
        if (!derivatives.empty()) {
            derivatives[i] = 1;
            derivatives[count + i] = c;
            derivatives[2 * count + i] = s;
        }
    }
}

template <int turns> parameters guess_malus(const points &data) {
    constexpr std::array<std::string_view, 3> names{"mean", "cosine", "sine"};
    constexpr std::array<double, 3> zero{};
    const evaluation wave = [&](std::span<const double> at, std::span<double> values,
                                std::span<double> derivatives) -> outcome {
        evaluate_wave<turns>(at, data.x, values, derivatives);
        return {};
    };
    const auto found = least_squares(data, wave, zero, names);
    if (!found) { // points that do not tell the angle: the fit itself will say so
        return {1, 0, 0};
    }
    const std::complex<double> swing(found->best[1], found->best[2]);
    const double half = std::abs(swing);
    return {2 * half, std::arg(swing) / (2 * turns * degree), found->best[0] - half};
}

// A falling cosine is a rising one half a period on.
template <int turns> void tidy_malus(solution &s) noexcept {
    constexpr double period = 180.0 / turns;
    if (s.best[0] < 0) {
        add(s, 2, 0, 1);
        negate(s, 0);
        s.best[1] += period / 2;
    }
    s.best[1] -= period * std::floor(s.best[1] / period);
    s.best[1] = s.best[1] < period ? s.best[1] : 0; // a hair below 0 is rounded up to a whole one
}

// --- edge: offset + amplitude / 2 (1 + erf(sqrt2 (x - center) / radius)) ---

constexpr std::array<std::string_view, 4> edge_names{"amplitude", "center", "radius", "offset"};

void evaluate_edge(std::span<const double> at, std::span<const double> x, std::span<double> values,
                   std::span<double> derivatives) noexcept {
    const std::size_t count = x.size();
    for (std::size_t i = 0; i < count; ++i) {
        const double u = std::numbers::sqrt2 * (x[i] - at[1]) / at[2];
        const double risen = (1 + std::erf(u)) / 2;
        values[i] = at[3] + at[0] * risen;
        if (!derivatives.empty()) {
            const double slope = at[0] * std::exp(-u * u) * std::numbers::inv_sqrtpi;
            derivatives[i] = risen;
            derivatives[count + i] = -slope * std::numbers::sqrt2 / at[2];
            derivatives[2 * count + i] = -slope * u / at[2];
            derivatives[3 * count + i] = 1;
        }
    }
}

constexpr shape rising{
    [](double u) noexcept { return (1 + std::erf(std::numbers::sqrt2 * u)) / 2; }, 1, 2};

parameters guess_edge(const points &data) { return deepest(rising, evaluate_edge, data); }

// The same edge, looked at from the other side.
void tidy_edge(solution &s) noexcept {
    if (s.best[2] < 0) {
        negate(s, 2);
        add(s, 3, 0, 1);
        negate(s, 0);
    }
}

// --- Gaussian: offset + amplitude exp(-(x - center)^2 / (2 sigma^2)) ---

constexpr std::array<std::string_view, 4> gaussian_names{"amplitude", "center", "sigma", "offset"};

void evaluate_gaussian(std::span<const double> at, std::span<const double> x,
                       std::span<double> values, std::span<double> derivatives) noexcept {
    const std::size_t count = x.size();
    for (std::size_t i = 0; i < count; ++i) {
        const double u = (x[i] - at[1]) / at[2];
        const double bell = std::exp(-u * u / 2);
        values[i] = at[3] + at[0] * bell;
        if (!derivatives.empty()) {
            derivatives[i] = bell;
            derivatives[count + i] = at[0] * bell * u / at[2];
            derivatives[2 * count + i] = at[0] * bell * u * u / at[2];
            derivatives[3 * count + i] = 1;
        }
    }
}

constexpr shape bell{[](double u) noexcept { return std::exp(-u * u / 2); }, 0, 4};

parameters guess_gaussian(const points &data) { return deepest(bell, evaluate_gaussian, data); }

void tidy_gaussian(solution &s) noexcept {
    if (s.best[2] < 0) {
        negate(s, 2);
    }
}

constexpr std::array models{
    model{"line", line_names, evaluate_line, guess_line, shift_line, leave},
    model{"malus", malus_names, evaluate_malus<1>, guess_malus<1>, shift_place, tidy_malus<1>},
    model{"malus-half-wave", malus_names, evaluate_malus<2>, guess_malus<2>, shift_place,
          tidy_malus<2>},
    model{"edge", edge_names, evaluate_edge, guess_edge, shift_place, tidy_edge},
    model{"gaussian", gaussian_names, evaluate_gaussian, guess_gaussian, shift_place,
          tidy_gaussian},
};

outcome check_numbers(std::span<const double> numbers, const char *what) {
    const auto bad =
        std::find_if(numbers.begin(), numbers.end(), [](double x) { return !std::isfinite(x); });
    return bad == numbers.end()
               ? outcome()
               : fail(ALD_E_INVALID, "fit", "{}[{}] is {}, expected a finite number; leave it out",
                      what, bad - numbers.begin(), *bad);
}

outcome unless_cancelled(const cancel_source *cancel) {
    return cancel != nullptr && cancel->triggered()
               ? outcome(fail(ALD_E_CANCELLED, "fit", "the fit was cancelled"))
               : outcome();
}

} // namespace

const model *find_model(std::int32_t which) noexcept {
    const auto place = static_cast<std::size_t>(which) - 1; // ALD_FIT_LINE is 1
    return which > 0 && place < models.size() ? &models[place] : nullptr;
}

outcome check_points(const points &data, std::size_t parameter_count) {
    const std::size_t least = parameter_count + (data.sigma.empty() ? 1 : 0);
    if (data.x.size() < least) {
        return fail(ALD_E_RANGE, "fit", "there are {} points; {} parameters{} need at least {}",
                    data.x.size(), parameter_count,
                    data.sigma.empty() ? " and their errors, without sigma," : "", least);
    }
    if (auto x = check_numbers(data.x, "x"); !x) {
        return x;
    }
    if (auto y = check_numbers(data.y, "y"); !y) {
        return y;
    }
    const auto bad = std::find_if(data.sigma.begin(), data.sigma.end(),
                                  [](double s) { return !(std::isfinite(s) && s > 0); });
    return bad == data.sigma.end()
               ? outcome()
               : fail(ALD_E_INVALID, "fit", "sigma[{}] is {}, expected a finite number above 0",
                      bad - data.sigma.begin(), *bad);
}

result<solution> fit_curve(const model &m, const points &data, std::span<const double> start,
                           const cancel_source *cancel) {
    const std::size_t n = m.parameter_names.size();
    auto checked = check_points(data, n).and_then([&] { return check_numbers(start, "start"); });
    if (!checked) {
        return failure(checked.error());
    }
    // Far from zero, parameters that belong to zero are hard to tell apart: a line's offset and
    // slope over time stamps, say.
    const double middle =
        std::accumulate(data.x.begin(), data.x.end(), 0.0) / static_cast<double>(data.x.size());
    std::vector<double> moved(data.x.begin(), data.x.end());
    for (double &x : moved) {
        x -= middle;
    }
    const points near{moved, data.y, data.sigma};
    solution from;
    if (start.empty()) {
        from.best = m.guess(near);
    } else {
        std::copy(start.begin(), start.end(), from.best.begin());
        m.shift(from, -middle);
    }
    const evaluation evaluate = [&](std::span<const double> at, std::span<double> values,
                                    std::span<double> derivatives) -> outcome {
        m.evaluate(at, near.x, values, derivatives);
        return unless_cancelled(cancel);
    };
    auto found = least_squares(near, evaluate, std::span(from.best).first(n), m.parameter_names);
    if (found) {
        m.shift(*found, middle);
        m.tidy(*found);
    }
    return found;
}

namespace {

// The derivatives of a function of the caller, by central differences.
class differences {
public:
    using function = std::function<outcome(std::span<const double> at, std::span<double> values)>;

    differences(const function &f, std::span<const double> start, std::size_t count)
        : f_(f), start_(start), below_(count) {}

    // Puts all points of the first parameter into `derivatives`, then of the second.
    outcome at(std::span<const double> at, std::span<const double> values,
               std::span<double> derivatives) {
        for (std::size_t k = 0; k < at.size(); ++k) {
            if (auto known =
                    column(at, k, values, derivatives.subspan(k * below_.size(), below_.size()));
                !known) {
                return known;
            }
        }
        return {};
    }

private:
    // The cube root of epsilon: where rounding and curvature take equal shares.
    static constexpr double part = 6e-6;
    // Least change of a value: after rounding, a difference then has seven digits left.
    static constexpr double least_change = 1e-9;

    outcome column(std::span<const double> at, std::size_t k, std::span<const double> values,
                   std::span<double> to) {
        const double usual = start_[k] != 0 ? std::abs(start_[k]) : 1;
        double step = part * (at[k] != 0 ? std::abs(at[k]) : usual);
        double change = 0;
        if (auto known = difference(at, k, step, to, change); !known) {
            return known;
        }
        // A parameter that is 0, but for rounding, tells no step: one of its own size would change
        // nothing. The step grows until it does, at most to that of the start.
        const double enough = least_change * largest(values);
        while (change < enough && step < part * usual) {
            step = std::min(1e3 * step, part * usual);
            if (auto known = difference(at, k, step, to, change); !known) {
                return known;
            }
        }
        for (double &d : to) {
            d /= 2 * step;
        }
        return {};
    }

    outcome difference(std::span<const double> at, std::size_t k, double step, std::span<double> to,
                       double &change) {
        parameters beside{};
        std::copy(at.begin(), at.end(), beside.begin());
        const auto moved = std::span(beside).first(at.size());
        moved[k] = at[k] - step;
        auto known = f_(moved, below_).and_then([&] {
            moved[k] = at[k] + step;
            return f_(moved, to);
        });
        if (known) {
            std::transform(to.begin(), to.end(), below_.begin(), to.begin(), std::minus<>());
            change = largest(to);
        }
        return known;
    }

    static double largest(std::span<const double> values) noexcept {
        double most = 0;
        for (const double x : values) {
            most = std::max(most, std::abs(x));
        }
        return most;
    }

    const function &f_;
    std::span<const double> start_;
    std::vector<double> below_;
};

} // namespace

result<solution>
fit_function(const points &data, std::span<const double> start,
             std::span<const std::string_view> names,
             const std::function<outcome(std::span<const double> at, std::span<double> values)> &f,
             const cancel_source *cancel) {
    auto checked =
        check_points(data, start.size()).and_then([&] { return check_numbers(start, "start"); });
    if (!checked) {
        return failure(checked.error());
    }
    const differences::function unless = [&](std::span<const double> at, std::span<double> values) {
        return unless_cancelled(cancel).and_then([&] { return f(at, values); });
    };
    differences beside(unless, start, data.x.size());
    const evaluation evaluate = [&](std::span<const double> at, std::span<double> values,
                                    std::span<double> derivatives) -> outcome {
        return unless(at, values).and_then([&] {
            return derivatives.empty() ? outcome() : beside.at(at, values, derivatives);
        });
    };
    return least_squares(data, evaluate, start, names);
}

} // namespace alidade::fit
