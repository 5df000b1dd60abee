// Verbs of a device for callers: open, get, set, act, read.
#include "base/async/work.hpp"
#include "device/device.hpp"
#include "device/follow.hpp"
#include "device/lab.hpp"
#include "device/recovery.hpp"

#include <algorithm>

namespace alidade {

outcome device::check_open() const {
    const ald_device_state now = state();
    const error_detail at{.code = ALD_E_STATE, .domain = "device", .where = path_};
    switch (now) {
    case ALD_DEVICE_OPEN: return {};
    case ALD_DEVICE_CLOSED:
        return fail(ALD_E_CLOSED, "device", "'{}' is closed; make it anew", path_);
    case ALD_DEVICE_DISCONNECTED:
        return fail(ALD_E_DISCONNECTED, "device", "'{}' is gone; connect it and open it again",
                    path_);
    default: return fail(at, "'{}' is not open; open it first", path_);
    }
}

std::int64_t device::deadline_for(std::int64_t timeout_ns, bool motion) const {
    if (timeout_ns != ALD_WAIT_DEFAULT) {
        return deadline_after(timeout_ns);
    }
    const engine &e = *root_->engine_;
    return deadline_after(motion ? e.motion_timeout_ns : e.query_timeout_ns);
}

result<ref<op>> device::submit(request::order what, bool here) {
    const auto r = make<request>(*this, std::move(what));
    return hand_over(*r, here);
}

// Queues a request. If that fails it is completed: its operation would be waited for in vain.
result<ref<op>> device::hand_over(request &r, bool here) {
    const ref<op> operation = r.operation();
    // A driver that answers at once needs no timer: arming one costs more than the answer.
    const bool at_once = !root_->engine_->kind.blocking();
    if (!at_once) {
        r.arm_deadline();
    }
    try {
        if (auto put = requests().put(ref<request>::share(&r), here); !put) {
            r.complete(failure(put.error()));
            return failure(std::move(put.error()));
        }
    } catch (...) { // the driver has not seen it
        r.complete(failure(out_of_memory()));
        throw;
    }
    if (at_once) {
        r.arm_deadline();
    }
    return operation;
}

result<ref<op>> device::start_open(std::int64_t timeout_ns) {
    if (parent_ != nullptr) {
        return fail({.code = ALD_E_INVALID, .domain = "device", .where = path_},
                    "'{}' is a part of '{}'; open that", path_, root_->path_);
    }
    const auto r = make<request>(
        *this, request::order{.verb = ALD_VERB_OPEN, .deadline = deadline_for(timeout_ns, false)});
    notice_lost_line();
    ref<op> running;
    ald_device_state before{};
    {
        const std::scoped_lock lock(engine_->mutex);
        before = engine_->closing ? ald_device_state{ALD_DEVICE_CLOSED} : engine_->state;
        running = engine_->opening;
        if (before != ALD_DEVICE_CLOSED && before != ALD_DEVICE_OPEN && !running) {
            engine_->opening = r->operation();
            engine_->state = ALD_DEVICE_OPENING;
            ++engine_->opening_number;
            engine_->lost_line.clear();
            engine_->announcing = true;
        }
    }
    if (before != ALD_DEVICE_CLOSED && before != ALD_DEVICE_OPEN && !running) {
        forget_failed_children();
        requests().give_up_lost(); // what an earlier opening has left must not be in the way
        return hand_over(*r, false);
    }
    r->complete(failure(out_of_memory())); // lets go of it; nobody has seen it
    if (before == ALD_DEVICE_CLOSED) {
        return fail(ALD_E_CLOSED, "device", "'{}' is closed; make it anew", path_);
    }
    if (before == ALD_DEVICE_OPEN) {
        auto done = make<op>();
        done->finish(value());
        return done;
    }
    // Somebody else is opening it.
    return follow(running, deadline_for(timeout_ns, false), "the opening of '" + path_ + "'");
}

// Ends an opening. Axes that moved when the line was lost are stopped before other requests come.
void device::opening_ended(const request &r, result<value> how) {
    bool mine = false;
    {
        const std::scoped_lock lock(engine_->mutex);
        mine = engine_->opening == r.operation();
    }
    if (!mine) { // it was never handed over
        r.operation()->finish(std::move(how));
        return;
    }
    if (how) {
        try {
            if (auto axes = owed_stops(); !axes.empty()) {
                recovery::begin(*this, r.operation(), r.what().deadline, std::move(axes));
                return;
            }
        } catch (...) {
            how = failure(out_of_memory());
        }
    }
    announce_opening(*r.operation(), std::move(how));
}

// The state follows before the caller learns of it.
void device::announce_opening(op &opening, result<value> how) noexcept {
    {
        const std::scoped_lock lock(engine_->mutex);
        engine_->opening = nullptr;
        if (engine_->state == ALD_DEVICE_OPENING) {
            engine_->state = how                 ? ALD_DEVICE_OPEN
                             : engine_->was_open ? ALD_DEVICE_DISCONNECTED
                                                 : ALD_DEVICE_NEW;
        }
        engine_->was_open = engine_->was_open || how;
    }
    const auto tell_failed = [this](const std::string &path, const error &why) {
        tell_state(ALD_EVENT_DEVICE_FAILED,
                   map{{"device", path}, {"message", why.detail().message}});
    };
    try {
        if (how) {
            tell_state(ALD_EVENT_DEVICE_OPENED, path_);
            for (const auto &[path, why] : failed_children()) {
                tell_failed(path, *why);
            }
        } else {
            tell_failed(path_, *how.error());
        }
    } catch (...) { // no memory for the event; the caller still learns of the failure
    }
    if (how) {
        tell_found_moving();
    }
    tell_held(how.has_value());
    if (how) {
        tell_findings();
    }
    arm_reopening();
    opening.finish(std::move(how));
}

result<ref<op>> device::start_get(std::string_view name, std::int64_t timeout_ns, bool here) {
    const auto index = find_property(name);
    if (!index) {
        return failure(index.error());
    }
    const schema &rule = **property_at(*index);
    if ((rule.flags & ALD_SCHEMA_READ) == 0) {
        return fail(
            {.code = ALD_E_UNSUPPORTED, .domain = "device", .where = path_ + ": " + rule.name},
            "the property '{}' of '{}' cannot be read", name, path_);
    }
    if (auto open = check_open(); !open) {
        return failure(std::move(open.error()));
    }
    return submit({.verb = ALD_VERB_GET,
                   .name = rule.name,
                   .property = static_cast<std::int64_t>(*index),
                   .deadline = deadline_for(timeout_ns, false)},
                  here);
}

result<value> device::check_set(std::string_view name, const value &v) const {
    const auto index = find_property(name);
    if (!index) {
        return failure(index.error());
    }
    const schema &rule = **property_at(*index);
    if ((rule.flags & ALD_SCHEMA_WRITE) == 0) {
        return fail(
            {.code = ALD_E_UNSUPPORTED, .domain = "device", .where = path_ + ": " + rule.name},
            "the property '{}' of '{}' cannot be written", name, path_);
    }
    auto checked = check(rule, v);
    if (!checked) {
        return failure(located(checked.error(), path_ + ": " + rule.name));
    }
    return checked;
}

result<ref<op>> device::start_set(std::string_view name, const value &v, std::int64_t timeout_ns,
                                  bool here) {
    auto checked = check_set(name, v);
    if (!checked) {
        return failure(std::move(checked.error()));
    }
    const std::size_t index = *find_property(name);
    const schema &rule = **property_at(index);
    if (auto free = check_open().and_then([&] { return check_may_set(name); }); !free) {
        return failure(std::move(free.error()));
    }
    const effect does = effect_of(rule);
    const bool motion = does == effect::moves;
    request::order what{.verb = ALD_VERB_SET,
                        .name = rule.name,
                        .property = static_cast<std::int64_t>(index),
                        .argument = std::move(*checked),
                        .deadline = deadline_for(timeout_ns, motion),
                        .motion = motion,
                        .starts = does != effect::none};
    return motion ? submit_motion(std::move(what)) : submit(std::move(what), here);
}

bool device::has_action(std::string_view name) const {
    const std::scoped_lock lock(mutex_);
    return action_named(name) != nullptr;
}

effect device::effect_of(const schema &property) const {
    const std::scoped_lock lock(mutex_);
    return effect_of_held(property);
}

// With the mutex held: what writing a property does.
effect device::effect_of_held(const schema &property) const noexcept {
    for (const auto &[name, is] : capabilities_) {
        const effect does =
            is.record != nullptr ? is.record->of_property(property.name) : effect::none;
        if (does != effect::none) {
            return does;
        }
    }
    return (property.flags & ALD_SCHEMA_STARTS) != 0 ? effect::starts : effect::none;
}

outcome device::check_may_set(std::string_view name) const {
    const auto index = find_property(name);
    if (!index) {
        return failure(index.error());
    }
    return effect_of(**property_at(*index)) != effect::none ? lab_.latch().check(path_, name)
                                                            : outcome();
}

outcome device::check_action(std::string_view name) const {
    std::vector<std::string> names;
    {
        const std::scoped_lock lock(mutex_);
        if (action_named(name) != nullptr) {
            return {};
        }
        for (const action &a : actions_) {
            names.push_back(a.name);
        }
    }
    return fail({.code = ALD_E_NOT_FOUND, .domain = "device", .where = path_},
                "'{}' has no action '{}'{}; it has {}", path_, name, did_you_mean(name, names),
                names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", ")));
}

bool device::moves(std::string_view action_name) const {
    const std::scoped_lock lock(mutex_);
    const action *a = action_named(action_name);
    return a != nullptr &&
           std::any_of(capabilities_.begin(), capabilities_.end(), [a](const auto &one) {
               const capability *c = one.second.record;
               return c != nullptr && c->moves() &&
                      (a->moves || c->of_action(a->name) == effect::moves);
           });
}

result<ref<op>> device::start_action(std::string_view name, value arguments,
                                     std::int64_t timeout_ns) {
    if (!name.empty() && name == stop_action()) { // also where there is none: it says so
        return start_stop(timeout_ns);
    }
    if (auto known = check_action(name); !known) {
        return failure(std::move(known.error()));
    }
    if (auto open = check_open(); !open) {
        return failure(std::move(open.error()));
    }
    bool starts = false;
    {
        const std::scoped_lock lock(mutex_);
        const action *a = action_named(name);
        starts = a != nullptr && a->starts;
    }
    if (auto free = starts ? lab_.latch().check(path_, name) : outcome(); !free) {
        return failure(std::move(free.error()));
    }
    depart();
    const bool motion = moves(name);
    request::order what{.verb = ALD_VERB_ACT,
                        .name = std::string(name),
                        .argument = std::move(arguments),
                        .deadline = deadline_for(timeout_ns, motion),
                        .motion = motion,
                        .starts = starts};
    return motion ? submit_motion(std::move(what)) : submit(std::move(what), false);
}

result<device::cached> device::get_cached(std::string_view name) const {
    const auto index = find_property(name);
    if (!index) {
        return failure(index.error());
    }
    const std::scoped_lock lock(mutex_);
    const property &p = *properties_[*index];
    if (!p.known) {
        return fail({.code = ALD_E_STATE, .domain = "device", .where = path_ + ": " + p.rule.name},
                    "the property '{}' of '{}' was never read; get it first", name, path_);
    }
    return cached{p.last, mono_ns() - p.t_mono_ns};
}

result<ref<op>> device::start_snapshot(std::int64_t timeout_ns) {
    if (auto open = check_open(); !open) {
        return failure(std::move(open.error()));
    }
    const bool each_default = timeout_ns == ALD_WAIT_DEFAULT;
    const std::int64_t deadline = deadline_after(timeout_ns);
    auto whole = make<op>();
    const auto read_all = [this, keep = keep_alive(), deadline,
                           each_default](op &ours, const cancel_source &cancel) {
        std::vector<std::pair<ref<device>, std::string>> readable;
        collect(readable);
        map snapshot;
        for (const auto &[from, name] : readable) {
            snapshot.emplace_back(from->path() + ":" + name,
                                  from->snapshot_of(name,
                                                    each_default ? std::int64_t{ALD_WAIT_DEFAULT}
                                                                 : time_left(deadline),
                                                    cancel));
            if (cancel.triggered()) {
                ours.finish(fail(ALD_E_CANCELLED, "device", "the snapshot was cancelled"));
                return;
            }
            (void)ours.advance({static_cast<double>(snapshot.size()),
                                static_cast<double>(readable.size()), "1", "reading"});
        }
        ours.finish(value(std::move(snapshot)));
    };
    return start_work(whole, read_all).map([&] { return whole; });
}

// Makes an entry of a snapshot: the value, or why there is none.
map device::snapshot_of(const std::string &name, std::int64_t timeout_ns,
                        const cancel_source &cancel) {
    const auto got = start_get(name, timeout_ns, true);
    if (!got) {
        return {{"error", got.error()->detail().message}};
    }
    const auto read = (*got)->see_through(&cancel);
    if (!read) {
        return {{"error", read.error()->detail().message}};
    }
    return {{"value", *read}, {"unit", unit_of(name)}, {"t_wall_ns", wall_from_mono(mono_ns())}};
}

void device::collect(std::vector<std::pair<ref<device>, std::string>> &readable) const {
    {
        const std::scoped_lock lock(mutex_);
        for (const auto &p : properties_) {
            if ((p->rule.flags & ALD_SCHEMA_READ) != 0) {
                readable.emplace_back(ref<device>::share(const_cast<device *>(this)), p->rule.name);
            }
        }
    }
    for (const ref<device> &c : children()) {
        c->collect(readable);
    }
}

} // namespace alidade
