#include "device/subscriptions.hpp"

#include <algorithm>

namespace alidade {

outcome subscriptions::add(ref<queue> to, std::int32_t kind, std::uint64_t tag) {
    if (to->closed()) {
        return fail(ALD_E_CLOSED, "device", "the queue is closed; give an open one");
    }
    if (kind != 0 && *event_name(kind) == '\0') {
        return fail(ALD_E_INVALID, "device",
                    "{} is no kind of event; give 0 for all, ALD_EVENT_<X> or "
                    "what ald_event_register gave",
                    kind);
    }
    const std::scoped_lock lock(mutex_);
    if (closed_) {
        return fail(ALD_E_CLOSED, "device", "whose events are wanted is closed; make it anew");
    }
    subscribers_.push_back({std::move(to), kind, tag});
    return {};
}

outcome subscriptions::remove(const queue &from) {
    const std::scoped_lock lock(mutex_);
    if (std::erase_if(subscribers_, [&](const subscriber &s) { return s.to.get() == &from; }) ==
        0) {
        return fail(ALD_E_NOT_FOUND, "device", "the queue has no subscription here");
    }
    return {};
}

void subscriptions::close() {
    std::vector<subscriber> dropped;
    const std::scoped_lock lock(mutex_);
    closed_ = true;
    dropped.swap(subscribers_);
}

void subscriptions::tell(const event &e) {
    // Queues call wake functions, so our lock is not held while they are told.
    std::vector<subscriber> told;
    {
        const std::scoped_lock lock(mutex_);
        std::erase_if(subscribers_, [](const subscriber &s) { return s.to->closed(); });
        std::copy_if(subscribers_.begin(), subscribers_.end(), std::back_inserter(told),
                     [&](const subscriber &s) { return s.wants(e.record.kind); });
    }
    for (const subscriber &s : told) {
        event copy = e;
        copy.record.tag = s.tag;
        s.to->offer(std::move(copy));
    }
}

bool subscriptions::wanted(std::int32_t kind) const {
    const std::scoped_lock lock(mutex_);
    return std::any_of(subscribers_.begin(), subscribers_.end(),
                       [&](const subscriber &s) { return s.wants(kind); });
}

} // namespace alidade
