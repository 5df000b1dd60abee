// Fits of curves: derivatives, exact points, what cannot be fitted.
#include "kernels/fit/models.hpp"
#include "unit/base/values_support.hpp"

#include <gtest/gtest.h>

#include <cmath>

using namespace alidade;
using alidade::test::code_of;
using alidade::test::message_of;

namespace {

struct example {
    std::int32_t which;
    std::vector<double> truth;
    double from;
    double to;
};

const std::vector<example> examples{
    {1, {3, -2}, -1, 5},           {2, {2, 130, 0.1}, 0, 340},
    {3, {2, 80, 0.1}, 0, 88},      {4, {3, 1.2, 0.3, 1}, 0, 3},
    {4, {-3, 1.2, 0.3, 4}, 0, 3},  {5, {5, 2, 0.4, 1}, 0, 4},
    {5, {-5, 2, 0.4, 1}, 0, 4},    {1, {-3e6, 2e-3}, 1.7e9, 1.7e9 + 100},
    {6, {5, 2, 0.4, 1}, 0, 4},     {6, {-5, 2, 0.4, 1}, 0, 4},
    {7, {3, 1.5, 1}, 0, 5},        {7, {-3, -2.5, 1}, -1, 5},
    {8, {3, 1.3, 40, 1}, 0, 5},    {8, {3, 0.3, 340, 1}, 2, 5},
    {9, {3, 1.3, 40, 2, 1}, 0, 5}, {9, {0.3, 1.7, 250, -2, 1}, 0, 5},
};

std::vector<double> places(const example &e, std::size_t count = 40) {
    std::vector<double> x(count);
    for (std::size_t i = 0; i < count; ++i) {
        x[i] = e.from + (e.to - e.from) * static_cast<double>(i) / static_cast<double>(count - 1);
    }
    return x;
}

std::vector<double> values(const fit::model &m, std::span<const double> at,
                           std::span<const double> x) {
    std::vector<double> y(x.size());
    m.evaluate(at, x, y, {});
    return y;
}

TEST(Fit, DerivativesAreThoseOfTheCurves) {
    for (const example &e : examples) {
        const fit::model &m = *fit::find_model(e.which);
        const auto x = places(e);
        std::vector<double> y(x.size());
        std::vector<double> derivatives(x.size() * e.truth.size());
        m.evaluate(e.truth, x, y, derivatives);
        EXPECT_EQ(y, values(m, e.truth, x));
        auto in_place = x;
        m.evaluate(e.truth, in_place, in_place, {});
        EXPECT_EQ(in_place, y);
        for (std::size_t k = 0; k < e.truth.size(); ++k) {
            const double h = 1e-6 * std::max(1.0, std::abs(e.truth[k]));
            auto above = e.truth;
            auto below = e.truth;
            above[k] += h;
            below[k] -= h;
            const auto y_above = values(m, above, x);
            const auto y_below = values(m, below, x);
            for (std::size_t i = 0; i < x.size(); ++i) {
                const double slope = (y_above[i] - y_below[i]) / (2 * h);
                EXPECT_NEAR(derivatives[k * x.size() + i], slope, 1e-6 * (1 + std::abs(slope)))
                    << m.name << " " << m.parameter_names[k] << " at " << x[i];
            }
        }
    }
}

TEST(Fit, FindsExactPointsExactly) {
    for (const example &e : examples) {
        const fit::model &m = *fit::find_model(e.which);
        const auto x = places(e);
        const auto y = values(m, e.truth, x);
        const auto found = fit::fit_curve(m, {x, y, {}}, {}, {}, nullptr);
        ASSERT_TRUE(found) << m.name << message_of(found);
        for (std::size_t k = 0; k < e.truth.size(); ++k) {
            EXPECT_NEAR(found->best[k], e.truth[k], 1e-7 * (1 + std::abs(e.truth[k]))) << m.name;
        }
        EXPECT_LT(found->chi_squared, 1e-12) << m.name;
    }
}

TEST(Fit, BringsAnglesAndWidthsIntoTheirRange) {
    const example malus{2, {2, 130, 0.1}, 0, 340};
    const auto x = places(malus);
    const fit::model &m = *fit::find_model(2);
    const auto y = values(m, malus.truth, x);
    // The same curve as a negative cosine, some turns away.
    const std::array start{-2.0, 130.0 + 90 - 3 * 180, 2.1};
    const auto found = fit::fit_curve(m, {x, y, {}}, start, {}, nullptr);
    ASSERT_TRUE(found);
    EXPECT_NEAR(found->best[0], 2, 1e-9);
    EXPECT_NEAR(found->best[1], 130, 1e-7);
    EXPECT_NEAR(found->best[2], 0.1, 1e-9);

    const example edge{4, {3, 1.2, 0.3, 1}, 0, 3};
    const auto places_of_edge = places(edge);
    const auto levels = values(*fit::find_model(4), edge.truth, places_of_edge);
    const std::array mirrored{-3.0, 1.2, -0.3, 4.0};
    const auto risen =
        fit::fit_curve(*fit::find_model(4), {places_of_edge, levels, {}}, mirrored, {}, nullptr);
    ASSERT_TRUE(risen);
    EXPECT_NEAR(risen->best[0], 3, 1e-9);
    EXPECT_NEAR(risen->best[2], 0.3, 1e-9);
    EXPECT_NEAR(risen->best[3], 1, 1e-9);
}

TEST(Fit, NamesWhatThePointsDoNotTell) {
    const std::vector<double> same(10, 1.0);
    const std::vector<double> y{1, 2, 1, 2, 1, 2, 1, 2, 1, 2};
    for (const std::int32_t which : {1, 2, 3, 4, 5, 6, 7, 8, 9}) {
        const auto found = fit::fit_curve(*fit::find_model(which), {same, y, {}}, {}, {}, nullptr);
        EXPECT_EQ(code_of(found), ALD_E_INVALID) << which;
        EXPECT_NE(message_of(found).find("do not determine the parameter"), std::string::npos)
            << message_of(found);
    }
}

TEST(Fit, FindsNothingInLevelPoints) {
    const std::vector<double> level(10, 2.5);
    const auto x = places(examples.front(), 10);
    for (const std::int32_t which : {4, 5}) {
        const auto found = fit::fit_curve(*fit::find_model(which), {x, level, {}}, {}, {}, nullptr);
        EXPECT_NE(message_of(found).find("do not determine the parameter 'center'"),
                  std::string::npos)
            << message_of(found);
    }
}

// Two steep flanks seen by a few points are a narrow, bent valley of chi squared.
TEST(Fit, FollowsABentValley) {
    const std::vector<double> x{-1.21727138, 3.53655143, 4.7608275,   5.2042308,  5.40713122,
                                6.94089084,  7.73867791, 8.20338654,  8.99328436, 9.35931877,
                                9.94674845,  9.99249357, 10.37781592, 10.50214971};
    const std::array truth{-1.0, 0.0, 1.0, 0.25746935};
    const fit::model &m = *fit::find_model(5);
    const auto y = values(m, truth, x);
    for (const std::vector<double> &start : {std::vector<double>{}, {-1.01, 0.01, 1.01, 0.26}}) {
        const auto found = fit::fit_curve(m, {x, y, {}}, start, {}, nullptr);
        ASSERT_TRUE(found) << message_of(found);
        EXPECT_NEAR(found->best[0], -1, 1e-6);
        EXPECT_LT(found->iterations, 200);
    }
}

TEST(Fit, RefusesPointsThatAreNone) {
    const std::vector<double> x{1, 2, 3};
    const std::vector<double> y{1, 2, std::nan("")};
    const std::vector<double> bad_sigma{1, 0, 1};
    const fit::model &line = *fit::find_model(1);
    EXPECT_NE(message_of(fit::fit_curve(line, {x, y, {}}, {}, {}, nullptr)).find("y[2] is nan"),
              std::string::npos);
    EXPECT_EQ(code_of(fit::fit_curve(line, {y, x, {}}, {}, {}, nullptr)), ALD_E_INVALID);
    EXPECT_NE(message_of(fit::fit_curve(line, {x, x, bad_sigma}, {}, {}, nullptr)).find("sigma[1]"),
              std::string::npos);
    const std::span<const double> two = std::span(x).first(2);
    EXPECT_EQ(code_of(fit::fit_curve(line, {two, two, {}}, {}, {}, nullptr)), ALD_E_RANGE);
    const std::vector<double> ones(2, 1.0);
    EXPECT_TRUE(fit::fit_curve(line, {two, two, ones}, {}, {}, nullptr))
        << "sigma needs no scatter";
    EXPECT_EQ(fit::find_model(0), nullptr);
    EXPECT_EQ(fit::find_model(10), nullptr);
    EXPECT_EQ(fit::find_model(-1), nullptr);
}

TEST(Fit, EndsWhenItIsCancelledAndWhereThereIsNoMinimum) {
    const auto cancel = make<cancel_source>();
    cancel->trigger();
    const example e = examples.front();
    const auto x = places(e);
    const auto y = values(*fit::find_model(1), e.truth, x);
    EXPECT_EQ(code_of(fit::fit_curve(*fit::find_model(1), {x, y, {}}, {}, {}, cancel.get())),
              ALD_E_CANCELLED);
    // 1 / (1 + p) never gets to 0: p runs away.
    const std::vector<double> zeros(x.size(), 0.0);
    const std::array start{1.0};
    const std::array<std::string_view, 1> names{"p"};
    const auto away = fit::fit_function(
        {x, zeros, {}}, start, names, {},
        [&](std::span<const double> at, std::span<double> to) -> outcome {
            std::fill(to.begin(), to.end(), 1 / (1 + std::abs(at[0])));
            return {};
        },
        nullptr);
    EXPECT_FALSE(away);
}

} // namespace
