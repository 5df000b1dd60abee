#include "sim/bench/sample.hpp"

#include "sim/bench/noise.hpp"

#include <algorithm>
#include <cmath>

namespace alidade::sample {

namespace {

constexpr double cell_um = 40;      // one spot in each
constexpr double most_blur_um = 40; // beyond it all is grey anyway
constexpr double grid_um = 26;      // period of the grid
constexpr double level = 0.3;       // of the ground
constexpr double grid_contrast = 0.2;
constexpr double two_pi = 6.283185307179586;
constexpr double reach = 4; // standard deviations after which a spot is dark

struct spot {
    double x, y, sigma, height;
};

// The spot of a cell: somewhere in its middle half.
spot spot_in(std::uint64_t seed, std::int64_t column, std::int64_t row) {
    const std::uint64_t k = noise::key(noise::key(seed, static_cast<std::uint64_t>(column)),
                                       static_cast<std::uint64_t>(row));
    const std::uint64_t place = noise::bits(k, 0);
    const std::uint64_t shape = noise::bits(k, 1);
    const auto within = [](std::int64_t cell, std::uint32_t b) {
        return (static_cast<double>(cell) + 0.25 + 0.5 * noise::uniform(b)) * cell_um;
    };
    return {within(column, noise::low(place)), within(row, noise::high(place)),
            1.5 + 2.5 * noise::uniform(noise::low(shape)),
            0.2 + 0.3 * noise::uniform(noise::high(shape))};
}

// Contrast that is left of a wave of the grid's period after blurring.
double contrast(double blur) {
    const double x = two_pi * blur / grid_um;
    return std::exp(-x * x / 2);
}

std::vector<float> wave(double first, double step, std::size_t count) {
    std::vector<float> w(count);
    for (std::size_t i = 0; i < count; ++i) {
        const double at = first + (static_cast<double>(i) + 0.5) * step;
        w[i] = static_cast<float>(std::cos(two_pi * at / grid_um));
    }
    return w;
}

// The points of a line that a spot reaches, and how much of it there is at each.
struct trace {
    std::size_t begin = 0;
    std::vector<float> height;
};

trace trace_of(double centre, double sigma, double first, double step, std::size_t count) {
    const double middle = (centre - first) / step - 0.5;
    const double around = reach * sigma / step;
    const auto clamped = [&](double at) {
        return static_cast<std::size_t>(std::clamp(at, 0.0, static_cast<double>(count)));
    };
    trace t;
    t.begin = clamped(std::ceil(middle - around));
    const std::size_t end = clamped(std::floor(middle + around) + 1);
    for (std::size_t i = t.begin; i < end; ++i) {
        const double z = (static_cast<double>(i) - middle) * step / sigma;
        t.height.push_back(static_cast<float>(std::exp(-z * z / 2)));
    }
    return t;
}

// The width of a Gaussian spot after a Gaussian blur.
double blurred(double sigma, double blur) { return std::sqrt(sigma * sigma + blur * blur); }

void add(std::vector<float> &image, const field &f, const spot &s, double blur) {
    const double sigma = blurred(s.sigma, blur);
    const double height = s.height * s.sigma * s.sigma / (sigma * sigma); // the light is kept
    const trace x = trace_of(s.x, sigma, f.left, f.step, f.width);
    const trace y = trace_of(s.y, sigma, f.top, f.step, f.height);
    for (std::size_t j = 0; j < y.height.size(); ++j) {
        const float row = y.height[j] * static_cast<float>(height);
        float *to = image.data() + (y.begin + j) * f.width + x.begin;
        for (std::size_t i = 0; i < x.height.size(); ++i) {
            to[i] += row * x.height[i];
        }
    }
}

} // namespace

std::vector<float> seen(std::uint64_t seed, const field &f, double blur) {
    blur = std::min(blur, most_blur_um);
    const std::vector<float> across = wave(f.left, f.step, f.width);
    const std::vector<float> down = wave(f.top, f.step, f.height);
    const auto depth = static_cast<float>(grid_contrast * contrast(blur) / 2);
    std::vector<float> image(f.width * f.height);
    for (std::size_t j = 0; j < f.height; ++j) {
        const float row = static_cast<float>(level) + depth * down[j];
        for (std::size_t i = 0; i < f.width; ++i) {
            image[j * f.width + i] = row + depth * across[i];
        }
    }
    const double margin = reach * blurred(4.0, blur);
    const auto cell = [](double at) { return static_cast<std::int64_t>(std::floor(at / cell_um)); };
    const double right = f.left + f.step * static_cast<double>(f.width);
    const double bottom = f.top + f.step * static_cast<double>(f.height);
    for (std::int64_t row = cell(f.top - margin); row <= cell(bottom + margin); ++row) {
        for (std::int64_t column = cell(f.left - margin); column <= cell(right + margin);
             ++column) {
            add(image, f, spot_in(seed, column, row), blur);
        }
    }
    for (float &x : image) {
        x = std::min(x, 1.0F);
    }
    return image;
}

} // namespace alidade::sample
