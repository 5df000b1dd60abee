#include "base/runtime.hpp"

#include "base/async/own_descriptor.hpp"
#include "base/clock.hpp"
#include "base/immortal.hpp"
#include "base/inside_library.hpp"

#include <pthread.h>

namespace alidade {

namespace {

failure still_running(const char *what) {
    return fail(
        ALD_E_TIMEOUT, "runtime",
        "{} was still running at the end of the timeout; a callback of the application that does "
        "not return is the usual reason",
        what);
}

} // namespace

runtime::runtime() noexcept {
    (void)wall_from_mono(0); // wall time counts from here
    pthread_atfork(nullptr, nullptr, [] {
        forked_.store(true, std::memory_order_relaxed);
        own_descriptor::close_all_in_child();
    });
}

runtime &runtime::instance() noexcept { return immortal<runtime>(); }

// On threads of their own, because a callback of the application may hold up a close: it shall hold
// up neither the other objects nor us.
void runtime::close_everything() {
    for (const ref<const object> &o : held_.all()) {
        if (!o->closable()) {
            continue;
        }
        const auto close = [o] { const_cast<object *>(o.get())->close(); };
        if (!closers_.submit(close)) {
            close(); // no thread can be made
        }
    }
}

// Names what did not end. Tasks give up references, so the reaper comes last.
const char *runtime::end_threads(std::int64_t deadline) {
    const std::pair<const char *, bool> ends[] = {
        {"an object that is being closed", closers_.shutdown(deadline)},
        {"a worker", workers_.shutdown(deadline)},
        {"a stop", stoppers_.shutdown(deadline)},
        {"a timer", timers_.shutdown(deadline)},
        {"the watch over lines", lines_.shutdown(deadline)},
        {"a simulated instrument", simulations_.shutdown(deadline)},
        {"the reaper", reaper_.shutdown(deadline)},
    };
    const auto *stuck =
        std::find_if(std::begin(ends), std::end(ends), [](const auto &end) { return !end.second; });
    return stuck != std::end(ends) ? stuck->first : nullptr;
}

outcome runtime::shutdown(std::int64_t deadline) {
    if (inside_library::now()) {
        return fail(ALD_E_STATE, "runtime",
                    "ald_shutdown was called from one of the library's own threads or callbacks; "
                    "call it from a thread of the application");
    }
    std::unique_lock lock(shutdown_mutex_);
    if (!wait_until(shutdown_ended_, lock, deadline, [this] { return !shutting_down_; })) {
        return still_running("another call of ald_shutdown");
    }
    shutting_down_ = true;
    lock.unlock();
    const struct next_please {
        runtime &shut_down;
        ~next_please() {
            const std::scoped_lock lock(shut_down.shutdown_mutex_);
            shut_down.shutting_down_ = false;
            shut_down.shutdown_ended_.notify_one();
        }
    } on_return{*this};
    close_everything();
    const work_list::ending cancelled(works_);
    const char *stuck = end_threads(deadline);
    return stuck == nullptr ? outcome() : still_running(stuck);
}

} // namespace alidade
