// The curves of the optical bench: what they are called, how they are evaluated, where a fit of
// them begins.
#pragma once

#include "base/async/wait.hpp"
#include "kernels/fit/least_squares.hpp"

namespace alidade::fit {

struct model {
    const char *name;
    std::span<const std::string_view> parameter_names;
    curve evaluate;
    // Guesses parameters in the valley of the deepest minimum within a box.
    parameters (*guess)(const points &data, const box &within);
    // Origin of x while it is fitted: far from zero, parameters that belong to zero are
    // hard to tell apart, a line's offset and slope over time stamps, say.
    double (*zero)(std::span<const double> x) noexcept;
    // Bits of the parameters that belong to x = 0. Where there is none, the second is a place.
    std::uint32_t of_zero;
    // The same curve, the zero of x moved so that each x is larger by `by`.
    void (*shift)(solution &s, double by) noexcept;
    // Another name for the same curve: brings angles and widths into the range that people expect.
    void (*tidy)(solution &s) noexcept;
};

// NULL for a number that is none of ALD_FIT_*.
[[nodiscard]] const model *find_model(std::int32_t which) noexcept;

// INVALID for points that are no numbers, for a sigma that is not above 0, RANGE for too few
// points.
[[nodiscard]] outcome check_points(const points &data, std::size_t parameter_count);

// Bounds of each parameter, either of which may be empty. INVALID for NaN, a lower one above its
// upper one, or what no number lies between; RANGE for a start outside, which may be empty.
[[nodiscard]] result<box> box_of(std::span<const double> lower, std::span<const double> upper,
                                 std::span<const double> start,
                                 std::span<const std::string_view> names);

// Fits a curve. `start` may be empty. CANCELLED as soon as `cancel`, which may be NULL, is
// triggered.
[[nodiscard]] result<solution> fit_curve(const model &m, const points &data,
                                         std::span<const double> start, const box &within,
                                         const cancel_source *cancel);

// Fits a function of the caller, with derivatives by central differences. There is a name for each
// number of `start`.
[[nodiscard]] result<solution>
fit_function(const points &data, std::span<const double> start,
             std::span<const std::string_view> names, const box &within,
             const std::function<outcome(std::span<const double> at, std::span<double> values)> &f,
             const cancel_source *cancel);

} // namespace alidade::fit
