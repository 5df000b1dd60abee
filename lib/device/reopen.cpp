// Opening a device again that has gone away, until it is there or nobody wants it any more.
#include "device/device.hpp"

#include "base/log.hpp"

namespace alidade {

outcome device::set_reopen(std::int64_t interval_ns) {
    if (parent_ != nullptr) {
        return fail({.code = ALD_E_INVALID, .domain = "device", .where = path_},
                    "'{}' is a part of '{}'; that is opened again as a whole", path_, root_->path_);
    }
    constexpr std::int64_t least_ns = 1'000'000;
    if (interval_ns < 0 || (interval_ns > 0 && interval_ns < least_ns)) {
        return fail({.code = ALD_E_RANGE, .domain = "device", .where = path_},
                    "interval_ns is {}; expected {} or more between two attempts, or 0 for none",
                    interval_ns, least_ns);
    }
    {
        const std::scoped_lock lock(engine_->mutex);
        engine_->reopen_ns = interval_ns;
    }
    arm_reopening();
    return {};
}

// Schedules the next attempt, for the root; none unless the device is gone, or if there is one.
void device::arm_reopening() noexcept {
    engine &e = *engine_;
    {
        const std::scoped_lock lock(e.mutex);
        if (e.reopen_ns == 0 || e.closing || e.reopening || e.state != ALD_DEVICE_DISCONNECTED) {
            return;
        }
        e.reopening = true;
    }
    try {
        const auto armed = schedule(mono_ns() + e.reopen_ns.load(), [this] { reopen_now(); });
        if (armed) {
            return;
        }
        log::write(ALD_LOG_ERROR, path_, "not opened again: " + armed.error()->detail().message);
    } catch (...) {
        log::write(ALD_LOG_ERROR, path_, "not opened again for want of memory");
    }
    const std::scoped_lock lock(e.mutex);
    e.reopening = false;
}

// On the timer's thread. A driver that blocks is asked on its own thread.
void device::reopen_now() noexcept {
    {
        const std::scoped_lock lock(engine_->mutex);
        engine_->reopening = false;
        if (engine_->reopen_ns == 0 || engine_->closing ||
            engine_->state != ALD_DEVICE_DISCONNECTED) {
            return;
        }
    }
    try {
        if (start_open(ALD_WAIT_DEFAULT)) {
            return; // its end arms the next attempt
        }
    } catch (...) { // no memory; that may pass
    }
    arm_reopening();
}

} // namespace alidade
