#include "sim/bench/optics.hpp"

#include <cmath>

namespace alidade::optics {

namespace {
constexpr double degree = 0.017453292519943295;
constexpr double sqrt_2 = 1.4142135623730951;
} // namespace

double malus(double plate, double polarizer, double extinction) noexcept {
    const double c = std::cos((2 * plate - polarizer) * degree);
    const double leakage = 1 / extinction;
    return (1 - leakage) * c * c + leakage;
}

double beyond_blade(double edge, double centre, double radius) noexcept {
    return std::erfc(sqrt_2 * (edge - centre) / radius) / 2;
}

double blur(double defocus, double na, double wavelength) noexcept {
    // A disc of radius r has the standard deviation r / 2 along each axis; an Airy disc is close to
    // a normal distribution of 0.21 wavelength / NA.
    const double disc = std::abs(defocus) * na / std::sqrt(1 - na * na) / 2;
    const double diffraction = 0.21 * wavelength / na;
    return std::sqrt(disc * disc + diffraction * diffraction);
}

} // namespace alidade::optics
