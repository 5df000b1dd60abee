#include "mock_camera/camera.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <exception>
#include <new>
#include <utility>

namespace mock_camera {

namespace {

std::int64_t to_ns(double seconds) {
    return static_cast<std::int64_t>(std::llround(seconds * 1e9));
}

std::size_t pixel_count(const settings &s) {
    return static_cast<std::size_t>(s.roi.width / s.binning) *
           static_cast<std::size_t>(s.roi.height / s.binning);
}

std::size_t frame_bytes(const settings &s) { return pixel_count(s) * sizeof(std::uint16_t); }

bool is_saturated(const std::uint16_t *pixels, const settings &s) {
    const auto full = static_cast<std::uint16_t>((1U << s.bit_depth) - 1);
    return std::find(pixels, pixels + pixel_count(s), full) != pixels + pixel_count(s);
}

// Every n-th of a count from 0; never for 0.
bool is_turn(std::int64_t count, std::int64_t n) { return n > 0 && count % n == n - 1; }

} // namespace

ald_status camera::refuse(ald_status status, const char *why, ald_error **err) const {
    if (err != nullptr) {
        *err = host_.error_new(status, "camera", 0, why);
    }
    return status;
}

void camera::change(const settings &s) {
    const std::scoped_lock lock(mutex_);
    set_ = s;
    changed_.notify_all();
}

ald_status camera::change_disarmed(const settings &s, ald_error **err) {
    {
        const std::scoped_lock lock(mutex_);
        if (armed_) {
            return refuse(ALD_E_STATE, "the camera is armed; disarm it first", err);
        }
    }
    if (const ald_status done = configure(s, err); done != ALD_OK) {
        return done;
    }
    change(s);
    return ALD_OK;
}

ald_status camera::configure(const settings &s, ald_error **err) {
    ald_view view{};
    view.struct_size = sizeof(view);
    view.dtype = ALD_DTYPE_UINT16;
    view.ndim = 2;
    view.shape[0] = s.roi.height / s.binning;
    view.shape[1] = s.roi.width / s.binning;
    view.strides[1] = sizeof(std::uint16_t);
    view.strides[0] = view.shape[1] * view.strides[1];
    return host_.stream_configure(node_, &view, &frames_, err);
}

ald_status camera::open(ald_error **err) {
    disarm(); // one that went away is opened again
    if (const ald_status found = picture_.open(node_, err); found != ALD_OK) {
        return found;
    }
    const std::scoped_lock lock(mutex_);
    host_.clock_unref(std::exchange(clock_, nullptr)); // it counts from the opening
    if (const ald_status made = host_.clock_new("mock camera", &clock_, err); made != ALD_OK) {
        return made;
    }
    opened_ns_ = host_.mono_ns();
    if (const ald_status seen = host_.clock_observe(clock_, 0, opened_ns_, opened_ns_, err);
        seen != ALD_OK) {
        return seen;
    }
    count_ = 0;
    cooler_.set(cooler_.on(), cooler_.target(), opened_ns_);
    return configure(set_, err);
}

ald_status camera::arm(ald_error **err) {
    {
        const std::scoped_lock lock(mutex_);
        if (armed_) {
            return ALD_OK;
        }
        armed_ = true;
        triggered_ = false;
        busy_ = false;
        last_begin_ns_ = 0;
    }
    try {
        worker_ = std::thread([this] { run(); });
    } catch (const std::exception &) { // neither thread nor memory for one
        const std::scoped_lock lock(mutex_);
        armed_ = false;
        return refuse(ALD_E_LIMIT, "no thread can be made for the camera; end some", err);
    }
    return ALD_OK;
}

ald_status camera::trigger(ald_error **err) {
    const std::scoped_lock lock(mutex_);
    if (!armed_) {
        return refuse(ALD_E_STATE, "the camera is not armed; arm it first", err);
    }
    if (set_.trigger != "software") {
        return refuse(ALD_E_STATE,
                      "the camera does not wait for software triggers; set trigger_mode to "
                      "'software' while it is disarmed",
                      err);
    }
    if (triggered_ || busy_) {
        return refuse(ALD_E_BUSY, "an exposure is under way; wait for its frame", err);
    }
    triggered_ = true;
    changed_.notify_all();
    return ALD_OK;
}

void camera::disarm() {
    {
        const std::scoped_lock lock(mutex_);
        armed_ = false;
        changed_.notify_all();
    }
    if (worker_.joinable()) {
        worker_.join();
    }
}

bool camera::wait_until(lock_type &lock, std::int64_t t_mono_ns) {
    const auto until = std::chrono::steady_clock::time_point(std::chrono::nanoseconds(t_mono_ns));
    changed_.wait_until(lock, until, [this] { return !armed_; });
    return armed_;
}

// End of the next exposure. Exposures follow each other, and the next one goes on while the last is
// read out. One that is late because it had to wait ends now.
std::int64_t camera::next_free_running() const {
    const double period =
        std::max({1 / set_.frame_rate, set_.exposure, made_.readout_time * (set_.fast ? 0.25 : 1)});
    const std::int64_t now = host_.mono_ns();
    return last_begin_ns_ == 0
               ? now
               : std::max(last_begin_ns_ + to_ns(period), now - to_ns(set_.exposure));
}

// The signal on the trigger input is a square wave, with its first rising edge at the opening.
std::int64_t camera::next_external(std::int64_t now) const {
    const std::int64_t period = to_ns(1 / made_.external_rate);
    const std::int64_t first = opened_ns_ + (set_.rising ? 0 : period / 2);
    const std::int64_t passed = std::max<std::int64_t>(now - first, -1);
    return first + (passed + period) / period * period;
}

std::optional<std::int64_t> camera::wait_for_begin(lock_type &lock) {
    if (set_.trigger == "internal") {
        const std::int64_t begin = next_free_running();
        return begin <= host_.mono_ns() || wait_until(lock, begin) ? std::optional(begin)
                                                                   : std::nullopt;
    }
    if (set_.trigger == "external") {
        const std::int64_t begin = next_external(host_.mono_ns());
        return wait_until(lock, begin) ? std::optional(begin) : std::nullopt;
    }
    changed_.wait(lock, [this] { return !armed_ || triggered_; });
    triggered_ = false;
    busy_ = armed_;
    return armed_ ? std::optional(host_.mono_ns()) : std::nullopt;
}

void camera::run() {
    lock_type lock(mutex_);
    while (armed_) {
        const auto begin = wait_for_begin(lock);
        if (!begin) {
            return;
        }
        exposure e{.set = set_, .begin_ns = *begin};
        last_begin_ns_ = *begin;
        const double readout = made_.readout_time * (set_.fast ? 0.25 : 1);
        const std::int64_t ready =
            *begin + to_ns(set_.exposure + (set_.trigger == "internal" ? 0 : readout));
        if (host_.mono_ns() < ready && !wait_until(lock, ready)) {
            return;
        }
        e.number = count_++;
        e.temperature = cooler_.temperature(*begin);
        lock.unlock();
        const bool there = deliver(e);
        lock.lock();
        if (!there) {
            return;
        }
    }
}

ald_status camera::fill(const exposure &e, std::uint16_t *pixels) {
    ald_error *why = nullptr;
    ald_status taken = ALD_E_NO_MEMORY;
    try {
        taken = picture_.take(e, pixels, &why);
    } catch (const std::bad_alloc &) { // the status says it
    }
    host_.error_unref(why);
    return taken;
}

// NULL when there is no room, or when it is disarmed before there is.
ald_slot *camera::take_slot(void **pixels) const {
    constexpr std::int64_t look_up_ns = 20'000'000; // how long a disarm may have to wait
    for (;;) {
        ald_slot *slot = nullptr;
        const std::int64_t deadline = made_.waits ? host_.mono_ns() + look_up_ns : 0;
        const ald_status taken = host_.slot_take(frames_, deadline, &slot, pixels, nullptr);
        if (taken != ALD_E_TIMEOUT) {
            return slot;
        }
        const std::scoped_lock lock(mutex_);
        if (!armed_) {
            return nullptr;
        }
    }
}

bool camera::deliver(const exposure &e) {
    const auto idle = [this] { // before the frame is out: whoever has it may trigger again
        const std::scoped_lock lock(mutex_);
        busy_ = false;
    };
    if (made_.disconnect_after > 0 && e.number >= made_.disconnect_after) {
        host_.disconnected(node_, "the mock camera was told to go away");
        return false;
    }
    if (is_turn(e.number, made_.lose)) {
        idle();
        host_.frames_lost(frames_, 1);
        return true;
    }
    void *pixels = nullptr;
    ald_slot *slot = take_slot(&pixels);
    if (slot == nullptr) {
        idle();
        const std::scoped_lock lock(mutex_);
        if (armed_) {
            host_.frames_lost(frames_, 1);
        } else {
            count_ = e.number; // given up: it was never taken
        }
        return true;
    }
    const ald_status filled = fill(e, static_cast<std::uint16_t *>(pixels));
    if (filled != ALD_OK) {
        idle();
        host_.slot_drop(frames_, slot);
        if (filled == ALD_E_NO_MEMORY) {
            host_.frames_starved(frames_, 1);
            return true;
        }
        if (!std::exchange(blind_, true)) {
            host_.log(ALD_LOG_WARNING, "camera", "frames are lost: there is no picture for them");
        }
        host_.frames_lost(frames_, 1);
        return true;
    }
    blind_ = false;
    ald_frame_info info = describe(e);
    if (made_.optics && is_saturated(static_cast<std::uint16_t *>(pixels), e.set)) {
        info.flags |= ALD_FRAME_SATURATED;
    }
    if (is_turn(e.number, made_.garble)) {
        const std::size_t half = frame_bytes(e.set) / 2;
        std::memset(static_cast<char *>(pixels) + half, 0, frame_bytes(e.set) - half);
        info.flags |= ALD_FRAME_INCOMPLETE;
    }
    idle();
    host_.slot_publish(frames_, slot, &info, metadata_.get());
    return true;
}

ald_frame_info camera::describe(const exposure &e) const {
    const settings &s = e.set;
    ald_frame_info f{};
    f.struct_size = sizeof(f);
    f.bit_depth = s.bit_depth;
    f.hw_seq = e.number;
    f.t_mono_ns = e.begin_ns + to_ns(s.exposure / 2);
    f.t_hw_ns = f.t_mono_ns - opened_ns_;
    f.clock_id = host_.clock_id(clock_);
    f.uncertainty_ns = 1000;
    f.exposure = s.exposure;
    f.gain = s.gain;
    f.offset = s.offset;
    f.temperature = e.temperature;
    f.roi_x = s.roi.x;
    f.roi_y = s.roi.y;
    f.roi_width = s.roi.width;
    f.roi_height = s.roi.height;
    f.binning_x = s.binning;
    f.binning_y = s.binning;
    return f;
}

} // namespace mock_camera
