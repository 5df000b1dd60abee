#include "models.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace elliptec {

namespace {

using kind = model::kind;

// Page 8 of issue 10 of the manual, pages 38 and 40 for stop and least velocity; ELL7, ELL8 and
// ELL10 are in earlier issues.
constexpr std::array models{
    model{6, kind::slider, false, 2, 31, 0, 4, 0.25},
    model{7, kind::stage, false, 0, 0, 1, 180, 0.1},
    model{8, kind::rotator, false, 0, 0, 1, 430, 0.1},
    model{9, kind::slider, false, 4, 31, 0, 4, 0.25},
    model{10, kind::stage, false, 0, 0, 1, 180, 0.1},
    model{12, kind::slider, false, 6, 19, 0, 4, 0.25},
    model{14, kind::rotator, true, 0, 0, 1, 430, 0.1},
    model{15, kind::iris, false, 0, 0, 0, 10, 0.1},
    model{16, kind::rotator, true, 0, 0, 50, 430, 0.1},
    model{17, kind::stage, false, 0, 0, 1, 180, 0.1},
    model{18, kind::rotator, false, 0, 0, 1, 430, 0.1},
    model{20, kind::stage, false, 0, 0, 1, 180, 0.1},
    model{21, kind::rotator, true, 0, 0, 50, 430, 0.1},
};

constexpr double greatest_pulses = 2147483647;
constexpr double widest_iris = 11.5; // mm

std::string known_models() {
    std::string all;
    for (const model &m : models) {
        all += (all.empty() ? "ELL" : ", ELL") + std::to_string(m.type);
    }
    return all;
}

// An ELL15Z closes wholly, an ELL15 down to 1 mm; their hardware numbers tell them apart.
bool closes_wholly(const identity &who) { return who.hardware >= 33 && who.hardware <= 64; }

} // namespace

const char *model::unit() const { return slides() ? "1" : rotates() ? "deg" : "mm"; }

const model *find_model(int type) {
    const auto *found =
        std::find_if(models.begin(), models.end(), [&](const model &m) { return m.type == type; });
    return found != models.end() ? found : nullptr;
}

drivers::outcome check(const identity &who) {
    const std::string name = "ELL" + std::to_string(who.type);
    const model *m = find_model(who.type);
    if (m == nullptr) {
        return drivers::fault{ALD_E_UNSUPPORTED,
                              "it is an " + name + ", number " + who.serial_number +
                                  ", which this driver does not know; it knows " + known_models()};
    }
    if (m->slides()) {
        return drivers::done{}; // goes to its places by number
    }
    if (who.pulses == 0 || (m->what == kind::stage && who.travel == 0)) {
        return drivers::fault{
            ALD_E_PROTOCOL,
            "it is an " + name + ", number " + who.serial_number + ", and tells " +
                (who.pulses == 0 ? std::string("0 pulses per ") + (m->rotates() ? "turn" : "mm")
                                 : "a travel of 0 mm") +
                ", so that no position can be told; its memory may be damaged: ask the maker"};
    }
    return drivers::done{};
}

bool has_one_motor(const identity &who) { return who.type == 6 && (who.hardware & 0x7F) == 1; }

double scale_of(const identity &who) {
    const model *m = find_model(who.type);
    const auto pulses = static_cast<double>(who.pulses);
    return m->slides() ? m->pitch : m->rotates() ? pulses / 360.0 : pulses;
}

range range_of(const identity &who) {
    const model *m = find_model(who.type);
    switch (m->what) {
    case kind::rotator: {
        const double reach = greatest_pulses / scale_of(who);
        return {-reach, reach};
    }
    case kind::slider: return {0, static_cast<double>(m->places - 1)};
    case kind::iris: return {closes_wholly(who) ? 0.0 : 1.0, widest_iris};
    default: return {0, static_cast<double>(who.travel)};
    }
}

std::optional<double> home_of(const model &m) {
    return m.what == kind::iris ? std::nullopt : std::optional(0.0);
}

std::optional<int> place_of(const model &m, std::int64_t pulses) {
    // Public clients have 31 and 32 pulses from one to the next.
    const double place = static_cast<double>(pulses) / m.pitch;
    const double nearest = std::round(place);
    const bool there =
        std::abs(place - nearest) <= m.repeatability && nearest >= 0 && nearest < m.places;
    return there ? std::optional(static_cast<int>(nearest)) : std::nullopt;
}

} // namespace elliptec
