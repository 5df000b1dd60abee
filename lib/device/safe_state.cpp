#include "device/safe_state.hpp"

#include "base/async/work.hpp"
#include "device/lab_settings.hpp"
#include "device/parallel_steps.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace alidade {

namespace {

using parallel_steps::sequence;
using parallel_steps::step;
using parallel_steps::step_result;

// Stops all that moves, at the same time. What cannot be stopped is waited for.
void add_stops(std::vector<sequence> &sequences, const device &root, std::int64_t timeout_ns) {
    std::vector<ref<device>> nodes;
    root.collect_nodes(nodes);
    for (const ref<device> &d : nodes) {
        if (d->can_stop()) {
            sequences.push_back({step{fmt::format("{}: {}", d->path(), d->stop_action()),
                                      [d, timeout_ns] { return d->start_stop(timeout_ns); }}});
        } else if (d->can_move()) {
            sequences.push_back({step{d->path() + ": come to stand", [d, timeout_ns] {
                                          return d->start_wait_settled(timeout_ns);
                                      }}});
        }
    }
}

result<ref<op>> start_step(const device &root, const safe_step &s, std::int64_t timeout_ns) {
    const auto target = s.child.empty()
                            ? result<ref<device>>(ref<device>::share(const_cast<device *>(&root)))
                            : root.child(s.child);
    if (!target) {
        return failure(target.error());
    }
    const std::int64_t timeout =
        std::isnan(s.timeout) ? timeout_ns : static_cast<std::int64_t>(s.timeout * 1e9);
    return s.sets ? (*target)->start_set(s.name, s.argument, timeout, false)
                  : (*target)->start_action(s.name, s.argument, timeout);
}

sequence steps_of(const ref<device> &root, std::int64_t timeout_ns) {
    sequence steps;
    if (const auto declared = root->safe_steps()) {
        for (const safe_step &s : *declared) {
            steps.push_back({root->path() + ": " + s.title(),
                             [root, s, timeout_ns] { return start_step(*root, s, timeout_ns); }});
        }
        return steps;
    }
    std::vector<ref<device>> nodes;
    root->collect_nodes(nodes);
    for (const ref<device> &d : nodes) {
        if (d->has_action("safe")) {
            steps.push_back({d->path() + ": act safe", [d, timeout_ns] {
                                 return d->start_action("safe", value(), timeout_ns);
                             }});
        }
    }
    return steps;
}

// Takes out the steps that were refused because an emergency stop holds, and tells of them. The
// step_results are those of `steps`, sequence by sequence.
list take_left_out(std::vector<step_result> &step_results, const std::vector<ref<device>> &roots,
                   const std::vector<sequence> &steps) {
    list left_out;
    std::size_t at = 0;
    for (std::size_t i = 0; i < roots.size(); ++i) {
        for (const step &s : steps[i]) {
            const step_result &e = step_results[at++];
            if (e.how && !*e.how && is_held_down(*e.how->error())) {
                left_out.emplace_back(s.name);
                roots[i]->tell_state(ALD_EVENT_STEP_SKIPPED,
                                     map{{"device", roots[i]->path()}, {"step", s.name}});
            }
        }
    }
    std::erase_if(step_results, [](const step_result &e) {
        return e.how && !*e.how && is_held_down(*e.how->error());
    });
    return left_out;
}

result<value> outcome_of(const std::vector<step_result> &step_results, list left_out,
                         const cancel_source &cancel) {
    const bool cancelled = cancel.triggered();
    const step_result *first = cancelled ? nullptr : parallel_steps::first_failure(step_results);
    if (first == nullptr && !cancelled) {
        return value(map{{"left_out", std::move(left_out)}});
    }
    std::string failures;
    for (const step_result &e : step_results) {
        if (!e.how || !*e.how) {
            failures += fmt::format("{}{}: {}", failures.empty() ? "" : "; ", e.name,
                                    e.how ? e.how->error()->detail().message : "not tried");
        }
    }
    error_detail detail{.code = ALD_E_CANCELLED, .domain = "device"};
    if (first != nullptr) {
        const error_detail &why = first->how->error()->detail();
        detail.code = why.code;
        detail.native_code = why.native_code;
        detail.where = first->name;
    }
    return fail(std::move(detail), "the safe state was not reached everywhere: {}",
                failures.empty() ? "cancelled" : failures);
}

} // namespace

result<ref<op>> start_safe_state(const std::vector<ref<device>> &roots, std::int64_t timeout_ns) {
    auto whole = make<op>();
    std::vector<ref<const object>> keep;
    keep.reserve(roots.size());
    for (const ref<device> &d : roots) {
        keep.push_back(d->keep_alive());
    }
    const auto work = [roots, keep, timeout_ns](op &ours, const cancel_source &cancel) {
        std::vector<sequence> stops;
        for (const ref<device> &d : roots) {
            add_stops(stops, *d, timeout_ns);
        }
        auto step_results = run(stops, parallel_steps::on_failure::go_on, ours, cancel);
        std::vector<sequence> steps;
        steps.reserve(roots.size());
        for (const ref<device> &d : roots) {
            steps.push_back(steps_of(d, timeout_ns));
        }
        auto done = run(steps, parallel_steps::on_failure::go_on, ours, cancel);
        list left_out = take_left_out(done, roots, steps);
        std::move(done.begin(), done.end(), std::back_inserter(step_results));
        ours.finish(outcome_of(step_results, std::move(left_out), cancel));
    };
    return start_work(whole, work).map([&] { return whole; });
}

outcome device::set_safe_steps(std::optional<std::vector<safe_step>> steps) {
    if (parent_ != nullptr) {
        return fail({.code = ALD_E_INVALID, .domain = "device", .where = path_},
                    "'{}' is a part of '{}'; declare the steps to the safe state there", path_,
                    root_->path_);
    }
    for (const safe_step &s : steps ? *steps : std::vector<safe_step>()) {
        if (auto good = check_safe_step(s); !good) {
            return good;
        }
    }
    {
        const std::scoped_lock lock(engine_->mutex);
        engine_->safe_steps = std::move(steps);
    }
    lab_.forget_places(key_in("devices", path_) + ".safe_state");
    return {};
}

outcome device::check_safe_step(const safe_step &s) const {
    const auto target = s.child.empty()
                            ? result<ref<device>>(ref<device>::share(const_cast<device *>(this)))
                            : child(s.child);
    if (!target) {
        return is_known() ? outcome(failure(target.error())) : outcome();
    }
    if (s.sets) {
        const bool can_tell = is_known() || (*target)->find_property(s.name);
        return can_tell ? (*target)->check_set(s.name, s.argument).map([](const value &) {})
                        : outcome();
    }
    return is_known() ? (*target)->check_action(s.name) : outcome();
}

std::optional<std::vector<safe_step>> device::safe_steps() const {
    const std::scoped_lock lock(engine_->mutex);
    return engine_->safe_steps;
}

} // namespace alidade
