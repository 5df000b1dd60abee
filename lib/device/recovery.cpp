#include "device/recovery.hpp"

#include <algorithm>

namespace alidade {

namespace {

constexpr std::int64_t look_again_ns = 50'000'000; // at an axis that has no stop

} // namespace

// Only the operation's control refers to it weakly: its steps keep it alive.
void recovery::begin(device &root, const ref<op> &opening, std::int64_t deadline,
                     std::vector<ref<device>> axes) {
    const auto made = std::make_shared<recovery>(root, opening, deadline, std::move(axes));
    made->guarded([&] {
        opening->set_control([seen = std::weak_ptr(made)](op::ask what) {
            if (const auto alive = seen.lock(); alive && what == op::ask::cancel) {
                alive->cancel();
            }
        });
        made->look();
    });
}

recovery::recovery(device &root, const ref<op> &opening, std::int64_t deadline,
                   std::vector<ref<device>> axes)
    : root_(root), keep_(root.keep_alive()), opening_(opening), deadline_(deadline),
      axes_(std::move(axes)) {}

recovery::~recovery() {
    guarded([this] {
        end(fail({.code = ALD_E_CLOSED, .domain = "device", .where = root_.path()},
                 "'{}' was closed", root_.path()));
    });
}

void recovery::guarded(const std::function<void()> &body) noexcept {
    try {
        body();
    } catch (...) {
        end(failure(out_of_memory()));
    }
}

// Asks the instrument whether the axis moves.
void recovery::look() {
    const auto settled = axis().find_property("settled");
    const schema *rule = settled ? *axis().property_at(*settled) : nullptr;
    if (rule == nullptr || rule->type != ALD_TYPE_BOOL || (rule->flags & ALD_SCHEMA_READ) == 0) {
        stop(true);
        return;
    }
    follow(axis().submit({.verb = ALD_VERB_GET,
                          .name = rule->name,
                          .property = static_cast<std::int64_t>(*settled),
                          .deadline = deadline_},
                         false),
           &recovery::looked);
}

void recovery::looked(const op &step) {
    const auto told = step.result_of();
    if (!told) {
        const ald_status why = told.error()->code();
        const bool over =
            why == ALD_E_CANCELLED || why == ALD_E_CLOSED || why == ALD_E_DISCONNECTED;
        if (over || !axis().can_stop()) {
            end(failure(told.error()));
        } else {
            stop(true); // all the more where nobody knows
        }
        return;
    }
    const bool *stands = told->as_bool();
    const bool moves = stands != nullptr && !*stands;
    if (moves) {
        axis().found_moving();
    }
    stop(!moves);
}

// Also an axis that stands: it may be about to begin.
void recovery::stop(bool stands) {
    if (axis().can_stop()) {
        follow(axis().submit_stop(deadline_), &recovery::stopped);
        return;
    }
    if (stands) {
        axis().owe_stop(false);
        next();
        return;
    }
    const std::int64_t now = mono_ns();
    if (now >= deadline_) {
        end(fail({.code = ALD_E_TIMEOUT, .domain = "device", .where = axis().path()},
                 "'{}' still moves as it did when its line was lost, and has no stop; open it "
                 "again when it stands, or allow more time",
                 axis().path()));
        return;
    }
    auto again =
        root_.schedule(std::min(now + look_again_ns, deadline_),
                       [self = shared_from_this()] { self->guarded([&] { self->look(); }); });
    if (!again) {
        end(failure(std::move(again.error())));
    }
}

void recovery::stopped(const op &step) {
    const auto done = step.result_of();
    if (!done) {
        end(failure(done.error()));
        return;
    }
    next();
}

void recovery::next() {
    axes_.erase(axes_.begin());
    if (axes_.empty()) {
        end(value());
    } else {
        look();
    }
}

void recovery::follow(result<ref<op>> started, then go_on) {
    if (!started) {
        end(failure(std::move(started.error())));
        return;
    }
    bool cancelled = false;
    {
        const std::scoped_lock lock(mutex_);
        step_ = *started;
        cancelled = opening_->cancel_asked();
    }
    if (cancelled) {
        (*started)->cancel();
    }
    (*started)->on_end([self = shared_from_this(), go_on](const op &step) {
        self->guarded([&] { (*self.*go_on)(step); });
    });
}

void recovery::cancel() {
    ref<op> step;
    {
        const std::scoped_lock lock(mutex_);
        step = step_;
    }
    if (step) {
        step->cancel();
    }
}

void recovery::end(result<value> how) noexcept {
    if (std::exchange(ended_, true)) {
        return;
    }
    root_.announce_opening(*opening_, std::move(how));
}

} // namespace alidade
