// The one global: worker pool, timer, reaper. Made at first use, never destroyed; its threads start
// when they are needed and end in `shutdown`, after which they may start anew.
#pragma once

#include "base/wait.hpp"

#include <condition_variable>
#include <functional>
#include <list>
#include <map>
#include <thread>

namespace alidade {

// Counts the threads and callbacks of ours that this thread is inside of.
class inside_library {
public:
    inside_library() noexcept { ++depth_; }
    inside_library(const inside_library &) = delete;
    inside_library &operator=(const inside_library &) = delete;
    ~inside_library() { --depth_; }
    [[nodiscard]] static bool now() noexcept { return depth_ > 0; }

private:
    static inline thread_local int depth_ = 0;
};

// A group of threads that can be waited for with a deadline.
class crew {
public:
    explicit crew(const char *name) noexcept : name_(name) {}

    // Starts one more thread; fails where the system has none left. The body must not throw.
    [[nodiscard]] outcome start(std::function<void()> body);
    // Waits until all have returned from their bodies, then joins them.
    [[nodiscard]] bool join(std::int64_t deadline);

private:
    const char *name_;
    std::mutex mutex_;
    std::condition_variable ended_;
    std::size_t running_ = 0;
    std::vector<std::thread> threads_;
};

// Runs tasks that may block. It grows while all workers are busy, up to a limit.
class worker_pool {
public:
    worker_pool(const char *name, std::size_t most_workers) noexcept
        : most_(most_workers), crew_(name) {}

    // The task must not throw. Fails if there is no thread for it and none can be made, and while
    // the pool is being shut down, unless one of our own threads or callbacks asks.
    [[nodiscard]] outcome submit(std::function<void()> task);
    // Runs what was submitted, then ends.
    [[nodiscard]] bool shutdown(std::int64_t deadline);

private:
    using task_list = std::list<std::function<void()>>;

    void work();

    const std::size_t most_;
    std::mutex mutex_;
    std::condition_variable wake_;
    task_list tasks_;
    std::size_t workers_ = 0; // that will look for a task again
    std::size_t idle_ = 0;    // those of them that wait for one
    bool stopping_ = false;
    crew crew_;
};

// Calls short functions at given times, one at a time. They must not throw.
class timer {
public:
    using id = std::uint64_t;

    // Never 0. Fails while it is being shut down.
    [[nodiscard]] result<id> schedule(std::int64_t t_mono_ns, std::function<void()> function);
    // True if it will not run. With `wait` a running one has ended when this returns, unless we are
    // it.
    bool unschedule(id which, bool wait = false);
    // Drops what was scheduled, then ends.
    [[nodiscard]] bool shutdown(std::int64_t deadline);

private:
    void work();
    [[nodiscard]] outcome ensure_thread();

    std::mutex mutex_;
    std::condition_variable wake_;
    std::condition_variable idle_;
    std::map<std::pair<std::int64_t, id>, std::function<void()>> by_time_;
    std::map<id, std::int64_t> time_of_;
    id last_ = 0;
    id running_ = 0;
    std::thread::id thread_{};
    bool working_ = false; // there is a thread, and it will look at `by_time_` again
    bool stopping_ = false;
    crew crew_{"ald-timer"};
};

// Closes objects whose last handle is gone, in that order.
class reaper {
public:
    void reap(ref<const object> last) noexcept;
    // Closes what was handed over, and what that hands over itself, then ends. What other threads
    // hand over in the meantime is closed afterwards: they could go on for ever.
    [[nodiscard]] bool shutdown(std::int64_t deadline);

private:
    void work();
    [[nodiscard]] bool ensure_thread() noexcept;

    std::mutex mutex_;
    std::condition_variable wake_;
    std::condition_variable room_;
    const object *first_ = nullptr;
    const object *last_ = nullptr;
    std::size_t listed_ = 0;
    const object *stop_after_ = nullptr; // the last one that a shutdown waits for
    bool working_ = false;               // there is a thread, and it will look at the list again
    bool stopping_ = false;
    crew crew_{"ald-reaper"};
};

class runtime {
public:
    [[nodiscard]] static runtime &instance() noexcept;

    // True in a process that was forked from the one that used the library: its threads are gone
    // and its locks may be held for ever.
    [[nodiscard]] static bool forked() noexcept { return forked_.load(std::memory_order_relaxed); }

    [[nodiscard]] worker_pool &workers() noexcept { return workers_; }
    [[nodiscard]] timer &timers() noexcept { return timers_; }
    void reap(ref<const object> last) noexcept { reaper_.reap(std::move(last)); }

    [[nodiscard]] outcome shutdown(std::int64_t deadline);

private:
    template <class T> friend T &immortal() noexcept;
    runtime() noexcept;

    void close_everything();
    [[nodiscard]] const char *end_threads(std::int64_t deadline);

    static inline std::atomic<bool> forked_{false};
    std::mutex shutdown_mutex_;
    std::condition_variable shutdown_ended_;
    bool shutting_down_ = false;
    worker_pool closers_{"ald-closer", 8};
    worker_pool workers_{"ald-worker", 64};
    timer timers_;
    reaper reaper_;
};

} // namespace alidade
