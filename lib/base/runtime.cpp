#include "base/runtime.hpp"

#include "base/handle_table.hpp"

#include <chrono>
#include <csignal>
#include <memory>
#include <pthread.h>
#include <system_error>

namespace alidade {

namespace {

// Waits on a condition variable until a time on the monotonic clock.
template <class Ready>
bool wait_until(std::condition_variable &condition, std::unique_lock<std::mutex> &lock,
                std::int64_t deadline, Ready ready) {
    if (deadline == never) {
        condition.wait(lock, ready);
        return true;
    }
    const auto until = std::chrono::steady_clock::time_point(std::chrono::nanoseconds(deadline));
    return condition.wait_until(lock, until, ready);
}

} // namespace

outcome crew::start(std::function<void()> body) {
    const std::scoped_lock lock(mutex_);
    threads_.reserve(threads_.size() + 1);
    // Signals are the host's: its handlers must not run on our threads.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int number = 0;
    try {
        threads_.emplace_back([this, body = std::move(body)] {
            const inside_library inside;
            body();
            const std::scoped_lock ending(mutex_);
            --running_;
            ended_.notify_all();
        });
        ++running_;
        pthread_setname_np(threads_.back().native_handle(), name_);
    } catch (const std::system_error &e) {
        number = e.code().value();
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (number != 0) {
        return fail_errno(number, "runtime", "no thread can be made; end some or raise the limit");
    }
    return {};
}

bool crew::join(std::int64_t deadline) {
    std::unique_lock lock(mutex_);
    if (!wait_until(ended_, lock, deadline, [this] { return running_ == 0; })) {
        return false;
    }
    std::vector<std::thread> ended = std::exchange(threads_, {});
    lock.unlock();
    for (std::thread &t : ended) {
        t.join();
    }
    return true;
}

std::size_t crew::size() const {
    const std::scoped_lock lock(mutex_);
    return running_;
}

outcome worker_pool::submit(std::function<void()> task) {
    const std::scoped_lock lock(mutex_);
    tasks_.push_back(std::move(task));
    if (tasks_.size() > idle_ && crew_.size() < most_workers) {
        if (auto started = crew_.start([this] { work(); }); !started && crew_.size() == 0) {
            tasks_.pop_back();
            return started;
        }
    }
    wake_.notify_one();
    return {};
}

void worker_pool::work() {
    std::unique_lock lock(mutex_);
    for (;;) {
        ++idle_;
        wake_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
        --idle_;
        if (tasks_.empty()) {
            return;
        }
        {
            const std::function<void()> task = std::move(tasks_.front());
            tasks_.pop_front();
            lock.unlock();
            task();
        }
        lock.lock();
    }
}

bool worker_pool::shutdown(std::int64_t deadline) {
    {
        const std::scoped_lock lock(mutex_);
        stopping_ = true;
        wake_.notify_all();
    }
    const bool joined = crew_.join(deadline);
    const std::scoped_lock lock(mutex_);
    stopping_ = false;
    return joined;
}

outcome timer::ensure_thread() {
    if (!started_) {
        if (auto started = crew_.start([this] { work(); }); !started) {
            return started;
        }
        started_ = true;
    }
    return {};
}

result<timer::id> timer::schedule(std::int64_t t_mono_ns, std::function<void()> function) {
    const std::scoped_lock lock(mutex_);
    if (auto started = ensure_thread(); !started) {
        return failure(std::move(started.error()));
    }
    const id fresh = last_ + 1;
    const auto [place, inserted] =
        by_time_.emplace(std::pair(t_mono_ns, fresh), std::move(function));
    try {
        time_of_.emplace(fresh, t_mono_ns);
    } catch (...) {
        by_time_.erase(place);
        throw;
    }
    last_ = fresh;
    if (place == by_time_.begin()) {
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
            wake_.wait(lock);
            continue;
        }
        const auto first = by_time_.begin();
        const std::int64_t due = first->first.first;
        if (mono_ns() < due) {
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
    const bool joined = crew_.join(deadline);
    const std::scoped_lock lock(mutex_);
    stopping_ = false;
    started_ = !joined;
    return joined;
}

void reaper::finish(const object *o) noexcept {
    const auto last = ref<const object>::adopt(o);
    const_cast<object *>(o)->close(); // closing is what the last handle leaves for us to do
}

void reaper::reap(ref<const object> last) noexcept {
    const object *o = last.leak();
    {
        const std::scoped_lock lock(mutex_);
        try {
            if (!started_ && crew_.start([this] { work(); })) {
                started_ = true;
            }
        } catch (...) { // no memory for a thread: close here and now
        }
        if (started_) {
            o->next_to_reap_ = std::exchange(list_, o);
            wake_.notify_one();
            return;
        }
    }
    finish(o);
}

void reaper::work() {
    std::unique_lock lock(mutex_);
    for (;;) {
        wake_.wait(lock, [this] { return stopping_ || list_ != nullptr; });
        if (list_ == nullptr) {
            return;
        }
        const object *o = std::exchange(list_, nullptr);
        lock.unlock();
        while (o != nullptr) {
            finish(std::exchange(o, o->next_to_reap_));
        }
        lock.lock();
    }
}

bool reaper::shutdown(std::int64_t deadline) {
    {
        const std::scoped_lock lock(mutex_);
        stopping_ = true;
        wake_.notify_all();
    }
    const bool joined = crew_.join(deadline);
    const std::scoped_lock lock(mutex_);
    stopping_ = false;
    started_ = !joined;
    return joined;
}

runtime::runtime() noexcept {
    (void)out_of_memory(); // made while there is memory
    (void)wall_from_mono(0);
    pthread_atfork(nullptr, nullptr, [] { forked_.store(true, std::memory_order_relaxed); });
}

runtime &runtime::instance() noexcept {
    static auto *the_runtime = new runtime;
    return *the_runtime;
}

outcome runtime::shutdown(std::int64_t timeout_ns) {
    if (inside_library::now()) {
        return fail(ALD_E_STATE, "runtime",
                    "ald_shutdown was called from one of the library's own threads or callbacks; "
                    "call it from a thread of the host");
    }
    const std::scoped_lock lock(shutdown_mutex_);
    const std::int64_t deadline = deadline_after(timeout_ns);
    // A callback of the host may hold up a close: closing happens on a thread that can be left
    // behind.
    const auto closers = std::make_shared<crew>("ald-shutdown");
    auto started = closers->start([closers, objects = handle_table::instance().snapshot()] {
        for (const ref<const object> &o : objects) {
            if (o->closable()) {
                const_cast<object *>(o.get())->close();
            }
        }
    });
    if (!started) {
        return started;
    }
    const bool closed = closers->join(deadline);
    if (!closed) {
        // Its thread still runs in it; it must outlive us.
        static std::vector<std::shared_ptr<crew>> left_behind;
        left_behind.push_back(closers);
    }
    const std::pair<const char *, bool> stages[] = {
        {"an object that is being closed", closed},
        {"the reaper", reaper_.shutdown(deadline)},
        {"a worker", workers_.shutdown(deadline)},
        {"a timer", timers_.shutdown(deadline)},
    };
    for (const auto &[what, ended] : stages) {
        if (!ended) {
            return fail(ALD_E_TIMEOUT, "runtime",
                        "{} was still running at the end of the timeout; a callback of the host "
                        "that does not return is the usual reason",
                        what);
        }
    }
    return {};
}

} // namespace alidade
