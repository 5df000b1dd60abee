#include "kernels/fit/starts.hpp"

#include <limits>
#include <optional>

namespace alidade::fit {

namespace {

constexpr int steps = 200;

std::size_t tried(std::size_t points) noexcept {
    return points <= 256 ? 12 : points <= 20'000 ? 3 : 1;
}

} // namespace

parameters lowest(std::span<const parameters> starts, std::size_t count, curve evaluate,
                  const points &data, const box &within) {
    const evaluation here = [&](std::span<const double> at, std::span<double> values,
                                std::span<double> derivatives) -> outcome {
        evaluate(at, data.x, values, derivatives);
        return {};
    };
    const std::size_t most = std::min(starts.size(), tried(data.x.size()));
    if (most == 1) {
        return starts.front();
    }
    std::optional<descent> best;
    for (const parameters &start : starts.first(most)) {
        const auto found = descend(data, here, std::span(start).first(count), steps, within);
        if (found && found->minimum && !(best && best->chi_squared <= found->chi_squared)) {
            best = *found;
        }
    }
    return best ? best->at : starts.front(); // of which the fit itself will say what is wrong
}

} // namespace alidade::fit
