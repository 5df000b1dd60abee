#include "device/stream.hpp"

#include "base/async/work.hpp"
#include "base/value/view.hpp"

#include <algorithm>

namespace alidade {

namespace {

// What the frames of one stream may need in all: those that wait and those that are leased.
constexpr std::size_t most_pool_bytes = std::size_t{1} << 30;

} // namespace

outcome stream::configure(const ald_view &frame) {
    const auto shape = shape_of(frame);
    auto packed = c_view(nullptr, frame.dtype, shape);
    if (!packed) {
        return failure(std::move(packed.error()));
    }
    const std::size_t bytes = packed_size(*packed);
    if (bytes == 0 || !is_c_contiguous(frame)) {
        return fail({.code = ALD_E_INVALID, .domain = "stream", .where = path_},
                    "a frame of '{}' must have pixels, one row after the other without gaps",
                    path_);
    }
    std::shared_ptr<frame_pool> retired; // its free slots go without our lock
    const std::scoped_lock lock(mutex_);
    if (ended_ == ALD_E_CLOSED) {
        return ended(ended_);
    }
    if (taken_ != 0) {
        return fail({.code = ALD_E_BUSY, .domain = "stream", .where = path_},
                    "{} frames of '{}' are being filled; publish or drop them first", taken_,
                    path_);
    }
    if (!pool_ || pool_->frame_bytes() != bytes) {
        auto fresh = frame_pool::make(bytes, most_pool_bytes, [weak = weak_from_this()] {
            if (const auto self = weak.lock()) {
                const std::scoped_lock woken(self->mutex_);
                self->producers_.wake_all();
            }
        });
        retired = std::exchange(pool_, std::move(fresh));
    }
    view_ = *packed;
    view_.flags = ALD_VIEW_READONLY;
    ended_ = ALD_OK;
    return {};
}

failure stream::ended(ald_status why) const {
    if (why == ALD_E_STATE) {
        return fail({.code = ALD_E_STATE, .domain = "emergency_stop", .where = path_},
                    "no frame of '{}' comes: an emergency stop holds and has disarmed it; when it "
                    "is safe to go on, reset_stop of the lab ends it",
                    path_);
    }
    if (why == ALD_E_CLOSED) {
        return fail(ALD_E_CLOSED, "stream", "'{}' is closed; no more frames come", path_);
    }
    return fail({.code = ALD_E_DISCONNECTED, .domain = "stream", .where = path_},
                "'{}' is gone; connect it and open it again", path_);
}

bool stream::held_back() const noexcept {
    return std::any_of(consumers_.begin(), consumers_.end(), [this](const ref<consumer> &c) {
        return c->options_.policy == ALD_POLICY_LOSSLESS &&
               static_cast<std::int64_t>(c->waiting_.size()) + taken_ >= c->options_.capacity;
    });
}

// The oldest frame of whoever has most and may lose some: a slow consumer loses by its own policy
// before others lose for want of memory.
bool stream::make_room(aftermath &after) {
    consumer *most = nullptr;
    for (const ref<consumer> &c : consumers_) {
        if (c->options_.policy != ALD_POLICY_LOSSLESS && !c->waiting_.empty() &&
            (most == nullptr || c->waiting_.size() > most->waiting_.size())) {
            most = c.get();
        }
    }
    if (most != nullptr) {
        most->drop_oldest(after);
    }
    return most != nullptr;
}

ref<frame_slot> stream::take_locked(aftermath &after) {
    ref<frame_slot> slot = pool_->take();
    // What is dropped here comes back when the lock has been given back, and wakes us.
    if (!slot && after.dropped.empty()) {
        (void)make_room(after);
    }
    return slot;
}

result<ref<frame_slot>> stream::take(std::int64_t deadline) {
    enum class end { slot, ended, unconfigured, room };
    const bool may_wait = deadline > mono_ns();
    for (;;) {
        end how = end::room;
        ald_status why = ALD_OK;
        bool by_consumer = false;
        ref<frame_slot> slot;
        aftermath after;
        const wait_end waited = wait_for(mutex_, producers_, deadline, nullptr, [&] {
            why = ended_;
            by_consumer = held_back();
            if (why != ALD_OK || !pool_) {
                how = why != ALD_OK ? end::ended : end::unconfigured;
                return true;
            }
            if (by_consumer) {
                return false;
            }
            slot = take_locked(after);
            if (slot) {
                how = end::slot;
                ++taken_;
            }
            return slot || !after.dropped.empty();
        });
        if (waited == wait_end::timeout) {
            return fail(may_wait ? ALD_E_TIMEOUT : ALD_E_WOULD_BLOCK, "stream",
                        "there is no room for a frame of '{}': {}", path_,
                        by_consumer ? "a lossless consumer has to catch up"
                                    : "all memory for frames is in use; give frames back sooner");
        }
        switch (how) {
        case end::slot: return slot;
        case end::ended: return ended(why);
        case end::unconfigured:
            return fail({.code = ALD_E_STATE, .domain = "stream", .where = path_},
                        "the driver of '{}' has not said yet how large its frames are", path_);
        case end::room: break; // once more, with what was dropped back in the pool
        }
    }
}

void stream::publish(ref<frame_slot> slot, const ald_frame &record) {
    aftermath after;
    frame_entry e{std::move(slot), {}, record};
    {
        const std::scoped_lock lock(mutex_);
        --taken_;
        e.view = view_;
        e.view.data = e.slot->data();
        e.record.struct_size = sizeof(ald_frame);
        e.record.seq = next_seq_++;
        for (const ref<consumer> &c : consumers_) {
            c->offer(e, after);
        }
    }
    after.carry_out();
}

void stream::drop(ref<frame_slot> slot) {
    {
        const std::scoped_lock lock(mutex_);
        --taken_;
        producers_.wake_all();
    }
    slot = nullptr;
}

void stream::lost(std::int64_t count) {
    const std::scoped_lock lock(mutex_);
    next_seq_ += count;
    for (const ref<consumer> &c : consumers_) {
        c->lost_ += count;
        c->lost_at_source_ += count;
    }
}

void stream::end(ald_status why) noexcept {
    {
        const std::scoped_lock lock(mutex_);
        if (ended_ == ALD_E_CLOSED) {
            return;
        }
        ended_ = why;
        producers_.wake_all();
        for (const ref<consumer> &c : consumers_) {
            c->readers_.wake_all();
        }
    }
    end_waiting(why);
    if (why == ALD_E_CLOSED) {
        std::vector<ref<consumer>> left; // they keep us alive, so we let them go
        const std::scoped_lock lock(mutex_);
        left.swap(consumers_);
    }
}

void stream::wake_held_down() noexcept {
    {
        const std::scoped_lock lock(mutex_);
        for (const ref<consumer> &c : consumers_) {
            c->readers_.wake_all();
        }
    }
    end_waiting(ALD_E_STATE);
}

// One after the other: that needs no memory.
void stream::end_waiting(ald_status why) noexcept {
    while (const ref<op> waiting = next_waiting()) {
        try {
            waiting->finish(ended(why));
        } catch (...) { // no memory to say it in words
            waiting->finish(failure(out_of_memory()));
        }
    }
}

ref<op> stream::next_waiting() noexcept {
    const std::scoped_lock lock(mutex_);
    for (const ref<consumer> &c : consumers_) {
        if (!c->waiting_ops_.empty()) {
            ref<op> waiting = std::move(c->waiting_ops_.back());
            c->waiting_ops_.pop_back();
            return waiting;
        }
    }
    return nullptr;
}

bool stream::describe(ald_view &frame) const {
    const std::scoped_lock lock(mutex_);
    frame = view_;
    return static_cast<bool>(pool_);
}

void stream::aftermath::carry_out() const {
    for (const ref<op> &o : ready) {
        o->finish(value());
    }
    for (const ref<consumer> &c : to_deliver) {
        c->deliver_soon();
    }
}

} // namespace alidade
