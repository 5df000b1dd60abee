#include "sim/faults.hpp"

#include "base/value/options.hpp"
#include "sim/bench/noise.hpp"

namespace alidade {

namespace {

schema number(const char *name, const char *unit, const char *doc, double max) {
    return {.name = name, .type = ALD_TYPE_DOUBLE, .unit = unit, .doc = doc, .min = 0, .max = max};
}

schema count(const char *name, const char *doc, double min) {
    return {.name = name, .type = ALD_TYPE_INT, .doc = doc, .min = min};
}

schema flag(const char *name, const char *doc) {
    return {.name = name, .type = ALD_TYPE_BOOL, .doc = doc};
}

template <class T> void take(T &to, const T *from) {
    if (from != nullptr) {
        to = *from;
    }
}

} // namespace

const std::vector<schema> &faults::records() {
    static const std::vector<schema> table{
        number("delay", "s", "before each reply", 3600),
        number("garble", "1", "probability that a byte is changed", 1),
        count("truncate", "bytes after which each reply is cut; -1 for none", -1),
        number("drop", "1", "probability that a reply is lost", 1),
        flag("silence", "no reply at all"),
        flag("echo", "what comes goes back first"),
        count("chunk", "bytes per write; 0 for whole replies", 0),
        number("chunk_pause", "s", "between writes", 3600),
        count("unplug_after", "bytes of replies until the line is cut; -1 for never", -1),
        {.name = "seed", .type = ALD_TYPE_INT, .doc = "of what is garbled and dropped"},
    };
    return table;
}

result<faults> faults::changed_by(const value &given) const {
    const auto checked = complete_options(records(), given, "the line of a simulated instrument");
    if (!checked) {
        return failure(checked.error());
    }
    faults changed = *this;
    for (const auto &[name, v] : *checked->as_map()) {
        if (name == "delay") {
            take(changed.delay_s, v.as_double());
        } else if (name == "garble") {
            take(changed.garble, v.as_double());
        } else if (name == "truncate") {
            take(changed.truncate, v.as_int());
        } else if (name == "drop") {
            take(changed.drop, v.as_double());
        } else if (name == "silence") {
            take(changed.silence, v.as_bool());
        } else if (name == "echo") {
            take(changed.echo, v.as_bool());
        } else if (name == "chunk") {
            take(changed.chunk, v.as_int());
        } else if (name == "chunk_pause") {
            take(changed.chunk_pause_s, v.as_double());
        } else if (name == "unplug_after") {
            take(changed.unplug_after, v.as_int());
        } else {
            take(changed.seed, v.as_int());
        }
    }
    return changed;
}

std::uint64_t fault_dice::next() noexcept { return noise::bits(seed_, count_++); }

bool fault_dice::falls(double probability) noexcept {
    return probability > 0 && noise::uniform(noise::high(next())) < probability;
}

std::uint8_t fault_dice::changed(std::uint8_t byte) noexcept {
    return static_cast<std::uint8_t>(byte ^ (1 + next() % 255));
}

} // namespace alidade
