// Curves offset + exp(-rate x) (cosine cos(w x) + sine sin(w x)), w = 2 pi frequency: where fits of
// them begin. Only rate and frequency are looked for, on a grid, since for each of them the rest is
// a linear problem (N. R. Lomb, Astrophys. Space Sci. 39, 447, 1976).
#pragma once

#include "kernels/fit/least_squares.hpp"

#include <complex>
#include <vector>

namespace alidade::fit {

struct wave {
    double frequency = 0;
    double rate = 0;
    double cosine = 0;
    double sine = 0;
    double offset = 0;
    // By how much less chi squared is than with an offset alone.
    double gain = 0;
};

// Not by std::hypot, whose symbol needs a newer glibc than wheels may: see tests/wheel.
[[nodiscard]] inline double amplitude_of(const wave &w) noexcept {
    return std::abs(std::complex<double>(w.cosine, w.sine));
}

struct wave_grid {
    // True if it swings; the frequencies are those up to half a swing between two points.
    bool swings;
    // True if it decays, or grows.
    bool decays;
};

// The places where a wave explains more than its neighbours on the grid do: the best first.
[[nodiscard]] std::vector<wave> find_waves(const points &data, wave_grid grid);

// The best wave of a frequency and a rate.
[[nodiscard]] wave best_wave(const points &data, double frequency, double rate);

} // namespace alidade::fit
