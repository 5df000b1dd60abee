// Curves offset + amplitude shape((x - center) / width): where fits of them begin. Only center and
// width are looked for, on a grid, since for each of them the best amplitude, of either sign, and
// the best offset are a linear problem (G. H. Golub and V. Pereyra, SIAM J. Numer. Anal. 10, 1973).
#pragma once

#include "kernels/fit/least_squares.hpp"

namespace alidade::fit {

struct shape {
    // Value of the shape at (x - center) / width.
    double (*value)(double u) noexcept;
    // Value far above the center; far below it is 0.
    double beyond;
    // Distance that counts as far, in widths: near enough for a start.
    double far;
    // Distance, in widths, from one center to the next that is tried.
    double step;
};

// The parameters at the bottom of the deepest valley of chi squared within a box, or near it where
// there are too many points to go all the way with each.
[[nodiscard]] parameters deepest(const shape &s, curve evaluate, const points &data,
                                 const box &within);

} // namespace alidade::fit
