// Labs from settings: [lab] and [devices.<name>].
#include "device/lab.hpp"

namespace alidade {

namespace {

// What goes wrong with a device of the file is told with the place in the file.
failure at(const settings &s, const std::string &key, const ref<const error> &e) {
    const auto entry = s.find(key);
    return failure(entry ? located(e, s.where(entry->places->at)) : e);
}

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

// The quoted form reaches names with dots in them.
std::string key_of(const std::string &device) { return "devices.\"" + device + "\""; }

outcome add_device(lab &to, const settings &s, const std::string &name, const map &table) {
    const std::string key = key_of(name);
    const value *driver = nullptr;
    map options;
    for (const auto &[option, v] : table) {
        if (option == "driver") {
            driver = &v;
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
    keys.push_back(driver_key());
    if (auto checked = s.check(key, keys); !checked) {
        return checked;
    }
    auto added = to.add(name, (*kind)->name(), options);
    return added ? outcome() : outcome(at(s, key, added.error()));
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

result<ref<bench_object>> bench_from(const settings &s, const settings::entry &table) {
    const std::string where = s.where(table.places->at);
    if (table.content->as_map() == nullptr) {
        return fail({.code = ALD_E_INVALID, .domain = "settings", .where = where},
                    "'bench' is of type {}; expected a table [bench]",
                    type_name(table.content->type()));
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

result<ref<lab>> lab::from_settings(const settings &s) {
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
    const auto devices = s.find("devices");
    if (!devices) {
        return made;
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
        auto added = keys != nullptr ? add_device(*made, s, device, *keys)
                                     : s.check(key_of(device), std::vector{driver_key()});
        if (!added) {
            return failure(std::move(added.error()));
        }
    }
    return made;
}

} // namespace alidade
