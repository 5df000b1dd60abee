#include "mock_camera/properties.hpp"

namespace mock_camera {

namespace {

using drivers::called;
using drivers::done;
using drivers::fault;
using drivers::make_int;
using drivers::outcome;
using drivers::property;
using drivers::setting;
using drivers::value;

value map_of(const ald_host &host, const region &r) {
    ald_value *made = nullptr;
    host.value_new_map(&made, nullptr);
    const std::pair<std::string_view, std::int32_t> members[] = {
        {"x", r.x}, {"y", r.y}, {"width", r.width}, {"height", r.height}};
    for (const auto &[key, number] : members) {
        host.value_set(made, key.data(), key.size(), make_int(host, number).get(), nullptr);
    }
    return {host, made};
}

// A member of a map; none if it is not there or no whole number.
bool member(const ald_host &host, const ald_value *map, const char *key, std::int64_t &to) {
    ald_value *found = nullptr;
    if (host.value_get(map, key, &found, nullptr) != ALD_OK) {
        return false;
    }
    const value owned(host, found);
    return host.value_get_int(found, &to, nullptr) == ALD_OK;
}

// Changes settings of the size of a frame or of its trigger.
outcome change_disarmed(const ald_host &host, camera &c, const settings &s) {
    return called(host, [&](ald_error **err) { return c.change_disarmed(s, err); });
}

outcome change_roi(const ald_host &host, camera &c, const ald_value *given) {
    settings s = c.set();
    std::int64_t x = 0;
    std::int64_t y = 0;
    std::int64_t width = 0;
    std::int64_t height = 0;
    if (!member(host, given, "x", x) || !member(host, given, "y", y) ||
        !member(host, given, "width", width) || !member(host, given, "height", height)) {
        return fault{ALD_E_INVALID, "roi must have the whole numbers x, y, width and height, in "
                                    "pixels of the sensor"};
    }
    const auto fits = [&](std::int64_t from, std::int64_t length, std::int64_t sensor) {
        return from >= 0 && length >= s.binning && from <= sensor && length <= sensor - from &&
               length % s.binning == 0;
    };
    if (!fits(x, width, c.made().width) || !fits(y, height, c.made().height)) {
        return fault{ALD_E_RANGE,
                     "roi must lie within the sensor of " + std::to_string(c.made().width) + " x " +
                         std::to_string(c.made().height) +
                         " pixels, with width and height multiples of the binning, which is " +
                         std::to_string(s.binning)};
    }
    s.roi = {static_cast<std::int32_t>(x), static_cast<std::int32_t>(y),
             static_cast<std::int32_t>(width), static_cast<std::int32_t>(height)};
    return change_disarmed(host, c, s);
}

// The region loses the pixels that do not fill a bin any more.
outcome change_binning(const ald_host &host, camera &c, std::int64_t n) {
    settings s = c.set();
    s.binning = static_cast<std::int32_t>(n);
    s.roi.width -= s.roi.width % s.binning;
    s.roi.height -= s.roi.height % s.binning;
    if (s.roi.width == 0 || s.roi.height == 0) {
        return fault{ALD_E_RANGE, "the roi is smaller than one bin; set the roi first"};
    }
    return change_disarmed(host, c, s);
}

} // namespace

std::vector<property> properties_of(const ald_host &host, camera &c) {
    // Properties in force from the next exposure on.
    const auto read = [&c](auto settings::*what) {
        return [&c, what](auto *) { return c.set().*what; };
    };
    const auto number = [&c](double settings::*what) {
        return [&c, what](auto *, const setting &to) -> outcome {
            settings s = c.set();
            s.*what = to.number();
            c.change(s);
            return done{};
        };
    };
    const auto word = [&c](std::string settings::*what) {
        return [&c, what](auto *, const setting &to) -> outcome {
            settings s = c.set();
            s.*what = to.text();
            c.change(s);
            return done{};
        };
    };
    // Property with two words.
    const auto read_either = [&c](bool settings::*what, const char *yes, const char *no) {
        return [=, &c](auto *) { return std::string(c.set().*what ? yes : no); };
    };
    const auto either = [&c](bool settings::*what, const char *yes) {
        return [=, &c](auto *, const setting &to) -> outcome {
            settings s = c.set();
            s.*what = to.text() == yes;
            c.change(s);
            return done{};
        };
    };
    std::vector<property> all{
        {.name = "exposure",
         .unit = "s",
         .doc = "time of exposure",
         .min = 1e-6,
         .max = 3600,
         .get = read(&settings::exposure),
         .set = number(&settings::exposure)},
        {.name = "roi",
         .type = ALD_TYPE_MAP,
         .doc = "region of interest: x, y, width, height in pixels of the sensor",
         .get = [&host, &c](auto *) { return map_of(host, c.set().roi); },
         .set = [&host, &c](auto *, const setting &to) { return change_roi(host, c, to.get()); }},
        {.name = "binning",
         .type = ALD_TYPE_INT,
         .doc = "pixels added up to one, in both directions",
         .choices = {1, 2, 4, 8},
         .get = read(&settings::binning),
         .set = [&host, &c](auto *,
                            const setting &to) { return change_binning(host, c, to.integer()); }},
        {.name = "gain",
         .unit = "1",
         .doc = "counts per electron",
         .min = 1e-6,
         .max = 1e6,
         .get = read(&settings::gain),
         .set = number(&settings::gain)},
        {.name = "offset",
         .unit = "1",
         .doc = "counts without light",
         .min = 0,
         .max = 65535,
         .get = read(&settings::offset),
         .set = number(&settings::offset)},
        {.name = "bit_depth",
         .type = ALD_TYPE_INT,
         .doc = "bits of a pixel",
         .choices = {8, 10, 12, 14, 16},
         .get = read(&settings::bit_depth),
         .set =
             [&host, &c](auto *, const setting &to) {
                 settings s = c.set();
                 s.bit_depth = static_cast<std::int32_t>(to.integer());
                 return change_disarmed(host, c, s);
             }},
        // The frame is read out in a quarter of the time, with twice the noise, in the mode "fast".
        {.name = "readout_mode",
         .type = ALD_TYPE_STRING,
         .doc = "fast is noisier",
         .choices = {"slow", "fast"},
         .get = read_either(&settings::fast, "fast", "slow"),
         .set = either(&settings::fast, "fast")},
        {.name = "shutter_mode",
         .type = ALD_TYPE_STRING,
         .doc = "closed gives dark frames",
         .choices = {"auto", "open", "closed"},
         .get = read(&settings::shutter),
         .set = word(&settings::shutter)},
        {.name = "temperature",
         .unit = "Cel",
         .doc = "temperature of the sensor",
         .get = [&host, &c](auto *) { return c.cooling().temperature(host.mono_ns()); }},
        {.name = "cooling",
         .type = ALD_TYPE_BOOL,
         .doc = "whether the cooler is on",
         .get = [&c](auto *) { return c.cooling().on(); },
         .set = [&c](auto *, const setting &to) -> outcome {
             c.set_cooling(to.flag(), c.cooling().target());
             return done{};
         }},
        {.name = "cooling_target",
         .unit = "Cel",
         .doc = "what the cooler aims at",
         .min = -100,
         .max = 22,
         .get = [&c](auto *) { return c.cooling().target(); },
         .set = [&c](auto *, const setting &to) -> outcome {
             c.set_cooling(c.cooling().on(), to.number());
             return done{};
         }},
        {.name = "trigger_mode",
         .type = ALD_TYPE_STRING,
         .doc = "what begins an exposure",
         .choices = {"internal", "software", "external"},
         .get = read(&settings::trigger),
         .set =
             [&host, &c](auto *, const setting &to) {
                 settings s = c.set();
                 s.trigger = to.text();
                 return change_disarmed(host, c, s);
             }},
        {.name = "trigger_polarity",
         .type = ALD_TYPE_STRING,
         .doc = "edge of external triggers",
         .choices = {"rising", "falling"},
         .get = read_either(&settings::rising, "rising", "falling"),
         .set = either(&settings::rising, "rising")},
        {.name = "output_lines",
         .type = ALD_TYPE_STRING,
         .doc = "what the output line shows",
         .choices = {"none", "exposing", "ready"},
         .get = read(&settings::output_lines),
         .set = word(&settings::output_lines)},
        {.name = "frame_rate",
         .unit = "Hz",
         .doc = "most frames per second, running freely",
         .min = 1e-3,
         .max = 1e6,
         .get = read(&settings::frame_rate),
         .set = number(&settings::frame_rate)},
    };
    if (c.made().optics) {
        all.push_back({.name = "scene",
                       .type = ALD_TYPE_STRING,
                       .doc = "flat is even light, for calibration",
                       .choices = {"sample", "flat"},
                       .get = read_either(&settings::flat, "flat", "sample"),
                       .set = either(&settings::flat, "flat")});
    }
    return all;
}

} // namespace mock_camera
