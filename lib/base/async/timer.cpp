#include "base/async/timer.hpp"

#include "base/clock.hpp"

namespace alidade {

outcome timer::ensure_thread() {
    if (!working_) {
        if (auto started = threads_.start([this] { work(); }); !started) {
            return started;
        }
        working_ = true;
    }
    return {};
}

result<timer::id> timer::schedule(std::int64_t t_mono_ns, std::function<void()> function) {
    const std::scoped_lock lock(mutex_);
    if (stopping_) {
        return shutting_down();
    }
    if (auto started = ensure_thread(); !started) {
        return failure(std::move(started.error()));
    }
    const id fresh = last_ + 1;
    const auto place = by_time_.emplace(std::pair(t_mono_ns, fresh), std::move(function)).first;
    try {
        time_of_.emplace(fresh, t_mono_ns);
    } catch (...) {
        by_time_.erase(place);
        throw;
    }
    last_ = fresh;
    if (t_mono_ns < looks_again_) {
        wake_.notify_one();
    }
    return fresh;
}

bool timer::unschedule(id which, bool wait) {
    std::unique_lock lock(mutex_);
    if (const auto it = time_of_.find(which); it != time_of_.end()) {
        const auto node = by_time_.extract({it->second, which}); // destroyed after the lock is gone
        time_of_.erase(it);
        lock.unlock();
        return true;
    }
    if (wait && std::this_thread::get_id() != thread_) {
        idle_.wait(lock, [&] { return running_ != which; });
    }
    return false;
}

void timer::work() {
    std::unique_lock lock(mutex_);
    thread_ = std::this_thread::get_id();
    while (!stopping_) {
        if (by_time_.empty()) {
            looks_again_ = never;
            wake_.wait(lock);
            continue;
        }
        const auto first = by_time_.begin();
        const std::int64_t due = first->first.first;
        if (mono_ns() < due) {
            looks_again_ = due;
            wake_.wait_until(lock,
                             std::chrono::steady_clock::time_point(std::chrono::nanoseconds(due)));
            continue;
        }
        running_ = first->first.second;
        {
            const auto node = by_time_.extract(first);
            time_of_.erase(running_);
            lock.unlock();
            node.mapped()();
        }
        lock.lock();
        running_ = 0;
        idle_.notify_all();
    }
    working_ = false;
    thread_ = {};
}

bool timer::shutdown(std::int64_t deadline) {
    decltype(by_time_) dropped;
    {
        const std::scoped_lock lock(mutex_);
        stopping_ = true;
        dropped.swap(by_time_);
        time_of_.clear();
        wake_.notify_all();
    }
    const bool joined = threads_.join(deadline);
    const std::scoped_lock lock(mutex_);
    stopping_ = false;
    return joined;
}

} // namespace alidade
