#include "kernels/fit/models.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <vector>

namespace alidade::fit {

namespace {

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

result<box> box_of(std::span<const double> lower, std::span<const double> upper,
                   std::span<const double> start, std::span<const std::string_view> names) {
    box within;
    std::copy(lower.begin(), lower.end(), within.lower.begin());
    std::copy(upper.begin(), upper.end(), within.upper.begin());
    for (std::size_t k = 0; k < names.size(); ++k) {
        const double low = within.lower[k];
        const double high = within.upper[k];
        if (!(low <= high) || low == std::numeric_limits<double>::infinity() ||
            high == -std::numeric_limits<double>::infinity()) {
            return fail(ALD_E_INVALID, "fit",
                        "the bounds of '{}' are {} and {}; the lower one must be a number below "
                        "the upper one, or the same to fix it",
                        names[k], low, high);
        }
        if (k < start.size() && within.nearest(k, start[k]) != start[k]) {
            return fail(ALD_E_RANGE, "fit",
                        "the start of '{}' is {}, its bounds are {} and {}; start between them",
                        names[k], start[k], low, high);
        }
    }
    return within;
}

namespace {

// Bounds of a curve whose zero of x is moved by `by`; nothing that belongs to it is bounded.
box moved_box(const model &m, box within, double by) noexcept {
    if (m.of_zero == 0) {
        within.lower[1] += by;
        within.upper[1] += by;
    }
    return within;
}

double zero_of(const model &m, std::span<const double> x, const box &within) noexcept {
    for (std::size_t k = 0; k < m.parameter_names.size(); ++k) {
        if ((m.of_zero >> k & 1) != 0 && within.bounded(k)) {
            return 0; // bounds of what belongs to x = 0 are none of what belongs to another place
        }
    }
    return m.zero(x);
}

// Checks that no parameter is too great or too small for a double where x is 0.
outcome check_moved(const solution &s) {
    const auto bad = [](double x) { return !std::isfinite(x); };
    if (std::any_of(s.best.begin(), s.best.end(), bad) ||
        std::any_of(s.covariance.begin(), s.covariance.end(), bad)) {
        return fail(ALD_E_RANGE, "fit",
                    "at x = 0 the curve is too high or too low for any number; count x from where "
                    "the points begin");
    }
    return {};
}

parameters guessed(const model &m, const points &data, const box &within) {
    parameters at = m.guess(data, within);
    const auto [low, high] = std::minmax_element(data.y.begin(), data.y.end());
    if (*low == *high && m.parameter_names.front() == "amplitude") {
        // Nothing but an offset: what is found beside it would be rounding.
        const std::size_t offset = m.parameter_names.size() - 1;
        at[0] = within.nearest(0, 0);
        at[offset] = within.nearest(offset, *low);
    }
    return at;
}

// The same curve with its zero of x moved, by the usual name where the bounds leave it.
result<solution> moved_back(const model &m, const solution &found, const box &within, double by) {
    solution s = found;
    m.shift(s, by);
    for (std::size_t k = 0; k < m.parameter_names.size(); ++k) {
        s.best[k] =
            within.bounded(k) ? within.nearest(k, s.best[k]) : s.best[k]; // but for rounding
    }
    return check_moved(s).map([&] {
        solution usual = s;
        m.tidy(usual);
        return within.has(usual.best) ? usual : s;
    });
}

} // namespace

result<solution> fit_curve(const model &m, const points &data, std::span<const double> start,
                           const box &within, const cancel_source *cancel) {
    const std::size_t n = m.parameter_names.size();
    auto checked = check_points(data, within.free_of(n)).and_then([&] {
        return check_numbers(start, "start");
    });
    if (!checked) {
        return failure(checked.error());
    }
    const double zero = zero_of(m, data.x, within);
    std::vector<double> moved(data.x.begin(), data.x.end());
    for (double &x : moved) {
        x -= zero;
    }
    const points near{moved, data.y, data.sigma};
    const box here = moved_box(m, within, -zero);
    solution from;
    if (start.empty()) {
        from.best = guessed(m, near, here);
    } else {
        std::copy(start.begin(), start.end(), from.best.begin());
        m.shift(from, -zero);
        if (auto known = check_moved(from); !known) {
            return failure(known.error());
        }
    }
    const evaluation evaluate = [&](std::span<const double> at, std::span<double> values,
                                    std::span<double> derivatives) -> outcome {
        m.evaluate(at, near.x, values, derivatives);
        return unless_cancelled(cancel);
    };
    return least_squares(near, evaluate, std::span(from.best).first(n), m.parameter_names, here)
        .and_then([&](const solution &found) { return moved_back(m, found, within, zero); });
}

namespace {

// The derivatives of a function of the caller, by central differences.
class differences {
public:
    using function = std::function<outcome(std::span<const double> at, std::span<double> values)>;

    differences(const function &f, std::span<const double> start, std::size_t count,
                const box &within)
        : f_(f), start_(start), within_(within), below_(count) {}

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
        if (within_.fixed(k)) {
            std::fill(to.begin(), to.end(), 0);
            return {};
        }
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
        const double width = within_.nearest(k, at[k] + step) - within_.nearest(k, at[k] - step);
        for (double &d : to) {
            d /= width;
        }
        return {};
    }

    outcome difference(std::span<const double> at, std::size_t k, double step, std::span<double> to,
                       double &change) {
        parameters beside{};
        std::copy(at.begin(), at.end(), beside.begin());
        const auto moved = std::span(beside).first(at.size());
        moved[k] = within_.nearest(k, at[k] - step);
        auto known = f_(moved, below_).and_then([&] {
            moved[k] = within_.nearest(k, at[k] + step);
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
    const box &within_;
    std::vector<double> below_;
};

} // namespace

result<solution>
fit_function(const points &data, std::span<const double> start,
             std::span<const std::string_view> names, const box &within,
             const std::function<outcome(std::span<const double> at, std::span<double> values)> &f,
             const cancel_source *cancel) {
    auto checked = check_points(data, within.free_of(start.size())).and_then([&] {
        return check_numbers(start, "start");
    });
    if (!checked) {
        return failure(checked.error());
    }
    const differences::function unless = [&](std::span<const double> at, std::span<double> values) {
        return unless_cancelled(cancel).and_then([&] { return f(at, values); });
    };
    differences beside(unless, start, data.x.size(), within);
    const evaluation evaluate = [&](std::span<const double> at, std::span<double> values,
                                    std::span<double> derivatives) -> outcome {
        return unless(at, values).and_then([&] {
            return derivatives.empty() ? outcome() : beside.at(at, values, derivatives);
        });
    };
    return least_squares(data, evaluate, start, names, within);
}

} // namespace alidade::fit
