// A thread that notices when lines go away, also while nobody uses them.
#pragma once

#include "base/async/descriptor.hpp"
#include "base/async/thread_group.hpp"

#include <map>
#include <optional>

namespace alidade {

// Calls a function once when the other end of a descriptor has gone. It sleeps in between.
class hangups {
public:
    using id = std::uint64_t;

    // Never 0. The function must not throw; it runs on the watching thread. The descriptor stays
    // open until `forget`. Fails while it is being shut down.
    [[nodiscard]] result<id> watch(int fd, std::function<void()> gone);
    // The function is not called any more; it may be running.
    void forget(id which) noexcept;
    // Calls the function as if the line had hung up.
    void report(id which) noexcept;
    // Drops what is watched, then ends.
    [[nodiscard]] bool shutdown(std::int64_t deadline);

private:
    struct watched {
        int fd;
        bool reported;
        std::function<void()> gone;
    };

    [[nodiscard]] outcome ensure_thread();
    void work();
    void look();
    void fire(std::map<id, watched>::iterator which, std::unique_lock<std::mutex> &lock);

    std::mutex mutex_;
    std::map<id, watched> lines_;
    id last_ = 0;
    descriptor epoll_;
    std::optional<wake_descriptor> wake_;
    bool working_ = false; // there is a thread, and it will look again
    bool stopping_ = false;
    thread_group threads_{"ald-lines"};
};

} // namespace alidade
