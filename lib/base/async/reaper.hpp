// A thread for the ends of objects, which must not hold up whoever lets them go.
#pragma once

#include "base/async/thread_group.hpp"
#include "base/object.hpp"

namespace alidade {

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
    thread_group threads_{"ald-reaper"};
};

} // namespace alidade
