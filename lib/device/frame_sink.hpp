// Sink of a node's frames: each that its driver publishes goes to all streams that are open then.
#pragma once

#include "base/async/op.hpp"
#include "frame/pool.hpp"

namespace alidade {

class frame_stream;

// Sink with one mutex for itself and all its streams. Nothing that could call back runs under it:
// slots go back to the pool, operations end and callbacks are sent off afterwards.
class frame_sink : public std::enable_shared_from_this<frame_sink> {
public:
    explicit frame_sink(std::string path) : path_(std::move(path)) {}

    // For the driver.
    [[nodiscard]] outcome configure(const ald_view &form);
    [[nodiscard]] result<ref<frame_slot>> take(std::int64_t deadline);
    void publish(ref<frame_slot> slot, const ald_frame_info &info, value metadata);
    void drop(ref<frame_slot> slot);
    void lost(std::int64_t count);
    // A frame fails for want of memory: tells lossless streams, and the log once until there is one
    // again. Does not count it.
    void starve() noexcept;

    // Ends all waiting: CLOSED or DISCONNECTED. A new `configure` begins anew unless it is closed.
    void end(ald_status why) noexcept;

    // Ends all waiting with STATE: an emergency stop holds, which streams see for themselves.
    void wake_held_down() noexcept;

    // Shape and type; false if it is not configured yet.
    [[nodiscard]] bool describe(ald_view &form) const;
    // Frames that there is memory for, in use and free.
    [[nodiscard]] std::size_t frames_of_memory() const;
    [[nodiscard]] const std::string &path() const noexcept { return path_; }

private:
    friend class frame_stream;

    // Work to be done when the mutex has been given back.
    struct aftermath {
        std::vector<ref<frame_slot>> dropped{};
        std::vector<ref<op>> ready{};
        std::vector<ref<frame_stream>> to_deliver{};
        void carry_out() const;
    };

    [[nodiscard]] failure ended(ald_status why) const;
    void end_waiting(ald_status why) noexcept;
    // With the mutex held.
    [[nodiscard]] bool held_back() const noexcept;
    [[nodiscard]] ref<frame_slot> take_locked(aftermath &after);
    void make_room(aftermath &after);
    // Without it.
    [[nodiscard]] failure no_memory() const;
    [[nodiscard]] ref<op> next_waiting() noexcept;

    const std::string path_;
    mutable std::mutex mutex_;
    waiters producers_;
    std::shared_ptr<frame_pool> pool_;
    ald_view view_{};
    std::vector<ref<frame_stream>> streams_; // until they are closed, or the sink is
    std::int64_t next_seq_ = 0;
    std::int64_t taken_ = 0;
    ald_status ended_ = ALD_OK;
    bool starved_ = false; // the log has been told that there is no memory
};

} // namespace alidade
