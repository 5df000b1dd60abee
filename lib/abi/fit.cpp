#include "kernels/fit/models.hpp"

#include "base/boundary/callback.hpp"
#include "base/text/utf8.hpp"

#include <alidade/fit.h>

using namespace alidade;

namespace {

// The numbers behind a pointer; `what` names it in the error if there is none.
result<std::span<const double>> numbers(const double *first, std::int64_t count, const char *what) {
    if (count < 0 || (count > 0 && first == nullptr)) {
        return fail(ALD_E_INVALID, "fit", "{} is NULL or count is {}; give {} numbers", what, count,
                    count < 0 ? "0 or more" : "that many");
    }
    return std::span(first, static_cast<std::size_t>(count));
}

result<fit::points> points_of(const double *x, const double *y, const double *sigma,
                              std::int64_t count) {
    const auto all_x = numbers(x, count, "x");
    const auto all_y = all_x.and_then([&](auto) { return numbers(y, count, "y"); });
    if (!all_y) {
        return failure(all_y.error());
    }
    return fit::points{*all_x, *all_y,
                       sigma != nullptr ? std::span(sigma, all_x->size())
                                        : std::span<const double>()};
}

result<const fit::model *> model_of(ald_fit_model which) {
    const fit::model *m = fit::find_model(which);
    if (m == nullptr) {
        return fail(ALD_E_INVALID, "fit", "{} is no curve; give one of ALD_FIT_<X>", which);
    }
    return m;
}

// `count` numbers, or none behind NULL.
std::span<const double> optional_numbers(const double *first, std::size_t count) {
    return first != nullptr ? std::span(first, count) : std::span<const double>();
}

outcome put_fit(ald_fit *to, const fit::solution &s, const fit::box &within, std::size_t count,
                std::size_t points) {
    ald_fit found{};
    found.parameter_count = static_cast<std::int32_t>(count);
    std::copy_n(s.best.begin(), count, found.parameters);
    for (std::size_t i = 0; i < count; ++i) {
        found.errors[i] = std::sqrt(s.covariance[i * fit::most_parameters + i]);
    }
    std::copy(s.covariance.begin(), s.covariance.end(), found.covariance);
    found.chi_squared = s.chi_squared;
    found.degrees_of_freedom = static_cast<std::int64_t>(points - within.free_of(count));
    found.iterations = s.iterations;
    found.at_bound = s.at_bound;
    return put_record(to, found, "fit");
}

// The names of a caller's parameters, or their numbers.
result<std::vector<std::string_view>> names_from(const char *given, std::size_t count) {
    static constexpr std::array<std::string_view, fit::most_parameters> numbers{"0", "1", "2", "3",
                                                                                "4", "5", "6", "7"};
    if (given == nullptr) {
        return std::vector(numbers.begin(), numbers.begin() + static_cast<std::ptrdiff_t>(count));
    }
    std::vector<std::string_view> names;
    for (std::string_view rest = given; names.size() <= count;) {
        const std::size_t end = rest.find(',');
        names.push_back(rest.substr(0, end));
        if (end == std::string_view::npos) {
            break;
        }
        rest.remove_prefix(end + 1);
    }
    if (names.size() != count || invalid_utf8(given) != std::string_view::npos) {
        return fail(ALD_E_INVALID, "fit",
                    "names must be UTF-8 with a name for each of the {} parameters, separated by "
                    "commas",
                    count);
    }
    return names;
}

static_assert(fit::most_parameters == ALD_FIT_PARAMETERS_MAX);
static_assert(sizeof(ald_fit::parameters) == sizeof(fit::parameters));
static_assert(sizeof(ald_fit::errors) == sizeof(fit::parameters));
static_assert(sizeof(ald_fit::covariance) == sizeof(fit::solution::covariance));

} // namespace

const char *ald_fit_model_name(ald_fit_model model) noexcept {
    const fit::model *m = fit::find_model(model);
    return m != nullptr ? m->name : "";
}

const char *ald_fit_parameter_name(ald_fit_model model, int32_t index) noexcept {
    const fit::model *m = fit::find_model(model);
    const auto place = static_cast<std::size_t>(index);
    return m != nullptr && place < m->parameter_names.size() ? m->parameter_names[place].data()
                                                             : "";
}

ald_status ald_fit_curve(ald_fit_model model, const double *x, const double *y, const double *sigma,
                         int64_t count, const double *start, const double *lower,
                         const double *upper, const ald_cancel *cancel, ald_fit *fit,
                         ald_error **err) noexcept {
    return call(err, in(optional_handle{cancel}), out(fit), [&](auto *c) -> outcome {
        const auto m = model_of(model);
        const auto data = m.and_then([&](auto) { return points_of(x, y, sigma, count); });
        if (!data) {
            return failure(data.error());
        }
        const auto names = (*m)->parameter_names;
        const std::size_t n = names.size();
        const auto begin = optional_numbers(start, n);
        const auto within =
            fit::box_of(optional_numbers(lower, n), optional_numbers(upper, n), begin, names);
        if (!within) {
            return failure(within.error());
        }
        return check_record(fit, "fit")
            .and_then([&] { return fit::fit_curve(**m, *data, begin, *within, c); })
            .and_then([&](const fit::solution &s) {
                return put_fit(fit, s, *within, n, data->x.size());
            });
    });
}

ald_status ald_fit_evaluate(ald_fit_model model, const double *parameters, const double *x,
                            int64_t count, double *y, ald_error **err) noexcept {
    return call(err, in(), out(), [&]() -> outcome {
        const auto m = model_of(model);
        const auto all_x = m.and_then([&](auto) { return numbers(x, count, "x"); });
        if (!all_x) {
            return failure(all_x.error());
        }
        if (parameters == nullptr || (count > 0 && y == nullptr)) {
            return fail(ALD_E_INVALID, "fit", "parameters or y is NULL");
        }
        (*m)->evaluate(std::span(parameters, (*m)->parameter_names.size()), *all_x,
                       std::span(y, all_x->size()), {});
        return {};
    });
}

ald_status ald_fit_function(ald_fit_fn fn, void *user_data, int32_t parameter_count,
                            const char *names, const double *x, const double *y,
                            const double *sigma, int64_t count, const double *start,
                            const double *lower, const double *upper, const ald_cancel *cancel,
                            ald_fit *fit, ald_error **err) noexcept {
    return call(err, in(optional_handle{cancel}), out(fit), [&](auto *c) -> outcome {
        if (fn == nullptr || start == nullptr) {
            return fail(ALD_E_INVALID, "fit", "fn or start is NULL");
        }
        if (parameter_count < 1 || parameter_count > ALD_FIT_PARAMETERS_MAX) {
            return fail(ALD_E_RANGE, "fit", "there are {} parameters; allowed are 1 to {}",
                        parameter_count, static_cast<int>(ALD_FIT_PARAMETERS_MAX));
        }
        const auto data = points_of(x, y, sigma, count);
        if (!data) {
            return failure(data.error());
        }
        const auto n = static_cast<std::size_t>(parameter_count);
        const auto called = names_from(names, n);
        if (!called) {
            return failure(called.error());
        }
        const auto begin = std::span(start, n);
        const auto within =
            fit::box_of(optional_numbers(lower, n), optional_numbers(upper, n), begin, *called);
        if (!within) {
            return failure(within.error());
        }
        const auto run = [&](std::span<const double> at, std::span<double> values) -> outcome {
            returned<ald_error> why;
            const ald_status status = run_callback([&] {
                return fn(user_data, at.data(), parameter_count, data->x.data(), values.data(),
                          count, why.place());
            });
            auto ended = callback_result(status, nullptr, why.object().get());
            return ended ? outcome() : outcome(failure(ended.error()));
        };
        return check_record(fit, "fit")
            .and_then([&] { return fit::fit_function(*data, begin, *called, *within, run, c); })
            .and_then([&](const fit::solution &s) {
                return put_fit(fit, s, *within, n, data->x.size());
            });
    });
}
