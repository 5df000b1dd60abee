#include "base/async/hangups.hpp"

#include <sys/epoll.h>

#include <array>
#include <cerrno>

namespace alidade {

namespace {

constexpr hangups::id wake_up = 0;

bool add(int epoll, int fd, std::uint32_t events, hangups::id which) noexcept {
    epoll_event e{};
    e.events = events;
    e.data.u64 = which;
    return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e) == 0;
}

} // namespace

outcome hangups::ensure_thread() {
    if (stopping_) {
        return shutting_down();
    }
    if (!epoll_.open()) {
        descriptor made(epoll_create1(EPOLL_CLOEXEC));
        wake_.emplace();
        if (!made.open() || !wake_->usable() || !add(made.get(), wake_->get(), EPOLLIN, wake_up)) {
            return fail_errno(errno, "device", "watching a line");
        }
        epoll_ = std::move(made);
    }
    if (working_) {
        return {};
    }
    working_ = true;
    auto started = threads_.start([this] { work(); });
    working_ = started.has_value();
    return started;
}

result<hangups::id> hangups::watch(int fd, std::function<void()> gone) {
    const std::scoped_lock lock(mutex_);
    if (auto ready = ensure_thread(); !ready) {
        return failure(std::move(ready.error()));
    }
    const id mine = ++last_;
    lines_.emplace(mine, watched{fd, false, std::move(gone)});
    // Once: a line that hangs up does so for ever, and would keep the thread busy.
    if (!add(epoll_.get(), fd, EPOLLRDHUP | EPOLLONESHOT, mine)) {
        const int number = errno;
        lines_.erase(mine);
        return fail_errno(number, "device", "watching a line");
    }
    return mine;
}

void hangups::forget(id which) noexcept {
    std::function<void()> dropped; // what it holds goes without our lock
    const std::scoped_lock lock(mutex_);
    if (const auto it = lines_.find(which); it != lines_.end()) {
        (void)epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, it->second.fd, nullptr);
        dropped = std::move(it->second.gone);
        lines_.erase(it);
    }
}

void hangups::report(id which) noexcept {
    const std::scoped_lock lock(mutex_);
    if (const auto it = lines_.find(which); it != lines_.end()) {
        it->second.reported = true;
        wake_->set();
    }
}

void hangups::fire(std::map<id, watched>::iterator which, std::unique_lock<std::mutex> &lock) {
    const std::function<void()> gone = std::exchange(which->second.gone, nullptr);
    if (gone) {
        lock.unlock();
        gone();
        lock.lock();
    }
}

void hangups::look() {
    std::array<epoll_event, 16> events{};
    const int count = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), -1);
    std::unique_lock lock(mutex_);
    for (int i = 0; i < count; ++i) {
        const id which = events[static_cast<std::size_t>(i)].data.u64;
        if (which == wake_up) {
            wake_->clear();
            continue;
        }
        if (const auto it = lines_.find(which); it != lines_.end()) {
            fire(it, lock);
        }
    }
    for (auto it = lines_.begin(); it != lines_.end() && !stopping_;) {
        const id which = it->first;
        if (std::exchange(it->second.reported, false)) {
            fire(it, lock);
        }
        it = lines_.upper_bound(which); // the lock was free
    }
}

void hangups::work() {
    for (;;) {
        {
            const std::scoped_lock lock(mutex_);
            if (stopping_) {
                working_ = false;
                return;
            }
        }
        look();
    }
}

bool hangups::shutdown(std::int64_t deadline) {
    std::map<id, watched> dropped;
    {
        const std::scoped_lock lock(mutex_);
        stopping_ = true;
        dropped.swap(lines_);
        for (const auto &line : dropped) {
            (void)epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, line.second.fd, nullptr);
        }
        if (wake_) {
            wake_->set();
        }
    }
    dropped.clear();
    const bool ended = threads_.join(deadline);
    const std::scoped_lock lock(mutex_);
    if (ended) { // the next thread gets new ones
        epoll_ = descriptor();
        wake_.reset();
    }
    stopping_ = false;
    return ended;
}

} // namespace alidade
