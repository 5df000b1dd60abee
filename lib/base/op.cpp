#include "base/op.hpp"

#include <cmath>
#include <cstring>
#include <limits>

namespace alidade {

namespace {

constexpr std::int64_t progress_interval_ns = 50'000'000; // at most 20 records a second

template <std::size_t N> void copy_text(char (&to)[N], std::string_view from) noexcept {
    const std::size_t size = std::min(from.size(), N - 1);
    std::memcpy(to, from.data(), size);
    to[size] = '\0';
}

} // namespace

void fill_scalar(ald_record &record, const value &v) noexcept {
    record.value_type = v.type();
    if (const double *real = v.as_double()) {
        record.real = *real;
    } else if (const std::int64_t *integer = v.as_int()) {
        record.integer = *integer;
    } else if (const bool *flag = v.as_bool()) {
        record.integer = *flag ? 1 : 0;
    }
}

void op::set_control(control c) {
    bool cancel_now = false;
    {
        const std::scoped_lock lock(mutex_);
        control_ = std::move(c);
        cancel_now = (asked_ & ALD_OP_ASKED_CANCEL) != 0 && !is_end(state_);
    }
    if (cancel_now) {
        control_(ask::cancel);
    }
}

void op::begin_locked() noexcept {
    state_ = (asked_ & ALD_OP_ASKED_PAUSE) != 0 ? ALD_OP_PAUSED : ALD_OP_RUNNING;
    begun_ns_ = mono_ns();
    waiters_.wake_all();
}

void op::begin() {
    std::vector<std::function<void()>> on_begin;
    {
        const std::scoped_lock lock(mutex_);
        if (state_ != ALD_OP_PENDING) {
            return;
        }
        begin_locked();
        on_begin.swap(on_begin_);
    }
    tell(ALD_EVENT_OP_BEGUN, ALD_NOTIFY_BEGUN);
    for (const auto &function : on_begin) {
        function();
    }
}

outcome op::advance(const step &s) {
    begin();
    {
        const std::scoped_lock lock(mutex_);
        if (is_end(state_)) {
            return fail(ALD_E_STATE, "op",
                        "the operation has ended; nothing more can be said of it");
        }
        done_ = s.done;
        total_ = s.total;
        if (!s.unit.empty()) {
            unit_ = s.unit;
        }
        phase_ = s.phase;
    }
    tell(ALD_EVENT_OP_PROGRESSED, ALD_NOTIFY_PROGRESS);
    return {};
}

bool op::finish(result<value> r) {
    std::vector<std::function<void(const op &)>> on_end;
    std::vector<listener> listeners;
    control dropped;
    {
        const std::scoped_lock lock(mutex_);
        if (is_end(state_)) {
            return false;
        }
        if (r) {
            value_ = std::move(*r);
            state_ = ALD_OP_DONE;
        } else {
            error_ = std::move(r.error());
            state_ = error_->code() == ALD_E_CANCELLED ? ALD_OP_CANCELLED : ALD_OP_FAILED;
        }
        ended_ns_ = mono_ns();
        if (begun_ns_ == 0) {
            begun_ns_ = ended_ns_;
        }
        on_end.swap(on_end_);
        listeners.swap(listeners_);
        dropped.swap(control_); // what it captured must not outlive the work
        waiters_.wake_all();
    }
    for (listener &l : listeners) {
        if ((l.which & ALD_NOTIFY_ENDED) != 0) {
            fill_ended(l.ended.front());
            l.to->offer(std::move(l.ended));
        }
    }
    for (const auto &function : on_end) {
        function(*this);
    }
    return true;
}

// Once it has ended nothing of it changes any more, so no lock is needed.
void op::fill_ended(event &e) const noexcept {
    if (error_) {
        e.record.status = error_->code();
        e.payload = error_;
        return;
    }
    fill_scalar(e.record, value_);
}

void op::tell(std::int32_t kind, std::uint64_t which) {
    // Queues call wake functions, so none of our locks may be held while they are told.
    std::vector<std::pair<ref<queue>, event>> told;
    {
        const std::scoped_lock lock(mutex_);
        const std::int64_t now = mono_ns();
        for (listener &l : listeners_) {
            const bool too_soon =
                kind == ALD_EVENT_OP_PROGRESSED && now - l.last_progress_ns < progress_interval_ns;
            if ((l.which & which) == 0 || too_soon) {
                continue;
            }
            l.last_progress_ns = now;
            told.emplace_back(l.to, event(kind, l.tag));
            told.back().second.record.real = done_;
        }
    }
    for (auto &[to, e] : told) {
        to->offer(std::move(e));
    }
}

outcome op::notify(ref<queue> to, std::uint64_t tag, std::uint64_t which) {
    if (to->closed()) {
        return fail(ALD_E_CLOSED, "op", "the queue is closed; give an open one");
    }
    event_list begun;
    event_list ended;
    begun.emplace_back(ALD_EVENT_OP_BEGUN, tag);
    ended.emplace_back(ALD_EVENT_OP_ENDED, tag);
    ended.front().keep = true;
    bool has_begun = false;
    bool has_ended = false;
    {
        const std::scoped_lock lock(mutex_);
        has_begun = state_ != ALD_OP_PENDING;
        has_ended = is_end(state_);
        if (!has_ended) {
            // What has begun is told here, not by whoever began it.
            const std::uint64_t still =
                has_begun ? which & ~std::uint64_t{ALD_NOTIFY_BEGUN} : which;
            listeners_.push_back({to, tag, still, 0, std::move(ended)});
        }
    }
    if (has_begun && (which & ALD_NOTIFY_BEGUN) != 0) {
        to->offer(std::move(begun));
    }
    if (has_ended && (which & ALD_NOTIFY_ENDED) != 0) {
        fill_ended(ended.front());
        to->offer(std::move(ended));
    }
    return {};
}

void op::on_begin(std::function<void()> function) {
    {
        const std::scoped_lock lock(mutex_);
        if (state_ == ALD_OP_PENDING) {
            on_begin_.push_back(std::move(function));
            return;
        }
        if (is_end(state_)) {
            return;
        }
    }
    function();
}

void op::on_end(std::function<void(const op &)> function) {
    {
        const std::scoped_lock lock(mutex_);
        if (!is_end(state_)) {
            on_end_.push_back(std::move(function));
            return;
        }
    }
    function(*this);
}

outcome op::wait(std::int64_t deadline, const cancel_source *cancel) const {
    const wait_end end =
        wait_for(mutex_, waiters_, deadline, cancel, [this] { return is_end(state_); });
    return end == wait_end::ready ? outcome() : wait_failed(end, "the end of the operation");
}

outcome op::wait_begun(std::int64_t deadline, const cancel_source *cancel) const {
    const wait_end end =
        wait_for(mutex_, waiters_, deadline, cancel, [this] { return state_ != ALD_OP_PENDING; });
    return end == wait_end::ready ? outcome() : wait_failed(end, "the beginning of the operation");
}

result<std::uint64_t> op::wait_asked(std::uint64_t known, std::int64_t deadline,
                                     const cancel_source *cancel, wait_end &end) {
    std::uint64_t asked = 0;
    bool ended = false;
    end = wait_for(mutex_, waiters_, deadline, cancel, [&] {
        asked = asked_;
        ended = is_end(state_);
        return ended || asked != known;
    });
    if (ended) {
        return fail(ALD_E_STATE, "op", "the operation has ended; nothing more is asked of it");
    }
    return asked;
}

bool op::cancel_asked() const {
    const std::scoped_lock lock(mutex_);
    return (asked_ & ALD_OP_ASKED_CANCEL) != 0;
}

ald_op_state op::state() const {
    const std::scoped_lock lock(mutex_);
    return state_;
}

result<value> op::result_of() const {
    const std::scoped_lock lock(mutex_);
    if (!is_end(state_)) {
        return fail(ALD_E_STATE, "op", "the operation has not ended; wait for it first");
    }
    if (error_) {
        return failure(error_);
    }
    return value_;
}

ald_progress op::progress() const {
    const std::scoped_lock lock(mutex_);
    constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
    ald_progress p{};
    p.struct_size = sizeof(p);
    p.state = state_;
    p.done = done_;
    p.total = total_;
    p.rate = unknown;
    p.eta = unknown;
    if (begun_ns_ != 0) {
        const std::int64_t until = ended_ns_ != 0 ? ended_ns_ : mono_ns();
        p.elapsed = static_cast<double>(until - begun_ns_) * 1e-9;
    }
    if (p.elapsed > 0 && done_ > 0) {
        p.rate = done_ / p.elapsed;
        if (total_ >= done_) {
            p.eta = is_end(state_) ? 0 : (total_ - done_) / p.rate;
        }
    }
    copy_text(p.unit, unit_);
    copy_text(p.phase, phase_);
    return p;
}

void op::cancel() {
    control c;
    {
        const std::scoped_lock lock(mutex_);
        if (is_end(state_) || (asked_ & ALD_OP_ASKED_CANCEL) != 0) {
            return;
        }
        asked_ |= ALD_OP_ASKED_CANCEL;
        c = control_;
        waiters_.wake_all();
    }
    if (c) {
        c(ask::cancel);
    }
}

outcome op::pause() { return hold(ask::pause, ALD_OP_ASKED_PAUSE); }
outcome op::resume() { return hold(ask::resume, 0); }

outcome op::hold(ask what, std::uint64_t asked) {
    control c;
    {
        const std::scoped_lock lock(mutex_);
        if ((flags_ & ALD_OP_PAUSABLE) == 0) {
            return fail(ALD_E_UNSUPPORTED, "op", "this operation cannot be held");
        }
        if (is_end(state_)) {
            return fail(ALD_E_STATE, "op", "the operation has ended; it cannot be held any more");
        }
        asked_ = (asked_ & ~static_cast<std::uint64_t>(ALD_OP_ASKED_PAUSE)) | asked;
        if (state_ != ALD_OP_PENDING) {
            state_ = asked != 0 ? ALD_OP_PAUSED : ALD_OP_RUNNING;
        }
        c = control_;
        waiters_.wake_all();
    }
    if (c) {
        c(what);
    }
    return {};
}

void op::close() noexcept {
    if (by_host_) {
        (void)finish(
            fail(ALD_E_CANCELLED, "op", "the operation was given up by whoever carried it out"));
    }
}

} // namespace alidade
