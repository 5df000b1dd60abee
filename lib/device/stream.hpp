// The frames of a node on their way from the driver to whoever wants them.
#pragma once

#include "base/async/op.hpp"
#include "base/source.hpp"
#include "frame/pool.hpp"

#include <alidade/frame.h>
#include <alidade/queue.h>

#include <condition_variable>
#include <deque>
#include <thread>

namespace alidade {

class consumer;
class device;

// A frame on its way.
struct frame_entry {
    ref<frame_slot> slot;
    ald_view view{};
    ald_frame record{};
    bool gap_counted = false; // its `lost_before` is final
};

// A frame that somebody has been given: read-only, and kept as long as its memory is.
struct leased_frame {
    array data;
    ald_frame record{};
};

// One mutex guards a stream and all its consumers. Nothing that could call back runs under it:
// slots go back to the pool, operations end and callbacks are sent off afterwards.
class stream : public std::enable_shared_from_this<stream> {
public:
    explicit stream(std::string path) : path_(std::move(path)) {}

    // For the driver.
    [[nodiscard]] outcome configure(const ald_view &frame);
    [[nodiscard]] result<ref<frame_slot>> take(std::int64_t deadline);
    void publish(ref<frame_slot> slot, const ald_frame &record);
    void drop(ref<frame_slot> slot);
    void lost(std::int64_t count);

    // Ends all waiting: CLOSED or DISCONNECTED. A new `configure` begins anew unless it is closed.
    void end(ald_status why) noexcept;

    // Ends all waiting with STATE: an emergency stop holds, which consumers see for themselves.
    void wake_held_down() noexcept;

    // Shape and type; false if it is not configured yet.
    [[nodiscard]] bool describe(ald_view &frame) const;
    [[nodiscard]] const std::string &path() const noexcept { return path_; }

private:
    friend class consumer;

    // What is to be done when the mutex has been given back.
    struct aftermath {
        std::vector<frame_entry> dropped{};
        std::vector<ref<op>> ready{};
        std::vector<ref<consumer>> to_deliver{};
        void carry_out() const;
    };

    [[nodiscard]] failure ended(ald_status why) const;
    void end_waiting(ald_status why) noexcept;
    // With the mutex held.
    [[nodiscard]] bool held_back() const noexcept;
    [[nodiscard]] ref<frame_slot> take_locked(aftermath &after);
    [[nodiscard]] bool make_room(aftermath &after);
    // Without it.
    [[nodiscard]] ref<op> next_waiting() noexcept;

    const std::string path_;
    mutable std::mutex mutex_;
    waiters producers_;
    std::shared_ptr<frame_pool> pool_;
    ald_view view_{};
    std::vector<ref<consumer>> consumers_; // until they are closed, or the stream is
    std::int64_t next_seq_ = 0;
    std::int64_t taken_ = 0;
    ald_status ended_ = ALD_OK;
};

// One of those who want the frames of a stream, with a policy and a loss count of its own.
class consumer final : public object {
public:
    struct options {
        ald_policy policy = ALD_POLICY_DROP_OLDEST;
        std::int64_t capacity = 16;
        std::int64_t lease_cap = 64;
    };
    struct counters {
        std::int64_t received, lost, lost_at_source, waiting, leased;
    };
    // Runs on a worker, one call at a time; gives false when it wants no more.
    using callback = std::function<bool(consumer &from, const leased_frame &frame)>;

    [[nodiscard]] static outcome check(const options &wanted);
    [[nodiscard]] static result<ref<consumer>> open(const ref<device> &of, const options &wanted,
                                                    callback deliver = nullptr);

    // Shows the next frame to `take`, which must keep what it wants of it. If it fails or throws,
    // the same frame comes again next.
    using taker = std::function<outcome(const leased_frame &frame)>;
    [[nodiscard]] outcome next(std::int64_t deadline, const cancel_source *cancel,
                               const taker &take);
    // Ends `o`, which is new, as soon as a frame waits.
    [[nodiscard]] outcome start_wait(const ref<op> &o, std::int64_t deadline);
    [[nodiscard]] counters stats() const;
    [[nodiscard]] const options &wants() const noexcept { return options_; }
    [[nodiscard]] ref<source> as_source();

    void close() noexcept override;
    [[nodiscard]] bool closable() const noexcept override;
    [[nodiscard]] const object *parent() const noexcept override;

private:
    friend class stream;
    template <class T, class... Args> friend ref<T> make(Args &&...args);
    consumer(ref<device> of, std::shared_ptr<stream> from, const options &wanted, callback deliver);

    // With the mutex held.
    [[nodiscard]] bool full() const noexcept {
        return static_cast<std::int64_t>(waiting_.size()) >= options_.capacity;
    }
    void offer(const frame_entry &e, stream::aftermath &after) noexcept;
    void drop_oldest(stream::aftermath &after);
    // WOULD_BLOCK if there is none yet.
    [[nodiscard]] ald_status pop(frame_entry &to) noexcept;
    // Why no frame comes any more; OK if some may.
    [[nodiscard]] ald_status end_of_frames() const noexcept;

    [[nodiscard]] outcome show(const frame_entry &e, const taker &take);
    void untake(frame_entry e) noexcept;
    [[nodiscard]] failure refusal(ald_status why) const;
    void end_wait(op &o, ald_status why) noexcept;
    void lease_ended() noexcept;
    void deliver_soon() noexcept;
    void deliver_all() noexcept;

    const ref<device> device_;
    const bool triggerable_;
    const std::shared_ptr<stream> stream_;
    const options options_;

    // The stream's mutex guards these.
    callback deliver_;
    std::deque<frame_entry> waiting_;
    waiters readers_;
    std::vector<ref<op>> waiting_ops_;
    std::int64_t expected_ = 0;
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
