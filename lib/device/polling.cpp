// Looking after an instrument at times that its driver names, in turn with all else.
#include "device/device.hpp"

#include "base/log.hpp"

namespace alidade {

outcome device::poll_at(std::int64_t t_mono_ns) {
    if (!root_->engine_->kind.blocking()) {
        return fail({.code = ALD_E_UNSUPPORTED, .domain = "device", .where = path_},
                    "poll_at is for blocking drivers; the one of '{}' has `schedule`", path_);
    }
    const std::uint64_t opening = opening_number();
    timer::id replaced = 0;
    std::uint64_t number = 0;
    {
        const std::scoped_lock lock(mutex_);
        number = ++poll_number_; // one that waits for its turn is dropped when that comes
        replaced = std::exchange(poll_timer_, 0);
    }
    if (replaced != 0) {
        (void)unschedule(replaced);
    }
    const auto armed = schedule(t_mono_ns, [this, number, opening] { poll_now(number, opening); });
    if (!armed) {
        return failure(armed.error());
    }
    const std::scoped_lock lock(mutex_);
    if (poll_number_ == number) {
        poll_timer_ = *armed;
    }
    return {};
}

// A poll for an earlier opening, or one that was replaced, is no longer wanted. Polls are how
// motions come to their ends: they go on while the device is being closed, and where it is gone
// until there is nothing left to end.
bool device::wants_poll(std::uint64_t number) const {
    ald_device_state now{};
    {
        const std::scoped_lock lock(root_->engine_->mutex);
        now = root_->engine_->state;
    }
    const bool open = now == ALD_DEVICE_OPEN || now == ALD_DEVICE_OPENING;
    if (!open && !(now == ALD_DEVICE_DISCONNECTED && requests().works_for(*this))) {
        return false;
    }
    const std::scoped_lock lock(mutex_);
    return poll_number_ == number;
}

void device::poll_now(std::uint64_t number, std::uint64_t opening) {
    {
        const std::scoped_lock lock(mutex_);
        if (poll_number_ != number) {
            return;
        }
        poll_timer_ = 0;
    }
    if (opening_number() != opening) {
        return;
    }
    try {
        const auto handed = submit({.verb = ALD_VERB_POLL, .poll = number}, false);
        if (!handed && handed.error()->code() != ALD_E_CLOSED) {
            log::write(ALD_LOG_ERROR, path_, handed.error()->detail().message);
        }
    } catch (...) {
        log::write(ALD_LOG_ERROR, path_, "the instrument is not looked after for want of memory");
    }
}

} // namespace alidade
