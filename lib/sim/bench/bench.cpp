#include "sim/bench/bench.hpp"

#include "base/clock.hpp"
#include "base/value/options.hpp"
#include "sim/bench/noise.hpp"
#include "sim/bench/optics.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace alidade {

using namespace bench_table;

namespace {

constexpr std::int64_t fluctuation_ns = 10'000'000;
constexpr double reference_wavelength = 632.8;

struct registry {
    std::mutex mutex;
    std::map<std::string, std::weak_ptr<optical_bench>, std::less<>> benches;
};

registry &known() {
    static auto *instance = new registry;
    return *instance;
}

double initial(const schema &s) { return *s.initial->as_double(); }

outcome check_positive(const char *what, double x, bool finite) {
    if (!(x > 0) || (finite && std::isinf(x))) {
        return fail(ALD_E_INVALID, "bench", "the {} is {}, expected a number greater than 0", what,
                    x);
    }
    return {};
}

} // namespace

optical_bench::optical_bench(std::string name, std::int64_t seed, std::int64_t now)
    : name_(std::move(name)), seed_(seed), born_(now) {
    const auto all = schemas();
    for (std::size_t i = 0; i < setting_count; ++i) {
        settings_.emplace_back(initial(all[i]), now);
    }
    for (const char *axis : axis_names) {
        const auto of = [&](const char *what) { return initial(**find(std::string(axis) + what)); };
        axes_.emplace_back(0, axis_mechanics{of(".backlash"), of(".min"), of(".max"), false}, now);
    }
}

std::vector<schema> optical_bench::option_records() {
    std::vector<schema> records{{.name = "seed",
                                 .type = ALD_TYPE_INT,
                                 .doc = "of all noise: the same seed gives the same noise",
                                 .initial = value(std::int64_t{0})}};
    for (const schema &s : schemas()) {
        if ((s.flags & ALD_SCHEMA_WRITE) != 0) {
            records.push_back(s);
        }
    }
    return records;
}

result<std::shared_ptr<optical_bench>> optical_bench::make(const std::string &name,
                                                           const value &options, std::int64_t now) {
    const auto complete = complete_options(option_records(), options, "a bench");
    if (!complete) {
        return failure(complete.error());
    }
    const std::shared_ptr<optical_bench> made(
        new optical_bench(name, *complete->find("seed")->as_int(), now));
    for (const auto &[quantity, number] : *complete->as_map()) {
        if (quantity != "seed") {
            if (auto set = made->set(quantity, *number.as_double(), now); !set) {
                return failure(std::move(set.error()));
            }
        }
    }
    if (!name.empty()) {
        registry &r = known();
        const std::scoped_lock lock(r.mutex);
        std::weak_ptr<optical_bench> &place = r.benches[name];
        if (!place.expired()) {
            return fail(ALD_E_EXISTS, "bench",
                        "there is a bench '{}' already; choose another name or use that one", name);
        }
        place = made;
    }
    return made;
}

result<std::shared_ptr<optical_bench>> optical_bench::named(std::string_view name) {
    registry &r = known();
    const std::scoped_lock lock(r.mutex);
    std::erase_if(r.benches, [](const auto &entry) { return entry.second.expired(); });
    std::vector<std::string_view> names;
    for (const auto &[known_name, weak] : r.benches) {
        auto alive = weak.lock();
        if (alive && known_name == name) {
            return alive;
        }
        names.emplace_back(known_name);
    }
    return fail(ALD_E_NOT_FOUND, "bench",
                "there is no bench '{}'{}; make one of that name first, and keep it", name,
                did_you_mean(name, names));
}

value optical_bench::describe() const {
    list quantities;
    for (const schema &s : schemas()) {
        quantities.push_back(alidade::describe(s));
    }
    list axes;
    for (const char *name : axis_names) {
        axes.emplace_back(name);
    }
    return map{{"name", name_},
               {"seed", seed_},
               {"quantities", std::move(quantities)},
               {"axes", std::move(axes)}};
}

// --- numbers; with the mutex held where they are not public ---

double optical_bench::setting(bench_table::setting which, std::int64_t t) const noexcept {
    return settings_[static_cast<std::size_t>(which)].at(t);
}

double optical_bench::fluctuation(std::int64_t t) const noexcept {
    const double sigma = setting(setting::laser_noise, t);
    if (sigma == 0) {
        return 1;
    }
    const auto slot = static_cast<std::uint64_t>((t - born_) / fluctuation_ns);
    return 1 + sigma * noise::normal(noise::low(noise::bits(seed_of("laser"), slot)));
}

double optical_bench::illumination(std::int64_t t) const noexcept {
    const double plate = axes_[static_cast<std::size_t>(axis::waveplate)].position(t) -
                         setting(setting::waveplate_zero, t);
    return setting(setting::laser_power, t) * fluctuation(t) * setting(setting::shutter, t) *
           setting(setting::polarizer_transmission, t) *
           optics::malus(plate, setting(setting::polarizer_angle, t),
                         setting(setting::polarizer_extinction, t));
}

double optical_bench::reading(bench_table::reading which, std::int64_t t) const noexcept {
    const double light = illumination(t);
    if (which == reading::illumination) {
        return light;
    }
    const double edge = axes_[static_cast<std::size_t>(axis::stage_x)].position(t);
    return light * optics::beyond_blade(edge, setting(setting::beam_centre, t),
                                        setting(setting::beam_radius, t)) +
           setting(setting::background, t);
}

double optical_bench::of_axis(const target &what, std::int64_t t) const noexcept {
    const bench_axis &axis = axes_[static_cast<std::size_t>(what.of)];
    if (what.what == target::kind::axis_setting) {
        const axis_mechanics &rules = axis.mechanics();
        switch (static_cast<axis_setting>(what.number)) {
        case axis_setting::backlash: return rules.backlash;
        case axis_setting::min: return rules.min;
        case axis_setting::max: return rules.max;
        default: return rules.stuck ? 1 : 0;
        }
    }
    switch (static_cast<axis_reading>(what.number)) {
    case axis_reading::encoder: return axis.encoder(t);
    case axis_reading::velocity: return axis.velocity(t);
    default: return axis.position(t);
    }
}

double optical_bench::at(std::string_view quantity, std::int64_t t) const noexcept {
    const target *what = target_of(quantity);
    if (what == nullptr) {
        return schema::none;
    }
    const std::scoped_lock lock(mutex_);
    switch (what->what) {
    case target::kind::setting: return setting(static_cast<bench_table::setting>(what->number), t);
    case target::kind::reading: return reading(static_cast<bench_table::reading>(what->number), t);
    default: return of_axis(*what, t);
    }
}

result<double> optical_bench::get(std::string_view quantity, std::int64_t t) const {
    return find(quantity).map([&](const schema *) { return at(quantity, t); });
}

outcome optical_bench::change_axis(const target &what, double number, std::int64_t now) {
    bench_axis &axis = axes_[static_cast<std::size_t>(what.of)];
    axis_mechanics rules = axis.mechanics();
    switch (static_cast<axis_setting>(what.number)) {
    case axis_setting::backlash: rules.backlash = number; break;
    case axis_setting::min: rules.min = number; break;
    case axis_setting::max: rules.max = number; break;
    default: rules.stuck = number >= 0.5; break;
    }
    if (rules.min > rules.max) {
        return fail(ALD_E_RANGE, "bench",
                    "the lower hard stop, {}, would be above the upper one, {}", rules.min,
                    rules.max);
    }
    axis.change(rules, now);
    return {};
}

outcome optical_bench::set(std::string_view quantity, double number, std::int64_t now) {
    const auto rule = find(quantity);
    if (!rule) {
        return failure(rule.error());
    }
    if (((*rule)->flags & ALD_SCHEMA_WRITE) == 0) {
        return fail(ALD_E_UNSUPPORTED, "bench",
                    "'{}' follows from the rest of the bench and cannot be set", quantity);
    }
    if (auto checked = check(**rule, value(number)); !checked) {
        return failure(std::move(checked.error()));
    }
    const target &what = *target_of(quantity);
    const std::scoped_lock lock(mutex_);
    if (what.what == target::kind::axis_setting) {
        return change_axis(what, number, now);
    }
    settings_[what.number].put(now, number);
    return {};
}

result<std::int64_t> optical_bench::move(std::string_view name, double position, double velocity,
                                         double acceleration, std::int64_t now) {
    const auto which = find_axis(name);
    if (!which) {
        return failure(which.error());
    }
    if (!std::isfinite(position)) {
        return fail(ALD_E_INVALID, "bench", "the position is {}, expected a number", position);
    }
    auto good = check_positive("velocity", velocity, true).and_then([&] {
        return check_positive("acceleration", acceleration, false);
    });
    if (!good) {
        return failure(std::move(good.error()));
    }
    const std::scoped_lock lock(mutex_);
    return axes_[static_cast<std::size_t>(*which)].move(position, velocity, acceleration, now);
}

result<std::int64_t> optical_bench::halt(std::string_view name, double deceleration,
                                         std::int64_t now) {
    const auto which = find_axis(name);
    if (!which) {
        return failure(which.error());
    }
    if (auto good = check_positive("deceleration", deceleration, false); !good) {
        return failure(std::move(good.error()));
    }
    const std::scoped_lock lock(mutex_);
    return axes_[static_cast<std::size_t>(*which)].halt(deceleration, now);
}

std::uint64_t optical_bench::seed_of(std::string_view who) const noexcept {
    return noise::key(static_cast<std::uint64_t>(seed_), who);
}

// --- the camera ---

camera::view optical_bench::seen_at(const ald_exposure &how) const {
    constexpr int looks = 16; // at the light while the shutter is open
    const auto lasts = static_cast<std::int64_t>(how.exposure * 1e9);
    const std::int64_t middle = how.t_mono_ns + lasts / 2;

    const std::scoped_lock lock(mutex_);
    double light = 0;
    for (int i = 0; i < looks; ++i) {
        light += illumination(how.t_mono_ns +
                              lasts * (std::int64_t{2} * i + 1) / (std::int64_t{2} * looks)) /
                 looks;
    }
    const double wavelength = setting(setting::laser_wavelength, middle);
    const auto stage = [&](axis a) { return axes_[static_cast<std::size_t>(a)].position(middle); };
    camera::view seen;
    seen.seed = static_cast<std::uint64_t>(seed_);
    // Photons of a joule, and therefore electrons, are proportional to the wavelength.
    seen.electrons = light * how.exposure * setting(setting::camera_sensitivity, middle) *
                     wavelength / reference_wavelength;
    seen.pixel_um =
        setting(setting::camera_pixel, middle) / setting(setting::objective_magnification, middle);
    seen.x_um = stage(axis::stage_x) * 1e3;
    seen.y_um = stage(axis::stage_y) * 1e3;
    seen.blur_um =
        optics::blur((stage(axis::stage_z) - setting(setting::sample_focus, middle)) * 1e3,
                     setting(setting::objective_aperture, middle), wavelength * 1e-3);
    return seen;
}

outcome optical_bench::expose(const ald_exposure &how, std::uint16_t *pixels,
                              std::size_t stride) const {
    auto good = camera::check(how, stride);
    if (good) {
        camera::expose(seen_at(how), how, pixels, stride);
    }
    return good;
}

} // namespace alidade
