// Named positions: axes and where they are there.
#include "base/async/work.hpp"
#include "device/capabilities/movable.hpp"
#include "device/lab_settings.hpp"
#include "device/parallel_steps.hpp"
#include "device/safe_state.hpp"

#include <algorithm>

namespace alidade {

namespace {

namespace movable = capabilities::movable;
using parallel_steps::sequence;
using parallel_steps::step_result;
using parallel_steps::timeout_left;

outcome check_name(std::string_view name) {
    return name.empty() ? fail(ALD_E_INVALID, "lab", "the name of a position is empty; give it one")
                        : outcome();
}

result<value> within_limits(const device &axis, const value &v) {
    return axis.check_can(movable::record).and_then([&] { return axis.check_set("position", v); });
}

result<value> ended_well(const std::vector<step_result> &step_results, const std::string &what,
                         const cancel_source &cancel) {
    if (cancel.triggered()) {
        return fail(ALD_E_CANCELLED, "lab", "{} was cancelled; its axes stand", what);
    }
    const step_result *failed = parallel_steps::first_failure(step_results);
    if (failed == nullptr) {
        return value(parallel_steps::results(step_results));
    }
    const ref<const error> &cause = failed->how->error();
    error_detail detail = cause->detail();
    detail.message = fmt::format("{} failed at '{}': {}", what, failed->name, detail.message);
    detail.where = failed->name;
    return failure(make<const error>(std::move(detail), cause));
}

} // namespace

result<value> lab::check_place(std::string_view axis, const value &v) const {
    const double *x = v.as_double();
    const std::int64_t *i = v.as_int();
    if (x == nullptr && i == nullptr) {
        return fail({.code = ALD_E_INVALID, .domain = "lab", .where = std::string(axis)},
                    "the place of '{}' is of type {}; give a number", axis, type_name(v.type()));
    }
    const value number = x != nullptr ? v : value(static_cast<double>(*i));
    const auto found = find_so_far(axis);
    if (!found) {
        return failure(found.error());
    }
    const ref<device> &d = *found;
    if (!d || (!d->is_known() && !d->can(movable::record.name, 1))) {
        return number;
    }
    return within_limits(*d, number);
}

outcome lab::set_position(const std::string &name, const value &axes) {
    if (auto named = check_name(name); !named) {
        return named;
    }
    const map *places = axes.as_map();
    if (places == nullptr || places->empty()) {
        return fail(ALD_E_INVALID, "lab",
                    "the position '{}' has no axes; give a map from paths to numbers", name);
    }
    map checked;
    for (const auto &[axis, v] : *places) {
        auto good = check_place(axis, v);
        if (!good) {
            return failure(std::move(good.error()));
        }
        checked.emplace_back(axis, std::move(*good));
    }
    forget_places(key_in("positions", name));
    const std::scoped_lock lock(mutex_);
    if (auto open = check_open(); !open) {
        return open;
    }
    const auto it = std::find_if(positions_.begin(), positions_.end(),
                                 [&](const auto &known) { return known.first == name; });
    if (it != positions_.end()) {
        it->second = std::move(checked);
    } else {
        positions_.emplace_back(name, std::move(checked));
    }
    return {};
}

outcome lab::forget(std::string_view name) {
    forget_places(key_in("positions", name));
    const std::scoped_lock lock(mutex_);
    std::vector<std::string> names;
    for (const auto &known : positions_) {
        names.push_back(known.first);
    }
    const auto before = positions_.size();
    std::erase_if(positions_, [&](const auto &known) { return known.first == name; });
    if (positions_.size() == before) {
        return fail(ALD_E_NOT_FOUND, "lab", "the lab '{}' has no position '{}'{}", name_, name,
                    did_you_mean(name, names));
    }
    return {};
}

value lab::positions() const {
    const std::scoped_lock lock(mutex_);
    return positions_;
}

std::vector<std::string> lab::all_axes() const {
    std::vector<std::string> axes;
    for (const ref<device> &root : devices()) {
        std::vector<ref<device>> nodes;
        if (root->state() == ALD_DEVICE_OPEN) {
            root->collect_nodes(nodes);
        }
        for (const ref<device> &d : nodes) {
            if (d->can(movable::record.name, 1)) {
                axes.push_back(d->path());
            }
        }
    }
    return axes;
}

result<ref<op>> lab::start_remember(const std::string &name, const std::vector<std::string> &axes,
                                    std::int64_t timeout_ns) {
    if (auto good = check_still_open().and_then([&] { return check_name(name); }); !good) {
        return failure(std::move(good.error()));
    }
    const std::vector<std::string> &wanted = axes.empty() ? all_axes() : axes;
    if (wanted.empty()) {
        return fail(ALD_E_STATE, "lab", "no open device of the lab '{}' has an axis; open it first",
                    name_);
    }
    const std::int64_t deadline = deadline_after(timeout_ns);
    std::vector<sequence> sequences;
    for (const std::string &path : wanted) {
        auto found = find(path);
        auto good = found ? (*found)->check_can(movable::record).and_then([&] {
            return (*found)->check_open();
        })
                          : outcome(failure(found.error()));
        if (!good) {
            return failure(std::move(good.error()));
        }
        sequences.push_back({{path, [d = *found, timeout_ns, deadline] {
                                  return movable::start_position(
                                      *d, timeout_left(timeout_ns, deadline), false);
                              }}});
    }
    auto whole = make<op>();
    const auto work = [self = ref<lab>::share(this), sequences, name](op &ours,
                                                                      const cancel_source &cancel) {
        const auto step_results =
            run(sequences, parallel_steps::on_failure::cancel_all, ours, cancel);
        auto read = ended_well(step_results, "remembering '" + name + "'", cancel);
        if (read) {
            if (auto kept = self->set_position(name, *read); !kept) {
                read = failure(std::move(kept.error()));
            }
        }
        ours.finish(std::move(read));
    };
    return start_work(whole, work).map([&] { return whole; });
}

result<ref<op>> lab::start_go_to(const std::string &name, std::int64_t timeout_ns) {
    if (auto open = check_still_open(); !open) {
        return failure(std::move(open.error()));
    }
    const value all = positions();
    const value *places = all.find(name);
    if (places == nullptr) {
        std::vector<std::string> names;
        for (const auto &known : *all.as_map()) {
            names.push_back(known.first);
        }
        return fail(ALD_E_NOT_FOUND, "lab", "the lab '{}' has no position '{}'{}", name_, name,
                    did_you_mean(name, names));
    }
    // All is checked before anything moves.
    const std::int64_t deadline = deadline_after(timeout_ns);
    std::vector<sequence> sequences;
    for (const auto &[path, v] : *places->as_map()) {
        auto found = find(path);
        if (!found) {
            return failure(std::move(found.error()));
        }
        const ref<device> &d = *found;
        auto good = d->check_open()
                        .and_then([&, &to = v] { return within_limits(*d, to); })
                        .and_then([&](const value &to) {
                            return d->check_may_set("position").map([&] { return to; });
                        });
        if (!good) {
            return failure(std::move(good.error()));
        }
        sequences.push_back({{path, [d, to = *good->as_double(), timeout_ns, deadline] {
                                  return movable::start_move_abs(
                                      *d, to, timeout_left(timeout_ns, deadline));
                              }}});
    }
    auto whole = make<op>();
    const auto work = [keep = ref<lab>::share(this), sequences,
                       what = "going to '" + name + "'"](op &ours, const cancel_source &cancel) {
        const auto step_results =
            run(sequences, parallel_steps::on_failure::cancel_all, ours, cancel);
        ours.finish(ended_well(step_results, what, cancel));
    };
    return start_work(whole, work).map([&] { return whole; });
}

result<ref<op>> lab::start_safe_state(std::int64_t timeout_ns) {
    if (auto open = check_still_open(); !open) {
        return failure(std::move(open.error()));
    }
    auto roots = devices();
    std::erase_if(roots, [](const ref<device> &d) {
        const ald_device_state now = d->state();
        return now != ALD_DEVICE_OPEN && (now != ALD_DEVICE_DISCONNECTED || !d->safe_steps());
    });
    return alidade::start_safe_state(roots, timeout_ns);
}

} // namespace alidade
