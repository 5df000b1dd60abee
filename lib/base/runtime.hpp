// The one global: worker pools, timer, watch over lines, simulator, reaper. Made at first use,
// never destroyed; its threads start when they are needed and end in `shutdown`, after which they
// may start anew.
#pragma once

#include "base/async/hangups.hpp"
#include "base/async/reactor.hpp"
#include "base/async/reaper.hpp"
#include "base/async/timer.hpp"
#include "base/async/work_list.hpp"
#include "base/async/worker_pool.hpp"
#include "base/held_objects.hpp"

namespace alidade {

class runtime {
public:
    [[nodiscard]] static runtime &instance() noexcept;

    // True in a process that was forked from the one that used the library: its threads are gone
    // and its locks may be held for ever.
    [[nodiscard]] static bool forked() noexcept { return forked_.load(std::memory_order_relaxed); }

    [[nodiscard]] worker_pool &workers() noexcept { return workers_; }
    // For stops alone: they wait behind nothing that may take long.
    [[nodiscard]] worker_pool &stoppers() noexcept { return stoppers_; }
    [[nodiscard]] timer &timers() noexcept { return timers_; }
    [[nodiscard]] hangups &lines() noexcept { return lines_; }
    [[nodiscard]] reactor &simulations() noexcept { return simulations_; }
    [[nodiscard]] held_objects &held() noexcept { return held_; }
    [[nodiscard]] work_list &works() noexcept { return works_; }
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
    held_objects held_;
    work_list works_;
    worker_pool closers_{"ald-closer", 8};
    worker_pool workers_{"ald-worker", 64};
    worker_pool stoppers_{"ald-stop", 64};
    timer timers_;
    hangups lines_;
    reactor simulations_{"ald-simulator"};
    reaper reaper_;
};

} // namespace alidade
