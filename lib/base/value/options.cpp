#include "base/value/options.hpp"

#include <algorithm>
#include <cmath>

namespace alidade {

namespace {

std::vector<std::string> names_of(std::span<const schema> schemas) {
    std::vector<std::string> names;
    for (const schema &s : schemas) {
        names.push_back(s.name);
    }
    return names;
}

} // namespace

result<value> complete_options(std::span<const schema> schemas, const value &given,
                               std::string_view whose) {
    static const map none;
    const map *options = given.as_map();
    if (options == nullptr && given.type() != ALD_TYPE_NULL) {
        return fail(ALD_E_INVALID, "device", "the options of {} are of type {}; give a map or NULL",
                    whose, type_name(given.type()));
    }
    for (const auto &entry : options != nullptr ? *options : none) {
        const std::string &name = entry.first;
        const bool known = std::any_of(schemas.begin(), schemas.end(),
                                       [&](const schema &s) { return s.name == name; });
        if (!known) {
            const auto names = names_of(schemas);
            return fail(ALD_E_NOT_FOUND, "device", "{} has no option '{}'{}; it has {}", whose,
                        name, did_you_mean(name, names), fmt::join(names, ", "));
        }
    }
    map complete;
    for (const schema &s : schemas) {
        if (const value *v = given.find(s.name)) {
            auto checked = check(s, *v);
            if (!checked) {
                return checked;
            }
            complete.emplace_back(s.name, std::move(*checked));
        } else if (s.initial) {
            complete.emplace_back(s.name, *s.initial);
        } else if ((s.flags & ALD_SCHEMA_REQUIRED) != 0) {
            return fail(ALD_E_INVALID, "device", "{} needs the option '{}': {}", whose, s.name,
                        s.doc);
        }
    }
    return value(std::move(complete));
}

value describe(const schema &s) {
    map m{{"name", s.name},
          {"type", type_name(s.type)},
          {"unit", s.unit},
          {"doc", s.doc},
          {"readable", (s.flags & ALD_SCHEMA_READ) != 0},
          {"writable", (s.flags & ALD_SCHEMA_WRITE) != 0},
          {"required", (s.flags & ALD_SCHEMA_REQUIRED) != 0}};
    const auto add_number = [&](const char *name, double x) {
        if (!std::isnan(x)) {
            m.emplace_back(name, x);
        }
    };
    add_number("min", s.min);
    add_number("max", s.max);
    add_number("step", s.step);
    if (s.choices) {
        m.emplace_back("choices", *s.choices);
    }
    if (s.initial) {
        m.emplace_back("initial", *s.initial);
    }
    return m;
}

} // namespace alidade
