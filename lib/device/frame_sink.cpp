#include "device/frame_sink.hpp"

#include "base/async/work.hpp"
#include "base/log.hpp"
#include "base/value/view.hpp"
#include "device/frame_stream.hpp"

#include <algorithm>

namespace alidade {

namespace {

// Most memory for the frames of one camera: those that wait and those that are leased.
constexpr std::size_t most_pool_bytes = std::size_t{1} << 30;

} // namespace

outcome frame_sink::configure(const ald_view &form) {
    const auto shape = shape_of(form);
    auto packed = c_view(nullptr, form.dtype, shape);
    if (!packed) {
        return failure(std::move(packed.error()));
    }
    const std::size_t bytes = packed_size(*packed);
    if (bytes == 0 || !is_c_contiguous(form)) {
        return fail({.code = ALD_E_INVALID, .domain = "stream", .where = path_},
                    "a frame of '{}' must have pixels, one row after the other without gaps",
                    path_);
    }
    std::unique_lock lock(mutex_);
    if (ended_ == ALD_E_CLOSED) {
        return ended(ended_);
    }
    if (taken_ != 0) {
        return fail({.code = ALD_E_BUSY, .domain = "stream", .where = path_},
                    "{} frames of '{}' are being filled; publish or drop them first", taken_,
                    path_);
    }
    std::shared_ptr<frame_pool> old;
    if (!pool_ || pool_->frame_bytes() != bytes) {
        auto fresh = frame_pool::make(bytes, most_pool_bytes, [weak = weak_from_this()] {
            if (const auto self = weak.lock()) {
                const std::scoped_lock woken(self->mutex_);
                self->producers_.wake_all();
            }
        });
        old = std::exchange(pool_, std::move(fresh));
    }
    view_ = *packed;
    view_.flags = ALD_VIEW_READONLY;
    ended_ = ALD_OK;
    starved_ = false;
    lock.unlock();
    if (old) {
        old->retire();
    }
    return {};
}

failure frame_sink::ended(ald_status why) const {
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

bool frame_sink::held_back() const noexcept {
    return std::any_of(streams_.begin(), streams_.end(), [this](const ref<frame_stream> &s) {
        return s->options_.policy == ALD_POLICY_LOSSLESS &&
               static_cast<std::int64_t>(s->waiting_.size()) + taken_ >= s->options_.capacity;
    });
}

// Drops the oldest frame of the stream that has most and may lose some: a slow reader loses by its
// own policy before others lose for want of memory.
void frame_sink::make_room(aftermath &after) {
    frame_stream *most = nullptr;
    for (const ref<frame_stream> &s : streams_) {
        if (s->options_.policy != ALD_POLICY_LOSSLESS && !s->waiting_.empty() &&
            (most == nullptr || s->waiting_.size() > most->waiting_.size())) {
            most = s.get();
        }
    }
    if (most != nullptr) {
        most->drop_oldest(after);
    }
}

ref<frame_slot> frame_sink::take_locked(aftermath &after) {
    ref<frame_slot> slot = pool_->take();
    // Slots that are dropped here come back when the lock has been given back, which wakes us.
    if (!slot && after.dropped.empty()) {
        make_room(after);
    }
    return slot;
}

failure frame_sink::no_memory() const {
    const std::size_t bytes = [&] {
        const std::scoped_lock lock(mutex_);
        return pool_ ? pool_->frame_bytes() : 0;
    }();
    return fail({.code = ALD_E_NO_MEMORY, .domain = "stream", .where = path_},
                "there is no memory for a frame of '{}' of {} bytes, and it is lost; let go of "
                "frames that are kept, make them smaller (roi, binning) or end other programs",
                path_, bytes);
}

void frame_sink::starve() noexcept {
    bool news = false;
    aftermath after;
    {
        const std::scoped_lock lock(mutex_);
        news = !std::exchange(starved_, true);
        for (const ref<frame_stream> &s : streams_) {
            s->starve(next_seq_ + taken_, after);
        }
    }
    after.carry_out();
    if (!news) {
        return;
    }
    try {
        log::write(ALD_LOG_WARNING, "stream", no_memory().value()->detail().message);
    } catch (...) { // no memory to say it in words
        log::write(ALD_LOG_WARNING, "stream", "there is no memory for a frame, and it is lost");
    }
}

result<ref<frame_slot>> frame_sink::take(std::int64_t deadline) try {
    enum class end { slot, ended, unconfigured, room };
    const bool may_wait = deadline > mono_ns();
    for (;;) {
        end how = end::room;
        ald_status why = ALD_OK;
        bool by_stream = false;
        ref<frame_slot> slot;
        aftermath after;
        const wait_end waited = wait_for(mutex_, producers_, deadline, nullptr, [&] {
            why = ended_;
            by_stream = held_back();
            if (why != ALD_OK || !pool_) {
                how = why != ALD_OK ? end::ended : end::unconfigured;
                return true;
            }
            if (by_stream) {
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
                        by_stream ? "a lossless stream has to catch up"
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
} catch (const std::bad_alloc &) {
    starve();
    return no_memory();
}

void frame_sink::publish(ref<frame_slot> slot, const ald_frame_info &info, value metadata) {
    aftermath after;
    {
        const std::scoped_lock lock(mutex_);
        --taken_;
        slot->view = view_;
        slot->view.data = slot->data();
        slot->metadata = std::move(metadata);
        slot->info = info;
        slot->info.seq = next_seq_++;
        slot->info.index = slot->info.seq;
        slot->info.lost_before = 0; // each stream counts its own
        starved_ = false;
        const bool only_spare =
            std::all_of(streams_.begin(), streams_.end(),
                        [](const ref<frame_stream> &s) { return s->options_.spare; });
        for (const ref<frame_stream> &s : streams_) {
            s->offer(slot, only_spare, after);
        }
    }
    slot = nullptr; // those who are woken have it alone
    after.carry_out();
}

void frame_sink::drop(ref<frame_slot> slot) {
    {
        const std::scoped_lock lock(mutex_);
        --taken_;
        producers_.wake_all();
    }
    slot = nullptr;
}

void frame_sink::lost(std::int64_t count) {
    const std::scoped_lock lock(mutex_);
    next_seq_ += count;
    for (const ref<frame_stream> &s : streams_) {
        s->lost_ += count;
        s->lost_at_source_ += count;
    }
}

void frame_sink::end(ald_status why) noexcept {
    {
        const std::scoped_lock lock(mutex_);
        if (ended_ == ALD_E_CLOSED) {
            return;
        }
        ended_ = why;
        producers_.wake_all();
        for (const ref<frame_stream> &s : streams_) {
            s->readers_.wake_all();
        }
    }
    end_waiting(why);
    if (why == ALD_E_CLOSED) {
        std::vector<ref<frame_stream>> left; // they keep us alive, so we let them go
        std::shared_ptr<frame_pool> pool;
        {
            const std::scoped_lock lock(mutex_);
            left.swap(streams_);
            pool = pool_; // it still tells how large frames were
        }
        if (pool) {
            pool->retire();
        }
    }
}

void frame_sink::wake_held_down() noexcept {
    {
        const std::scoped_lock lock(mutex_);
        for (const ref<frame_stream> &s : streams_) {
            s->readers_.wake_all();
        }
    }
    end_waiting(ALD_E_STATE);
}

// Ends the waiting operations one after the other, which needs no memory.
void frame_sink::end_waiting(ald_status why) noexcept {
    while (const ref<op> waiting = next_waiting()) {
        try {
            waiting->finish(ended(why));
        } catch (...) { // no memory to say it in words
            waiting->finish(failure(out_of_memory()));
        }
    }
}

ref<op> frame_sink::next_waiting() noexcept {
    const std::scoped_lock lock(mutex_);
    for (const ref<frame_stream> &s : streams_) {
        if (!s->waiting_ops_.empty()) {
            ref<op> waiting = std::move(s->waiting_ops_.back());
            s->waiting_ops_.pop_back();
            return waiting;
        }
    }
    return nullptr;
}

std::size_t frame_sink::frames_of_memory() const {
    const std::scoped_lock lock(mutex_);
    return pool_ ? pool_->count() : 0;
}

bool frame_sink::describe(ald_view &form) const {
    const std::scoped_lock lock(mutex_);
    form = view_;
    return static_cast<bool>(pool_);
}

void frame_sink::aftermath::carry_out() const {
    for (const ref<op> &o : ready) {
        o->finish(value());
    }
    for (const ref<frame_stream> &s : to_deliver) {
        s->deliver_soon();
    }
}

} // namespace alidade
