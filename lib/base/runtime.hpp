// The one global: worker pool, timer, reaper. Made at first use, never destroyed; its threads start
// when they are needed and end in `shutdown`, after which they may start anew.
#pragma once

#include "base/wait.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
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

// A group of threads that can be told to end and waited for with a deadline.
class crew {
public:
    explicit crew(const char *name) noexcept : name_(name) {}

    // Starts one more thread; fails where the system has none left.
    [[nodiscard]] outcome start(std::function<void()> body);
    // Waits until all have returned from their bodies, then joins them.
    [[nodiscard]] bool join(std::int64_t deadline);
    [[nodiscard]] std::size_t size() const;

private:
    const char *name_;
    mutable std::mutex mutex_;
    std::condition_variable ended_;
    std::size_t running_ = 0;
    std::vector<std::thread> threads_;
};

// Runs tasks that may block. It grows while all workers are busy, up to a limit.
class worker_pool {
public:
    [[nodiscard]] outcome submit(std::function<void()> task);
    [[nodiscard]] bool shutdown(std::int64_t deadline);

private:
    static constexpr std::size_t most_workers = 64;

    void work();

    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::function<void()>> tasks_;
    std::size_t idle_ = 0;
    bool stopping_ = false;
    crew crew_{"ald-worker"};
};

// Calls short functions at given times, one at a time.
class timer {
public:
    using id = std::uint64_t;

    // Never 0.
    [[nodiscard]] result<id> schedule(std::int64_t t_mono_ns, std::function<void()> function);
    // True if it will not run. With `wait` a running one has ended when this returns, unless we are
    // it.
    bool unschedule(id which, bool wait = false);
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
    bool started_ = false;
    bool stopping_ = false;
    crew crew_{"ald-timer"};
};

// Closes objects whose last handle is gone.
class reaper {
public:
    void reap(ref<const object> last) noexcept;
    [[nodiscard]] bool shutdown(std::int64_t deadline);

private:
    void work();
    static void finish(const object *o) noexcept;

    std::mutex mutex_;
    std::condition_variable wake_;
    const object *list_ = nullptr;
    bool started_ = false;
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

    [[nodiscard]] outcome shutdown(std::int64_t timeout_ns);

private:
    runtime() noexcept;

    static inline std::atomic<bool> forked_{false};
    std::mutex shutdown_mutex_;
    worker_pool workers_;
    timer timers_;
    reaper reaper_;
};

} // namespace alidade
