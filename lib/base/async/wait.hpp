// Waiting for something, for a cancel and for a deadline at the same time.
#pragma once

#include "base/async/descriptor.hpp"
#include "base/clock.hpp"

#include <alidade/op.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <vector>

namespace alidade {

// The place where one thread sleeps. There is one for each thread, and its memory is never given
// back, so that waking one that has just gone away is harmless. That is what lets a cancel be
// triggered from a signal handler, where no lock may be taken.
class parker {
public:
    // Throws std::bad_alloc if this thread has none yet and none can be made.
    [[nodiscard]] static parker &mine();

    // Take a ticket, look whether there is still reason to sleep, then park with that ticket: a
    // wake-up in between is not lost.
    [[nodiscard]] std::uint32_t ticket() const noexcept {
        return word_.load(std::memory_order_acquire);
    }
    void park(std::uint32_t ticket, std::int64_t deadline_mono_ns) noexcept;
    // Async-signal-safe.
    void unpark() noexcept;

    parker *next_free = nullptr;

private:
    std::atomic<std::uint32_t> word_{0};
};

// A cancel of the C interface. Once triggered it stays so.
//
// One may depend on another: it looks at that one and knows its own deadline, and whoever waits
// with it watches both. Nothing has to be passed on when the other one is triggered, which may
// happen in a signal handler, and no timer is needed.
class cancel_source final : public object {
    using place = std::atomic<parker *>;

public:
    cancel_source() noexcept : object(ALD_KIND_CANCEL) {}
    // Makes a token that is triggered also when `other`, which may be NULL, is, and at a deadline.
    cancel_source(ref<const cancel_source> other, std::int64_t deadline_mono_ns) noexcept
        : object(ALD_KIND_CANCEL), other_(std::move(other)),
          deadline_(other_ ? std::min(deadline_mono_ns, other_->deadline_) : deadline_mono_ns) {}
    ~cancel_source() override;

    // Async-signal-safe.
    void trigger(ald_cancel_reason why = ALD_CANCEL_TRIGGERED) noexcept;
    // Async-signal-safe.
    [[nodiscard]] bool triggered() const noexcept { return why() != ALD_CANCEL_NOT; }
    // The greatest reason so far. Async-signal-safe.
    [[nodiscard]] ald_cancel_reason why() const noexcept;
    // Sleeps until it is triggered; false if the deadline comes first.
    [[nodiscard]] bool wait(std::int64_t deadline_mono_ns) const;
    // A descriptor that is readable once it is triggered; of one that depends on nothing else.
    [[nodiscard]] result<int> descriptor() const;
    // Deadline at which it triggers itself, on the monotonic clock, or `never`.
    [[nodiscard]] std::int64_t deadline() const noexcept { return deadline_; }

    // Wakes a parker when the source or one that it depends on is triggered, as long as it lives.
    // Nobody is woken at the deadline: see `deadline` for how long to sleep.
    class watch {
    public:
        watch(const cancel_source *source, parker &sleeper) noexcept;
        watch(const watch &) = delete;
        watch &operator=(const watch &) = delete;
        ~watch();
        // False when more threads wait with the same cancel than it can wake, or when it depends
        // on too many others: then look now and then.
        [[nodiscard]] bool complete() const noexcept { return complete_; }

    private:
        std::array<place *, 4> places_{};
        std::size_t used_ = 0;
        bool complete_ = true;
    };

private:
    [[nodiscard]] place *take_place(parker &sleeper) const noexcept;

    std::atomic<ald_cancel_reason> why_{ALD_CANCEL_NOT};
    mutable std::atomic<wake_descriptor *> bell_{nullptr}; // ours
    ref<const cancel_source> other_;
    std::int64_t deadline_ = never;
    mutable std::array<place, 16> sleepers_{};
};

// Wakes threads at its end. Made before the lock is taken under which they are told to it, so that
// they do not wake up only to wait for that lock.
class awakening {
public:
    awakening() noexcept = default;
    awakening(const awakening &) = delete;
    awakening &operator=(const awakening &) = delete;
    ~awakening() {
        for (std::size_t i = 0; i < count_; ++i) {
            sleepers_[i]->unpark();
        }
    }
    void add(parker &sleeper) noexcept {
        if (count_ < sleepers_.size()) {
            sleepers_[count_++] = &sleeper;
        } else {
            sleeper.unpark();
        }
    }

private:
    std::array<parker *, 4> sleepers_{};
    std::size_t count_ = 0;
};

// The threads that wait for one thing. The owner's mutex guards it.
class waiters {
public:
    void add(parker &sleeper) { sleepers_.push_back(&sleeper); }
    void remove(parker &sleeper) noexcept;
    void wake_all(awakening &later) const noexcept {
        for (parker *sleeper : sleepers_) {
            later.add(*sleeper);
        }
    }
    void wake_all() const noexcept {
        for (parker *sleeper : sleepers_) {
            sleeper->unpark();
        }
    }
    [[nodiscard]] bool empty() const noexcept { return sleepers_.empty(); }

private:
    std::vector<parker *> sleepers_;
};

// Statuses, not results: the ends of a wait are ordinary and need no message of their own.
enum class wait_end { ready, timeout, cancelled };

[[nodiscard]] failure wait_failed(wait_end end, std::string_view what);

// Waits until `ready()`, which is called with `mutex` held, says so. `list` wakes us.
template <class Ready>
[[nodiscard]] wait_end wait_for(std::mutex &mutex, waiters &list, std::int64_t deadline,
                                const cancel_source *cancel, Ready ready) {
    parker &self = parker::mine();
    const cancel_source::watch watch(cancel, self);
    std::unique_lock lock(mutex);
    list.add(self);
    struct leave {
        std::unique_lock<std::mutex> &lock;
        waiters &list;
        parker &self;
        ~leave() {
            if (!lock.owns_lock()) {
                lock.lock();
            }
            list.remove(self);
        }
    } const on_leave{lock, list, self};
    constexpr std::int64_t now_and_then = 5'000'000;
    const std::int64_t last = cancel != nullptr ? std::min(deadline, cancel->deadline()) : deadline;
    for (;;) {
        const std::uint32_t ticket = self.ticket();
        if (ready()) {
            return wait_end::ready;
        }
        if (cancel != nullptr && cancel->triggered()) {
            return wait_end::cancelled;
        }
        if (deadline != never && mono_ns() >= deadline) {
            return wait_end::timeout;
        }
        const std::int64_t until =
            watch.complete() ? last : std::min(last, mono_ns() + now_and_then);
        lock.unlock();
        self.park(ticket, until);
        lock.lock();
    }
}

} // namespace alidade
