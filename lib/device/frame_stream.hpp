// A reader of a node's frames, with a policy and a loss count of its own.
#pragma once

#include "base/source.hpp"
#include "device/frame_sink.hpp"

#include <alidade/queue.h>
#include <alidade/stream.h>

#include <condition_variable>
#include <deque>
#include <optional>
#include <thread>

namespace alidade {

class device;

class frame_stream final : public object {
public:
    struct options {
        ald_policy policy = ALD_POLICY_DROP_OLDEST;
        std::int64_t capacity = 16;
        std::int64_t lease_cap = 64;
        bool spare = false; // keeps the newest frame alone where other streams are open
    };
    struct counters {
        std::int64_t received, lost, lost_at_source, waiting, leased;
    };
    // Runs on a worker, one call at a time; gives false when it wants no more.
    using callback = std::function<bool(frame_stream &from, const ref<const frame> &given)>;

    [[nodiscard]] static outcome check(const options &wanted);
    [[nodiscard]] static result<ref<frame_stream>>
    open(const ref<device> &of, const options &wanted, callback deliver = nullptr);

    // Shows the next frame to `take`. If that fails or throws, the same frame comes again next.
    using taker = source::taker;
    [[nodiscard]] outcome next(std::int64_t deadline, const cancel_source *cancel,
                               const taker &take);
    // The same within the time that the camera's settings let expect; see device/frame_wait.hpp.
    [[nodiscard]] outcome next(const cancel_source *cancel, const taker &take);
    // Ends the new operation `o` as soon as a frame waits; without a deadline, within the time that
    // the camera's settings let expect.
    [[nodiscard]] outcome start_wait(const ref<op> &o, std::optional<std::int64_t> deadline);
    [[nodiscard]] counters stats() const;
    [[nodiscard]] const options &wants() const noexcept { return options_; }
    [[nodiscard]] ref<source> as_source();

    void close() noexcept override;
    [[nodiscard]] bool closable() const noexcept override;
    [[nodiscard]] const object *parent() const noexcept override;

private:
    // A frame that waits.
    struct entry {
        ref<frame_slot> slot;
        std::int64_t lost_before = 0;
        bool gap_counted = false; // `lost_before` is final
    };

    friend class frame_sink;
    class leased_frame;
    template <class T, class... Args> friend ref<T> make(Args &&...args);
    frame_stream(ref<device> of, std::shared_ptr<frame_sink> from, const options &wanted,
                 callback deliver);

    // With the mutex held.
    [[nodiscard]] bool full() const noexcept {
        return static_cast<std::int64_t>(waiting_.size()) >= options_.capacity;
    }
    void offer(const ref<frame_slot> &slot, bool only_spare, frame_sink::aftermath &after) noexcept;
    void drop_oldest(frame_sink::aftermath &after);
    // There is no memory for frame `seq`, which a lossless stream has to say.
    void starve(std::int64_t seq, frame_sink::aftermath &after) noexcept;
    // True if that is to be said now: all frames before it are fetched.
    [[nodiscard]] bool starves() const noexcept {
        return starved_at_ && (waiting_.empty() || waiting_.front().slot->info.seq > *starved_at_);
    }
    // WOULD_BLOCK if there is none yet; NO_MEMORY once where a frame was lost by that.
    [[nodiscard]] ald_status pop(entry &to) noexcept;
    // Reason why no frame comes any more; OK if some may.
    [[nodiscard]] ald_status end_of_frames() const noexcept;

    [[nodiscard]] outcome show(const entry &e, const taker &take);
    void untake(entry e) noexcept;
    [[nodiscard]] failure refusal(ald_status why) const;
    void end_wait(op &o, ald_status why) noexcept;
    // False if it ends already.
    [[nodiscard]] bool forget_wait(const op &o) noexcept;
    [[nodiscard]] outcome limit_wait(const ref<op> &o, std::int64_t deadline);
    void limit_wait_usually(const ref<op> &o);
    void lease_ended() noexcept;
    void deliver_soon() noexcept;
    void deliver_all() noexcept;

    const ref<device> device_;
    const bool triggerable_;
    const std::shared_ptr<frame_sink> sink_;
    const options options_;

    // The mutex of the sink guards these.
    callback deliver_;
    std::deque<entry> waiting_;
    waiters readers_;
    std::vector<ref<op>> waiting_ops_;
    std::int64_t expected_ = 0;
    std::optional<std::int64_t> starved_at_; // first frame without memory that was not told yet
    std::int64_t received_ = 0;
    std::int64_t lost_ = 0;
    std::int64_t lost_at_source_ = 0;
    std::int64_t leased_ = 0;
    bool closed_ = false;
    bool delivering_ = false;
    std::thread::id deliverer_;
    std::condition_variable delivered_;
};

} // namespace alidade
