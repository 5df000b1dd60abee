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
// Neighbours of an extreme one that show a curve which is too narrow for means.
constexpr std::size_t near = 128;
// A valley whose bottom explains less than this part of what the deepest explains is no rival: the
// grid misses no more of it.
constexpr double rival = 0.6;
constexpr std::size_t most_starts = 8;
constexpr std::size_t parameter_count = 4;
// Valleys creep: which of them holds a minimum, and how deep, shows at their bottoms alone.
constexpr int most_of_the_way = 200;
constexpr int all_the_way = 2000;
// Valleys whose chi squared differ by this factor are no rivals once their bottoms are near.
constexpr double distant = 2;
// A curve so many times higher than what the points show of it: most of it is not shown.
constexpr double most_heights = 20;
// Tells most valleys apart: of many points, where the fit itself goes on from there, all.
constexpr int part_of_the_way = 10;
// So few points are quick to go all the way with, and show a curve's bends too little to give any
// of its valleys up early.
constexpr std::size_t short_of_points = 40;
// Number of further starts tried where none that explains much leads to a minimum.
constexpr std::size_t most_others = 40;

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

// A part of many points around one of them.
points part_around(const points &all, std::size_t of) {
    const std::size_t count = std::max(few, all.x.size() / 32);
    const std::size_t begin = std::min(of - std::min(of, count / 2), all.x.size() - count);
    return {all.x.subspan(begin, count), all.y.subspan(begin, count),
            all.sigma.empty() ? all.sigma : all.sigma.subspan(begin, count)};
}

ordered_points neighbours(const points &all, std::size_t of) {
    const std::size_t begin = std::min(of - std::min(of, near / 2), all.x.size() - near);
    const auto part = [begin](std::span<const double> whole) {
        const auto some = whole.empty() ? whole : whole.subspan(begin, near);
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
        return at[0] * other.at[0] >= 0 && // a dip beside half a peak may explain as much
               wider < 3 * std::min(width, other.width) &&
               std::abs(at[1] - other.at[1]) < 1.5 * wider;
    }
};

// The places where the best of one width are better than their neighbours.
void look_along(const shape &s, const ordered_points &data, const levels &sums, double width,
                std::vector<valley> &valleys) {
    const double first = data.x.front() - 2 * width;
    const double step = s.step * width;
    const auto steps = static_cast<std::size_t>((data.x.back() - first) / step) + 3;
    levels::best before;
    levels::best here;
    for (std::size_t i = 0; i <= steps + 1; ++i) {
        const double center = first + static_cast<double>(i) * step;
        const auto next = i <= steps ? sums.at(s, center, width) : levels::best();
        if (here.gain > before.gain && here.gain >= next.gain) {
            valleys.push_back(
                {here.gain, width, {here.amplitude, center - step, width, here.offset}});
        }
        before = here;
        here = next;
    }
}

// Sets of points that are quick to look through and show together what a great number of points
// shows: their means by groups, the neighbours of the highest and of the lowest one, which the
// means would hide, and for what is between, means of smaller groups around the highest and the
// lowest.
std::vector<ordered_points> excerpts(const points &data) {
    const bool in_order = std::is_sorted(data.x.begin(), data.x.end());
    const ordered_points sorted = in_order ? ordered_points() : ordered(data);
    const points all = in_order ? data : sorted.view();
    const auto place = [&all](auto extreme) {
        return static_cast<std::size_t>(extreme - all.y.begin());
    };
    const auto [low, high] = std::minmax_element(all.y.begin(), all.y.end());
    std::vector<ordered_points> found{means(all), neighbours(all, place(high)),
                                      neighbours(all, place(low))};
    const auto &groups = found.front().y;
    const auto [low_group, high_group] = std::minmax_element(groups.begin(), groups.end());
    for (const auto group : {low_group - groups.begin(), high_group - groups.begin()}) {
        const std::size_t middle = 2 * static_cast<std::size_t>(group) + 1;
        found.push_back(means(part_around(all, all.x.size() * middle / (2 * few))));
    }
    return found;
}

// Starts of descents. Their chi squared is not known, and each may end anywhere.
struct starts {
    // One for each valley that may hold the minimum, in the order of what they explain.
    std::vector<descent> rivals;
    // Neighbours of these, and what explains less.
    std::vector<descent> others;
};

// Moves a valley to the nearest place and width that are allowed.
void keep_within(const shape &s, const levels &sums, const box &within, valley &v) noexcept {
    const double center = within.nearest(1, v.at[1]);
    const double width = within.nearest(2, v.width);
    if (center != v.at[1] || width != v.width) {
        const auto best = sums.at(s, center, width);
        v = {best.gain, width, {best.amplitude, center, width, best.offset}};
    }
    for (std::size_t k = 0; k < parameter_count; ++k) {
        v.at[k] = within.nearest(k, v.at[k]);
    }
}

starts find_starts(const shape &s, const ordered_points &data, const box &within) {
    const double range = data.x.back() - data.x.front();
    const double finest = range / (2 * static_cast<double>(data.x.size()));
    const levels sums(data);
    std::vector<valley> valleys;
    double width = 2 * range;
    while (width > finest) {
        look_along(s, data, sums, width, valleys);
        width /= 2;
    }
    for (valley &v : valleys) {
        keep_within(s, sums, within, v);
    }
    std::sort(valleys.begin(), valleys.end(),
              [](const valley &a, const valley &b) { return a.gain > b.gain; });
    std::vector<valley> kept;
    starts found;
    for (const valley &v : valleys) {
        const bool known =
            std::any_of(kept.begin(), kept.end(), [&v](const valley &k) { return v.is_of(k); });
        if (!known && kept.size() < most_starts && v.gain > rival * valleys.front().gain) {
            kept.push_back(v);
            found.rivals.push_back({v.at});
        } else if (found.others.size() < most_others) {
            found.others.push_back({v.at});
        }
    }
    if (found.rivals.empty()) { // points that tell nothing: the fit itself will say so
        parameters at{0, data.x.front(), range > 0 ? range : 1, data.y.front()};
        for (std::size_t k = 0; k < parameter_count; ++k) {
            at[k] = within.nearest(k, at[k]);
        }
        found.rivals.push_back({at});
    }
    return found;
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

descent go_down(const points &data, curve evaluate, const parameters &start, int steps,
                const box &within) {
    const evaluation here = [&](std::span<const double> at, std::span<double> values,
                                std::span<double> derivatives) -> outcome {
        evaluate(at, data.x, values, derivatives);
        return {};
    };
    const auto bottom = descend(data, here, std::span(start).first(parameter_count), steps, within);
    return bottom ? *bottom : descent{start, std::numeric_limits<double>::infinity()};
}

// Goes down from all starts that may end deeper than `best`.
void go_deeper(std::vector<descent> &from, curve evaluate, const points &some, int steps,
               const box &within, descent &best) {
    for (descent &d : from) {
        if (!d.minimum && (!best.minimum || d.chi_squared < distant * best.chi_squared)) {
            d = go_down(some, evaluate, d.at, steps, within);
            if (d.minimum && !(best.minimum && best.chi_squared <= d.chi_squared)) {
                best = d;
            }
        }
    }
}

// Finds the deepest minimum for a few points. Valleys without a minimum may be deeper: a step
// between two points whose radius is anything, a flank of a curve that grows for ever. If one of
// them is much deeper, the minimum is none of the curve that the points show; nor is one of a high
// curve, if any is deeper.
parameters deepest_minimum(starts from, curve evaluate, const points &some, const box &within) {
    descent best;
    const bool quick = some.x.size() < short_of_points;
    for (const int steps :
         {quick ? most_of_the_way : part_of_the_way, most_of_the_way, all_the_way}) {
        go_deeper(from.rivals, evaluate, some, steps, within, best);
    }
    if (!best.minimum) {
        go_deeper(from.others, evaluate, some, most_of_the_way, within, best);
    }
    const auto deepest = *std::min_element(
        from.rivals.begin(), from.rivals.end(),
        [](const descent &a, const descent &b) { return a.chi_squared < b.chi_squared; });
    const auto [low, high] = std::minmax_element(some.y.begin(), some.y.end());
    const double farther = std::abs(best.at[0]) > most_heights * (*high - *low) ? 1 : distant;
    const bool shown = best.minimum && best.chi_squared <= farther * deepest.chi_squared;
    return shown ? best.at : deepest.at; // of which the fit itself will say what is wrong
}

// Each step with many points takes longer than all with their excerpts.
parameters deepest_of_many(const shape &s, curve evaluate, const points &all, const box &within) {
    const auto some = excerpts(all);
    const points means = some.front().view(); // which show the whole curve, but for a narrow one
    descent whole;
    for (const descent &start : find_starts(s, some.front(), within).rivals) {
        const descent bottom = go_down(means, evaluate, start.at, part_of_the_way, within);
        if (whole.at == parameters{} || bottom.chi_squared < whole.chi_squared) {
            whole = bottom;
        }
    }
    parameters best = go_down(means, evaluate, whole.at, most_of_the_way, within).at;
    double least = chi_squared(all, evaluate, best);
    for (const ordered_points &narrow : std::span(some).subspan(1)) {
        const auto start = find_starts(s, narrow, within).rivals.front();
        const auto bottom = go_down(narrow.view(), evaluate, start.at, part_of_the_way, within).at;
        if (const double there = chi_squared(all, evaluate, bottom); there < least) {
            best = bottom;
            least = there;
        }
    }
    return best;
}

} // namespace

parameters deepest(const shape &s, curve evaluate, const points &data, const box &within) {
    if (data.x.size() > few) {
        return deepest_of_many(s, evaluate, data, within);
    }
    const ordered_points sorted = ordered(data);
    return deepest_minimum(find_starts(s, sorted, within), evaluate, sorted.view(), within);
}

} // namespace alidade::fit
