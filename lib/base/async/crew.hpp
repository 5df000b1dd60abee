// Threads of the library that end together.
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

// A group of threads that can be waited for with a deadline.
class crew {
public:
    explicit crew(const char *name) : name_(name) {}
    crew(const crew &) = delete;
    crew &operator=(const crew &) = delete;
    // Lets go of threads that are still on their way out: a thread that nobody joins must not end
    // the process. What their bodies use is kept alive by whoever started them.
    ~crew();

    // Starts one more thread; fails where the system has none left. The body must not throw.
    [[nodiscard]] outcome start(std::function<void()> body);
    // Waits until all have returned from their bodies, then joins them.
    [[nodiscard]] bool join(std::int64_t deadline);

private:
    // Of the threads too: the last one may be about to leave it when the crew goes.
    struct roll {
        std::mutex mutex;
        std::condition_variable ended;
        std::size_t running = 0;
    };

    const char *name_;
    std::shared_ptr<roll> roll_ = std::make_shared<roll>();
    std::vector<std::thread> threads_;
};

// Refuses new work from outside, which would keep a shutdown from ever coming to an end.
[[nodiscard]] failure shutting_down();

} // namespace alidade
