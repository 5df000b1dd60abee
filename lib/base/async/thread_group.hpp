// Threads of the library that are joined together.
#pragma once

#include "base/async/wait.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <thread>

namespace alidade {

// Waits on a condition variable until a time on the monotonic clock.
template <class Ready>
[[nodiscard]] bool wait_until(std::condition_variable &condition,
                              std::unique_lock<std::mutex> &lock, std::int64_t deadline,
                              Ready ready) {
    if (deadline == never) {
        condition.wait(lock, ready);
        return true;
    }
    const auto until = std::chrono::steady_clock::time_point(std::chrono::nanoseconds(deadline));
    return condition.wait_until(lock, until, ready);
}

// Threads that can be joined with a deadline.
class thread_group {
public:
    explicit thread_group(const char *name) : name_(name) {}
    thread_group(const thread_group &) = delete;
    thread_group &operator=(const thread_group &) = delete;
    // Lets go of threads that are still on their way out: a thread that nobody joins must not end
    // the process. What their bodies use is kept alive by whoever started them.
    ~thread_group();

    // Starts one more thread; fails where the system has none left. The body must not throw.
    [[nodiscard]] outcome start(std::function<void()> body);
    // Waits until all have returned from their bodies, then joins them.
    [[nodiscard]] bool join(std::int64_t deadline);

private:
    // Shared with the threads: the last one may still be leaving it when the group is destroyed.
    struct live_count {
        std::mutex mutex;
        std::condition_variable ended;
        std::size_t running = 0;
    };

    const char *name_;
    std::shared_ptr<live_count> alive_ = std::make_shared<live_count>();
    std::vector<std::thread> threads_;
};

// Refuses new work from outside, which would keep a shutdown from ever coming to an end.
[[nodiscard]] failure shutting_down();

} // namespace alidade
