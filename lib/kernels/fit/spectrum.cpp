#include "kernels/fit/spectrum.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <complex>
#include <numbers>

namespace alidade::fit {

namespace {

using std::numbers::pi;

// Fourier transform in place, by halves; the size is a power of two.
void transform(std::span<std::complex<double>> values) {
    const std::size_t size = values.size();
    for (std::size_t i = 1, j = 0; i < size; ++i) { // the order of reversed bits
        std::size_t bit = size / 2;
        for (; (j & bit) != 0; bit /= 2) {
            j ^= bit;
        }
        j ^= bit;
        if (i < j) {
            std::swap(values[i], values[j]);
        }
    }
    std::vector<std::complex<double>> turns(size / 2);
    for (std::size_t k = 0; k < turns.size(); ++k) {
        turns[k] = std::polar(1.0, -2 * pi * static_cast<double>(k) / static_cast<double>(size));
    }
    for (std::size_t length = 2; length <= size; length *= 2) {
        const std::size_t stride = size / length;
        for (std::size_t begin = 0; begin < size; begin += length) {
            for (std::size_t k = 0; k < length / 2; ++k) {
                const auto turned = values[begin + k + length / 2] * turns[k * stride];
                values[begin + k + length / 2] = values[begin + k] - turned;
                values[begin + k] += turned;
            }
        }
    }
}

} // namespace

std::vector<double> strongest(std::span<const double> x, std::span<const double> y,
                              std::size_t most) {
    const auto [low, high] = std::minmax_element(x.begin(), x.end());
    // Cells as far apart as the points would be at equal distances; as many zeros behind them.
    const double cell = (*high - *low) / static_cast<double>(x.size() - 1);
    const std::size_t size = 2 * std::bit_ceil(x.size());
    std::vector<std::complex<double>> values(size);
    for (std::size_t i = 0; i < x.size(); ++i) {
        values[static_cast<std::size_t>(std::llround((x[i] - *low) / cell))] += y[i];
    }
    transform(values);
    std::vector<std::size_t> peaks;
    for (std::size_t k = 1; k < size / 2; ++k) {
        const double here = std::norm(values[k]);
        if (here >= std::norm(values[k - 1]) && here > std::norm(values[k + 1])) {
            peaks.push_back(k);
        }
    }
    const auto shown = peaks.begin() + static_cast<std::ptrdiff_t>(std::min(most, peaks.size()));
    std::partial_sort(peaks.begin(), shown, peaks.end(), [&](std::size_t a, std::size_t b) {
        return std::norm(values[a]) > std::norm(values[b]);
    });
    std::vector<double> frequencies;
    for (auto k = peaks.begin(); k != shown; ++k) {
        // A parabola through the peak and its neighbours tells where between the cells it is.
        const double before = std::abs(values[*k - 1]);
        const double here = std::abs(values[*k]);
        const double after = std::abs(values[*k + 1]);
        const double bent = before - 2 * here + after;
        const double beside = bent < 0 ? (before - after) / (2 * bent) : 0;
        frequencies.push_back((static_cast<double>(*k) + beside) /
                              (static_cast<double>(size) * cell));
    }
    return frequencies;
}

} // namespace alidade::fit
