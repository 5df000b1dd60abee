// Motions: one at a time, stop before all else.
#include "device/device.hpp"
#include "device/follow.hpp"

#include "base/log.hpp"

namespace alidade {

result<ref<op>> device::submit_motion(request::order what) {
    const auto r = make<request>(*this, std::move(what));
    bool busy = false;
    bool given_up = false;
    {
        const std::scoped_lock lock(mutex_);
        busy = static_cast<bool>(motion_);
        given_up = motion_given_up_;
        if (!busy) {
            motion_ = r->operation();
        }
    }
    if (busy) {
        r->complete(failure(out_of_memory())); // lets go of it; nobody has seen it
        const error_detail at{.code = ALD_E_BUSY, .domain = "device", .where = path_};
        return given_up
                   ? fail(at,
                          "'{}' may still move: its driver '{}' did not end the last motion; {} "
                          "before it moves again",
                          path_, driver_name(), can_stop() ? "stop it" : "close and open it")
                   : fail(at, "'{}' is in motion; wait until it has settled or stop it", path_);
    }
    depart();
    return hand_over(*r, false);
}

// Notes that the device may be elsewhere from now on.
void device::depart() noexcept {
    const std::scoped_lock lock(mutex_);
    facets_.for_each([](facet &f) { f.departed(); });
}

ref<op> device::motion() const {
    const std::scoped_lock lock(mutex_);
    return motion_;
}

// Ends a motion. Where it failed, but for a cancel that was carried out, the axis may still move.
void device::motion_ended(const op &motion, const request::order &what, const result<value> &how,
                          bool given_up) {
    const std::scoped_lock lock(mutex_);
    if (how && what.verb == ALD_VERB_SET) {
        facets_.for_each([&](facet &f) { f.arrived(what.name, what.argument, *how); });
    }
    if (motion_.get() == &motion) {
        motion_given_up_ = given_up;
        motion_ = given_up ? motion_ : nullptr;
    }
    stop_owed_ = how ? false : stop_owed_ || given_up || how.error()->code() != ALD_E_CANCELLED;
}

void device::owe_stop(bool yes) {
    const std::scoped_lock lock(mutex_);
    stop_owed_ = yes;
    if (!yes && std::exchange(motion_given_up_, false)) {
        motion_ = nullptr;
    }
}

void device::found_moving() {
    bool tell_now = false;
    {
        const std::scoped_lock lock(mutex_);
        tell_now = !std::exchange(found_moving_, true);
    }
    if (tell_now && state() == ALD_DEVICE_OPEN) {
        root_->tell_found_moving();
    }
}

// Notes, for the root whose line is lost, that its axes may move on, followed by nobody.
void device::owe_stops() {
    std::vector<ref<device>> nodes;
    collect_nodes(nodes);
    for (const ref<device> &d : nodes) {
        const std::scoped_lock lock(d->mutex_);
        d->stop_owed_ = d->stop_owed_ || d->motion_;
    }
}

std::vector<ref<device>> device::owed_stops() const {
    std::vector<ref<device>> nodes;
    collect_nodes(nodes);
    std::erase_if(nodes, [](const ref<device> &d) {
        const std::scoped_lock lock(d->mutex_);
        return !d->stop_owed_;
    });
    return nodes;
}

// Reports, for the root, the axes that were found moving.
void device::tell_found_moving() noexcept try {
    std::vector<ref<device>> nodes;
    collect_nodes(nodes);
    for (const ref<device> &d : nodes) {
        bool found = false;
        {
            const std::scoped_lock lock(d->mutex_);
            found = std::exchange(d->found_moving_, false);
        }
        if (found) {
            const std::string message =
                fmt::format("'{}' was found moving when '{}' was opened, and {}", d->path_, path_,
                            d->can_stop() ? "was stopped" : "its end was waited for");
            log::write(ALD_LOG_WARNING, "device", message);
            d->tell_state(ALD_EVENT_MOTION_FOUND, map{{"device", d->path_}, {"message", message}});
        }
    }
} catch (...) {
    log::write(ALD_LOG_ERROR, "device", "an event was lost for want of memory");
}

result<ref<op>> device::start_stop(std::int64_t timeout_ns) {
    if (auto open = check_open(); !open) {
        return failure(std::move(open.error()));
    }
    cancels_.trigger(ALD_CANCEL_AXIS_STOPPED);
    return submit_stop(deadline_for(timeout_ns, false));
}

result<ref<op>> device::submit_stop(std::int64_t deadline) {
    depart();
    // A motion that the driver has not seen yet must not begin after the stop.
    if (const ref<op> waiting = motion(); waiting && waiting->state() == ALD_OP_PENDING) {
        waiting->cancel();
    }
    if (!can_stop()) {
        return fail({.code = ALD_E_UNSUPPORTED, .domain = "device", .where = path_},
                    "the axis '{}' cannot be stopped: it ends a motion at its goal alone; wait "
                    "until it has settled, and keep clear of it",
                    path_);
    }
    const auto r = make<request>(*this, request::order{.verb = ALD_VERB_ACT,
                                                       .name = std::string(stop_action()),
                                                       .deadline = deadline,
                                                       .stops = true});
    if (auto put = requests().put_first(r); !put) {
        r->complete(failure(put.error()));
        return failure(std::move(put.error()));
    }
    r->arm_deadline();
    return r->operation();
}

result<ref<op>> device::start_wait_settled(std::int64_t timeout_ns) {
    const ref<op> under_way = motion();
    if (!under_way) {
        auto standing = make<op>();
        standing->finish(value());
        return standing;
    }
    return follow(under_way, deadline_for(timeout_ns, true), "the motion of '" + path_ + "'");
}

outcome device::stop_all(std::vector<std::string> &unstoppable) {
    outcome first;
    if (can_move()) {
        auto stopped = start_stop(ALD_WAIT_DEFAULT);
        if (!stopped && stopped.error()->code() != ALD_E_UNSUPPORTED) {
            first = failure(std::move(stopped.error()));
        } else if (!stopped && motion()) {
            unstoppable.push_back(path_);
        }
    }
    for (const ref<device> &c : children()) {
        if (auto stopped = c->stop_all(unstoppable); !stopped && first) {
            first = std::move(stopped);
        }
    }
    return first;
}

// Carries out, of this node, the actions that end what was started, as its capabilities say.
void device::end_here() noexcept {
    try {
        for (const char *action : ending_actions()) {
            if (auto told = start_action(action, value(), ALD_WAIT_DEFAULT); !told) {
                log::write(ALD_LOG_WARNING, path_,
                           fmt::format("an emergency stop could not {} it: {}", action,
                                       told.error()->detail().message));
            }
        }
    } catch (...) {
        log::write(ALD_LOG_WARNING, path_, "an emergency stop did not reach it for want of memory");
    }
    facets_.for_each([](facet &f) { f.held_down(); });
}

std::vector<const char *> device::ending_actions() const {
    std::vector<const char *> names;
    const std::scoped_lock lock(mutex_);
    for (const auto &[name, is] : capabilities_) {
        for (const capability::action &a :
             is.record != nullptr ? is.record->actions : std::span<const capability::action>()) {
            if (a.does == effect::ends) {
                names.push_back(a.name);
            }
        }
    }
    return names;
}

void device::end_started() noexcept try {
    for (const ref<request> &r : requests().all()) {
        // Motions end by the stop of their axis, if the driver has them already.
        const bool on_its_way = r->operation()->state() == ALD_OP_PENDING;
        if (r->what().starts && (!r->what().motion || on_its_way)) {
            r->end(request::reason::emergency_stop);
        }
    }
    std::vector<ref<device>> nodes;
    collect_nodes(nodes);
    for (const ref<device> &d : nodes) {
        d->end_here();
    }
} catch (...) {
    log::write(ALD_LOG_ERROR, path_, "not all could be ended for want of memory");
}

} // namespace alidade
