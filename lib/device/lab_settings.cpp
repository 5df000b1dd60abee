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
