// Labs from settings: [lab] and [devices.<name>]; the rest is in lab_arrangements.cpp.
#include "device/lab_settings.hpp"

#include "base/value/key_path.hpp"
#include "base/value/options.hpp"
#include "sim/present.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace alidade {

namespace {

const std::vector<schema> &lab_keys() {
    static const std::vector<schema> keys{
        {.name = "name", .type = ALD_TYPE_STRING, .doc = "what people call the lab"}};
    return keys;
}

schema driver_key() {
    return {.name = "driver",
            .type = ALD_TYPE_STRING,
            .doc = "the driver of the device",
            .flags = ALD_SCHEMA_READ | ALD_SCHEMA_REQUIRED};
}

// Keys that every device of a file may have besides the options of its driver.
const std::vector<schema> &common_keys() {
    static const std::vector<schema> keys{
        driver_key(),
        {.name = "reopen",
         .doc = "whether a device that went away is opened again by itself, or seconds between two "
                "attempts"},
        {.name = "safe_state",
         .type = ALD_TYPE_LIST,
         .doc = "the steps to the safe state of the device"}};
    return keys;
}

outcome set_reopen(device &d, const settings &s, const std::string &key, const value &given) {
    constexpr double usual_s = 1;
    double seconds = schema::none;
    if (const bool *wanted = given.as_bool()) {
        seconds = *wanted ? usual_s : 0;
    } else if (const double *x = given.as_double()) {
        seconds = *x;
    } else if (const std::int64_t *i = given.as_int()) {
        seconds = static_cast<double>(*i);
    }
    constexpr double most_s = 1e6;
    if (!(seconds >= 0 && seconds <= most_s)) {
        return at(s, key,
                  fail(ALD_E_INVALID, "settings",
                       "reopen is neither true nor false nor seconds between two attempts, at "
                       "most {}",
                       most_s)
                      .value());
    }
    const auto set = d.set_reopen(static_cast<std::int64_t>(std::llround(seconds * 1e9)));
    return set ? outcome() : outcome(at(s, key, set.error()));
}

outcome set_safe_state(device &d, const settings &s, const std::string &key, const list &declared) {
    std::vector<safe_step> steps;
    for (std::size_t i = 0; i < declared.size(); ++i) {
        const std::string place = key + "." + std::to_string(i);
        if (auto checked = s.check(place, safe_step_keys()); !checked) {
            return checked;
        }
        auto step = safe_step_from(*declared[i].as_map());
        if (!step) {
            return at(s, place, step.error());
        }
        steps.push_back(std::move(*step));
        // One after the other, so that the place of the first bad one is told.
        if (auto set = d.set_safe_steps(steps); !set) {
            return at(s, place, set.error());
        }
    }
    return d.set_safe_steps(std::move(steps));
}

outcome add_device(lab &to, const settings &s, const std::string &name, const map &table) {
    const std::string key = key_in("devices", name);
    const value *driver = nullptr;
    const value *reopen = nullptr;
    const value *safe = nullptr;
    map options;
    for (const auto &[option, v] : table) {
        if (option == "driver") {
            driver = &v;
        } else if (option == "reopen") {
            reopen = &v;
        } else if (option == "safe_state") {
            safe = &v;
        } else {
            options.emplace_back(option, v);
        }
    }
    if (driver == nullptr || driver->as_string() == nullptr) {
        // The check's own words for a missing or mistyped key.
        return s.check(key, std::vector{driver_key()});
    }
    const auto kind = drivers::find(*driver->as_string());
    if (!kind) {
        return at(s, key + ".driver", kind.error());
    }
    std::vector<schema> keys((*kind)->options().begin(), (*kind)->options().end());
    keys.insert(keys.end(), common_keys().begin(), common_keys().end());
    if (auto checked = s.check(key, keys); !checked) {
        return checked;
    }
    auto added = to.add(name, (*kind)->name(), options);
    if (!added) {
        return at(s, key, added.error());
    }
    outcome good;
    if (reopen != nullptr) {
        good = set_reopen(**added, s, key + ".reopen", *reopen);
    }
    if (good && safe != nullptr) {
        good = set_safe_state(**added, s, key + ".safe_state", *safe->as_list());
    }
    return good;
}

outcome add_devices(lab &to, const settings &s) {
    const auto devices = s.find("devices");
    if (!devices) {
        return {};
    }
    const map *tables = devices->content->as_map();
    if (tables == nullptr) {
        return fail(
            {.code = ALD_E_INVALID, .domain = "settings", .where = s.where(devices->places->at)},
            "'devices' is of type {}; expected tables [devices.<name>]",
            type_name(devices->content->type()));
    }
    for (const auto &[device, table] : *tables) {
        const map *keys = table.as_map();
        auto added = keys != nullptr
                         ? add_device(to, s, device, *keys)
                         : s.check(key_in("devices", device), std::vector{driver_key()});
        if (!added) {
            return added;
        }
    }
    return {};
}

// [bench]: seed and quantities, also as tables: laser.power is "laser.power". Each goes to the
// bench alone, so that what is wrong with it is told with its place.
outcome gather_bench(map &options, const settings &s, const std::string &prefix,
                     const settings::entry &table) {
    const map &keys = *table.content->as_map();
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const std::string name = prefix + keys[i].first;
        const settings::entry inner{&keys[i].second, &table.places->items[i]};
        if (inner.content->as_map() != nullptr) {
            if (auto gathered = gather_bench(options, s, name + ".", inner); !gathered) {
                return gathered;
            }
            continue;
        }
        map one{{name, *inner.content}};
        if (auto checked = complete_options(optical_bench::option_records(), one, "[bench]");
            !checked) {
            return failure(located(checked.error(), s.where(inner.places->at)));
        }
        options.push_back(std::move(one.front()));
    }
    return {};
}

constexpr std::array known_tables{"lab", "drivers", "devices", "groups", "positions", "bench"};

// Most edits between the name of a table of ours and one that is taken for it misspelt. More than
// one would make "log" and "cal" of "lab".
std::size_t most_edits(std::string_view known) { return known.size() < 5 ? 1 : 2; }

bool has_tables(const value &v) {
    const list *items = v.as_list(); // [[device]]
    return v.as_map() != nullptr ||
           (items != nullptr && !items->empty() && items->front().as_map() != nullptr);
}

// A misspelt table would be left to the user, and what it declares would silently be missing.
outcome check_tables(const settings &s) {
    const settings::entry whole = *s.find("");
    const map &tables = *whole.content->as_map();
    for (std::size_t i = 0; i < tables.size(); ++i) {
        const auto &[name, content] = tables[i];
        const auto is = [&n = name](const char *known) { return n == known; };
        if (!has_tables(content) || std::any_of(known_tables.begin(), known_tables.end(), is)) {
            continue;
        }
        for (const std::string_view known : known_tables) {
            if (edit_distance(name, known) <= most_edits(known)) {
                return fail({.code = ALD_E_NOT_FOUND,
                             .domain = "settings",
                             .where = s.where(whole.places->items[i].at)},
                            "there is no table [{}] (did you mean [{}]?); a table of your own "
                            "needs a name that is less like it",
                            name, known);
            }
        }
    }
    return {};
}

result<ref<bench_object>> bench_from(const settings &s, const settings::entry &table) {
    const std::string where = s.where(table.places->at);
    if (table.content->as_map() == nullptr) {
        return fail({.code = ALD_E_INVALID, .domain = "settings", .where = where},
                    "'bench' is of type {}; expected a table [bench]",
                    type_name(table.content->type()));
    }
    if (auto present = require_sim("simulated bench"); !present) {
        return failure(located(present.error(), where));
    }
    map options;
    if (auto gathered = gather_bench(options, s, "", table); !gathered) {
        return failure(std::move(gathered.error()));
    }
    if (const std::size_t twice = duplicate_key(options); twice != std::string::npos) {
        return fail({.code = ALD_E_INVALID, .domain = "settings", .where = where},
                    "'{}' is given twice, in quotes and as a table", options[twice].first);
    }
    auto made = optical_bench::make("", value(std::move(options)), mono_ns());
    if (!made) {
        return failure(located(made.error(), where));
    }
    return make<bench_object>(std::move(*made));
}

} // namespace

failure at(const settings &s, const std::string &key, const ref<const error> &e) {
    const auto entry = s.find(key);
    return failure(entry ? located(e, s.where(entry->places->at)) : e);
}

std::string key_in(std::string table, std::string_view key) {
    append_key(table, key);
    return table;
}

result<ref<lab>> lab::from_settings(const settings &s) {
    if (auto spelt = check_tables(s); !spelt) {
        return failure(std::move(spelt.error()));
    }
    std::string name = "lab";
    if (s.find("lab")) {
        if (auto checked = s.check("lab", lab_keys()); !checked) {
            return failure(std::move(checked.error()));
        }
        if (const auto named = s.find("lab.name")) {
            name = *named->content->as_string();
        }
    }
    auto made = make<lab>(std::move(name));
    if (const auto table = s.find("bench")) {
        auto built = bench_from(s, *table);
        if (!built) {
            return failure(std::move(built.error()));
        }
        made->bench_ = std::move(*built);
    }
    if (auto added = add_devices(*made, s).and_then([&] { return add_arrangements(*made, s); });
        !added) {
        return failure(std::move(added.error()));
    }
    made->note_places(s);
    return made;
}

} // namespace alidade
