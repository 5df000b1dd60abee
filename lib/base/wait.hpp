// Waiting for something, for a cancel and for a deadline at the same time.
#pragma once

#include "base/clock.hpp"

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
class cancel_source final : public object {
public:
    cancel_source() noexcept : object(ALD_KIND_CANCEL) {}

    // Async-signal-safe.
    void trigger() noexcept;
    [[nodiscard]] bool triggered() const noexcept {
        return triggered_.load(std::memory_order_seq_cst);
    }

    // Wakes a parker when triggered, as long as it lives.
    class watch {
    public:
        watch(const cancel_source *source, parker &sleeper) noexcept;
        watch(const watch &) = delete;
        watch &operator=(const watch &) = delete;
        ~watch();
        // False when more threads wait with the same cancel than it can wake: then look now and
        // then.
        [[nodiscard]] bool registered() const noexcept { return place_ != nullptr; }

    private:
        std::atomic<parker *> *place_ = nullptr;
    };

private:
    std::atomic<bool> triggered_{false};
    mutable std::array<std::atomic<parker *>, 16> sleepers_{};
};

// The threads that wait for one thing. The owner's mutex guards it.
class waiters {
public:
    void add(parker &sleeper) { sleepers_.push_back(&sleeper); }
    void remove(parker &sleeper) noexcept;
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
    constexpr std::int64_t look_now_and_then = 5'000'000;
    for (;;) {
        const std::uint32_t ticket = self.ticket();
        if (ready()) {
            return wait_end::ready;
        }
        if (cancel != nullptr && cancel->triggered()) {
            return wait_end::cancelled;
        }
        const std::int64_t now = deadline == never ? 0 : mono_ns();
        if (deadline != never && now >= deadline) {
            return wait_end::timeout;
        }
        std::int64_t until = deadline;
        if (cancel != nullptr && !watch.registered()) {
            until = std::min(deadline, mono_ns() + look_now_and_then);
        }
        lock.unlock();
        self.park(ticket, until);
        lock.lock();
    }
}

} // namespace alidade
