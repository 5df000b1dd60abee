#include "device/safe_step.hpp"

#include "base/immortal.hpp"

#include <algorithm>

namespace alidade {

namespace {

struct all_keys {
    const std::vector<schema> records{
        {.name = "child", .type = ALD_TYPE_STRING, .doc = "the part that it is about"},
        {.name = "set", .type = ALD_TYPE_STRING, .doc = "the property to set"},
        {.name = "to", .doc = "what to set it to"},
        {.name = "act", .type = ALD_TYPE_STRING, .doc = "the action to carry out"},
        {.name = "arguments", .type = ALD_TYPE_MAP, .doc = "what the action is given"},
        {.name = "timeout",
         .type = ALD_TYPE_DOUBLE,
         .unit = "s",
         .doc = "how long it may take",
         .min = 0}};
};

constexpr const char *expected =
    "expected {set = \"property\", to = value} or {act = \"action\"}, and maybe child and timeout";

} // namespace

const std::vector<schema> &safe_step_keys() { return immortal<all_keys>().records; }

std::string safe_step::title() const {
    return (child.empty() ? "" : child + ": ") + (sets ? "set " : "act ") + name;
}

result<safe_step> safe_step_from(const map &keys) {
    safe_step made;
    bool acts = false;
    bool has_to = false;
    bool has_arguments = false;
    for (const auto &[key, given] : keys) {
        const auto &known = safe_step_keys();
        const auto rule = std::find_if(known.begin(), known.end(),
                                       [&k = key](const schema &s) { return s.name == k; });
        if (rule == known.end()) {
            return fail(ALD_E_NOT_FOUND, "device", "a step to the safe state has the key '{}'; {}",
                        key, expected);
        }
        auto checked = check(*rule, given);
        if (!checked) {
            return failure(std::move(checked.error()));
        }
        if (key == "timeout") {
            made.timeout = *checked->as_double();
        } else if (key == "child") {
            made.child = *checked->as_string();
        } else if (key == "set" || key == "act") {
            made.sets = made.sets || key == "set";
            acts = acts || key == "act";
            made.name = *checked->as_string();
        } else {
            has_to = has_to || key == "to";
            has_arguments = has_arguments || key == "arguments";
            made.argument = std::move(*checked);
        }
    }
    if (made.sets == acts || made.sets != has_to || (has_arguments && !acts)) {
        return fail(ALD_E_INVALID, "device", "a step to the safe state is {}; {}",
                    made.name.empty() ? "empty" : "'" + made.name + "' with other keys", expected);
    }
    return made;
}

result<std::vector<safe_step>> safe_steps_from(const value &declared) {
    const list *items = declared.as_list();
    if (items == nullptr) {
        return fail(ALD_E_INVALID, "device",
                    "the steps to the safe state are of type {}; give a "
                    "list of maps",
                    type_name(declared.type()));
    }
    std::vector<safe_step> steps;
    for (const value &item : *items) {
        const map *keys = item.as_map();
        if (keys == nullptr) {
            return fail(ALD_E_INVALID, "device", "a step to the safe state is of type {}; {}",
                        type_name(item.type()), expected);
        }
        auto made = safe_step_from(*keys);
        if (!made) {
            return failure(std::move(made.error()));
        }
        steps.push_back(std::move(*made));
    }
    return steps;
}

} // namespace alidade
