// A thread that waits for descriptors and times at once.
#pragma once

#include "base/async/descriptor.hpp"
#include "base/async/thread_group.hpp"

#include <exception>
#include <functional>
#include <map>
#include <set>
#include <utility>
#include <vector>

namespace alidade {

// Reactor: a thread that waits for descriptors and times, calls their handlers, and runs the tasks
// of others. Nothing that it calls may wait.
class reactor {
public:
    // Event handler: called on the reactor's thread for its descriptors and times.
    class handler {
    public:
        handler() = default;
        handler(const handler &) = delete;
        handler &operator=(const handler &) = delete;
        virtual ~handler() = default;
        // EPOLLIN and so on, of a descriptor that is watched.
        virtual void ready(int fd, std::uint32_t events) noexcept = 0;
        virtual void due(std::int64_t now) noexcept = 0;
    };

    explicit reactor(const char *name) noexcept : threads_(name) {}

    // Runs a task on the thread, which is started where there is none, and waits for its end; what
    // it throws is thrown here. Fails while it is being shut down.
    [[nodiscard]] outcome run(const std::function<void()> &task);
    // The same without starting a thread: where there is none the task runs here.
    void settle(const std::function<void()> &task);

    // Called on the reactor's thread.
    [[nodiscard]] outcome watch(int fd, std::uint32_t events, handler &by);
    void rewatch(int fd, std::uint32_t events) noexcept;
    void unwatch(int fd) noexcept;
    // A later time takes the place of an earlier one; `never` takes it back.
    void wake_at(handler &by, std::int64_t t_mono_ns);

    // Ends. What it looks after has been taken away before, or is looked after no more.
    [[nodiscard]] bool shutdown(std::int64_t deadline);

private:
    struct errand {
        const std::function<void()> *task;
        bool done = false;
        std::exception_ptr thrown{};
        // Each its own: where many wait at one, glibc before 2.41 may wake none of them.
        std::condition_variable ended{};
    };
    struct watched {
        std::uint64_t id;
        handler *by;
    };

    [[nodiscard]] outcome ensure_thread();
    void wait_for(errand &e, std::unique_lock<std::mutex> &lock);
    void work();
    void run_errands();
    void dispatch();
    void call_due();
    void arm();

    std::mutex mutex_;
    std::vector<errand *> errands_;
    std::thread::id thread_{};
    bool working_ = false; // there is a thread, and it will look at `errands_` again
    bool stopping_ = false;
    descriptor epoll_;
    descriptor timer_;
    descriptor wake_;
    thread_group threads_;

    // Used by the reactor's thread alone.
    std::map<int, watched> watched_;
    std::map<std::uint64_t, int> by_id_;
    std::uint64_t last_id_ = 1;
    std::set<std::pair<std::int64_t, handler *>> times_;
    std::map<handler *, std::int64_t> time_of_;
    std::int64_t armed_ = never;
};

} // namespace alidade
