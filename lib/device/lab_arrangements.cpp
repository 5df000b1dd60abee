// Groups and named positions of a lab from settings.
#include "device/lab_settings.hpp"

namespace alidade {

namespace {

const std::vector<schema> &group_keys() {
    static const std::vector<schema> keys{{.name = "presets",
                                           .type = ALD_TYPE_MAP,
                                           .doc = "the presets by their names",
                                           .flags = ALD_SCHEMA_READ | ALD_SCHEMA_REQUIRED},
                                          {.name = "tolerances",
                                           .type = ALD_TYPE_MAP,
                                           .doc = "how near a property has to be to count"}};
    return keys;
}

// The tables of a table, one after the other: `each(key, name, content)`.
template <class Each>
outcome for_tables(const settings &s, const std::string &key, std::string_view expected,
                   const Each &each) {
    const auto all = s.find(key);
    if (!all) {
        return {};
    }
    const auto not_a_table = [&](const settings::entry &entry) {
        return fail(
            {.code = ALD_E_INVALID, .domain = "settings", .where = s.where(entry.places->at)},
            "this is of type {}; expected {}", type_name(entry.content->type()), expected);
    };
    if (all->content->as_map() == nullptr) {
        return not_a_table(*all);
    }
    for (const auto &[name, content] : *all->content->as_map()) {
        const std::string place = key_in(key, name);
        if (content.as_map() == nullptr) {
            return s.find(place).and_then(
                [&](const settings::entry &entry) { return outcome(not_a_table(entry)); });
        }
        if (auto added = each(place, name, content); !added) {
            return added;
        }
    }
    return {};
}

// Checks each entry of a table by itself, so that the place of a bad one can be told.
template <class Check>
outcome check_entries(const settings &s, const std::string &key, const map &entries,
                      const Check &check) {
    for (const auto &[name, v] : entries) {
        if (auto good = check(name, v); !good) {
            return at(s, key_in(key, name), good.error());
        }
    }
    return {};
}

outcome add_group(lab &to, const settings &s, const std::string &key, const std::string &name,
                  const value &content) {
    if (auto checked = s.check(key, group_keys()); !checked) {
        return checked;
    }
    auto good =
        for_tables(s, key + ".presets", "tables [groups.<name>.presets.<preset>]",
                   [&](const std::string &place, const std::string &, const value &settings) {
                       return check_entries(s, place, *settings.as_map(),
                                            [&](const std::string &property, const value &v) {
                                                return to.check_setting(property, v);
                                            });
                   });
    if (!good) {
        return good;
    }
    const value *tolerances = content.find("tolerances");
    if (tolerances != nullptr) {
        if (auto checked = check_entries(s, key + ".tolerances", *tolerances->as_map(),
                                         [&](const std::string &property, const value &v) {
                                             return to.check_tolerance(property, v);
                                         });
            !checked) {
            return checked;
        }
    }
    auto set =
        to.set_group(name, *content.find("presets"), tolerances != nullptr ? *tolerances : value());
    return set ? outcome() : outcome(at(s, key, set.error()));
}

} // namespace

outcome add_arrangements(lab &to, const settings &s) {
    auto groups =
        for_tables(s, "groups", "tables [groups.<name>.presets.<preset>]",
                   [&](const std::string &key, const std::string &name, const value &content) {
                       return add_group(to, s, key, name, content);
                   });
    if (!groups) {
        return groups;
    }
    return for_tables(
        s, "positions", "tables [positions.<name>]",
        [&](const std::string &key, const std::string &name, const value &axes) -> outcome {
            if (auto checked = check_entries(s, key, *axes.as_map(),
                                             [&](const std::string &axis, const value &v) {
                                                 return to.check_place(axis, v);
                                             });
                !checked) {
                return checked;
            }
            auto set = to.set_position(name, axes);
            return set ? outcome() : outcome(at(s, key, set.error()));
        });
}

} // namespace alidade
