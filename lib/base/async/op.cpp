#include "base/async/op.hpp"

#include <cmath>
#include <cstring>
#include <limits>

namespace alidade {

namespace {

constexpr std::int64_t progress_interval_ns = 50'000'000; // at most 20 records a second

// Truncates a text that is too long, between two characters of UTF-8.
template <std::size_t N> void copy_text(char (&to)[N], std::string_view from) noexcept {
    std::size_t size = std::min(from.size(), N - 1);
    while (size < from.size() && size > 0 && (from[size] & 0xc0) == 0x80) {
        --size;
    }
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
    auto shared = std::make_shared<const control>(std::move(c));
    {
        const std::scoped_lock lock(mutex_);
        if (is_end(state_)) {
            return;
        }
        control_ = shared;
        if ((asked_ & ALD_OP_ASKED_CANCEL) == 0) {
            return;
        }
    }
    (*shared)(ask::cancel);
}

bool op::begin() noexcept {
    std::vector<std::function<void()>> on_begin;
    {
        awakening after;
        const std::scoped_lock lock(mutex_);
        if (state_ != ALD_OP_PENDING) {
            return false;
        }
        begin_locked();
        waiters_.wake_all(after);
        on_begin.swap(on_begin_);
    }
    wake_consumers();
    for (const auto &function : on_begin) {
        function();
    }
    return true;
}

void op::begin_locked() noexcept {
    state_ = (asked_ & ALD_OP_ASKED_PAUSE) != 0 ? ALD_OP_PAUSED : ALD_OP_RUNNING;
    begun_ns_ = mono_ns();
    for (listener &l : listeners_) {
        tell_begun(l);
    }
}

outcome op::advance(const step &s) {
    begin();
    event_list records; // what the queues throw away is freed without our lock
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
        tell_progress(records);
    }
    wake_consumers();
    return {};
}

bool op::is_one_of(only which) const noexcept {
    switch (which) {
    case only::pending: return state_ == ALD_OP_PENDING;
    case only::not_asked_to_cancel: return !is_end(state_) && (asked_ & ALD_OP_ASKED_CANCEL) == 0;
    default: return !is_end(state_);
    }
}

bool op::finish(result<value> r, only which) noexcept {
    std::vector<std::function<void(const op &)>> on_end;
    std::vector<std::function<void()>> on_begin;
    std::vector<listener> listeners;
    std::shared_ptr<const control> dropped; // what it captured must not outlive the work
    {
        awakening after;
        const std::scoped_lock lock(mutex_);
        if (!is_one_of(which)) {
            return false;
        }
        end_locked(std::move(r));
        on_end.swap(on_end_);
        on_begin.swap(on_begin_); // never to be called
        listeners.swap(listeners_);
        dropped.swap(control_);
        waiters_.wake_all(after);
    }
    for (listener &l : listeners) {
        if (l.wake) {
            l.to->wake_consumer();
        }
    }
    for (const auto &function : on_end) {
        function(*this);
    }
    return true;
}

void op::end_locked(result<value> r) noexcept {
    if (state_ == ALD_OP_PENDING) {
        begin_locked();
    }
    if (r) {
        value_ = std::move(*r);
        state_ = ALD_OP_DONE;
    } else {
        error_ = std::move(r.error());
        state_ = error_->code() == ALD_E_CANCELLED ? ALD_OP_CANCELLED : ALD_OP_FAILED;
    }
    ended_ns_ = mono_ns();
    for (listener &l : listeners_) {
        tell_ended(l);
    }
}

void op::tell_begun(listener &l) noexcept {
    if ((l.which & ALD_NOTIFY_BEGUN) != 0) {
        l.wake |= l.to->put(l.begun);
    }
}

void op::tell_ended(listener &l) noexcept {
    if ((l.which & ALD_NOTIFY_ENDED) == 0) {
        return;
    }
    event &e = l.ended.front();
    if (error_) {
        e.record.status = error_->code();
        e.payload = error_;
    } else {
        fill_scalar(e.record, value_);
    }
    l.wake |= l.to->put(l.ended);
}

void op::tell_progress(event_list &records) {
    const std::int64_t now = mono_ns();
    for (listener &l : listeners_) {
        if ((l.which & ALD_NOTIFY_PROGRESS) == 0 ||
            now - l.last_progress_ns < progress_interval_ns) {
            continue;
        }
        l.last_progress_ns = now;
        event_list one;
        one.emplace_back(ALD_EVENT_OP_PROGRESSED, l.tag);
        one.front().record.real = done_;
        l.wake |= l.to->put(one);
        records.splice(records.end(), one);
    }
}

// Queues call functions of the application when they wake, so none of our locks may be held.
void op::wake_consumers() noexcept {
    for (;;) {
        ref<queue> to;
        {
            const std::scoped_lock lock(mutex_);
            const auto l = std::find_if(listeners_.begin(), listeners_.end(),
                                        [](const listener &x) { return x.wake; });
            if (l == listeners_.end()) {
                return; // if it has ended meanwhile, `finish` wakes them
            }
            l->wake = false;
            to = l->to;
        }
        to->wake_consumer();
    }
}

outcome op::notify(const ref<queue> &to, std::uint64_t tag, std::uint64_t which) {
    if (to->closed()) {
        return fail(ALD_E_CLOSED, "op", "the queue is closed; give an open one");
    }
    listener fresh{to, tag, which};
    fresh.begun.emplace_back(ALD_EVENT_OP_BEGUN, tag);
    fresh.ended.emplace_back(ALD_EVENT_OP_ENDED, tag);
    fresh.ended.front().keep = true;
    bool wake = false;
    {
        const std::scoped_lock lock(mutex_);
        listeners_.reserve(listeners_.size() + 1);
        if (state_ != ALD_OP_PENDING) {
            tell_begun(fresh);
        }
        if (is_end(state_)) {
            tell_ended(fresh);
        }
        wake = std::exchange(fresh.wake, false);
        if (!is_end(state_)) {
            listeners_.push_back(std::move(fresh));
        }
    }
    if (wake) {
        to->wake_consumer();
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

result<value> op::see_through(const cancel_source *cancel_by) {
    if (!wait(never, cancel_by)) {
        cancel();
        (void)wait(never, nullptr);
    }
    return result_of();
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
    std::shared_ptr<const control> c;
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
        (*c)(ask::cancel);
    }
}

outcome op::pause() { return hold(ask::pause, ALD_OP_ASKED_PAUSE); }
outcome op::resume() { return hold(ask::resume, 0); }

outcome op::hold(ask what, std::uint64_t asked) {
    std::shared_ptr<const control> c;
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
        (*c)(what);
    }
    return {};
}

void op::close() noexcept {
    if (!by_application_) {
        return;
    }
    failure given_up(out_of_memory()); // in case that there is no memory to say it in words
    try {
        given_up =
            fail(ALD_E_CANCELLED, "op", "the operation was given up by whoever carried it out");
    } catch (...) {
    }
    (void)finish(std::move(given_up));
}

} // namespace alidade
