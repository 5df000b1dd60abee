#include "base/runtime.hpp"

#include "base/handle_table.hpp"
#include "base/immortal.hpp"

#include <chrono>
#include <csignal>
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

// Blocks all signals while a thread is made, which inherits that: signals are the host's, and its
// handlers must not run on our threads.
class signals_blocked {
public:
    signals_blocked() noexcept {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    signals_blocked(const signals_blocked &) = delete;
    signals_blocked &operator=(const signals_blocked &) = delete;
    ~signals_blocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

private:
    sigset_t before_{};
};

failure still_running(const char *what) {
    return fail(ALD_E_TIMEOUT, "runtime",
                "{} was still running at the end of the timeout; a callback of the host that does "
                "not return is the usual reason",
                what);
}

// New work from outside would keep us from ever coming to an end.
failure shutting_down() {
    return fail(ALD_E_STATE, "runtime", "the library is being shut down; try again later");
}

} // namespace

outcome crew::start(std::function<void()> body) {
    const std::scoped_lock lock(mutex_);
    const signals_blocked during;
    try {
        threads_.emplace_back([this, body = std::move(body)] {
            const inside_library inside;
            body();
            const std::scoped_lock ending(mutex_);
            --running_;
            ended_.notify_all();
        });
    } catch (const std::system_error &e) {
        return fail_errno(e.code().value(), "runtime",
                          "no thread can be made; end some or raise the limit");
    }
    ++running_;
    pthread_setname_np(threads_.back().native_handle(), name_);
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

outcome worker_pool::submit(std::function<void()> task) {
    task_list one;
    one.push_back(std::move(task));
    const std::scoped_lock lock(mutex_);
    if (stopping_ && !inside_library::now()) {
        return shutting_down();
    }
    if (tasks_.size() >= idle_ && workers_ < most_) {
        if (auto started = crew_.start([this] { work(); }); started) {
            ++workers_;
        } else if (workers_ == 0) {
            return started;
        }
    }
    tasks_.splice(tasks_.end(), one);
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
            --workers_;
            return;
        }
        task_list one;
        one.splice(one.begin(), tasks_, tasks_.begin());
        lock.unlock();
        one.front()();
        one.clear();
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
    if (!working_) {
        if (auto started = crew_.start([this] { work(); }); !started) {
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
    const bool joined = crew_.join(deadline);
    const std::scoped_lock lock(mutex_);
    stopping_ = false;
    return joined;
}

// Whoever hands over faster than we close is slowed down: the list would grow without end.
constexpr std::size_t listed_most = 1000;
constexpr auto listed_wait = std::chrono::milliseconds(1);

bool reaper::ensure_thread() noexcept {
    if (!working_) {
        try {
            working_ = crew_.start([this] { work(); }).has_value();
        } catch (...) { // no memory for a thread
        }
    }
    return working_;
}

void reaper::reap(ref<const object> last) noexcept {
    const object *o = last.get();
    {
        std::unique_lock lock(mutex_);
        if (o->waits_for_reaper_) {
            return; // somebody was given a new handle in the meantime, and gave it back too
        }
        if (stopping_ || ensure_thread()) {
            o->waits_for_reaper_ = true;
            o->next_to_reap_ = nullptr;
            (first_ == nullptr ? first_ : last_->next_to_reap_) = last.leak();
            last_ = o;
            if (stopping_ && inside_library::now()) {
                stop_after_ = o;
            }
            ++listed_;
            wake_.notify_one();
            if (listed_ > listed_most && !inside_library::now()) {
                room_.wait_for(lock, listed_wait, [this] { return listed_ <= listed_most; });
            }
            return;
        }
    }
    const_cast<object *>(o)->close(); // here and now
}

void reaper::work() {
    std::unique_lock lock(mutex_);
    for (;;) {
        wake_.wait(lock, [this] { return stopping_ || first_ != nullptr; });
        if (stopping_ && stop_after_ == nullptr) {
            working_ = false;
            return;
        }
        {
            const auto next = ref<const object>::adopt(first_);
            first_ = next->next_to_reap_;
            next->waits_for_reaper_ = false;
            if (stop_after_ == next.get()) {
                stop_after_ = nullptr;
            }
            if (--listed_ == listed_most) {
                room_.notify_all();
            }
            lock.unlock();
            const_cast<object *>(next.get())->close(); // which its last handle left for us to do
        }
        lock.lock();
    }
}

bool reaper::shutdown(std::int64_t deadline) {
    {
        const std::scoped_lock lock(mutex_);
        stopping_ = true;
        stop_after_ = first_ == nullptr ? nullptr : last_;
        wake_.notify_all();
    }
    const bool joined = crew_.join(deadline);
    const std::scoped_lock lock(mutex_);
    stopping_ = false;
    if (first_ != nullptr) { // from threads that went on using the library
        (void)ensure_thread();
    }
    return joined;
}

runtime::runtime() noexcept {
    (void)wall_from_mono(0); // wall time counts from here
    pthread_atfork(nullptr, nullptr, [] { forked_.store(true, std::memory_order_relaxed); });
}

runtime &runtime::instance() noexcept { return immortal<runtime>(); }

// On threads of their own, because a callback of the host may hold up a close: it shall hold up
// neither the other objects nor us.
void runtime::close_everything() {
    for (const ref<const object> &o : handle_table::instance().snapshot()) {
        if (!o->closable()) {
            continue;
        }
        const auto close = [o] { const_cast<object *>(o.get())->close(); };
        if (!closers_.submit(close)) {
            close(); // no thread can be made
        }
    }
}

// Names what did not end. Tasks give up references, so the reaper comes last.
const char *runtime::end_threads(std::int64_t deadline) {
    const std::pair<const char *, bool> ends[] = {
        {"an object that is being closed", closers_.shutdown(deadline)},
        {"a worker", workers_.shutdown(deadline)},
        {"a timer", timers_.shutdown(deadline)},
        {"the reaper", reaper_.shutdown(deadline)},
    };
    const auto *stuck =
        std::find_if(std::begin(ends), std::end(ends), [](const auto &end) { return !end.second; });
    return stuck != std::end(ends) ? stuck->first : nullptr;
}

outcome runtime::shutdown(std::int64_t deadline) {
    if (inside_library::now()) {
        return fail(ALD_E_STATE, "runtime",
                    "ald_shutdown was called from one of the library's own threads or callbacks; "
                    "call it from a thread of the host");
    }
    std::unique_lock lock(shutdown_mutex_);
    if (!wait_until(shutdown_ended_, lock, deadline, [this] { return !shutting_down_; })) {
        return still_running("another call of ald_shutdown");
    }
    shutting_down_ = true;
    lock.unlock();
    const struct next_please {
        runtime &shut_down;
        ~next_please() {
            const std::scoped_lock lock(shut_down.shutdown_mutex_);
            shut_down.shutting_down_ = false;
            shut_down.shutdown_ended_.notify_one();
        }
    } on_return{*this};
    close_everything();
    const char *stuck = end_threads(deadline);
    return stuck == nullptr ? outcome() : still_running(stuck);
}

} // namespace alidade
