#include "mock_camera/properties.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>

namespace mock_camera {

namespace {

using drivers::make_bool;
using drivers::make_double;
using drivers::make_int;
using drivers::make_string;
using drivers::value;

// In the order of their numbers.
enum property : std::int64_t {
    exposure_time,
    roi,
    binning,
    gain,
    offset,
    bit_depth,
    readout_mode,
    shutter_mode,
    temperature,
    cooling,
    cooling_target,
    trigger_mode,
    trigger_polarity,
    output_lines,
    frame_rate,
    scene
};

value list_of(const ald_host &host, std::initializer_list<const char *> words) {
    ald_value *made = nullptr;
    host.value_new_list(&made, nullptr);
    for (const char *word : words) {
        host.value_append(made, make_string(host, word).get(), nullptr);
    }
    return {host, made};
}

value list_of(const ald_host &host, std::initializer_list<std::int64_t> numbers) {
    ald_value *made = nullptr;
    host.value_new_list(&made, nullptr);
    for (const std::int64_t number : numbers) {
        host.value_append(made, make_int(host, number).get(), nullptr);
    }
    return {host, made};
}

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

std::string string_from(const ald_host &host, const ald_value *given) {
    const char *text = "";
    std::size_t size = 0;
    host.value_get_string(given, &text, &size, nullptr);
    return {text, size};
}

std::int64_t int_from(const ald_host &host, const ald_value *given) {
    std::int64_t x = 0;
    host.value_get_int(given, &x, nullptr);
    return x;
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

ald_status refuse(const ald_host &host, ald_status status, const std::string &why,
                  ald_error **err) {
    *err = host.error_new(status, "camera", 0, why.c_str());
    return status;
}

ald_status change_roi(const ald_host &host, camera &c, const ald_value *given, ald_error **err) {
    settings s = c.set();
    std::int64_t x = 0;
    std::int64_t y = 0;
    std::int64_t width = 0;
    std::int64_t height = 0;
    if (!member(host, given, "x", x) || !member(host, given, "y", y) ||
        !member(host, given, "width", width) || !member(host, given, "height", height)) {
        return refuse(host, ALD_E_INVALID,
                      "roi must have the whole numbers x, y, width and height, in pixels of the "
                      "sensor",
                      err);
    }
    const auto fits = [&](std::int64_t from, std::int64_t length, std::int64_t sensor) {
        return from >= 0 && length >= s.binning && from <= sensor && length <= sensor - from &&
               length % s.binning == 0;
    };
    if (!fits(x, width, c.made().width) || !fits(y, height, c.made().height)) {
        return refuse(host, ALD_E_RANGE,
                      "roi must lie within the sensor of " + std::to_string(c.made().width) +
                          " x " + std::to_string(c.made().height) +
                          " pixels, with width and height multiples of the binning, which is " +
                          std::to_string(s.binning),
                      err);
    }
    s.roi = {static_cast<std::int32_t>(x), static_cast<std::int32_t>(y),
             static_cast<std::int32_t>(width), static_cast<std::int32_t>(height)};
    return c.change_disarmed(s, err);
}

// The region loses the pixels that do not fill a bin any more.
ald_status change_binning(const ald_host &host, camera &c, std::int64_t n, ald_error **err) {
    settings s = c.set();
    s.binning = static_cast<std::int32_t>(n);
    s.roi.width -= s.roi.width % s.binning;
    s.roi.height -= s.roi.height % s.binning;
    if (s.roi.width == 0 || s.roi.height == 0) {
        return refuse(host, ALD_E_RANGE, "the roi is smaller than one bin; set the roi first", err);
    }
    return c.change_disarmed(s, err);
}

ald_status change(const ald_host &host, camera &c, const ald_request_info &info, ald_error **err) {
    settings s = c.set();
    switch (info.property) {
    case roi: return change_roi(host, c, info.value, err);
    case binning: return change_binning(host, c, int_from(host, info.value), err);
    case bit_depth:
        s.bit_depth = static_cast<std::int32_t>(int_from(host, info.value));
        return c.change_disarmed(s, err);
    case trigger_mode: s.trigger = string_from(host, info.value); return c.change_disarmed(s, err);
    case cooling: {
        std::int32_t on = 0;
        host.value_get_bool(info.value, &on, nullptr);
        c.set_cooling(on != 0, c.cooling().target());
        return ALD_OK;
    }
    case cooling_target: c.set_cooling(c.cooling().on(), info.number); return ALD_OK;
    case exposure_time: s.exposure = info.number; break;
    case gain: s.gain = info.number; break;
    case offset: s.offset = info.number; break;
    case frame_rate: s.frame_rate = info.number; break;
    case readout_mode: s.fast = string_from(host, info.value) == "fast"; break;
    case scene: s.flat = string_from(host, info.value) == "flat"; break;
    case trigger_polarity: s.rising = string_from(host, info.value) == "rising"; break;
    case shutter_mode: s.shutter = string_from(host, info.value); break;
    default: s.output_lines = string_from(host, info.value); break;
    }
    c.change(s);
    return ALD_OK;
}

value read(const ald_host &host, const camera &c, std::int64_t which) {
    const settings s = c.set();
    switch (which) {
    case exposure_time: return make_double(host, s.exposure);
    case roi: return map_of(host, s.roi);
    case binning: return make_int(host, s.binning);
    case gain: return make_double(host, s.gain);
    case offset: return make_double(host, s.offset);
    case bit_depth: return make_int(host, s.bit_depth);
    case readout_mode: return make_string(host, s.fast ? "fast" : "slow");
    case shutter_mode: return make_string(host, s.shutter);
    case temperature: return make_double(host, c.cooling().temperature(host.mono_ns()));
    case cooling: return make_bool(host, c.cooling().on());
    case cooling_target: return make_double(host, c.cooling().target());
    case trigger_mode: return make_string(host, s.trigger);
    case trigger_polarity: return make_string(host, s.rising ? "rising" : "falling");
    case output_lines: return make_string(host, s.output_lines);
    case frame_rate: return make_double(host, s.frame_rate);
    default: return make_string(host, s.flat ? "flat" : "sample");
    }
}

} // namespace

ald_status add_properties(const ald_host &host, ald_node *node, const camera &c, ald_error **err) {
    constexpr std::uint64_t both = ALD_SCHEMA_READ | ALD_SCHEMA_WRITE;
    const auto number = [&](const char *name, const char *unit, const char *doc, double min,
                            double max) {
        ald_schema s = drivers::record(name, ALD_TYPE_DOUBLE, unit, doc, both);
        s.min = min;
        s.max = max;
        return s;
    };
    const auto choice = [&](const char *name, ald_type type, const char *doc,
                            const value &choices) {
        ald_schema s = drivers::record(name, type, "", doc, both);
        s.choices = choices.get();
        return s;
    };
    const value bins = list_of(host, {1, 2, 4, 8});
    const value depths = list_of(host, {8, 10, 12, 14, 16});
    const value readouts = list_of(host, {"slow", "fast"});
    const value shutters = list_of(host, {"auto", "open", "closed"});
    const value triggers = list_of(host, {"internal", "software", "external"});
    const value edges = list_of(host, {"rising", "falling"});
    const value lines = list_of(host, {"none", "exposing", "ready"});
    const value scenes = list_of(host, {"sample", "flat"});
    ald_schema cold = drivers::record("temperature", ALD_TYPE_DOUBLE, "Cel",
                                      "temperature of the sensor", ALD_SCHEMA_READ);
    const double full = 65535;
    // The frame is read out in a quarter of the time, with twice the noise, in the mode "fast".
    for (const ald_schema &s : {
             number("exposure", "s", "time of exposure", 1e-6, 3600),
             drivers::record("roi", ALD_TYPE_MAP, "",
                             "region of interest: x, y, width, height in pixels of the sensor",
                             both),
             choice("binning", ALD_TYPE_INT, "pixels added up to one, in both directions", bins),
             number("gain", "1", "counts per electron", 1e-6, 1e6),
             number("offset", "1", "counts without light", 0, full),
             choice("bit_depth", ALD_TYPE_INT, "bits of a pixel", depths),
             choice("readout_mode", ALD_TYPE_STRING, "fast is noisier", readouts),
             choice("shutter_mode", ALD_TYPE_STRING, "closed gives dark frames", shutters),
             cold,
             drivers::record("cooling", ALD_TYPE_BOOL, "", "whether the cooler is on", both),
             number("cooling_target", "Cel", "what the cooler aims at", -100, 22),
             choice("trigger_mode", ALD_TYPE_STRING, "what begins an exposure", triggers),
             choice("trigger_polarity", ALD_TYPE_STRING, "edge of external triggers", edges),
             choice("output_lines", ALD_TYPE_STRING, "what the output line shows", lines),
             number("frame_rate", "Hz", "most frames per second, running freely", 1e-3, 1e6),
             choice("scene", ALD_TYPE_STRING, "flat is even light, for calibration", scenes),
         }) {
        if (!c.made().optics && std::string_view(s.name) == "scene") {
            continue;
        }
        if (const ald_status added = host.add_property(node, &s, err); added != ALD_OK) {
            return added;
        }
    }
    return ALD_OK;
}

void get_property(const ald_host &host, const camera &c, ald_request *request,
                  const ald_request_info &info) {
    drivers::complete(host, request, read(host, c, info.property));
}

void set_property(const ald_host &host, camera &c, ald_request *request,
                  const ald_request_info &info) {
    ald_error *why = nullptr;
    const ald_status done = change(host, c, info, &why);
    if (done == ALD_OK) {
        get_property(host, c, request, info);
    } else {
        host.complete(request, done, nullptr, why);
    }
    host.error_unref(why);
}

} // namespace mock_camera
