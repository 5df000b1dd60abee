#include "base/async/wait.hpp"

#include "base/immortal.hpp"

#include <cerrno>
#include <climits>
#include <linux/futex.h>
#include <memory>
#include <new>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace alidade {

namespace {

// The parkers of threads that have ended, for those that come.
class parking {
public:
    // A key and not a thread_local with a destructor: where memory runs out glibc ends the process
    // over the latter.
    parking() noexcept
        : usable_(pthread_key_create(&key_, [](void *p) {
                      immortal<parking>().give_back(static_cast<parker *>(p));
                  }) == 0) {}

    parker &mine() {
        if (!usable_) {
            throw std::bad_alloc();
        }
        if (void *known = pthread_getspecific(key_)) {
            return *static_cast<parker *>(known);
        }
        parker *fresh = take();
        if (pthread_setspecific(key_, fresh) != 0) {
            give_back(fresh);
            throw std::bad_alloc();
        }
        return *fresh;
    }

private:
    parker *take() {
        {
            const std::scoped_lock lock(mutex_);
            if (free_ != nullptr) {
                return std::exchange(free_, free_->next_free);
            }
        }
        return std::make_unique<parker>().release();
    }

    void give_back(parker *p) noexcept {
        const std::scoped_lock lock(mutex_);
        p->next_free = std::exchange(free_, p);
    }

    std::mutex mutex_;
    parker *free_ = nullptr;
    pthread_key_t key_{};
    bool usable_;
};

} // namespace

parker &parker::mine() { return immortal<parking>().mine(); }

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

cancel_source::~cancel_source() {
    const std::unique_ptr<wake_descriptor> closed(bell_.load(std::memory_order_acquire));
}

void cancel_source::trigger(ald_cancel_reason why) noexcept {
    // Sequentially consistent with `watch` and `descriptor`: either they see the reason or we see
    // what they want woken.
    ald_cancel_reason known = why_.load(std::memory_order_seq_cst);
    while (known < why && !why_.compare_exchange_weak(known, why, std::memory_order_seq_cst)) {
    }
    for (auto &place : sleepers_) {
        if (parker *sleeper = place.load(std::memory_order_seq_cst)) {
            sleeper->unpark();
        }
    }
    if (const wake_descriptor *bell = bell_.load(std::memory_order_seq_cst)) {
        const int saved_errno = errno;
        bell->set();
        errno = saved_errno;
    }
}

ald_cancel_reason cancel_source::why() const noexcept {
    ald_cancel_reason greatest = ALD_CANCEL_NOT;
    for (const cancel_source *c = this; c != nullptr; c = c->other_.get()) {
        greatest = std::max(greatest, c->why_.load(std::memory_order_seq_cst));
    }
    const bool late = greatest == ALD_CANCEL_NOT && deadline_ != never && mono_ns() >= deadline_;
    return late ? ald_cancel_reason{ALD_CANCEL_TRIGGERED} : greatest;
}

bool cancel_source::wait(std::int64_t deadline_mono_ns) const {
    std::mutex alone;
    waiters nobody_else;
    return wait_for(alone, nobody_else, deadline_mono_ns, this, [] { return false; }) ==
           wait_end::cancelled;
}

result<int> cancel_source::descriptor() const {
    if (other_ || deadline_ != never) {
        return fail(ALD_E_UNSUPPORTED, "wait",
                    "this cancel depends on a deadline and has no descriptor; make one by "
                    "ald_cancel_new");
    }
    wake_descriptor *known = bell_.load(std::memory_order_seq_cst);
    if (known == nullptr) {
        auto made = std::make_unique<wake_descriptor>();
        if (!made->usable()) {
            return fail(ALD_E_LIMIT, "wait",
                        "the process has no descriptor left; close some or raise the limit");
        }
        if (bell_.compare_exchange_strong(known, made.get(), std::memory_order_seq_cst)) {
            known = made.release();
        }
    }
    if (triggered()) {
        known->set();
    }
    return known->get();
}

cancel_source::place *cancel_source::take_place(parker &sleeper) const noexcept {
    for (place &p : sleepers_) {
        parker *nobody = nullptr;
        if (p.compare_exchange_strong(nobody, &sleeper, std::memory_order_seq_cst)) {
            return &p;
        }
    }
    return nullptr;
}

cancel_source::watch::watch(const cancel_source *source, parker &sleeper) noexcept {
    for (; source != nullptr && complete_; source = source->other_.get()) {
        place *taken = used_ < places_.size() ? source->take_place(sleeper) : nullptr;
        if (taken != nullptr) {
            places_[used_++] = taken;
        } else {
            complete_ = false;
        }
    }
}

cancel_source::watch::~watch() {
    for (std::size_t i = 0; i < used_; ++i) {
        places_[i]->store(nullptr, std::memory_order_release);
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
