#include "kernels/fit/shapes.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

namespace alidade::fit {

namespace {

// More points tell no more about where to begin.
constexpr std::size_t few = 256;
// A valley whose bottom explains less than this part of what the deepest explains is no rival: the
// grid misses no more of it.
constexpr double rival = 0.6;
constexpr std::size_t most_starts = 6;
constexpr std::size_t parameter_count = 4;

// Points that own their numbers, in the order of x.
struct ordered_points {
    std::vector<double> x;
    std::vector<double> y;
    // Empty if they are not known.
    std::vector<double> sigma;

    [[nodiscard]] points view() const noexcept { return {x, y, sigma}; }
};

ordered_points ordered(const points &data) {
    std::vector<std::size_t> order(data.x.size());
    std::iota(order.begin(), order.end(), std::size_t(0));
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return data.x[a] < data.x[b]; });
    const auto picked = [&](std::span<const double> from) {
        std::vector<double> to;
        if (!from.empty()) {
            to.reserve(order.size());
            for (const std::size_t i : order) {
                to.push_back(from[i]);
            }
        }
        return to;
    };
    return {picked(data.x), picked(data.y), picked(data.sigma)};
}

double weight_of(const points &data, std::size_t i) noexcept {
    return data.sigma.empty() ? 1 : 1 / (data.sigma[i] * data.sigma[i]);
}

ordered_points means(const points &all) {
    ordered_points groups;
    for (std::size_t g = 0; g < few; ++g) {
        const std::size_t end = all.x.size() * (g + 1) / few;
        double weights = 0;
        double x = 0;
        double y = 0;
        for (std::size_t i = all.x.size() * g / few; i < end; ++i) {
            const double weight = weight_of(all, i);
            weights += weight;
            x += weight * all.x[i];
            y += weight * all.y[i];
        }
        groups.x.push_back(x / weights);
        groups.y.push_back(y / weights);
        groups.sigma.push_back(1 / std::sqrt(weights));
    }
    return groups;
}

ordered_points neighbours(const points &all, std::size_t of) {
    const std::size_t begin = std::min(of - std::min(of, few / 2), all.x.size() - few);
    const auto part = [begin](std::span<const double> whole) {
        const auto some = whole.empty() ? whole : whole.subspan(begin, few);
        return std::vector<double>(some.begin(), some.end());
    };
    return {part(all.x), part(all.y), part(all.sigma)};
}

// Sums over the points before each one, for shapes that are the same over many points.
class levels {
public:
    explicit levels(const ordered_points &data) : data_(data), sums_(data.x.size() + 1) {
        for (std::size_t i = 0; i < data.x.size(); ++i) {
            const double weight = weight_of(data.view(), i);
            sums_[i + 1] = {sums_[i].weight + weight, sums_[i].y + weight * data.y[i]};
        }
        mean_ = sums_.back().y / sums_.back().weight;
    }

    struct best {
        // By how much less chi squared is than with an offset alone.
        double gain = 0;
        double amplitude = 0;
        double offset = 0;
    };

    // The best amplitude and offset for a place and a width.
    [[nodiscard]] best at(const shape &s, double center, double width) const noexcept {
        const auto place = [&](double x) {
            return static_cast<std::size_t>(std::lower_bound(data_.x.begin(), data_.x.end(), x) -
                                            data_.x.begin());
        };
        const std::size_t begin = place(center - s.far * width);
        const std::size_t end = place(center + s.far * width);
        const double above = sums_.back().weight - sums_[end].weight;
        double shaped = s.beyond * above;
        double squares = s.beyond * s.beyond * above;
        double products = s.beyond * (sums_.back().y - sums_[end].y - mean_ * above);
        for (std::size_t i = begin; i < end; ++i) {
            const double value = s.value((data_.x[i] - center) / width);
            const double weighted = value * weight_of(data_.view(), i);
            shaped += weighted;
            squares += weighted * value;
            products += weighted * (data_.y[i] - mean_);
        }
        const double variance = squares - shaped * shaped / sums_.back().weight;
        if (!(variance > 1e-12 * squares)) {
            return {}; // as good as level
        }
        const double amplitude = products / variance;
        return {products * amplitude, amplitude, mean_ - amplitude * shaped / sums_.back().weight};
    }

private:
    struct sums {
        double weight = 0;
        double y = 0;
    };
    const ordered_points &data_;
    std::vector<sums> sums_;
    double mean_ = 0;
};

struct valley {
    double gain;
    double width;
    parameters at;

    // Whether both lead to the same bottom: neighbours on the grid.
    [[nodiscard]] bool is_of(const valley &other) const noexcept {
        const double wider = std::max(width, other.width);
        return wider < 3 * std::min(width, other.width) &&
               std::abs(at[1] - other.at[1]) < 1.5 * wider;
    }
};

// The places where the best of one width are better than their neighbours.
void look_along(const shape &s, const ordered_points &data, const levels &sums, double width,
                std::vector<valley> &valleys) {
    const double first = data.x.front() - 2 * width;
    const auto steps = static_cast<std::size_t>((data.x.back() - first) / width) + 3;
    levels::best before;
    levels::best here;
    for (std::size_t i = 0; i <= steps + 1; ++i) {
        const double center = first + static_cast<double>(i) * width;
        const auto next = i <= steps ? sums.at(s, center, width) : levels::best();
        if (here.gain > before.gain && here.gain >= next.gain) {
            valleys.push_back(
                {here.gain, width, {here.amplitude, center - width, width, here.offset}});
        }
        before = here;
        here = next;
    }
}

// Sets of points that are quick to look through and show together what a great number of points
// shows: their means by groups, and the neighbours of the highest and of the lowest one, which the
// means would hide. A set of few points is left as it is.
std::vector<ordered_points> excerpts(const points &data) {
    const bool in_order = std::is_sorted(data.x.begin(), data.x.end());
    ordered_points sorted = in_order && data.x.size() > few ? ordered_points() : ordered(data);
    const points all = in_order ? data : sorted.view();
    std::vector<ordered_points> some;
    if (data.x.size() <= few) {
        some.push_back(std::move(sorted));
        return some;
    }
    const auto place = [&all](auto extreme) {
        return static_cast<std::size_t>(extreme - all.y.begin());
    };
    const auto [low, high] = std::minmax_element(all.y.begin(), all.y.end());
    some.push_back(means(all));
    some.push_back(neighbours(all, place(high)));
    some.push_back(neighbours(all, place(low)));
    return some;
}

// One for each valley that may hold the minimum.
std::vector<parameters> find_starts(const shape &s, const ordered_points &data) {
    const double range = data.x.back() - data.x.front();
    const double finest = range / (2 * static_cast<double>(data.x.size()));
    const levels sums(data);
    std::vector<valley> valleys;
    for (double width = 2 * range; width > finest; width /= 2) {
        look_along(s, data, sums, width, valleys);
    }
    std::sort(valleys.begin(), valleys.end(),
              [](const valley &a, const valley &b) { return a.gain > b.gain; });
    std::vector<valley> kept;
    for (const valley &v : valleys) {
        const bool known =
            std::any_of(kept.begin(), kept.end(), [&v](const valley &k) { return v.is_of(k); });
        if (!known && kept.size() < most_starts && v.gain > rival * valleys.front().gain) {
            kept.push_back(v);
        }
    }
    std::vector<parameters> starts;
    for (const valley &v : kept) {
        starts.push_back(v.at);
    }
    if (starts.empty()) { // points that tell nothing: the fit itself will say so
        starts.push_back({0, data.x.front(), range > 0 ? range : 1, data.y.front()});
    }
    return starts;
}

double chi_squared(const points &data, curve evaluate, const parameters &at) {
    std::vector<double> values(data.x.size());
    evaluate(std::span(at).first(parameter_count), data.x, values, {});
    double sum = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        sum += weight_of(data, i) * std::pow(data.y[i] - values[i], 2);
    }
    return sum;
}

parameters go_down(const points &data, curve evaluate, const parameters &start, int steps) {
    const evaluation here = [&](std::span<const double> at, std::span<double> values,
                                std::span<double> derivatives) -> outcome {
        evaluate(at, data.x, values, derivatives);
        return {};
    };
    const auto bottom = descend(data, here, std::span(start).first(parameter_count), steps);
    return bottom ? bottom->at : start;
}

parameters deepest_of(std::span<const parameters> candidates, curve evaluate, const points &data) {
    const parameters *best = candidates.data();
    double least = std::numeric_limits<double>::infinity();
    for (const parameters &at : candidates) {
        if (const double there = chi_squared(data, evaluate, at); there < least) {
            best = &at;
            least = there;
        }
    }
    return *best;
}

// Of a few points.
parameters deepest_start(const shape &s, curve evaluate, const ordered_points &some) {
    auto starts = find_starts(s, some);
    for (parameters &start : starts) {
        if (starts.size() > 1) { // as far as it takes to tell which valley is deeper
            start = go_down(some.view(), evaluate, start, 10);
        }
    }
    return deepest_of(starts, evaluate, some.view());
}

} // namespace

parameters deepest(const shape &s, curve evaluate, const points &data) {
    std::vector<parameters> candidates;
    const auto all = excerpts(data);
    for (const ordered_points &some : all) {
        candidates.push_back(deepest_start(s, evaluate, some));
    }
    if (candidates.size() == 1) {
        return candidates.front();
    }
    // Each step with all points takes longer than all of these.
    candidates.front() = go_down(all.front().view(), evaluate, candidates.front(), 200);
    return deepest_of(candidates, evaluate, data);
}

} // namespace alidade::fit
