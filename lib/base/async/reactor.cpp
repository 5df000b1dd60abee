#include "base/async/reactor.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/epoll.h>
#include <sys/timerfd.h>

namespace alidade {

namespace {

constexpr std::uint64_t woken = 0;
constexpr std::uint64_t timer_expired = 1;

bool add_to(int epoll, int fd, std::uint32_t events, std::uint64_t id) noexcept {
    epoll_event e{};
    e.events = events;
    e.data.u64 = id;
    return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e) == 0;
}

void empty(int counter) noexcept {
    std::uint64_t count = 0;
    (void)!read(counter, &count, sizeof count);
}

} // namespace

outcome reactor::ensure_thread() {
    if (working_) {
        return {};
    }
    if (!wake_.open()) {
        descriptor epoll(epoll_create1(EPOLL_CLOEXEC));
        descriptor timer(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
        descriptor wake(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
        if (!epoll.open() || !timer.open() || !wake.open() ||
            !add_to(epoll.get(), timer.get(), EPOLLIN, timer_expired) ||
            !add_to(epoll.get(), wake.get(), EPOLLIN, woken)) {
            return fail_errno(errno, "runtime", "no descriptor can be had to wait for others with");
        }
        epoll_ = std::move(epoll);
        timer_ = std::move(timer);
        wake_ = std::move(wake);
    }
    return threads_.start([this] { work(); }).map([this] { working_ = true; });
}

void reactor::wait_for(errand &e, std::unique_lock<std::mutex> &lock) {
    if (std::this_thread::get_id() == thread_) {
        lock.unlock();
        (*e.task)();
        return;
    }
    errands_.push_back(&e);
    (void)eventfd_write(wake_.get(), 1);
    e.ended.wait(lock, [&] { return e.done; });
    if (e.thrown) {
        std::rethrow_exception(e.thrown);
    }
}

outcome reactor::run(const std::function<void()> &task) {
    std::unique_lock lock(mutex_);
    if (stopping_) {
        return shutting_down();
    }
    if (auto started = ensure_thread(); !started) {
        return started;
    }
    errand e{&task};
    wait_for(e, lock);
    return {};
}

void reactor::settle(const std::function<void()> &task) {
    std::unique_lock lock(mutex_);
    if (working_) {
        errand e{&task};
        wait_for(e, lock);
        return;
    }
    // With the lock held, so that no thread starts meanwhile: after a shutdown only.
    task();
}

outcome reactor::watch(int fd, std::uint32_t events, handler &by) {
    const std::uint64_t id = ++last_id_;
    watched_[fd] = {id, &by};
    by_id_[id] = fd;
    if (!add_to(epoll_.get(), fd, events, id)) {
        const int why = errno;
        unwatch(fd);
        return fail_errno(why, "runtime", "a descriptor cannot be watched");
    }
    return {};
}

void reactor::rewatch(int fd, std::uint32_t events) noexcept {
    const auto it = watched_.find(fd);
    if (it != watched_.end()) {
        epoll_event e{};
        e.events = events;
        e.data.u64 = it->second.id;
        (void)epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &e);
    }
}

void reactor::unwatch(int fd) noexcept {
    const auto it = watched_.find(fd);
    if (it != watched_.end()) {
        (void)epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
        by_id_.erase(it->second.id);
        watched_.erase(it);
    }
}

void reactor::wake_at(handler &by, std::int64_t t_mono_ns) {
    if (const auto it = time_of_.find(&by); it != time_of_.end()) {
        times_.erase({it->second, &by});
        time_of_.erase(it);
    }
    if (t_mono_ns != never) {
        times_.insert({t_mono_ns, &by});
        time_of_[&by] = t_mono_ns;
    }
}

void reactor::arm() {
    const std::int64_t next = times_.empty() ? never : times_.begin()->first;
    if (next == armed_) {
        return;
    }
    armed_ = next;
    itimerspec when{}; // zero disarms
    if (next != never) {
        const std::int64_t at = std::max<std::int64_t>(next, 1);
        when.it_value.tv_sec = at / 1'000'000'000;
        when.it_value.tv_nsec = at % 1'000'000'000;
    }
    (void)timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &when, nullptr);
}

void reactor::call_due() {
    const std::int64_t now = mono_ns();
    while (!times_.empty() && times_.begin()->first <= now) {
        handler *by = times_.begin()->second;
        wake_at(*by, never);
        by->due(now);
    }
}

// Events of descriptors that an earlier one of the same batch has closed are stale: their ids are
// not known any more.
void reactor::dispatch() {
    std::array<epoll_event, 64> events{};
    const int n = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < n; ++i) {
        const epoll_event &e = events[static_cast<std::size_t>(i)];
        const std::uint64_t id = e.data.u64; // a copy: within the packed struct it is misaligned
        if (id == woken) {
            empty(wake_.get());
        } else if (id == timer_expired) {
            empty(timer_.get());
            armed_ = never;
        } else if (const auto it = by_id_.find(id); it != by_id_.end()) {
            const int fd = it->second;
            watched_.at(fd).by->ready(fd, e.events);
        }
    }
}

void reactor::run_errands() {
    std::unique_lock lock(mutex_);
    while (!errands_.empty()) {
        const std::vector<errand *> now = std::exchange(errands_, {});
        lock.unlock();
        for (errand *e : now) {
            try {
                (*e->task)();
            } catch (...) {
                e->thrown = std::current_exception();
            }
        }
        lock.lock();
        for (errand *e : now) {
            e->done = true;
            e->ended.notify_one(); // with the lock held, or `e` might be gone
        }
    }
    if (stopping_) {
        working_ = false;
        thread_ = {};
    }
}

void reactor::work() {
    {
        const std::scoped_lock lock(mutex_);
        thread_ = std::this_thread::get_id();
    }
    for (;;) {
        run_errands();
        {
            const std::scoped_lock lock(mutex_);
            if (!working_) {
                return;
            }
        }
        call_due();
        arm();
        dispatch();
    }
}

bool reactor::shutdown(std::int64_t deadline) {
    {
        const std::scoped_lock lock(mutex_);
        stopping_ = true;
        if (working_) {
            (void)eventfd_write(wake_.get(), 1);
        }
    }
    const bool joined = threads_.join(deadline);
    const std::scoped_lock lock(mutex_);
    if (joined) { // the next thread gets new ones
        epoll_ = descriptor();
        timer_ = descriptor();
        wake_ = descriptor();
        armed_ = never;
    }
    stopping_ = false;
    return joined;
}

} // namespace alidade
