// The camera at work: it waits for its triggers, exposes, and publishes frames, on a thread of its
// own from arming to disarming.
#pragma once

#include "mock_camera/picture.hpp"

#include <condition_variable>
#include <optional>
#include <thread>

namespace mock_camera {

class camera {
public:
    camera(const ald_host &host, ald_node *node, const drivers::options &given)
        : host_(host), node_(node), made_(given), metadata_(given.any("metadata")),
          set_(given, made_), cooler_(made_.cooling_time), picture_(host, made_) {}
    camera(const camera &) = delete;
    camera &operator=(const camera &) = delete;
    ~camera() {
        disarm();
        host_.clock_unref(clock_);
    }

    [[nodiscard]] const hardware &made() const noexcept { return made_; }
    [[nodiscard]] settings set() const {
        const std::scoped_lock lock(mutex_);
        return set_;
    }
    [[nodiscard]] cooler cooling() const {
        const std::scoped_lock lock(mutex_);
        return cooler_;
    }
    void set_cooling(bool on, double target) {
        const std::scoped_lock lock(mutex_);
        cooler_.set(on, target, host_.mono_ns());
    }
    // Also while it is armed; in force from the next exposure on.
    void change(const settings &s);
    // Changes settings of the size of a frame or of its trigger; STATE while it is armed.
    [[nodiscard]] ald_status change_disarmed(const settings &s, ald_error **err);

    [[nodiscard]] ald_status open(ald_error **err);
    [[nodiscard]] ald_status arm(ald_error **err);
    [[nodiscard]] ald_status trigger(ald_error **err);
    void disarm();

private:
    using lock_type = std::unique_lock<std::mutex>;

    [[nodiscard]] ald_status refuse(ald_status status, const char *why, ald_error **err) const;
    [[nodiscard]] ald_status configure(const settings &s, ald_error **err);
    void run();
    // Waits until the next exposure begins; empty when it is disarmed before.
    [[nodiscard]] std::optional<std::int64_t> wait_for_begin(lock_type &lock);
    [[nodiscard]] std::int64_t next_free_running() const;
    [[nodiscard]] std::int64_t next_external(std::int64_t now) const;
    // False when it is disarmed before.
    [[nodiscard]] bool wait_until(lock_type &lock, std::int64_t t_mono_ns);
    // False when the camera has gone away.
    [[nodiscard]] bool deliver(const exposure &e);
    [[nodiscard]] ald_slot *take_slot(void **pixels) const;
    [[nodiscard]] ald_status fill(const exposure &e, std::uint16_t *pixels);
    [[nodiscard]] ald_frame_info describe(const exposure &e) const;

    const ald_host &host_;
    ald_node *const node_;
    ald_frame_sink *frames_ = nullptr; // from the first opening on
    const hardware made_;
    const drivers::value metadata_; // of each frame

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    settings set_;
    cooler cooler_;
    std::thread worker_;
    bool armed_ = false;
    bool triggered_ = false;
    bool busy_ = false;
    std::int64_t opened_ns_ = 0; // where its own clock begins
    ald_clock *clock_ = nullptr;
    std::int64_t last_begin_ns_ = 0;
    std::int64_t count_ = 0; // exposures since it was opened

    picture picture_;    // of the thread, and of open
    bool blind_ = false; // of the thread: it has no picture, and the log was told
};

} // namespace mock_camera
