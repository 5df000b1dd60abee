// Threads for tasks that may block.
#pragma once

#include "base/async/thread_group.hpp"

#include <list>

namespace alidade {

// Runs tasks that may block. It grows while all workers are busy, up to a limit.
//
// Whoever takes a task calls another worker for what is left, and one call is under way at a time:
// short tasks are done by a few workers, one after the other, and long ones hold nobody up.
class worker_pool {
public:
    worker_pool(const char *name, std::size_t most_workers) noexcept
        : most_(most_workers), threads_(name) {}

    // The task must not throw. Fails if there is no thread for it and none can be made, and while
    // the pool is being shut down, unless one of our own threads or callbacks asks.
    [[nodiscard]] outcome submit(std::function<void()> task);
    // Runs what was submitted, then ends.
    [[nodiscard]] bool shutdown(std::int64_t deadline);

private:
    using task_list = std::list<std::function<void()>>;

    void work();
    // Calls a worker, with the mutex held: makes one, or gives true, and `wake_` wakes one when the
    // mutex is free. Where all that there may be are busy, they come to it by themselves.
    [[nodiscard]] result<bool> call();
    [[nodiscard]] bool call_if_possible() noexcept;

    const std::size_t most_;
    std::mutex mutex_;
    std::condition_variable wake_;
    task_list tasks_;
    std::size_t workers_ = 0; // that will look for a task again
    std::size_t idle_ = 0;    // those of them that wait for one
    bool called_ = false;     // one of them was called and has not looked yet
    bool stopping_ = false;
    thread_group threads_;
};

} // namespace alidade
