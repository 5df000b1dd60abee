#include "base/async/queue.hpp"

#include <cerrno>
#include <sys/eventfd.h>
#include <unistd.h>

namespace alidade {

queue::~queue() {
    if (fd_ >= 0) {
        ::close(fd_);
    }
}

bool queue::put(event_list &one) noexcept {
    const std::scoped_lock lock(mutex_);
    return !closed_ && put_locked(one);
}

void queue::offer(event e) {
    event_list one;
    one.push_back(std::move(e));
    if (put(one)) {
        wake_consumer();
    }
}

bool queue::put_locked(event_list &one) noexcept {
    const bool was_empty = events_.empty();
    append(one);
    const bool first = was_empty && !events_.empty();
    if (first) {
        signal_fd();
        consumers_.wake_all();
    }
    return first;
}

void queue::append(event_list &one) noexcept {
    event &e = one.front();
    e.record.seq = next_seq_++;
    if (e.record.t_mono_ns == 0) {
        e.record.t_mono_ns = mono_ns();
    }
    if (full() && !e.keep) {
        if (policy_ == ALD_POLICY_DROP_NEWEST || policy_ == ALD_POLICY_LOSSLESS) {
            ++lost_;
            ++lost_at_end_;
            return;
        }
        const auto oldest =
            std::find_if(events_.begin(), events_.end(), [](const event &x) { return !x.keep; });
        if (oldest != events_.end()) {
            const std::uint64_t gone = oldest->record.lost_before + 1;
            const auto next = std::next(oldest);
            (next != events_.end() ? next->record.lost_before : lost_at_end_) += gone;
            one.splice(one.end(), events_, oldest); // freed by the caller, without our lock
            ++lost_;
        }
    }
    e.record.lost_before = std::exchange(lost_at_end_, 0);
    events_.splice(events_.end(), one, one.begin());
}

outcome queue::push(event e, std::int64_t deadline, const cancel_source *cancel) {
    event_list one;
    one.push_back(std::move(e));
    bool first = false;
    bool accepted = false;
    // Room and the putting in are one step: another producer may be waiting for the same place.
    const wait_end end = wait_for(mutex_, producers_, deadline, cancel, [&] {
        if (closed_) {
            return true;
        }
        if (policy_ == ALD_POLICY_LOSSLESS && full()) {
            return false;
        }
        first = put_locked(one);
        accepted = true;
        return true;
    });
    if (end != wait_end::ready) {
        return wait_failed(end, "room in the queue");
    }
    if (!accepted) {
        return fail(ALD_E_CLOSED, "queue", "the queue is closed; nothing goes in any more");
    }
    if (first) {
        wake_consumer();
    }
    return {};
}

outcome queue::drain(std::size_t most, event_list &out) {
    const std::scoped_lock lock(mutex_);
    if (events_.empty() && closed_) {
        return fail(ALD_E_CLOSED, "queue", "the queue is closed and empty");
    }
    const std::size_t count = std::min(most, events_.size());
    out.splice(out.end(), events_, events_.begin(),
               std::next(events_.begin(), static_cast<std::ptrdiff_t>(count)));
    if (events_.empty() && !closed_) {
        clear_fd();
    }
    if (count > 0) {
        producers_.wake_all();
    }
    return {};
}

void queue::put_back(event_list events) noexcept {
    const std::scoped_lock lock(mutex_);
    events_.splice(events_.begin(), events);
    signal_fd();
}

outcome queue::wait(std::int64_t deadline, const cancel_source *cancel) {
    const wait_end end = wait_for(mutex_, consumers_, deadline, cancel,
                                  [this] { return closed_ || !events_.empty(); });
    if (end != wait_end::ready) {
        return wait_failed(end, "a record in the queue");
    }
    const std::scoped_lock lock(mutex_);
    if (events_.empty()) {
        return fail(ALD_E_CLOSED, "queue", "the queue is closed and empty");
    }
    return {};
}

result<int> queue::fd() {
    const std::scoped_lock lock(mutex_);
    if (fd_ < 0) {
        fd_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (fd_ < 0) {
            return fail_errno(errno, "queue", "no file descriptor for the queue can be made");
        }
        if (closed_ || !events_.empty()) {
            signal_fd();
        }
    }
    return fd_;
}

void queue::signal_fd() const noexcept {
    if (fd_ >= 0) {
        eventfd_write(fd_, 1);
    }
}

void queue::clear_fd() const noexcept {
    if (fd_ >= 0) {
        eventfd_t value = 0;
        eventfd_read(fd_, &value);
    }
}

void queue::set_wake(int (*wake)(void *), void *user_data) {
    {
        const std::scoped_lock lock(wake_mutex_);
        wake_ = wake;
        wake_data_ = user_data;
    }
    bool pending = false;
    {
        const std::scoped_lock lock(mutex_);
        pending = closed_ || !events_.empty();
    }
    if (pending) {
        wake_consumer();
    }
}

void queue::wake_consumer() noexcept {
    // Held during the call, which may not come back to us: so `set_wake` waits for a running one.
    const std::scoped_lock lock(wake_mutex_);
    if (wake_ != nullptr) {
        wake_(wake_data_);
    }
}

queue::counters queue::stats() const {
    const std::scoped_lock lock(mutex_);
    return {next_seq_, lost_, events_.size(), capacity_};
}

void queue::close() noexcept {
    {
        const std::scoped_lock lock(mutex_);
        if (std::exchange(closed_, true)) {
            return;
        }
        signal_fd();
        consumers_.wake_all();
        producers_.wake_all();
    }
    wake_consumer();
}

bool queue::closed() const {
    const std::scoped_lock lock(mutex_);
    return closed_;
}

} // namespace alidade
