#include "device/frame_stream.hpp"

#include "base/log.hpp"
#include "base/runtime.hpp"
#include "device/capabilities/frame_producer.hpp"
#include "device/capabilities/triggerable.hpp"
#include "device/device.hpp"
#include "device/frame_wait.hpp"
#include "device/lab.hpp"

#include <algorithm>

namespace alidade {

namespace {

// A live camera as a source. It ends with its stream.
class stream_source final : public source {
public:
    stream_source(ref<frame_stream> from, std::shared_ptr<const frame_sink> of)
        : from_(std::move(from)), sink_(std::move(of)) {}

    [[nodiscard]] ald_source_info describe() const override {
        ald_source_info info = unknown_source();
        info.flags = ALD_SOURCE_LIVE;
        ald_view form{};
        if (sink_->describe(form)) {
            info.dtype = form.dtype;
            info.ndim = form.ndim;
            std::copy_n(form.shape, form.ndim, info.shape);
        }
        return info;
    }

    [[nodiscard]] const object *parent() const noexcept override { return from_.get(); }

private:
    [[nodiscard]] result<ref<const frame>> read_next(const cancel_source &cancel) override {
        ref<const frame> next;
        const auto take = [&](const ref<const frame> &given) {
            next = frame::numbered(given, count_);
            return outcome();
        };
        return from_->next(never, &cancel, take).map([&] {
            ++count_;
            return std::move(next);
        });
    }

    [[nodiscard]] result<ref<const frame>> read_at(std::int64_t, const cancel_source &) override {
        return fail(ALD_E_UNSUPPORTED, "source", "a live stream has no frames by number");
    }

    const ref<frame_stream> from_;
    const std::shared_ptr<const frame_sink> sink_;
    std::int64_t count_ = 0;
};

} // namespace

// A frame that counts as in use by its stream until the last reference to it is gone.
class frame_stream::leased_frame final : public frame {
public:
    leased_frame(ref<frame_stream> by, const entry &e) noexcept
        : by_(std::move(by)), slot_(e.slot), lost_before_(e.lost_before) {}
    ~leased_frame() override {
        slot_ = nullptr;
        by_->lease_ended();
    }

    [[nodiscard]] const ald_view &view() const noexcept override { return slot_->view; }
    [[nodiscard]] ald_frame_info info() const noexcept override {
        ald_frame_info info = slot_->info;
        info.lost_before = lost_before_;
        return info;
    }
    [[nodiscard]] value metadata() const override { return slot_->metadata; }

private:
    const ref<frame_stream> by_;
    ref<frame_slot> slot_;
    const std::int64_t lost_before_;
};

outcome frame_stream::check(const options &wanted) {
    if (wanted.policy < ALD_POLICY_LATEST || wanted.policy > ALD_POLICY_LOSSLESS) {
        return fail(ALD_E_INVALID, "stream", "policy is {}; expected ALD_POLICY_<X>",
                    wanted.policy);
    }
    if (wanted.capacity < 1 || wanted.lease_cap < 1) {
        return fail(ALD_E_INVALID, "stream",
                    "capacity is {}, lease_cap is {}; expected 1 or more of both", wanted.capacity,
                    wanted.lease_cap);
    }
    if (wanted.spare && wanted.policy == ALD_POLICY_LOSSLESS) {
        return fail(ALD_E_INVALID, "stream",
                    "a lossless stream keeps all frames; it cannot have ALD_FRAME_STREAM_SPARE");
    }
    return {};
}

frame_stream::frame_stream(ref<device> of, std::shared_ptr<frame_sink> from, const options &wanted,
                           callback deliver)
    : object(ALD_KIND_FRAME_STREAM), device_(std::move(of)),
      triggerable_(device_->can(capabilities::triggerable::record.name, 1)), sink_(std::move(from)),
      options_(wanted), deliver_(std::move(deliver)) {}

result<ref<frame_stream>> frame_stream::open(const ref<device> &of, const options &wanted,
                                             callback deliver) {
    if (auto valid = check(wanted); !valid) {
        return failure(std::move(valid.error()));
    }
    auto from = capabilities::frame_producer::frames(*of);
    if (!from) {
        return failure(std::move(from.error()));
    }
    const auto made = make<frame_stream>(of, *from, wanted, std::move(deliver));
    frame_sink &s = **from;
    const std::scoped_lock lock(s.mutex_);
    if (s.ended_ == ALD_E_CLOSED) {
        made->closed_ = true;
        return s.ended(ALD_E_CLOSED);
    }
    made->expected_ = s.next_seq_;
    s.streams_.push_back(made);
    return made;
}

const object *frame_stream::parent() const noexcept { return device_.get(); }

bool frame_stream::closable() const noexcept {
    const std::scoped_lock lock(sink_->mutex_);
    return !closed_;
}

void frame_stream::close() noexcept {
    std::deque<entry> dropped;
    std::vector<ref<op>> waiting;
    callback finished;
    {
        std::unique_lock lock(sink_->mutex_);
        if (!closed_) {
            closed_ = true;
            // The caller has us too.
            std::erase_if(sink_->streams_,
                          [this](const ref<frame_stream> &c) { return c.get() == this; });
            dropped.swap(waiting_);
            waiting.swap(waiting_ops_);
            readers_.wake_all();
            sink_->producers_.wake_all();
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

failure frame_stream::refusal(ald_status why) const {
    switch (why) {
    case ALD_E_LIMIT:
        return fail({.code = ALD_E_LIMIT, .domain = "stream", .where = sink_->path()},
                    "{} frames of this stream of '{}' are in use; let some go or "
                    "open it with a greater lease_cap",
                    options_.lease_cap, sink_->path());
    case ALD_E_CANCELLED:
        return fail(ALD_E_CANCELLED, "stream",
                    "waiting for a frame of '{}' was cancelled; none is lost", sink_->path());
    case ALD_E_TIMEOUT:
        return fail(ALD_E_TIMEOUT, "stream",
                    "no frame of '{}' came before the timeout; is the camera armed and triggered?",
                    sink_->path());
    case ALD_E_CLOSED: {
        const std::scoped_lock lock(sink_->mutex_);
        if (closed_) {
            return fail(ALD_E_CLOSED, "stream", "the stream of '{}' is closed", sink_->path());
        }
        return sink_->ended(ALD_E_CLOSED);
    }
    case ALD_E_NO_MEMORY: return sink_->no_memory();
    default: return sink_->ended(why);
    }
}

void frame_stream::drop_oldest(frame_sink::aftermath &after) {
    after.dropped.push_back(std::move(waiting_.front().slot));
    waiting_.pop_front();
    ++lost_;
}

void frame_stream::starve(std::int64_t seq, frame_sink::aftermath &after) noexcept try {
    if (options_.policy != ALD_POLICY_LOSSLESS) {
        return; // a gap says it
    }
    starved_at_ = starved_at_.value_or(seq);
    readers_.wake_all();
    after.ready.insert(after.ready.end(), waiting_ops_.begin(), waiting_ops_.end());
    waiting_ops_.clear();
} catch (...) { // no memory: they are told with the next frame
}

void frame_stream::offer(const ref<frame_slot> &slot, bool only_spare,
                         frame_sink::aftermath &after) noexcept try {
    const ald_policy policy =
        options_.spare && !only_spare ? ald_policy{ALD_POLICY_LATEST} : options_.policy;
    const bool may_replace = policy == ALD_POLICY_LATEST || policy == ALD_POLICY_DROP_OLDEST;
    const auto no_room = [&] { return policy == ALD_POLICY_LATEST ? !waiting_.empty() : full(); };
    if (policy == ALD_POLICY_DROP_NEWEST && no_room()) {
        ++lost_;
        return;
    }
    while (may_replace && no_room()) {
        drop_oldest(after);
    }
    waiting_.push_back({slot});
    readers_.wake_all();
    // All of them: one that is cancelled meanwhile must not have been the only one to know.
    after.ready.insert(after.ready.end(), waiting_ops_.begin(), waiting_ops_.end());
    waiting_ops_.clear();
    if (deliver_ && !delivering_) {
        after.to_deliver.push_back(ref<frame_stream>::share(this));
        delivering_ = true;
    }
} catch (...) { // no memory: this stream loses it, and sees that
    ++lost_;
}

ald_status frame_stream::end_of_frames() const noexcept {
    if (sink_->ended_ != ALD_OK) {
        return sink_->ended_;
    }
    return triggerable_ && device_->owner().latch().holds() ? ald_status{ALD_E_STATE}
                                                            : ald_status{ALD_OK};
}

ald_status frame_stream::pop(entry &to) noexcept {
    if (closed_) {
        return ALD_E_CLOSED;
    }
    if (starves()) {
        starved_at_.reset();
        return ALD_E_NO_MEMORY;
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
        to.lost_before = to.slot->info.seq - expected_;
        to.gap_counted = true;
        expected_ = to.slot->info.seq + 1;
        if (starved_at_ == to.slot->info.seq && to.lost_before == 0) {
            starved_at_.reset(); // its driver tried again, and it is not lost
        }
    }
    ++received_;
    ++leased_;
    sink_->producers_.wake_all();
    return ALD_OK;
}

outcome frame_stream::next(std::int64_t deadline, const cancel_source *cancel, const taker &take) {
    entry e;
    ald_status how = ALD_OK;
    switch (wait_for(sink_->mutex_, readers_, deadline, cancel, [&] {
        how = pop(e);
        return how != ALD_E_WOULD_BLOCK;
    })) {
    case wait_end::timeout: return refusal(ALD_E_TIMEOUT);
    case wait_end::cancelled: return refusal(ALD_E_CANCELLED);
    default: return how == ALD_OK ? show(e, take) : outcome(refusal(how));
    }
}

outcome frame_stream::next(const cancel_source *cancel, const taker &take) {
    while (true) {
        entry e;
        ald_status how = ALD_OK;
        {
            const std::scoped_lock lock(sink_->mutex_);
            how = pop(e);
        }
        if (how != ALD_E_WOULD_BLOCK) {
            return how == ALD_OK ? show(e, take) : outcome(refusal(how));
        }
        const auto waiting = make<op>();
        if (auto begun = start_wait(waiting, std::nullopt); !begun) {
            return begun;
        }
        if (const auto ended = waiting->see_through(cancel); !ended) {
            return failure(ended.error());
        }
    }
}

outcome frame_stream::show(const entry &e, const taker &take) try {
    ref<const frame> leased;
    try {
        leased = make<leased_frame>(ref<frame_stream>::share(this), e);
    } catch (...) {
        lease_ended();
        throw;
    }
    auto taken = take(leased);
    if (!taken) {
        leased = nullptr;
        untake(e);
    }
    return taken;
} catch (...) {
    untake(e);
    throw;
}

void frame_stream::untake(entry e) noexcept {
    const std::scoped_lock lock(sink_->mutex_);
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

void frame_stream::lease_ended() noexcept {
    bool deliver = false;
    {
        const std::scoped_lock lock(sink_->mutex_);
        --leased_;
        deliver = deliver_ && !delivering_ && !closed_ && !waiting_.empty();
        delivering_ = delivering_ || deliver;
    }
    if (deliver) {
        deliver_soon();
    }
}

void frame_stream::end_wait(op &o, ald_status why) noexcept {
    try {
        o.finish(refusal(why));
    } catch (...) { // no memory to say it in words
        o.finish(failure(out_of_memory()));
    }
}

bool frame_stream::forget_wait(const op &o) noexcept {
    const std::scoped_lock lock(sink_->mutex_);
    return std::erase_if(waiting_ops_, [&](const ref<op> &w) { return w.get() == &o; }) > 0;
}

outcome frame_stream::limit_wait(const ref<op> &o, std::int64_t deadline) {
    if (deadline == never) {
        return {};
    }
    const auto armed =
        runtime::instance().timers().schedule(deadline, [self = ref<frame_stream>::share(this), o] {
            if (self->forget_wait(*o)) {
                self->end_wait(*o, ALD_E_TIMEOUT);
            }
        });
    if (!armed) {
        return failure(armed.error());
    }
    o->on_end([timer = *armed](const op &) { runtime::instance().timers().unschedule(timer); });
    return {};
}

void frame_stream::limit_wait_usually(const ref<op> &o) {
    const std::int64_t begin = mono_ns();
    find_frame_wait(
        device_, [self = ref<frame_stream>::share(this), o, begin](std::int64_t wait) noexcept {
            result<value> refused = failure(out_of_memory());
            try {
                const outcome limited = self->limit_wait(o, wait == never ? never : begin + wait);
                if (limited) {
                    return;
                }
                refused = failure(limited.error());
            } catch (...) { // no memory for a timer: it must not wait for ever
            }
            if (self->forget_wait(*o)) {
                o->finish(std::move(refused));
            }
        });
}

outcome frame_stream::start_wait(const ref<op> &o, std::optional<std::int64_t> deadline) {
    ald_status how = ALD_OK;
    {
        const std::scoped_lock lock(sink_->mutex_);
        const bool ready = !waiting_.empty() || starves();
        how = closed_ ? ald_status{ALD_E_CLOSED} : ready ? ald_status{ALD_OK} : end_of_frames();
        if (how == ALD_OK && !ready) {
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
    o->set_control([self = ref<frame_stream>::share(this), waiting = o.get()](op::ask asked) {
        if (asked == op::ask::cancel && self->forget_wait(*waiting)) { // the caller holds it too
            self->end_wait(*waiting, ALD_E_CANCELLED);
        }
    });
    if (!deadline) {
        limit_wait_usually(o);
        return {};
    }
    auto limited = limit_wait(o, *deadline);
    if (!limited && forget_wait(*o)) {
        end_wait(*o, ALD_E_CANCELLED);
    }
    return limited;
}

frame_stream::counters frame_stream::stats() const {
    const std::scoped_lock lock(sink_->mutex_);
    return {received_, lost_, lost_at_source_, static_cast<std::int64_t>(waiting_.size()), leased_};
}

ref<source> frame_stream::as_source() {
    return make<stream_source>(ref<frame_stream>::share(this), sink_);
}

void frame_stream::deliver_soon() noexcept {
    bool handed = false;
    try {
        handed = runtime::instance()
                     .workers()
                     .submit([self = ref<frame_stream>::share(this)] { self->deliver_all(); })
                     .has_value();
    } catch (...) { // no memory for a task
    }
    if (!handed) {
        log::write(
            ALD_LOG_ERROR, "stream",
            "there is neither thread nor memory to deliver frames; the next one tries again");
        const std::scoped_lock lock(sink_->mutex_);
        delivering_ = false;
    }
}

void frame_stream::deliver_all() noexcept {
    bool goes_on = true;
    while (goes_on) {
        entry e;
        {
            const std::scoped_lock lock(sink_->mutex_);
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
                              [&](const ref<const frame> &given) {
                                  wants_more = deliver_(*this, given);
                                  return outcome();
                              })
                             .has_value() &&
                         wants_more;
        } catch (...) { // no memory: the frame comes again with the next one
            const std::scoped_lock lock(sink_->mutex_);
            delivering_ = false;
            goes_on = false;
        }
        if (!wants_more) {
            close();
        }
        callback finished;
        const std::scoped_lock lock(sink_->mutex_);
        deliverer_ = {};
        if (closed_) {
            finished.swap(deliver_);
        }
        delivered_.notify_all();
    }
}

} // namespace alidade
