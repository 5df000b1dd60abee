#include "sim/bench/quantities.hpp"

#include <algorithm>
#include <map>
#include <vector>

namespace alidade::bench_table {

namespace {

constexpr std::uint64_t read_only = ALD_SCHEMA_READ;
constexpr std::uint64_t writable = ALD_SCHEMA_READ | ALD_SCHEMA_WRITE;

schema number(std::string name, const char *unit, std::string doc, double initial, double min,
              double max) {
    return {.name = std::move(name),
            .type = ALD_TYPE_DOUBLE,
            .unit = unit,
            .doc = std::move(doc),
            .min = min,
            .max = max,
            .initial = value(initial),
            .flags = writable};
}

schema follows(std::string name, const char *unit, std::string doc) {
    return {.name = std::move(name),
            .type = ALD_TYPE_DOUBLE,
            .unit = unit,
            .doc = std::move(doc),
            .flags = read_only};
}

const std::array<schema, setting_count> &settings() {
    static const std::array<schema, setting_count> table{
        number("laser.power", "W", "power of the laser's light, linearly polarized", 5e-3, 0, 100),
        number("laser.wavelength", "nm", "wavelength of the laser's light", 632.8, 200, 2000),
        number("laser.noise", "1", "relative standard deviation of the laser's power over 10 ms", 0,
               0, 0.2),
        number("shutter", "1", "what the shutter lets pass: 1 open, 0 closed", 1, 0, 1),
        number("waveplate.zero", "deg",
               "where the half-wave plate leaves the polarization as it is", 20, -360, 360),
        number("polarizer.angle", "deg", "axis of the polarizer, from the laser's polarization", 0,
               -360, 360),
        number("polarizer.extinction", "1",
               "ratio of the greatest to the least light that passes the polarizer", 1000, 1, 1e12),
        number("polarizer.transmission", "1", "the greatest part that passes the polarizer", 0.9, 0,
               1),
        number("beam.centre", "mm", "position of stage/x at which the blade cuts the beam in half",
               10, -1000, 1000),
        number("beam.radius", "mm", "1/e^2 radius of the beam at the blade", 0.5, 1e-6, 1000),
        number("background", "W", "room light at the power meter", 1e-9, 0, 1),
        number("objective.magnification", "1", "magnification of the camera's objective", 10, 0.1,
               1000),
        number("objective.aperture", "1", "numerical aperture of the camera's objective", 0.25,
               1e-3, 0.99),
        number("sample.focus", "mm", "position of stage/z at which the sample is in focus", 0,
               -1000, 1000),
        number("camera.pixel", "um", "side of a pixel of the sensor", 6.5, 0.1, 1000),
        number("camera.sensitivity", "1/J",
               "electrons per pixel and joule of even light, at 632.8 nm", 4e7, 0, 1e15),
    };
    return table;
}

struct axis_kind {
    const char *unit;
    const char *speed;
    const char *what;
    double reach;
};

constexpr std::array<axis_kind, axis_count> axes{
    axis_kind{"deg", "deg/s", "the rotator with the half-wave plate", 1e9},
    axis_kind{"mm", "mm/s", "the stage's axis x, with the blade", 25},
    axis_kind{"mm", "mm/s", "the stage's axis y", 25},
    axis_kind{"mm", "mm/s", "the stage's axis z, along the camera's view", 25},
};

class table {
public:
    table() {
        for (std::size_t i = 0; i < setting_count; ++i) {
            add(settings()[i], {target::kind::setting, i});
        }
        add(follows("power", "W",
                    "light at the power meter: beyond the polarizer, the shutter and "
                    "the blade, and the room's"),
            {target::kind::reading, static_cast<std::size_t>(reading::power)});
        add(follows("illumination", "W",
                    "light on the camera's sample: beyond the polarizer and the shutter"),
            {target::kind::reading, static_cast<std::size_t>(reading::illumination)});
        for (std::size_t i = 0; i < axis_count; ++i) {
            add_axis(axis_names[i], axes[i], static_cast<axis>(i));
        }
    }

    std::vector<schema> schemas;
    std::map<std::string, target, std::less<>> targets;

private:
    void add(schema s, target t) {
        targets.emplace(s.name, t);
        schemas.push_back(std::move(s));
    }
    void add_axis(const std::string &name, const axis_kind &k, axis which) {
        const auto read = [&](const std::string &suffix, const char *unit, const std::string &doc,
                              axis_reading what) {
            add(follows(name + suffix, unit, doc),
                {target::kind::axis_reading, static_cast<std::size_t>(what), which});
        };
        const auto set = [&](const std::string &suffix, const char *unit, const std::string &doc,
                             double initial, double min, double max, axis_setting what) {
            add(number(name + suffix, unit, doc, initial, min, max),
                {target::kind::axis_setting, static_cast<std::size_t>(what), which});
        };
        const std::string what = k.what;
        read("", k.unit, "where " + what + " is", axis_reading::position);
        read(".encoder", k.unit, "where the motor of " + what + " is, before the backlash",
             axis_reading::encoder);
        read(".velocity", k.speed, "how fast " + what + " moves", axis_reading::velocity);
        set(".backlash", k.unit, "what is lost when " + what + " turns round", 0, 0, 10,
            axis_setting::backlash);
        set(".min", k.unit, "lower hard stop of " + what, -k.reach, -1e9, 1e9, axis_setting::min);
        set(".max", k.unit, "upper hard stop of " + what, k.reach, -1e9, 1e9, axis_setting::max);
        set(".stuck", "1", "1: held fast, moves in vain; 0: free", 0, 0, 1, axis_setting::stuck);
    }
};

const table &the() {
    static const table instance;
    return instance;
}

} // namespace

std::span<const schema> schemas() { return the().schemas; }

result<const schema *> find(std::string_view name) {
    std::vector<std::string_view> names;
    for (const schema &s : schemas()) {
        if (s.name == name) {
            return &s;
        }
        names.emplace_back(s.name);
    }
    return fail(ALD_E_NOT_FOUND, "bench", "the bench has no quantity '{}'{}", name,
                did_you_mean(name, names));
}

const target *target_of(std::string_view name) noexcept {
    const auto it = the().targets.find(name);
    return it != the().targets.end() ? &it->second : nullptr;
}

result<axis> find_axis(std::string_view name) {
    for (std::size_t i = 0; i < axis_count; ++i) {
        if (axis_names[i] == name) {
            return static_cast<axis>(i);
        }
    }
    return fail(ALD_E_NOT_FOUND, "bench", "the bench has no axis '{}'{}; it has {}", name,
                did_you_mean(name, axis_names), fmt::join(axis_names, ", "));
}

} // namespace alidade::bench_table
