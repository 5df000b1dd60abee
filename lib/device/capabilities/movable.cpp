// Axes.
#include "device/capabilities/movable.hpp"

#include <algorithm>
#include <cmath>

namespace alidade::capabilities::movable {

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

// Starts a second step with what the first one gave; the operation gives what the second one gives.
template <class Next> ref<op> then(device &axis, const ref<op> &first, Next next) {
    auto whole = make<op>();
    auto steps = std::make_shared<sequence>(*whole);
    whole->set_control([steps](op::ask what) {
        if (what == op::ask::cancel) {
            steps->cancel();
        }
    });
    steps->now(first);
    first->on_end([keep = axis.keep_alive(), whole, steps, next](const op &o) {
        try {
            auto given = o.result_of();
            if (!given) {
                whole->finish(std::move(given));
                return;
            }
            auto second = next(*given);
            if (!second) {
                whole->finish(failure(std::move(second.error())));
                return;
            }
            steps->now(*second);
            (*second)->on_begin([whole] { whole->begin(); });
            (*second)->on_end([whole](const op &s) { whole->finish(s.result_of()); });
        } catch (...) {
            whole->finish(failure(out_of_memory()));
        }
    });
    return whole;
}

constexpr std::uint64_t both = ALD_SCHEMA_READ | ALD_SCHEMA_WRITE;

constexpr capability::property properties[] = {
    {"position", ALD_TYPE_DOUBLE, both, "where the axis is; writing it moves the axis there",
     effect::moves},
};
// Not each axis can be stopped, and not each one has a home, can jog, or can set its zero.
constexpr capability::action actions[] = {
    {"stop", "stops the axis at once", effect::stops, false},
    {"home", "brings the axis to its home position", effect::moves, false},
    {"jog_forward", "moves the axis toward greater positions until it is stopped", effect::moves,
     false},
    {"jog_backward", "moves the axis toward smaller positions until it is stopped", effect::moves,
     false},
    {"set_zero", "makes the present position 0", effect::none, false},
};

// An axis stands where it was sent if it is not further off than so many of its resolutions: a
// servo hunts for its position by one or two counts.
constexpr double resolutions = 2;
// Without a resolution: digits that are lost on the way from the instrument.
constexpr double digits_lost = 1e-9;
// A step that was computed from a resolution that was printed is none below it.
constexpr double nearly = 0.999;

double allowed_of(const device &axis, double reading) {
    const double resolution = axis.step_of("position");
    return std::max(resolutions * resolution, digits_lost * std::max(1.0, std::abs(reading)));
}

outcome check_distance(const device &axis, double distance) {
    const std::string where = axis.path() + ": position";
    if (!std::isfinite(distance)) {
        return fail({.code = ALD_E_INVALID, .domain = "device", .where = where},
                    "the distance is {}; give a finite number of {}", distance,
                    axis.unit_of("position"));
    }
    const double resolution = axis.step_of("position");
    if (distance != 0 && std::abs(distance) < nearly * resolution) {
        const std::string_view unit = axis.unit_of("position");
        const std::string suffix = unit == "1" ? "" : fmt::format(" {}", unit);
        return fail({.code = ALD_E_RANGE, .domain = "device", .where = where},
                    "'{}' cannot move by {}{}: its resolution is {:.6g}{}; give that or more",
                    axis.path(), distance, suffix, resolution, suffix);
    }
    return {};
}

// Starts an action that not each axis has; UNSUPPORTED, with `lacks` to say so, for one that has
// not.
result<ref<op>> start_optional(device &axis, const char *action, const char *lacks,
                               std::int64_t timeout_ns) {
    if (auto able = axis.check_can(record); !able) {
        return failure(std::move(able.error()));
    }
    auto started = axis.start_action(action, value(), timeout_ns);
    if (!started && started.error()->code() == ALD_E_NOT_FOUND) {
        return fail({.code = ALD_E_UNSUPPORTED, .domain = "device", .where = axis.path()},
                    "the axis '{}' {}", axis.path(), lacks);
    }
    return started;
}

} // namespace

void sent_position::arrived(std::string_view property, const value &goal, const value &reached) {
    const double *to = goal.as_double();
    const double *at = reached.as_double();
    const std::scoped_lock lock(mutex_);
    sent_ = property == "position" && to != nullptr && at != nullptr
                ? std::optional(place{*to, *at})
                : std::nullopt;
}

void sent_position::departed() noexcept {
    const std::scoped_lock lock(mutex_);
    sent_.reset();
}

void sent_position::ended(ald_status) noexcept { departed(); }

double sent_position::start_from(double reading, double allowed) const noexcept {
    const std::scoped_lock lock(mutex_);
    const bool there = sent_ && (std::abs(reading - sent_->goal) <= allowed ||
                                 std::abs(reading - sent_->reached) <= allowed);
    return there ? sent_->goal : reading;
}

const capability record{
    .name = "movable",
    .version = 1,
    .doc = "One axis: absolute and relative moves, jogs, stop, home, zero, limits.",
    .said = "movable",
    .properties = properties,
    .actions = actions,
    .keep = [](const device &) -> std::unique_ptr<facet> {
        return std::make_unique<sent_position>();
    }};

result<ref<op>> start_move_abs(device &axis, double position, std::int64_t timeout_ns) {
    if (auto able = axis.check_can(record); !able) {
        return failure(std::move(able.error()));
    }
    return axis.start_set("position", position, timeout_ns, false);
}

result<ref<op>> start_move_rel(device &axis, double distance, std::int64_t timeout_ns) {
    if (auto able = axis.check_can(record); !able) {
        return failure(std::move(able.error()));
    }
    if (auto possible = check_distance(axis, distance); !possible) {
        return failure(std::move(possible.error()));
    }
    if (auto free = axis.check_open().and_then([&] { return axis.check_may_set("position"); });
        !free) {
        return failure(std::move(free.error()));
    }
    auto where = axis.start_get("position", ALD_WAIT_DEFAULT, false);
    if (!where) {
        return where;
    }
    const std::int64_t deadline = axis.deadline_for(timeout_ns, true);
    return then(axis, *where, [&axis, distance, deadline](const value &from) {
        // Properties of movable devices are doubles: `add_capability` saw to that.
        const double reading = *from.as_double();
        const auto &sent = static_cast<const sent_position &>(*axis.facet_of(record));
        return start_move_abs(axis, sent.start_from(reading, allowed_of(axis, reading)) + distance,
                              time_left(deadline));
    });
}

result<ref<op>> start_home(device &axis, std::int64_t timeout_ns) {
    return start_optional(axis, "home", "has no home", timeout_ns);
}

result<ref<op>> start_jog(device &axis, std::int32_t direction, std::int64_t timeout_ns) {
    if (direction == 0) {
        return fail({.code = ALD_E_INVALID, .domain = "device", .where = axis.path()},
                    "the direction of a jog is 0; give 1 for greater positions or -1 for smaller "
                    "ones");
    }
    return start_optional(axis, direction > 0 ? "jog_forward" : "jog_backward",
                          "cannot jog; move it by distances instead", timeout_ns);
}

result<ref<op>> start_set_zero(device &axis, std::int64_t timeout_ns) {
    if (axis.motion()) {
        return fail({.code = ALD_E_BUSY, .domain = "device", .where = axis.path()},
                    "'{}' is in motion; its zero can be set once it stands", axis.path());
    }
    const std::int64_t deadline = axis.deadline_for(timeout_ns, false);
    auto set = start_optional(axis, "set_zero", "keeps its zero: the instrument cannot change it",
                              timeout_ns);
    return !set ? set : then(axis, *set, [&axis, deadline](const value &) {
        return axis.start_get("position", time_left(deadline), false);
    });
}

result<ref<op>> start_stop(device &axis, std::int64_t timeout_ns) {
    return axis.check_can(record).and_then([&] { return axis.start_stop(timeout_ns); });
}

result<ref<op>> start_wait_settled(device &axis, std::int64_t timeout_ns) {
    return axis.check_can(record).and_then([&] { return axis.start_wait_settled(timeout_ns); });
}

result<ref<op>> start_position(device &axis, std::int64_t timeout_ns, bool here) {
    return axis.check_can(record).and_then(
        [&] { return axis.start_get("position", timeout_ns, here); });
}

result<std::pair<double, double>> limits(const device &axis) {
    return axis.check_can(record).map([&] { return axis.limits_of("position"); });
}

const char *unit(const device &axis) noexcept {
    return axis.can(record.name, 1) ? axis.unit_of("position") : "";
}

outcome attach_cancel(device &axis, ref<cancel_source> c) {
    return axis.check_can(record).map([&] { axis.cancels_of_stop().add(std::move(c)); });
}

outcome detach_cancel(device &axis, const cancel_source &c) {
    return axis.cancels_of_stop().remove(c);
}

} // namespace alidade::capabilities::movable
