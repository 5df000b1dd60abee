// Groups of presets: named sets of properties that are switched as one.
#include "base/async/work.hpp"
#include "device/lab_settings.hpp"
#include "device/parallel_steps.hpp"

#include <algorithm>
#include <cmath>

namespace alidade {

namespace {

using parallel_steps::sequence;
using parallel_steps::step;
using parallel_steps::step_result;
using parallel_steps::timeout_left;

struct target {
    std::string path;
    std::string property;
};

result<target> target_from(std::string_view text) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size()) {
        return fail(ALD_E_INVALID, "lab",
                    "'{}' names no property; write \"path:property\", as in \"stage/x:velocity\"",
                    text);
    }
    return target{std::string(text.substr(0, colon)), std::string(text.substr(colon + 1))};
}

std::vector<std::string> keys_of(const map &m) {
    std::vector<std::string> keys;
    for (const auto &entry : m) {
        keys.push_back(entry.first);
    }
    return keys;
}

const value *entry_of(const map &m, std::string_view key) {
    const auto it =
        std::find_if(m.begin(), m.end(), [&](const auto &entry) { return entry.first == key; });
    return it == m.end() ? nullptr : &it->second;
}

result<const map *> as_map(const value &v, std::string_view what) {
    if (v.as_map() == nullptr) {
        return fail(ALD_E_INVALID, "lab", "{} is of type {}; give a map", what,
                    type_name(v.type()));
    }
    return v.as_map();
}

// Steps of one instrument are one sequence, in the order given.
class by_instrument {
public:
    void add(const std::string &path, step s) {
        const std::string root = path.substr(0, path.find('/'));
        const auto it = std::find(roots_.begin(), roots_.end(), root);
        if (it == roots_.end()) {
            roots_.push_back(root);
            sequences.push_back({std::move(s)});
        } else {
            sequences[static_cast<std::size_t>(it - roots_.begin())].push_back(std::move(s));
        }
    }
    std::vector<sequence> sequences;

private:
    std::vector<std::string> roots_;
};

result<value> applied(const std::vector<step_result> &step_results, const std::string &what,
                      const cancel_source &cancel) {
    const bool cancelled = cancel.triggered();
    const step_result *failed = cancelled ? nullptr : parallel_steps::first_failure(step_results);
    if (failed == nullptr && !cancelled) {
        return value(parallel_steps::results(step_results));
    }
    error_detail detail{.code = ALD_E_CANCELLED, .domain = "lab"};
    std::string why = "was cancelled";
    ref<const error> cause;
    if (failed != nullptr) {
        cause = failed->how->error();
        detail.code = cause->code();
        detail.native_code = cause->detail().native_code;
        detail.where = failed->name;
        why = fmt::format("failed at '{}': {}", failed->name, cause->detail().message);
    }
    detail.message = fmt::format("{} {}; set: {}; not set: {}", what, why,
                                 parallel_steps::names(step_results, true),
                                 parallel_steps::names(step_results, false));
    return failure(make<const error>(std::move(detail), std::move(cause)));
}

// Rule by which a property is compared with its value in a preset.
struct comparison {
    schema rule;
    double tolerance = schema::none;
};

const double *number_of(const value &v, double &converted) {
    if (const std::int64_t *i = v.as_int()) {
        converted = static_cast<double>(*i);
        return &converted;
    }
    return v.as_double();
}

// Half a step of the property: the next value is another one. Without a step a millionth of the
// limits' distance, or of the number.
double usual_tolerance(const schema &rule, double wanted) {
    constexpr double millionth = 1e-6;
    if (rule.step > 0) {
        return rule.step / 2;
    }
    if (rule.type == ALD_TYPE_INT) {
        return 0;
    }
    const double span = rule.max - rule.min;
    return millionth * (std::isfinite(span) ? span : std::abs(wanted));
}

bool matches(const comparison &by, const value &wanted, const value &got) {
    double a = 0;
    double b = 0;
    const double *x = number_of(wanted, a);
    const double *y = number_of(got, b);
    if (x == nullptr || y == nullptr) {
        return wanted == got;
    }
    const double tolerance = std::isnan(by.tolerance) ? usual_tolerance(by.rule, *x) : by.tolerance;
    return *x == *y || std::abs(*x - *y) <= tolerance;
}

// The first preset whose properties are all as it wants them; null if there is none. What cannot
// be read does not count.
value current_of(const map &presets, const map &got,
                 const std::vector<std::pair<std::string, comparison>> &comparisons) {
    for (const auto &[preset, settings] : presets) {
        std::size_t seen = 0;
        bool all = true;
        for (const auto &[name, wanted] : *settings.as_map()) {
            const value *is = entry_of(got, name);
            if (is == nullptr) {
                continue;
            }
            const auto by = std::find_if(comparisons.begin(), comparisons.end(),
                                         [&n = name](const auto &c) { return c.first == n; });
            ++seen;
            all = all && matches(by->second, wanted, *is);
        }
        if (all && seen > 0) {
            return preset;
        }
    }
    return {};
}

} // namespace

result<value> lab::check_setting(std::string_view name, const value &v) const {
    const auto what = target_from(name);
    if (!what) {
        return failure(what.error());
    }
    const auto found = find_so_far(what->path);
    if (!found) {
        return failure(found.error());
    }
    const ref<device> &d = *found;
    if (!d || (!d->is_known() && !d->find_property(what->property))) {
        return v;
    }
    return d->check_set(what->property, v);
}

outcome lab::check_tolerance(std::string_view name, const value &v) const {
    double converted = 0;
    const double *x = number_of(v, converted);
    if (x == nullptr || !(*x >= 0) || !std::isfinite(*x)) {
        return fail({.code = ALD_E_INVALID, .domain = "lab", .where = std::string(name)},
                    "the tolerance of '{}' is no number from 0", name);
    }
    const auto what = target_from(name);
    if (!what) {
        return failure(what.error());
    }
    const auto found = find_so_far(what->path);
    if (!found) {
        return failure(found.error());
    }
    const bool known = *found && (*found)->is_known();
    return known ? (*found)->find_property(what->property).map([](std::size_t) {}) : outcome();
}

outcome lab::set_group(const std::string &name, const value &presets, const value &tolerances) {
    group made;
    const auto given = as_map(presets, "what the group '" + name + "' consists of");
    if (!given || name.empty()) {
        return given ? fail(ALD_E_INVALID, "lab", "the name of a group is empty; give it one")
                     : failure(given.error());
    }
    for (const auto &[preset, settings] : **given) {
        const auto wanted = as_map(settings, fmt::format("the preset '{}' of '{}'", preset, name));
        if (!wanted) {
            return failure(wanted.error());
        }
        map checked;
        for (const auto &[property, v] : **wanted) {
            auto good = check_setting(property, v);
            if (!good) {
                return failure(std::move(good.error()));
            }
            checked.emplace_back(property, std::move(*good));
        }
        made.presets.emplace_back(preset, std::move(checked));
    }
    static const map none;
    const map *declared = tolerances.type() == ALD_TYPE_NULL ? &none : tolerances.as_map();
    if (declared == nullptr) {
        return as_map(tolerances, "what the tolerances are given as").map([](const map *) {});
    }
    for (const auto &[property, v] : *declared) {
        if (auto good = check_tolerance(property, v); !good) {
            return good;
        }
        double converted = 0;
        made.tolerances.emplace_back(property, *number_of(v, converted));
    }
    forget_places(key_in("groups", name));
    const std::scoped_lock lock(mutex_);
    if (auto open = check_open(); !open) {
        return open;
    }
    const auto it = std::find_if(groups_.begin(), groups_.end(),
                                 [&](const auto &known) { return known.first == name; });
    if (it != groups_.end()) {
        it->second = std::move(made);
    } else {
        groups_.emplace_back(name, std::move(made));
    }
    return {};
}

result<lab::group> lab::group_named(std::string_view name) const {
    const std::scoped_lock lock(mutex_);
    std::vector<std::string> names;
    for (const auto &[known, content] : groups_) {
        if (known == name) {
            return content;
        }
        names.push_back(known);
    }
    return fail(ALD_E_NOT_FOUND, "lab", "the lab '{}' has no group '{}'{}", name_, name,
                did_you_mean(name, names));
}

outcome lab::remove_group(std::string_view name) {
    if (auto there = group_named(name); !there) {
        return failure(std::move(there.error()));
    }
    forget_places(key_in("groups", name));
    const std::scoped_lock lock(mutex_);
    std::erase_if(groups_, [&](const auto &known) { return known.first == name; });
    return {};
}

value lab::groups() const {
    const std::scoped_lock lock(mutex_);
    map all;
    for (const auto &[name, content] : groups_) {
        all.emplace_back(name,
                         map{{"presets", content.presets}, {"tolerances", content.tolerances}});
    }
    return all;
}

result<ref<op>> lab::start_apply(const std::string &name, const std::string &preset,
                                 std::int64_t timeout_ns) {
    if (auto open = check_still_open(); !open) {
        return failure(std::move(open.error()));
    }
    const auto known = group_named(name);
    if (!known) {
        return failure(known.error());
    }
    const value *settings = entry_of(known->presets, preset);
    if (settings == nullptr) {
        return fail(ALD_E_NOT_FOUND, "lab", "the group '{}' has no preset '{}'{}", name, preset,
                    did_you_mean(preset, keys_of(known->presets)));
    }
    // All is checked before anything is sent.
    const std::int64_t deadline = deadline_after(timeout_ns);
    by_instrument plan;
    for (const auto &[setting, v] : *settings->as_map()) {
        const auto what = target_from(setting);
        auto found = find(what->path);
        if (!found) {
            return failure(std::move(found.error()));
        }
        const ref<device> &d = *found;
        if (auto open = d->check_open(); !open) {
            return failure(std::move(open.error()));
        }
        if (auto good = d->check_set(what->property, v); !good) {
            return failure(std::move(good.error()));
        }
        if (auto free = d->check_may_set(what->property); !free) {
            return failure(std::move(free.error()));
        }
        plan.add(what->path,
                 {setting, [d, property = what->property, wanted = v, timeout_ns, deadline] {
                      return d->start_set(property, wanted, timeout_left(timeout_ns, deadline),
                                          false);
                  }});
    }
    auto whole = make<op>();
    const auto work = [keep = ref<lab>::share(this), sequences = std::move(plan.sequences),
                       what = "the preset '" + preset + "' of '" + name +
                              "'"](op &ours, const cancel_source &cancel) {
        const auto step_results = run(sequences, parallel_steps::on_failure::let_end, ours, cancel);
        ours.finish(applied(step_results, what, cancel));
    };
    return start_work(whole, work).map([&] { return whole; });
}

result<ref<op>> lab::start_current(const std::string &name, std::int64_t timeout_ns) {
    if (auto open = check_still_open(); !open) {
        return failure(std::move(open.error()));
    }
    const auto known = group_named(name);
    if (!known) {
        return failure(known.error());
    }
    const std::int64_t deadline = deadline_after(timeout_ns);
    by_instrument plan;
    std::vector<std::pair<std::string, comparison>> comparisons;
    for (const auto &[preset, settings] : known->presets) {
        for (const auto &[setting, v] : *settings.as_map()) {
            const bool there = std::any_of(comparisons.begin(), comparisons.end(),
                                           [&s = setting](const auto &c) { return c.first == s; });
            if (there) {
                continue;
            }
            const auto what = target_from(setting);
            auto found = find(what->path);
            if (!found) {
                return failure(std::move(found.error()));
            }
            const ref<device> &d = *found;
            if (auto open = d->check_open(); !open) {
                return failure(std::move(open.error()));
            }
            const auto index = d->find_property(what->property);
            if (!index) {
                return failure(index.error());
            }
            comparison by{**d->property_at(*index)};
            if (const value *tolerance = entry_of(known->tolerances, setting)) {
                by.tolerance = *tolerance->as_double();
            }
            const bool readable = (by.rule.flags & ALD_SCHEMA_READ) != 0;
            comparisons.emplace_back(setting, std::move(by));
            if (readable) {
                plan.add(what->path,
                         {setting, [d, property = what->property, timeout_ns, deadline] {
                              return d->start_get(property, timeout_left(timeout_ns, deadline),
                                                  false);
                          }});
            }
        }
    }
    auto whole = make<op>();
    const auto work = [keep = ref<lab>::share(this), sequences = std::move(plan.sequences),
                       presets = known->presets,
                       comparisons](op &ours, const cancel_source &cancel) {
        const auto step_results =
            run(sequences, parallel_steps::on_failure::cancel_all, ours, cancel);
        if (cancel.triggered()) {
            ours.finish(fail(ALD_E_CANCELLED, "lab", "reading the group was cancelled"));
        } else if (const step_result *failed = parallel_steps::first_failure(step_results)) {
            ours.finish(failure(failed->how->error()));
        } else {
            ours.finish(current_of(presets, parallel_steps::results(step_results), comparisons));
        }
    };
    return start_work(whole, work).map([&] { return whole; });
}

} // namespace alidade
