#include "support/delay.hpp"

namespace drivers {

void delay::keep(ald_request *request, double seconds) {
    if (const ald_status begun = begin(request, seconds); begun != ALD_OK) {
        host_.complete(request, begun, nullptr, nullptr);
    }
}

ald_status delay::begin(ald_request *request, double seconds) {
    const std::scoped_lock lock(mutex_);
    const ald_status begun = host_.schedule(
        node_, host_.mono_ns() + static_cast<std::int64_t>(seconds * 1e9),
        [](void *self) { static_cast<delay *>(self)->answer_kept(); }, this, &timer_, nullptr);
    if (begun != ALD_OK) {
        return begun;
    }
    if (host_.is_cancelled(request) != 0) { // a cancel may have come before the request was known
        (void)host_.unschedule(node_, timer_);
        return ALD_E_CANCELLED;
    }
    kept_ = request;
    return ALD_OK;
}

void delay::answer_kept() {
    ald_request *request = nullptr;
    {
        const std::scoped_lock lock(mutex_);
        request = std::exchange(kept_, nullptr);
    }
    if (request != nullptr) {
        answer_(request);
    }
}

void delay::cancel(ald_request *request) {
    {
        const std::scoped_lock lock(mutex_);
        if (kept_ == nullptr || kept_ != request) {
            return;
        }
        kept_ = nullptr;
        (void)host_.unschedule(node_, timer_); // or it would answer the next one too early
    }
    host_.complete(request, ALD_E_CANCELLED, nullptr, nullptr);
}

} // namespace drivers
