#include "kernels/fit/models.hpp"

#include "kernels/fit/shapes.hpp"
#include "kernels/fit/starts.hpp"
#include "kernels/fit/waves.hpp"

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <numbers>
#include <numeric>
#include <vector>

namespace alidade::fit {

namespace {

using std::numbers::pi;

constexpr double degree = pi / 180;

// The covariance where a parameter has got a multiple of another.
void mix(solution &s, std::size_t to, std::size_t from, double times) noexcept {
    const auto c = [&s](std::size_t i, std::size_t j) -> double & {
        return s.covariance[i * most_parameters + j];
    };
    for (std::size_t j = 0; j < most_parameters; ++j) {
        c(to, j) += times * c(from, j);
    }
    for (std::size_t i = 0; i < most_parameters; ++i) {
        c(i, to) += times * c(i, from);
    }
}

// Adds a multiple of one parameter to another, of which the covariance knows too.
void add(solution &s, std::size_t to, std::size_t from, double times) noexcept {
    s.best[to] += times * s.best[from];
    mix(s, to, from, times);
}

void multiply(solution &s, std::size_t which, double by) noexcept {
    s.best[which] *= by;
    for (std::size_t j = 0; j < most_parameters; ++j) {
        s.covariance[which * most_parameters + j] *= by;
        s.covariance[j * most_parameters + which] *= by;
    }
}

void negate(solution &s, std::size_t which) noexcept { multiply(s, which, -1); }

double middle_of(std::span<const double> x) noexcept {
    return std::accumulate(x.begin(), x.end(), 0.0) / static_cast<double>(x.size());
}

double nearest_to_zero(std::span<const double> x) noexcept {
    const auto [low, high] = std::minmax_element(x.begin(), x.end());
    return std::clamp(0.0, *low, *high);
}

// Bits of parameters.
constexpr std::uint32_t no_other = 0;
constexpr std::uint32_t first = 1;
constexpr std::uint32_t third = 4;

// A rest of a division that is never negative.
double wrapped(double x, double period) noexcept { return x - period * std::floor(x / period); }

// Puts an angle between its bounds if a multiple of the period does, else at the nearer one.
double angle_within(double x, double lower, double upper, double period) noexcept {
    if (!std::isfinite(lower) && !std::isfinite(upper)) {
        return x;
    }
    if (!std::isfinite(lower)) {
        return upper - wrapped(upper - x, period);
    }
    const double above = wrapped(x - lower, period);
    return lower + above <= upper                     ? lower + above
           : above - (upper - lower) < period - above ? upper
                                                      : lower;
}

parameters nearest_within(parameters at, const box &within) noexcept {
    for (std::size_t k = 0; k < most_parameters; ++k) {
        at[k] = within.nearest(k, at[k]);
    }
    return at;
}

// Another name of the same curve: its angle half a period on.
using other_name = void (*)(solution &s) noexcept;

// A start by the name, of two, that lies in the box; by the nearest to it if none does.
parameters named_within(const parameters &at, const box &within, std::size_t angle, double period,
                        other_name turn) noexcept {
    solution s;
    s.best = at;
    parameters nearest{};
    for (const bool turned : {false, true}) {
        if (turned) {
            turn(s);
        }
        parameters named = s.best;
        named[angle] = angle_within(named[angle], within.lower[angle], within.upper[angle], period);
        if (within.has(named)) {
            return named;
        }
        nearest = turned ? nearest : named;
    }
    return nearest_within(nearest, within);
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

parameters guess_line(const points &data, const box &within) {
    const auto [low, high] = std::minmax_element(data.x.begin(), data.x.end());
    const double y_low = data.y[static_cast<std::size_t>(low - data.x.begin())];
    const double y_high = data.y[static_cast<std::size_t>(high - data.x.begin())];
    const double slope = *high > *low ? (y_high - y_low) / (*high - *low) : 0;
    return nearest_within({y_low - slope * *low, slope}, within);
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

// A falling cosine is a rising one half a period on.
template <int turns> void turn_malus(solution &s) noexcept {
    add(s, 2, 0, 1);
    negate(s, 0);
    s.best[1] += 90.0 / turns;
}

template <int turns> parameters guess_malus(const points &data, const box &within) {
    constexpr std::array<std::string_view, 3> names{"mean", "cosine", "sine"};
    constexpr std::array<double, 3> zero{};
    const evaluation wave = [&](std::span<const double> at, std::span<double> values,
                                std::span<double> derivatives) -> outcome {
        evaluate_wave<turns>(at, data.x, values, derivatives);
        return {};
    };
    const auto found = least_squares(data, wave, zero, names);
    if (!found) { // points that do not tell the angle: the fit itself will say so
        return nearest_within({1, 0, 0}, within);
    }
    const std::complex<double> swing(found->best[1], found->best[2]);
    const double half = std::abs(swing);
    return named_within({2 * half, std::arg(swing) / (2 * turns * degree), found->best[0] - half},
                        within, 1, 180.0 / turns, turn_malus<turns>);
}

template <int turns> void tidy_malus(solution &s) noexcept {
    constexpr double period = 180.0 / turns;
    if (s.best[0] < 0) {
        turn_malus<turns>(s);
    }
    s.best[1] = wrapped(s.best[1], period);
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
    [](double u) noexcept { return (1 + std::erf(std::numbers::sqrt2 * u)) / 2; }, 1, 2, 1};

parameters guess_edge(const points &data, const box &within) {
    return deepest(rising, evaluate_edge, data, within);
}

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

constexpr shape bell{[](double u) noexcept { return std::exp(-u * u / 2); }, 0, 4, 1};

parameters guess_gaussian(const points &data, const box &within) {
    return deepest(bell, evaluate_gaussian, data, within);
}

// A peak has no direction: its width is above 0.
void tidy_peak(solution &s) noexcept {
    if (s.best[2] < 0) {
        negate(s, 2);
    }
}

// --- Lorentzian: offset + amplitude / (1 + (2 (x - center) / fwhm)^2) ---

constexpr std::array<std::string_view, 4> lorentzian_names{"amplitude", "center", "fwhm", "offset"};

void evaluate_lorentzian(std::span<const double> at, std::span<const double> x,
                         std::span<double> values, std::span<double> derivatives) noexcept {
    const std::size_t count = x.size();
    for (std::size_t i = 0; i < count; ++i) {
        const double u = 2 * (x[i] - at[1]) / at[2];
        const double peak = 1 / (1 + u * u);
        values[i] = at[3] + at[0] * peak;
        if (!derivatives.empty()) {
            const double slope = 2 * at[0] * peak * peak * u / at[2];
            derivatives[i] = peak;
            derivatives[count + i] = 2 * slope;
            derivatives[2 * count + i] = slope * u;
            derivatives[3 * count + i] = 1;
        }
    }
}

constexpr shape resonance{[](double u) noexcept { return 1 / (1 + 4 * u * u); }, 0, 16, 0.4};

parameters guess_lorentzian(const points &data, const box &within) {
    return deepest(resonance, evaluate_lorentzian, data, within);
}

// --- exponential: offset + amplitude exp(-x / tau) ---

constexpr std::array<std::string_view, 3> exponential_names{"amplitude", "tau", "offset"};

void evaluate_exponential(std::span<const double> at, std::span<const double> x,
                          std::span<double> values, std::span<double> derivatives) noexcept {
    const std::size_t count = x.size();
    for (std::size_t i = 0; i < count; ++i) {
        const double u = x[i] / at[1];
        const double decayed = std::exp(-u);
        values[i] = at[2] + at[0] * decayed;
        if (!derivatives.empty()) {
            derivatives[i] = decayed;
            derivatives[count + i] = at[0] * decayed * u / at[1];
            derivatives[2 * count + i] = 1;
        }
    }
}

// Longest time that a wave which does not decay is given, in ranges of x.
constexpr double hardly_decaying = 1e3;

double tau_of(const wave &w, const points &data) noexcept {
    const auto [low, high] = std::minmax_element(data.x.begin(), data.x.end());
    return w.rate != 0 ? 1 / w.rate : hardly_decaying * (*high > *low ? *high - *low : 1);
}

parameters guess_exponential(const points &data, const box &within) {
    std::vector<parameters> starts;
    for (const wave &w : find_waves(data, {.swings = false, .decays = true})) {
        starts.push_back(nearest_within({w.cosine, tau_of(w, data), w.offset}, within));
    }
    if (starts.empty()) { // points that tell nothing: the fit itself will say so
        starts.push_back(nearest_within({0, tau_of({}, data), data.y.front()}, within));
    }
    return lowest(starts, exponential_names.size(), evaluate_exponential, data, within);
}

// An amplitude at x = 0 that decays with `tau` until there; NaN where that leaves nothing of it.
void shift_decay(solution &s, std::size_t tau, double by) noexcept {
    const double factor = std::exp(by / s.best[tau]);
    multiply(s, 0, factor > 0 ? factor : std::numeric_limits<double>::quiet_NaN());
    mix(s, 0, tau, -s.best[0] * by / (s.best[tau] * s.best[tau]));
}

void shift_exponential(solution &s, double by) noexcept { shift_decay(s, 1, by); }

// --- sine: offset + amplitude sin(2 pi frequency x + phase), the phase in degrees ---

constexpr std::array<std::string_view, 4> sine_names{"amplitude", "frequency", "phase", "offset"};

void evaluate_sine(std::span<const double> at, std::span<const double> x, std::span<double> values,
                   std::span<double> derivatives) noexcept {
    const std::size_t count = x.size();
    for (std::size_t i = 0; i < count; ++i) {
        const double phase = 2 * pi * at[1] * x[i] + at[2] * degree;
        const double s = std::sin(phase);
        values[i] = at[3] + at[0] * s;
        if (!derivatives.empty()) {
            const double slope = at[0] * std::cos(phase);
            derivatives[i] = s;
            derivatives[count + i] = slope * 2 * pi * x[i];
            derivatives[2 * count + i] = slope * degree;
            derivatives[3 * count + i] = 1;
        }
    }
}

void turn_sine(solution &s) noexcept {
    negate(s, 0);
    s.best[2] += 180;
}

double phase_of(const wave &w) noexcept { return std::atan2(w.cosine, w.sine) / degree; }

// The waves of the frequencies that the box allows.
std::vector<wave> waves_within(const points &data, const box &within, bool decays) {
    std::vector<wave> found = find_waves(data, {.swings = true, .decays = decays});
    for (wave &w : found) {
        const double allowed = within.nearest(1, w.frequency);
        if (allowed != w.frequency) {
            w = best_wave(data, allowed, w.rate);
        }
    }
    std::sort(found.begin(), found.end(),
              [](const wave &a, const wave &b) { return a.gain > b.gain; });
    return found;
}

parameters guess_sine(const points &data, const box &within) {
    std::vector<parameters> starts;
    for (const wave &w : waves_within(data, within, false)) {
        starts.push_back(named_within({amplitude_of(w), w.frequency, phase_of(w), w.offset}, within,
                                      2, 360, turn_sine));
    }
    if (starts.empty()) { // points that tell nothing: the fit itself will say so
        starts.push_back(nearest_within({0, 0, 0, data.y.front()}, within));
    }
    return lowest(starts, sine_names.size(), evaluate_sine, data, within);
}

void shift_sine(solution &s, double by) noexcept { add(s, 2, 1, -360 * by); }

void tidy_sine(solution &s) noexcept {
    if (s.best[1] < 0) { // sin(-a + b) = sin(a + 180 degrees - b)
        negate(s, 1);
        negate(s, 2);
        s.best[2] += 180;
    }
    if (s.best[0] < 0) {
        turn_sine(s);
    }
    s.best[2] = wrapped(s.best[2], 360);
    s.best[2] = s.best[2] < 360 ? s.best[2] : 0;
}

// --- damped sine: offset + amplitude exp(-x / tau) sin(2 pi frequency x + phase) ---

constexpr std::array<std::string_view, 5> damped_sine_names{"amplitude", "frequency", "phase",
                                                            "tau", "offset"};

void evaluate_damped_sine(std::span<const double> at, std::span<const double> x,
                          std::span<double> values, std::span<double> derivatives) noexcept {
    const std::size_t count = x.size();
    for (std::size_t i = 0; i < count; ++i) {
        const double phase = 2 * pi * at[1] * x[i] + at[2] * degree;
        const double u = x[i] / at[3];
        const double decayed = std::exp(-u);
        const double s = decayed * std::sin(phase);
        values[i] = at[4] + at[0] * s;
        if (!derivatives.empty()) {
            const double slope = at[0] * decayed * std::cos(phase);
            derivatives[i] = s;
            derivatives[count + i] = slope * 2 * pi * x[i];
            derivatives[2 * count + i] = slope * degree;
            derivatives[3 * count + i] = at[0] * s * u / at[3];
            derivatives[4 * count + i] = 1;
        }
    }
}

parameters guess_damped_sine(const points &data, const box &within) {
    std::vector<parameters> starts;
    for (const wave &w : waves_within(data, within, true)) {
        starts.push_back(
            named_within({amplitude_of(w), w.frequency, phase_of(w), tau_of(w, data), w.offset},
                         within, 2, 360, turn_sine));
    }
    if (starts.empty()) { // points that tell nothing: the fit itself will say so
        starts.push_back(nearest_within({0, 0, 0, tau_of({}, data), data.y.front()}, within));
    }
    return lowest(starts, damped_sine_names.size(), evaluate_damped_sine, data, within);
}

void shift_damped_sine(solution &s, double by) noexcept {
    shift_sine(s, by);
    shift_decay(s, 3, by);
}

constexpr std::array models{
    model{"line", line_names, evaluate_line, guess_line, middle_of, first, shift_line, leave},
    model{"malus", malus_names, evaluate_malus<1>, guess_malus<1>, middle_of, no_other, shift_place,
          tidy_malus<1>},
    model{"malus-half-wave", malus_names, evaluate_malus<2>, guess_malus<2>, middle_of, no_other,
          shift_place, tidy_malus<2>},
    model{"edge", edge_names, evaluate_edge, guess_edge, middle_of, no_other, shift_place,
          tidy_edge},
    model{"gaussian", gaussian_names, evaluate_gaussian, guess_gaussian, middle_of, no_other,
          shift_place, tidy_peak},
    model{"lorentzian", lorentzian_names, evaluate_lorentzian, guess_lorentzian, middle_of,
          no_other, shift_place, tidy_peak},
    model{"exponential", exponential_names, evaluate_exponential, guess_exponential,
          nearest_to_zero, first, shift_exponential, leave},
    model{"sine", sine_names, evaluate_sine, guess_sine, middle_of, third, shift_sine, tidy_sine},
    model{"damped-sine", damped_sine_names, evaluate_damped_sine, guess_damped_sine,
          nearest_to_zero, first | third, shift_damped_sine, tidy_sine},
};

} // namespace

const model *find_model(std::int32_t which) noexcept {
    const auto place = static_cast<std::size_t>(which) - 1; // ALD_FIT_LINE is 1
    return which > 0 && place < models.size() ? &models[place] : nullptr;
}

} // namespace alidade::fit
