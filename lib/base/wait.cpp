#include "base/wait.hpp"

#include <cerrno>
#include <climits>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace alidade {

namespace {

std::mutex free_mutex;
parker *free_parkers = nullptr;

// Gives the thread's parker to the next thread when this one ends.
struct holder {
    parker *held = nullptr;
    holder() = default;
    holder(const holder &) = delete;
    holder &operator=(const holder &) = delete;
    ~holder() {
        if (held != nullptr) {
            const std::scoped_lock lock(free_mutex);
            held->next_free = free_parkers;
            free_parkers = held;
        }
    }
};

parker *take_parker() {
    {
        const std::scoped_lock lock(free_mutex);
        if (free_parkers != nullptr) {
            return std::exchange(free_parkers, free_parkers->next_free);
        }
    }
    return new parker;
}

} // namespace

parker &parker::mine() {
    thread_local holder mine;
    if (mine.held == nullptr) {
        mine.held = take_parker();
    }
    return *mine.held;
}

void parker::park(std::uint32_t ticket, std::int64_t deadline_mono_ns) noexcept {
    timespec until{};
    if (deadline_mono_ns != never) {
        until.tv_sec = deadline_mono_ns / 1'000'000'000;
        until.tv_nsec = deadline_mono_ns % 1'000'000'000;
    }
    // FUTEX_WAIT_BITSET takes an absolute time on CLOCK_MONOTONIC: steps of the wall clock and
    // interrupted calls do not shift the deadline.
    const int saved_errno = errno;
    syscall(SYS_futex, &word_, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, ticket,
            deadline_mono_ns == never ? nullptr : &until, nullptr, FUTEX_BITSET_MATCH_ANY);
    errno = saved_errno;
}

void parker::unpark() noexcept {
    word_.fetch_add(1, std::memory_order_release);
    const int saved_errno = errno;
    syscall(SYS_futex, &word_, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, INT_MAX, nullptr, nullptr, 0);
    errno = saved_errno;
}

void cancel_source::trigger() noexcept {
    // Sequentially consistent with `watch`: either it sees the flag or we see its parker.
    triggered_.store(true, std::memory_order_seq_cst);
    for (auto &place : sleepers_) {
        if (parker *sleeper = place.load(std::memory_order_seq_cst)) {
            sleeper->unpark();
        }
    }
}

cancel_source::watch::watch(const cancel_source *source, parker &sleeper) noexcept {
    if (source == nullptr) {
        return;
    }
    for (auto &place : source->sleepers_) {
        parker *nobody = nullptr;
        if (place.compare_exchange_strong(nobody, &sleeper, std::memory_order_seq_cst)) {
            place_ = &place;
            return;
        }
    }
}

cancel_source::watch::~watch() {
    if (place_ != nullptr) {
        place_->store(nullptr, std::memory_order_release);
    }
}

void waiters::remove(parker &sleeper) noexcept {
    // One entry only: a thread may wait again from inside a callback of its first wait.
    if (const auto it = std::find(sleepers_.begin(), sleepers_.end(), &sleeper);
        it != sleepers_.end()) {
        sleepers_.erase(it);
    }
}

failure wait_failed(wait_end end, std::string_view what) {
    if (end == wait_end::cancelled) {
        return fail(ALD_E_CANCELLED, "wait", "waiting for {} was cancelled", what);
    }
    return fail(ALD_E_TIMEOUT, "wait",
                "{} took longer than the timeout; allow more time or ask for "
                "its state",
                what);
}

} // namespace alidade
