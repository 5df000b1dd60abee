#include "sim/faults.hpp"

#include "base/value/options.hpp"
#include "sim/bench/noise.hpp"

#include <algorithm>
#include <array>

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

// Parses the names of the lines that are on, in any order: "cts,dsr".
result<std::uint8_t> to_modem_lines(std::string_view text) {
    constexpr std::array names{std::pair{std::string_view("cts"), modem_line::cts},
                               std::pair{std::string_view("dsr"), modem_line::dsr},
                               std::pair{std::string_view("ri"), modem_line::ri},
                               std::pair{std::string_view("cd"), modem_line::cd}};
    std::uint8_t on = 0;
    for (std::string_view rest = text; !rest.empty();) {
        const std::string_view word = rest.substr(0, rest.find(','));
        rest.remove_prefix(std::min(word.size() + 1, rest.size()));
        const auto *known = std::find_if(names.begin(), names.end(),
                                         [&](const auto &n) { return n.first == word; });
        if (known == names.end()) {
            return fail(ALD_E_INVALID, "simulation",
                        "modem_lines is '{}'; expected those that are on, as 'cts,dsr': cts, dsr, "
                        "ri, cd",
                        text);
        }
        on |= known->second;
    }
    return on;
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
        {.name = "modem_lines",
         .type = ALD_TYPE_STRING,
         .doc = "modem lines that are on, as \"cts,dsr,ri,cd\""},
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
        } else if (name == "seed") {
            take(changed.seed, v.as_int());
        } else if (const std::string *text = v.as_string(); text != nullptr) {
            const auto on = to_modem_lines(*text);
            if (!on) {
                return failure(on.error());
            }
            changed.modem_lines = *on;
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
