// Axes: one motion at a time, stop before all else.
#include "device/device.hpp"
#include "device/follow.hpp"

#include "base/log.hpp"

#include <cmath>
#include <limits>

namespace alidade {

namespace {

// An operation that first does one thing and then another: cancelling it cancels what is under way.
// It does not keep the whole alive, whose control keeps it.
class sequence {
public:
    explicit sequence(const op &whole) : whole_(whole) {}

    void now(const ref<op> &step) {
        const std::scoped_lock lock(mutex_);
        step_ = step;
        if (whole_.cancel_asked()) {
            step->cancel();
        }
    }
    void cancel() {
        ref<op> step;
        {
            const std::scoped_lock lock(mutex_);
            step = step_;
        }
        if (step) {
            step->cancel();
        }
    }

private:
    std::mutex mutex_;
    const op &whole_;
    ref<op> step_;
};

} // namespace

result<ref<op>> device::submit_motion(request::order what) {
    const auto r = make<request>(*this, std::move(what));
    bool busy = false;
    {
        const std::scoped_lock lock(mutex_);
        busy = static_cast<bool>(motion_);
        if (!busy) {
            motion_ = r->operation();
        }
    }
    if (busy) {
        r->complete(failure(out_of_memory())); // lets go of it; nobody has seen it
        return fail({.code = ALD_E_BUSY, .domain = "device", .where = path_},
                    "'{}' is in motion; wait until it has settled or stop it", path_);
    }
    return hand_over(*r, false);
}

bool device::in_motion() const {
    const std::scoped_lock lock(mutex_);
    return static_cast<bool>(motion_);
}

// Where it failed, but for a cancel that the driver has carried out, nobody knows that it stands.
void device::motion_ended(const op &motion, const result<value> &how) {
    const std::scoped_lock lock(mutex_);
    if (motion_.get() == &motion) {
        motion_ = nullptr;
    }
    stop_owed_ = how ? false : stop_owed_ || how.error()->code() != ALD_E_CANCELLED;
}

void device::owe_stop(bool yes) {
    const std::scoped_lock lock(mutex_);
    stop_owed_ = yes;
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

// Of the root, whose line is lost: nobody follows what goes on.
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

// Of the root.
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
                            d->can("stop", 1) ? "was stopped" : "its end was waited for");
            log::write(ALD_LOG_WARNING, "device", message);
            d->tell_state(ALD_EVENT_MOTION_FOUND, map{{"device", d->path_}, {"message", message}});
        }
    }
} catch (...) {
    log::write(ALD_LOG_ERROR, "device", "an event was lost for want of memory");
}

result<ref<op>> device::start_move_abs(double position, std::int64_t timeout_ns) {
    if (auto able = check_can("movable"); !able) {
        return failure(std::move(able.error()));
    }
    return start_set("position", position, timeout_ns, false);
}

result<ref<op>> device::start_move_rel(double distance, std::int64_t timeout_ns) {
    if (auto able = check_can("movable"); !able) {
        return failure(std::move(able.error()));
    }
    if (!std::isfinite(distance)) {
        return fail({.code = ALD_E_INVALID, .domain = "device", .where = path_ + ": position"},
                    "the distance is {}; give a finite number of {}", distance,
                    unit_of("position"));
    }
    if (auto free = check_open().and_then([&] { return check_may_set("position"); }); !free) {
        return failure(std::move(free.error()));
    }
    auto where = start_get("position", ALD_WAIT_DEFAULT, false);
    if (!where) {
        return where;
    }
    const std::int64_t deadline = deadline_for(timeout_ns, true);
    auto whole = make<op>();
    auto steps = std::make_shared<sequence>(*whole);
    whole->set_control([steps](op::ask what) {
        if (what == op::ask::cancel) {
            steps->cancel();
        }
    });
    steps->now(*where);
    (*where)->on_end([this, keep = keep_alive(), whole, steps, distance, deadline](const op &o) {
        try {
            auto from = o.result_of();
            if (!from) {
                whole->finish(std::move(from));
                return;
            }
            // Properties of movable devices are doubles: `add_capability` saw to that.
            auto move = start_move_abs(*from->as_double() + distance, time_left(deadline));
            if (!move) {
                whole->finish(failure(std::move(move.error())));
                return;
            }
            steps->now(*move);
            (*move)->on_begin([whole] { whole->begin(); });
            (*move)->on_end([whole](const op &m) { whole->finish(m.result_of()); });
        } catch (...) {
            whole->finish(failure(out_of_memory()));
        }
    });
    return whole;
}

result<ref<op>> device::start_home(std::int64_t timeout_ns) {
    if (auto able = check_can("movable"); !able) {
        return failure(std::move(able.error()));
    }
    auto started = start_action("home", value(), timeout_ns);
    if (!started && started.error()->code() == ALD_E_NOT_FOUND) {
        return fail({.code = ALD_E_UNSUPPORTED, .domain = "device", .where = path_},
                    "the axis '{}' has no home", path_);
    }
    return started;
}

result<ref<op>> device::start_stop(std::int64_t timeout_ns) {
    if (auto able = check_can("movable"); !able) {
        return failure(std::move(able.error()));
    }
    if (auto open = check_open(); !open) {
        return failure(std::move(open.error()));
    }
    cancels_.trigger(ALD_CANCEL_AXIS_STOPPED);
    return submit_stop(deadline_for(timeout_ns, false));
}

result<ref<op>> device::submit_stop(std::int64_t deadline) {
    // A motion that the driver has not seen yet must not begin after the stop.
    ref<op> waiting;
    {
        const std::scoped_lock lock(mutex_);
        waiting = motion_;
    }
    if (waiting && waiting->state() == ALD_OP_PENDING) {
        waiting->cancel();
    }
    if (!can("stop", 1)) {
        return fail({.code = ALD_E_UNSUPPORTED, .domain = "device", .where = path_},
                    "the axis '{}' cannot be stopped: it ends a motion at its goal alone; wait "
                    "until it has settled, and keep clear of it",
                    path_);
    }
    const auto r = make<request>(
        *this, request::order{.verb = ALD_VERB_ACT, .name = "stop", .deadline = deadline});
    if (auto put = requests().put_first(r); !put) {
        r->complete(failure(put.error()));
        return failure(std::move(put.error()));
    }
    r->arm_deadline();
    return r->operation();
}

result<ref<op>> device::start_wait_settled(std::int64_t timeout_ns) {
    if (auto able = check_can("movable"); !able) {
        return failure(std::move(able.error()));
    }
    ref<op> motion;
    {
        const std::scoped_lock lock(mutex_);
        motion = motion_;
    }
    if (!motion) {
        auto standing = make<op>();
        standing->finish(value());
        return standing;
    }
    return follow(motion, deadline_for(timeout_ns, true), "the motion of '" + path_ + "'");
}

result<ref<op>> device::start_position(std::int64_t timeout_ns, bool here) {
    if (auto able = check_can("movable"); !able) {
        return failure(std::move(able.error()));
    }
    return start_get("position", timeout_ns, here);
}

result<std::pair<double, double>> device::limits() const {
    if (auto able = check_can("movable"); !able) {
        return failure(std::move(able.error()));
    }
    const std::scoped_lock lock(mutex_);
    const schema &rule = property_named("position")->rule;
    constexpr double infinity = std::numeric_limits<double>::infinity();
    return std::pair(std::isnan(rule.min) ? -infinity : rule.min,
                     std::isnan(rule.max) ? infinity : rule.max);
}

outcome device::attach_cancel(ref<cancel_source> c) {
    return check_can("movable").map([&] { cancels_.add(std::move(c)); });
}

outcome device::stop_all(std::vector<std::string> &unstoppable) {
    outcome first;
    if (can("movable", 1)) {
        auto stopped = start_stop(ALD_WAIT_DEFAULT);
        if (!stopped && stopped.error()->code() != ALD_E_UNSUPPORTED) {
            first = failure(std::move(stopped.error()));
        } else if (!stopped && in_motion()) {
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

} // namespace alidade
