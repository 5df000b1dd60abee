#include "device/stop_latch.hpp"

#include <algorithm>

namespace alidade {

namespace {

constexpr std::string_view domain = "emergency_stop";

} // namespace

void attached_cancels::add(ref<cancel_source> c) {
    const std::scoped_lock lock(mutex_);
    if (std::find(all_.begin(), all_.end(), c) == all_.end()) {
        all_.push_back(std::move(c));
    }
}

outcome attached_cancels::remove(const cancel_source &c) {
    ref<cancel_source> dropped; // let go after the lock
    const std::scoped_lock lock(mutex_);
    const auto it = std::find_if(all_.begin(), all_.end(),
                                 [&](const ref<cancel_source> &a) { return a.get() == &c; });
    if (it == all_.end()) {
        return fail(ALD_E_NOT_FOUND, "device", "the cancel is not attached here");
    }
    dropped = std::move(*it);
    all_.erase(it);
    return {};
}

void attached_cancels::trigger(ald_cancel_reason why) noexcept {
    const std::scoped_lock lock(mutex_);
    for (const ref<cancel_source> &c : all_) {
        c->trigger(why);
    }
}

bool stop_latch::latch() noexcept {
    const bool fresh = !holds_.exchange(true, std::memory_order_seq_cst);
    cancels_.trigger(ALD_CANCEL_EMERGENCY_STOP);
    return fresh;
}

void stop_latch::attach(const ref<cancel_source> &c) {
    cancels_.add(c);
    // After that: an emergency stop in between triggers it twice rather than never.
    if (holds()) {
        c->trigger(ALD_CANCEL_EMERGENCY_STOP);
    }
}

outcome stop_latch::check(std::string_view path, std::string_view what) const {
    if (!holds()) {
        return {};
    }
    return fail({.code = ALD_E_STATE,
                 .domain = std::string(domain),
                 .where = fmt::format("{}: {}", path, what)},
                "'{}' of '{}' is refused: an emergency stop holds; when it is safe to go on, "
                "reset_stop of the lab ends it",
                what, path);
}

bool is_held_down(const error &why) noexcept {
    return why.code() == ALD_E_STATE && why.detail().domain == domain;
}

} // namespace alidade
