#include "device/follow.hpp"

#include "base/runtime.hpp"

namespace alidade {

namespace {

// Runs on the timer, where nothing may be thrown.
void time_out(op &waiting, const std::string &what) noexcept {
    try {
        waiting.finish(
            fail(ALD_E_TIMEOUT, "device", "{} had not ended at the timeout; it goes on", what));
    } catch (...) { // no memory to say it in words
        waiting.finish(failure(out_of_memory()));
    }
}

} // namespace

result<ref<op>> follow(const ref<op> &other, std::int64_t deadline, std::string what) {
    auto waiting = make<op>();
    // A control lives no longer than its operation.
    waiting->set_control([self = waiting.get(), what](op::ask asked) {
        if (asked == op::ask::cancel) {
            self->finish(
                fail(ALD_E_CANCELLED, "device", "waiting for {} was cancelled; it goes on", what));
        }
    });
    timer::id armed = 0;
    if (deadline != never) {
        auto timed = runtime::instance().timers().schedule(
            deadline, [waiting, what = std::move(what)] { time_out(*waiting, what); });
        if (!timed) {
            return failure(std::move(timed.error()));
        }
        armed = *timed;
    }
    other->on_end([waiting, armed](const op &o) {
        if (armed != 0) {
            runtime::instance().timers().unschedule(armed);
        }
        waiting->finish(o.result_of());
    });
    return waiting;
}

} // namespace alidade
