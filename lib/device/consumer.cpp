// Those who want the frames of a stream.
#include "base/log.hpp"
#include "base/runtime.hpp"
#include "device/capabilities/frame_producer.hpp"
#include "device/capabilities/triggerable.hpp"
#include "device/device.hpp"
#include "device/lab.hpp"
#include "device/stream.hpp"

#include <algorithm>

namespace alidade {

namespace {

// A live camera as a source of arrays. It ends with its consumer.
class stream_source final : public source {
public:
    stream_source(ref<consumer> from, std::shared_ptr<const stream> of)
        : from_(std::move(from)), stream_(std::move(of)) {}

    [[nodiscard]] ald_source_info describe() const override {
        ald_source_info info = unknown_source();
        info.flags = ALD_SOURCE_LIVE;
        ald_view frame{};
        if (stream_->describe(frame)) {
            info.dtype = frame.dtype;
            info.ndim = frame.ndim;
            std::copy_n(frame.shape, frame.ndim, info.shape);
        }
        return info;
    }

    [[nodiscard]] const object *parent() const noexcept override { return from_.get(); }

private:
    [[nodiscard]] result<source_item> read_next(const cancel_source &cancel) override {
        source_item item;
        return from_
            ->next(never, &cancel,
                   [&item](const leased_frame &frame) {
                       item = {frame.data, frame.record.seq, frame.record.t_mono_ns,
                               frame.record.t_wall_ns};
                       return outcome();
                   })
            .map([&item] { return std::move(item); });
    }

    [[nodiscard]] result<source_item> read_at(std::int64_t, const cancel_source &) override {
        return fail(ALD_E_UNSUPPORTED, "source", "a live stream has no items by number");
    }

    const ref<consumer> from_;
    const std::shared_ptr<const stream> stream_;
};

} // namespace

outcome consumer::check(const options &wanted) {
    if (wanted.policy < ALD_POLICY_LATEST || wanted.policy > ALD_POLICY_LOSSLESS) {
        return fail(ALD_E_INVALID, "stream", "policy is {}; expected ALD_POLICY_<X>",
                    wanted.policy);
    }
    if (wanted.capacity < 1 || wanted.lease_cap < 1) {
        return fail(ALD_E_INVALID, "stream",
                    "capacity is {}, lease_cap is {}; expected 1 or more of both", wanted.capacity,
                    wanted.lease_cap);
    }
    return {};
}

consumer::consumer(ref<device> of, std::shared_ptr<stream> from, const options &wanted,
                   callback deliver)
    : object(ALD_KIND_CONSUMER), device_(std::move(of)),
      triggerable_(device_->can(capabilities::triggerable::record.name, 1)),
      stream_(std::move(from)), options_(wanted), deliver_(std::move(deliver)) {}

result<ref<consumer>> consumer::open(const ref<device> &of, const options &wanted,
                                     callback deliver) {
    if (auto valid = check(wanted); !valid) {
        return failure(std::move(valid.error()));
    }
    auto from = capabilities::frame_producer::frames(*of);
    if (!from) {
        return failure(std::move(from.error()));
    }
    const auto made = make<consumer>(of, *from, wanted, std::move(deliver));
    stream &s = **from;
    const std::scoped_lock lock(s.mutex_);
    if (s.ended_ == ALD_E_CLOSED) {
        made->closed_ = true;
        return s.ended(ALD_E_CLOSED);
    }
    made->expected_ = s.next_seq_;
    s.consumers_.push_back(made);
    return made;
}

const object *consumer::parent() const noexcept { return device_.get(); }

bool consumer::closable() const noexcept {
    const std::scoped_lock lock(stream_->mutex_);
    return !closed_;
}

void consumer::close() noexcept {
    std::deque<frame_entry> dropped;
    std::vector<ref<op>> waiting;
    callback finished;
    {
        std::unique_lock lock(stream_->mutex_);
        if (!closed_) {
            closed_ = true;
            // The caller has us too.
            std::erase_if(stream_->consumers_,
                          [this](const ref<consumer> &c) { return c.get() == this; });
            dropped.swap(waiting_);
            waiting.swap(waiting_ops_);
            readers_.wake_all();
            stream_->producers_.wake_all();
        }
        // A running callback is waited for, but not by itself.
        if (deliverer_ != std::this_thread::get_id()) {
            delivered_.wait(lock, [this] { return deliverer_ == std::thread::id(); });
            finished.swap(deliver_);
        }
    }
    for (const ref<op> &o : waiting) {
        end_wait(*o, ALD_E_CLOSED);
    }
}

failure consumer::refusal(ald_status why) const {
    switch (why) {
    case ALD_E_LIMIT:
        return fail({.code = ALD_E_LIMIT, .domain = "stream", .where = stream_->path()},
                    "this consumer has {} frames of '{}' in use; let some go or "
                    "open it with a greater lease_cap",
                    options_.lease_cap, stream_->path());
    case ALD_E_CANCELLED:
        return fail(ALD_E_CANCELLED, "stream",
                    "waiting for a frame of '{}' was cancelled; none is lost", stream_->path());
    case ALD_E_TIMEOUT:
        return fail(ALD_E_TIMEOUT, "stream",
                    "no frame of '{}' came before the timeout; is the camera armed and triggered?",
                    stream_->path());
    case ALD_E_CLOSED: {
        const std::scoped_lock lock(stream_->mutex_);
        if (closed_) {
            return fail(ALD_E_CLOSED, "stream", "the consumer of '{}' is closed", stream_->path());
        }
        return stream_->ended(ALD_E_CLOSED);
    }
    default: return stream_->ended(why);
    }
}

void consumer::drop_oldest(stream::aftermath &after) {
    after.dropped.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
    ++lost_;
}

void consumer::offer(const frame_entry &e, stream::aftermath &after) noexcept try {
    const bool may_replace =
        options_.policy == ALD_POLICY_LATEST || options_.policy == ALD_POLICY_DROP_OLDEST;
    const bool no_room = options_.policy == ALD_POLICY_LATEST ? !waiting_.empty() : full();
    if (no_room && options_.policy == ALD_POLICY_DROP_NEWEST) {
        ++lost_;
        return;
    }
    if (no_room && may_replace) {
        drop_oldest(after);
    }
    waiting_.push_back(e);
    readers_.wake_all();
    // All of them: one that is cancelled meanwhile must not have been the only one to know.
    after.ready.insert(after.ready.end(), waiting_ops_.begin(), waiting_ops_.end());
    waiting_ops_.clear();
    if (deliver_ && !delivering_) {
        after.to_deliver.push_back(ref<consumer>::share(this));
        delivering_ = true;
    }
} catch (...) { // no memory: this consumer loses it, and sees that
    ++lost_;
}

ald_status consumer::end_of_frames() const noexcept {
    if (stream_->ended_ != ALD_OK) {
        return stream_->ended_;
    }
    return triggerable_ && device_->owner().latch().holds() ? ald_status{ALD_E_STATE}
                                                            : ald_status{ALD_OK};
}

ald_status consumer::pop(frame_entry &to) noexcept {
    if (closed_) {
        return ALD_E_CLOSED;
    }
    if (waiting_.empty()) {
        const ald_status why = end_of_frames();
        return why != ALD_OK ? why : ald_status{ALD_E_WOULD_BLOCK};
    }
    if (leased_ >= options_.lease_cap) {
        return ALD_E_LIMIT;
    }
    to = std::move(waiting_.front());
    waiting_.pop_front();
    if (!to.gap_counted) {
        to.record.lost_before = to.record.seq - expected_;
        to.gap_counted = true;
        expected_ = to.record.seq + 1;
    }
    ++received_;
    ++leased_;
    stream_->producers_.wake_all();
    return ALD_OK;
}

outcome consumer::next(std::int64_t deadline, const cancel_source *cancel, const taker &take) {
    frame_entry e;
    ald_status how = ALD_OK;
    switch (wait_for(stream_->mutex_, readers_, deadline, cancel, [&] {
        how = pop(e);
        return how != ALD_E_WOULD_BLOCK;
    })) {
    case wait_end::timeout: return refusal(ALD_E_TIMEOUT);
    case wait_end::cancelled: return refusal(ALD_E_CANCELLED);
    default: return how == ALD_OK ? show(e, take) : outcome(refusal(how));
    }
}

// The frame is leased as long as its buffer lives.
outcome consumer::show(const frame_entry &e, const taker &take) try {
    leased_frame frame;
    frame.record = e.record;
    frame.data.view = e.view;
    struct lease {
        lease(ref<consumer> c, ref<frame_slot> s) : whose(std::move(c)), slot(std::move(s)) {}
        lease(const lease &) = delete;
        lease &operator=(const lease &) = delete;
        ~lease() {
            slot = nullptr;
            whose->lease_ended();
        }
        ref<consumer> whose;
        ref<frame_slot> slot;
    };
    std::shared_ptr<lease> kept;
    try {
        kept = std::make_shared<lease>(ref<consumer>::share(this), e.slot);
    } catch (...) {
        lease_ended();
        throw;
    }
    frame.data.memory =
        buffer::wrap(e.slot->data(), e.slot->size(), true, [kept = std::move(kept)] {});
    auto taken = take(frame);
    if (!taken) {
        untake(e);
    }
    return taken;
} catch (...) {
    untake(e);
    throw;
}

void consumer::untake(frame_entry e) noexcept {
    const std::scoped_lock lock(stream_->mutex_);
    --received_;
    if (closed_) {
        return;
    }
    try {
        waiting_.push_front(std::move(e));
    } catch (...) { // no memory
        ++lost_;
    }
}

void consumer::lease_ended() noexcept {
    bool deliver = false;
    {
        const std::scoped_lock lock(stream_->mutex_);
        --leased_;
        deliver = deliver_ && !delivering_ && !closed_ && !waiting_.empty();
        delivering_ = delivering_ || deliver;
    }
    if (deliver) {
        deliver_soon();
    }
}

void consumer::end_wait(op &o, ald_status why) noexcept {
    try {
        o.finish(refusal(why));
    } catch (...) { // no memory to say it in words
        o.finish(failure(out_of_memory()));
    }
}

outcome consumer::start_wait(const ref<op> &o, std::int64_t deadline) {
    const auto forget = [self = ref<consumer>::share(this), waiting = o.get()](ald_status why) {
        {
            const std::scoped_lock lock(self->stream_->mutex_);
            auto &all = self->waiting_ops_;
            const auto it = std::find_if(all.begin(), all.end(),
                                         [&](const ref<op> &w) { return w.get() == waiting; });
            if (it == all.end()) {
                return; // it ends already
            }
            all.erase(it); // the caller holds it too
        }
        self->end_wait(*waiting, why);
    };
    ald_status how = ALD_OK;
    {
        const std::scoped_lock lock(stream_->mutex_);
        how = closed_             ? ald_status{ALD_E_CLOSED}
              : !waiting_.empty() ? ald_status{ALD_OK}
                                  : end_of_frames();
        if (how == ALD_OK && waiting_.empty()) {
            how = ALD_E_WOULD_BLOCK;
            waiting_ops_.push_back(o);
        }
    }
    if (how == ALD_OK) {
        o->finish(value());
        return {};
    }
    if (how != ALD_E_WOULD_BLOCK) {
        return refusal(how);
    }
    o->begin();
    // A control lives no longer than its operation.
    o->set_control([forget](op::ask asked) {
        if (asked == op::ask::cancel) {
            forget(ALD_E_CANCELLED);
        }
    });
    if (deadline == never) {
        return {};
    }
    const auto armed = runtime::instance().timers().schedule(
        deadline, [forget, keep = o] { forget(ALD_E_TIMEOUT); });
    if (!armed) {
        forget(ALD_E_CANCELLED);
        return failure(armed.error());
    }
    o->on_end([timer = *armed](const op &) { runtime::instance().timers().unschedule(timer); });
    return {};
}

consumer::counters consumer::stats() const {
    const std::scoped_lock lock(stream_->mutex_);
    return {received_, lost_, lost_at_source_, static_cast<std::int64_t>(waiting_.size()), leased_};
}

ref<source> consumer::as_source() {
    return make<stream_source>(ref<consumer>::share(this), stream_);
}

void consumer::deliver_soon() noexcept {
    bool handed = false;
    try {
        handed = runtime::instance()
                     .workers()
                     .submit([self = ref<consumer>::share(this)] { self->deliver_all(); })
                     .has_value();
    } catch (...) { // no memory for a task
    }
    if (!handed) {
        log::write(
            ALD_LOG_ERROR, "stream",
            "there is neither thread nor memory to deliver frames; the next one tries again");
        const std::scoped_lock lock(stream_->mutex_);
        delivering_ = false;
    }
}

void consumer::deliver_all() noexcept {
    bool goes_on = true;
    while (goes_on) {
        frame_entry e;
        {
            const std::scoped_lock lock(stream_->mutex_);
            goes_on = pop(e) == ALD_OK;
            delivering_ = goes_on;
            deliverer_ = goes_on ? std::this_thread::get_id() : std::thread::id();
        }
        if (!goes_on) {
            break;
        }
        bool wants_more = true;
        try {
            wants_more = show(e,
                              [&](const leased_frame &frame) {
                                  wants_more = deliver_(*this, frame);
                                  return outcome();
                              })
                             .has_value() &&
                         wants_more;
        } catch (...) { // no memory: the frame comes again with the next one
            const std::scoped_lock lock(stream_->mutex_);
            delivering_ = false;
            goes_on = false;
        }
        if (!wants_more) {
            close();
        }
        callback finished;
        const std::scoped_lock lock(stream_->mutex_);
        deliverer_ = {};
        if (closed_) {
            finished.swap(deliver_);
        }
        delivered_.notify_all();
    }
}

} // namespace alidade
