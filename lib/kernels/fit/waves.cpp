#include "kernels/fit/waves.hpp"

#include "kernels/fit/spectrum.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace alidade::fit {

namespace {

using std::numbers::pi;

// Number of points that are looked through with each place of the grid; of more, a spectrum tells
// which places are worth it.
constexpr std::size_t few = 256;
// Places of the grid for one swing more within the points.
constexpr double places_for_a_swing = 4;
// The slowest decay on the grid, in ranges of x: hardly one at all.
constexpr double slowest = 8;
constexpr std::size_t most_waves = 40;
// Peaks of each spectrum that are looked at.
constexpr std::size_t peaks = 3;
constexpr double epsilon = std::numeric_limits<double>::epsilon();

struct extent {
    double first;
    double range;
};

extent extent_of(std::span<const double> x) noexcept {
    const auto [low, high] = std::minmax_element(x.begin(), x.end());
    return {*low, *high - *low};
}

// Sums for the linear problem of a wave, less an offset. Where a wave decays, it is counted from
// where it is greatest, so that no sum overflows.
class projection {
public:
    explicit projection(const points &data) : weights_(data.x.size()), y_(data.x.size()) {
        double sum = 0;
        for (std::size_t i = 0; i < y_.size(); ++i) {
            weights_[i] = data.sigma.empty() ? 1 : 1 / (data.sigma[i] * data.sigma[i]);
            weight_ += weights_[i];
            sum += weights_[i] * data.y[i];
            rounding_ += weights_[i] * std::pow(16 * epsilon * data.y[i], 2);
        }
        mean_ = sum / weight_;
        for (std::size_t i = 0; i < y_.size(); ++i) {
            y_[i] = data.y[i] - mean_;
        }
    }

    // The best wave that swings and decays as `cosines`, `sines` and `envelope` at the points say.
    [[nodiscard]] wave best(std::span<const double> cosines, std::span<const double> sines,
                            std::span<const double> envelope) const noexcept {
        double c = 0;
        double s = 0;
        double cc = 0;
        double cs = 0;
        double ss = 0;
        double cy = 0;
        double sy = 0;
        for (std::size_t i = 0; i < y_.size(); ++i) {
            const double e = envelope.empty() ? 1 : envelope[i];
            const double cosine = cosines.empty() ? e : e * cosines[i];
            const double sine = sines.empty() ? 0 : e * sines[i];
            const double w = weights_[i];
            c += w * cosine;
            s += w * sine;
            cc += w * cosine * cosine;
            cs += w * cosine * sine;
            ss += w * sine * sine;
            cy += w * cosine * y_[i];
            sy += w * sine * y_[i];
        }
        const double cosine_left = cc - c * c / weight_;
        const double sine_left = ss - s * s / weight_;
        const double both = cs - c * s / weight_;
        wave found;
        const double determinant = cosine_left * sine_left - both * both;
        if (determinant > 1e-12 * cc * ss && ss > 0) {
            found.cosine = (cy * sine_left - sy * both) / determinant;
            found.sine = (sy * cosine_left - cy * both) / determinant;
        } else if (cosine_left > 1e-12 * cc && cosine_left >= sine_left) {
            found.cosine = cy / cosine_left;
        } else if (sine_left > 1e-12 * ss) {
            found.sine = sy / sine_left;
        }
        const double gain = found.cosine * cy + found.sine * sy;
        found.gain = gain > rounding_ ? gain : 0;
        found.offset = mean_ - (found.cosine * c + found.sine * s) / weight_;
        return found;
    }

    [[nodiscard]] std::span<const double> centred() const noexcept { return y_; }

private:
    std::vector<double> weights_;
    std::vector<double> y_; // less its mean
    double weight_ = 0;
    double mean_ = 0;
    double rounding_ = 0; // what explains no more has explained nothing
};

void swing(std::span<const double> x, double frequency, std::span<double> cosines,
           std::span<double> sines) noexcept {
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double phase = 2 * pi * frequency * x[i];
        cosines[i] = std::cos(phase);
        sines[i] = std::sin(phase);
    }
}

// Greatest at one end of x, 1 there; empty for no decay.
std::vector<double> envelope_of(std::span<const double> x, extent e, double rate) {
    std::vector<double> envelope;
    if (rate != 0) {
        envelope.reserve(x.size());
        const double from = rate > 0 ? e.first : e.first + e.range;
        for (const double at : x) {
            envelope.push_back(std::exp(-rate * (at - from)));
        }
    }
    return envelope;
}

// The wave counted from x = 0 instead of from the end where it is greatest.
wave from_zero(wave w, extent e, double frequency, double rate) noexcept {
    w.frequency = frequency;
    w.rate = rate;
    const double factor = rate == 0 ? 1 : std::exp(rate * (rate > 0 ? e.first : e.first + e.range));
    w.cosine *= factor;
    w.sine *= factor;
    return w;
}

std::vector<double> rates_of(extent e, std::size_t count, wave_grid grid) {
    if (!grid.decays) {
        return {0};
    }
    // A curve without swings has its rate alone to be told by.
    const double factor = !grid.swings ? std::numbers::sqrt2 : count <= few ? 2 : 4;
    const double fastest = 2 * static_cast<double>(count) / e.range;
    std::vector<double> rates;
    for (double rate = 1 / (slowest * e.range); rate < fastest; rate *= factor) {
        rates.push_back(rate);
        rates.insert(rates.begin(), -rate);
    }
    return rates;
}

double fastest_swing(extent e, std::size_t count) noexcept {
    return static_cast<double>(count - 1) / (2 * e.range);
}

// Gains at all places of the grid, rate by rate.
std::vector<wave> look_through(const points &data, extent e, const std::vector<double> &rates,
                               const std::vector<double> &frequencies) {
    const projection sums(data);
    std::vector<std::vector<double>> envelopes;
    envelopes.reserve(rates.size());
    for (const double rate : rates) {
        envelopes.push_back(envelope_of(data.x, e, rate));
    }
    std::vector<double> cosines(data.x.size());
    std::vector<double> sines(data.x.size());
    std::vector<wave> found(rates.size() * frequencies.size());
    for (std::size_t f = 0; f < frequencies.size(); ++f) {
        const bool swings = frequencies[f] != 0;
        if (swings) {
            swing(data.x, frequencies[f], cosines, sines);
        }
        for (std::size_t r = 0; r < rates.size(); ++r) {
            const wave best =
                swings ? sums.best(cosines, sines, envelopes[r]) : sums.best({}, {}, envelopes[r]);
            found[r * frequencies.size() + f] = from_zero(best, e, frequencies[f], rates[r]);
        }
    }
    return found;
}

// Summits of the gain: better than their neighbours on the grid.
std::vector<wave> summits(const std::vector<wave> &all, std::size_t columns) {
    const std::size_t rows = all.size() / columns;
    std::vector<wave> found;
    for (std::size_t row = 0; row < rows; ++row) {
        for (std::size_t column = 0; column < columns; ++column) {
            const wave &here = all[row * columns + column];
            const auto lower = [&](bool there, std::size_t beside) {
                return !there || all[beside].gain <= here.gain;
            };
            const std::size_t at = row * columns + column;
            if (here.gain > 0 && lower(row > 0, at - columns) &&
                lower(row + 1 < rows, at + columns) && lower(column > 0, at - 1) &&
                lower(column + 1 < columns, at + 1)) {
                found.push_back(here);
            }
        }
    }
    return found;
}

std::vector<double> frequencies_of(extent e, std::size_t count, wave_grid grid) {
    if (!grid.swings) {
        return {0};
    }
    std::vector<double> frequencies;
    const double step = 1 / (places_for_a_swing * e.range);
    const double fastest = fastest_swing(e, count);
    for (double place = 0.5; place * step < fastest; ++place) {
        frequencies.push_back(place * step);
    }
    frequencies.push_back(fastest * (1 - 1e-3)); // at half a swing a sine of even points vanishes
    return frequencies;
}

// Means of groups of neighbours, which show what is slow among many points.
struct grouped {
    std::vector<double> x;
    std::vector<double> y;
    std::vector<double> sigma;
};

grouped groups_of(const points &data, extent e) {
    std::vector<double> weights(few);
    grouped all{std::vector<double>(few), std::vector<double>(few), {}};
    for (std::size_t i = 0; i < data.x.size(); ++i) {
        const double place = (data.x[i] - e.first) / e.range * static_cast<double>(few);
        const std::size_t group = std::min(few - 1, static_cast<std::size_t>(place));
        const double weight = data.sigma.empty() ? 1 : 1 / (data.sigma[i] * data.sigma[i]);
        weights[group] += weight;
        all.x[group] += weight * data.x[i];
        all.y[group] += weight * data.y[i];
    }
    grouped means;
    for (std::size_t g = 0; g < few; ++g) {
        if (weights[g] > 0) {
            means.x.push_back(all.x[g] / weights[g]);
            means.y.push_back(all.y[g] / weights[g]);
            means.sigma.push_back(1 / std::sqrt(weights[g]));
        }
    }
    return means;
}

// Frequencies and rates worth a look among many points, by spectra of the decaying points.
std::vector<wave> look_at_spectra(const points &data, extent e, const std::vector<double> &rates) {
    const projection sums(data);
    std::vector<wave> found;
    std::vector<double> y(data.x.size());
    for (const double rate : rates) {
        const auto envelope = envelope_of(data.x, e, rate);
        for (std::size_t i = 0; i < y.size(); ++i) {
            const double weight = data.sigma.empty() ? 1 : 1 / (data.sigma[i] * data.sigma[i]);
            y[i] = sums.centred()[i] * weight * (envelope.empty() ? 1 : envelope[i]);
        }
        for (const double frequency : strongest(data.x, y, peaks)) {
            found.push_back(best_wave(data, frequency, rate));
        }
    }
    return found;
}

} // namespace

wave best_wave(const points &data, double frequency, double rate) {
    return look_through(data, extent_of(data.x), {rate}, {frequency}).front();
}

std::vector<wave> find_waves(const points &data, wave_grid grid) {
    const extent e = extent_of(data.x);
    if (!(e.range > 0)) {
        return {};
    }
    const std::size_t count = data.x.size();
    const auto rates = rates_of(e, count, grid);
    std::vector<wave> found;
    if (count <= few || !grid.swings) {
        const auto frequencies = frequencies_of(e, count, grid);
        found = summits(look_through(data, e, rates, frequencies), frequencies.size());
    } else {
        const grouped means = groups_of(data, e);
        const points slow{means.x, means.y, means.sigma};
        const auto frequencies = frequencies_of(e, means.x.size(), grid);
        const auto slow_rates = rates_of(e, means.x.size(), grid);
        for (const wave &w :
             summits(look_through(slow, e, slow_rates, frequencies), frequencies.size())) {
            found.push_back(w);
        }
        std::sort(found.begin(), found.end(),
                  [](const wave &a, const wave &b) { return a.gain > b.gain; });
        found.resize(std::min(found.size(), peaks));
        for (wave &w : found) {
            w = best_wave(data, w.frequency, w.rate);
        }
        const auto quick = look_at_spectra(data, e, rates);
        found.insert(found.end(), quick.begin(), quick.end());
    }
    std::erase_if(found, [](const wave &w) {
        const double height = amplitude_of(w);
        return !(std::isfinite(height) && height > 0 && w.gain > 0);
    });
    std::sort(found.begin(), found.end(),
              [](const wave &a, const wave &b) { return a.gain > b.gain; });
    found.resize(std::min(found.size(), most_waves));
    return found;
}

} // namespace alidade::fit
