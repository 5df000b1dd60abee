// The light of the bench: pure functions of what stands in the beam.
#pragma once

namespace alidade::optics {

// The part of linearly polarized light that passes a half-wave plate whose axis is at `plate` and
// then a polarizer at `polarizer`, both in degrees from the light's plane; `extinction` is the
// ratio of the greatest to the least.
[[nodiscard]] double malus(double plate, double polarizer, double extinction) noexcept;

// The part of a Gaussian beam of 1/e^2 radius `radius` and centre `centre` that a blade leaves
// whose edge is at `edge` and which comes from below.
[[nodiscard]] double beyond_blade(double edge, double centre, double radius) noexcept;

// Standard deviation of the blur of a point that is `defocus` out of focus, seen through an
// objective of numerical aperture `na`, at `wavelength`; all lengths in the same unit.
[[nodiscard]] double blur(double defocus, double na, double wavelength) noexcept;

} // namespace alidade::optics
