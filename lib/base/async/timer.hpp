// A thread for short functions that have a time.
#pragma once

#include "base/async/thread_group.hpp"

#include <map>

namespace alidade {

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
    // Next wake-up that the thread has set itself. Deadlines come and go with every request, and
    // most are later than one that it waits for already: it is not woken for those.
    std::int64_t looks_again_ = never;
    bool working_ = false; // there is a thread, and it will look at `by_time_` again
    bool stopping_ = false;
    thread_group threads_{"ald-timer"};
};

} // namespace alidade
