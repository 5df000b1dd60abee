// The emergency stop of a lab as callers see it: it latches, it ends what runs, and nothing starts
// until it is reset.
#include "capi/support.hpp"

#include <poll.h>
#include <thread>

namespace tests {
namespace {

std::vector<std::string> strings_in(const ald_value *list) {
    std::vector<std::string> all;
    for (std::int64_t i = 0; i < ald_value_count(list); ++i) {
        owned<ald_value> one;
        EXPECT_EQ(ald_value_at(list, i, one.out(), nullptr), ALD_OK);
        all.push_back(string_of(one));
    }
    return all;
}

class emergency_stop : public capi {
protected:
    void SetUp() override {
        ASSERT_EQ(ald_lab_new("bench", lab_.out(), nullptr), ALD_OK);
        stage_ = add("stage", "mock-movable", R"({"velocity": 10, "home": -1, "settle_time": 0})");
        camera_ =
            add("camera", "mock-camera", R"({"pattern": "gradient", "width": 64, "height": 48})");
        meter_ = add("meter", "mock-readable", "{}");
    }
    void TearDown() override {
        ald_lab_close(lab_);
        for (owned<ald_device> *d : {&stage_, &camera_, &meter_}) {
            d->reset();
        }
        lab_.reset();
        capi::TearDown();
    }

    owned<ald_device> add(const char *name, const char *driver, const char *options) {
        owned<ald_device> d;
        error e;
        EXPECT_EQ(ald_lab_add(lab_, name, driver, from_json(options), d.out(), e.out()), ALD_OK)
            << message(e);
        EXPECT_EQ(ald_device_open(d, ALD_WAIT_DEFAULT, nullptr, e.out()), ALD_OK) << message(e);
        return d;
    }
    void latch() {
        EXPECT_EQ(ald_lab_emergency_stop(lab_, nullptr), ALD_OK);
        EXPECT_EQ(ald_lab_is_stopped(lab_), 1);
    }
    void reset() {
        EXPECT_EQ(ald_lab_reset_stop(lab_, nullptr), ALD_OK);
        EXPECT_EQ(ald_lab_is_stopped(lab_), 0);
    }
    double position() {
        double x = -1;
        EXPECT_EQ(ald_movable_position(stage_, 5 * s, nullptr, &x, nullptr), ALD_OK);
        return x;
    }
    // The message says what holds and what ends it.
    template <class Call> static void refuses(const char *what, Call call) {
        error e;
        EXPECT_EQ(call(e.out()), ALD_E_STATE) << what;
        EXPECT_NE(message(e).find("emergency stop"), std::string::npos) << what << message(e);
        EXPECT_NE(message(e).find("reset_stop"), std::string::npos) << what << message(e);
        EXPECT_STREQ(ald_error_domain(e), "emergency_stop") << what;
    }

    owned<ald_lab> lab_;
    owned<ald_device> stage_;
    owned<ald_device> camera_;
    owned<ald_device> meter_;
};

TEST_F(emergency_stop, refuses_whatever_starts_something_until_it_is_reset) {
    ASSERT_EQ(ald_lab_set_group(lab_, "g",
                                from_json(R"({"there": {"meter:level": 3, "stage:position":
        3}, "still": {"meter:level": 2}})"),
                                nullptr, nullptr),
              ALD_OK);
    ASSERT_EQ(ald_lab_set_position(lab_, "p", from_json(R"({"stage": 3})"), nullptr), ALD_OK);
    EXPECT_EQ(ald_lab_is_stopped(lab_), 0);
    EXPECT_EQ(ald_lab_is_stopped(nullptr), -1);
    latch();
    latch(); // once more changes nothing
    owned<ald_op> o;
    refuses("move_abs",
            [&](ald_error **e) { return ald_movable_move_abs(stage_, 1, s, nullptr, e); });
    refuses("start_move_abs",
            [&](ald_error **e) { return ald_movable_start_move_abs(stage_, 1, s, o.out(), e); });
    refuses("move_rel",
            [&](ald_error **e) { return ald_movable_move_rel(stage_, 1, s, nullptr, e); });
    refuses("jog", [&](ald_error **e) { return ald_movable_jog(stage_, 1, s, nullptr, e); });
    refuses("start_jog",
            [&](ald_error **e) { return ald_movable_start_jog(stage_, -1, s, o.out(), e); });
    refuses("home", [&](ald_error **e) { return ald_movable_home(stage_, s, nullptr, e); });
    refuses("act home", [&](ald_error **e) {
        return ald_device_start_action(stage_, "home", nullptr, s, o.out(), e);
    });
    refuses("set position", [&](ald_error **e) {
        return ald_device_set(stage_, "position", new_double(1), s, nullptr, nullptr, e);
    });
    refuses("arm", [&](ald_error **e) { return ald_camera_arm(camera_, s, nullptr, e); });
    refuses("trigger", [&](ald_error **e) { return ald_camera_trigger(camera_, s, nullptr, e); });
    refuses("act trigger", [&](ald_error **e) {
        return ald_device_start_action(camera_, "trigger", nullptr, s, o.out(), e);
    });
    refuses("preset", [&](ald_error **e) {
        return ald_lab_apply(lab_, "g", "there", s, nullptr, nullptr, e);
    });
    refuses("position",
            [&](ald_error **e) { return ald_lab_go_to(lab_, "p", s, nullptr, nullptr, e); });
    EXPECT_EQ(position(), 0);

    // Nothing of a preset that is refused was set, and what starts nothing goes on.
    owned<ald_value> level;
    ASSERT_EQ(ald_device_get(meter_, "level", s, nullptr, level.out(), nullptr), ALD_OK);
    EXPECT_NE(double_of(level), 3);
    EXPECT_EQ(ald_lab_apply(lab_, "g", "still", s, nullptr, nullptr, nullptr), ALD_OK);
    EXPECT_EQ(ald_device_set(stage_, "velocity", new_double(20), s, nullptr, nullptr, nullptr),
              ALD_OK);
    EXPECT_EQ(ald_movable_stop(stage_, s, nullptr), ALD_OK);
    EXPECT_EQ(ald_camera_disarm(camera_, s, nullptr, nullptr), ALD_OK);
    auto reading = initial(ald_reading_init);
    EXPECT_EQ(ald_readable_read(meter_, s, nullptr, &reading, nullptr), ALD_OK);

    reset();
    reset();
    EXPECT_EQ(ald_lab_apply(lab_, "g", "there", 20 * s, nullptr, nullptr, nullptr), ALD_OK);
    EXPECT_EQ(ald_lab_go_to(lab_, "p", 20 * s, nullptr, nullptr, nullptr), ALD_OK);
    EXPECT_EQ(ald_movable_move_rel(stage_, 1, 20 * s, nullptr, nullptr), ALD_OK);
    EXPECT_EQ(position(), 4);
    EXPECT_EQ(ald_camera_arm(camera_, s, nullptr, nullptr), ALD_OK);
    EXPECT_EQ(ald_camera_trigger(camera_, s, nullptr, nullptr), ALD_OK);
}

TEST_F(emergency_stop, holds_a_lone_device_through_its_own_lab) {
    auto lone = open_mock("mock-movable");
    owned<ald_lab> home;
    ASSERT_EQ(ald_device_lab(lone, home.out(), nullptr), ALD_OK);
    EXPECT_STREQ(ald_lab_name(home), "thing");
    ASSERT_EQ(ald_lab_emergency_stop(home, nullptr), ALD_OK);
    EXPECT_EQ(ald_movable_move_abs(lone, 1, s, nullptr, nullptr), ALD_E_STATE);
    EXPECT_EQ(ald_movable_move_abs(stage_, 0.1, 20 * s, nullptr, nullptr), ALD_OK); // another lab
    ASSERT_EQ(ald_lab_reset_stop(home, nullptr), ALD_OK);
    EXPECT_EQ(ald_movable_move_abs(lone, 0.1, 20 * s, nullptr, nullptr), ALD_OK);
    ald_lab_close(home);
}

// It does not drive the axis home, and says so.
TEST_F(emergency_stop, a_safe_state_leaves_out_what_would_start_something) {
    ASSERT_EQ(ald_device_set_safe_state(stage_,
                                        from_json(R"([{"act": "home"}, {"set": "position", "to": 9},
                                        {"set": "velocity", "to": 70}])"),
                                        nullptr),
              ALD_OK);
    ASSERT_EQ(
        ald_device_set_safe_state(meter_, from_json(R"([{"set": "level", "to": 0.25}])"), nullptr),
        ALD_OK);
    owned<ald_op> motion;
    ASSERT_EQ(ald_movable_start_move_abs(stage_, 90, 60 * s, motion.out(), nullptr), ALD_OK);
    EXPECT_TRUE(eventually([&] { return position() > 0; }));
    const auto events = new_queue();
    ASSERT_EQ(ald_lab_subscribe(lab_, events, ALD_EVENT_STEP_SKIPPED, 0, nullptr), ALD_OK);
    latch();
    EXPECT_EQ(end_of(motion), ALD_E_CANCELLED);
    const double stopped = position();

    owned<ald_op> safe;
    ASSERT_EQ(ald_lab_start_safe_state(lab_, 20 * s, safe.out(), nullptr), ALD_OK);
    ASSERT_EQ(end_of(safe), ALD_OK);
    owned<ald_value> result;
    ASSERT_EQ(ald_op_result(safe, result.out(), nullptr), ALD_OK);
    EXPECT_EQ(strings_in(item(result, "left_out")),
              (std::vector<std::string>{"stage: act home", "stage: set position"}));
    EXPECT_EQ(position(), stopped);
    owned<ald_value> velocity;
    ASSERT_EQ(ald_device_get(stage_, "velocity", s, nullptr, velocity.out(), nullptr), ALD_OK);
    EXPECT_EQ(double_of(velocity), 70);
    owned<ald_value> level;
    ASSERT_EQ(ald_device_get(meter_, "level", s, nullptr, level.out(), nullptr), ALD_OK);
    EXPECT_EQ(double_of(level), 0.25);
    auto told = drain(events);
    ASSERT_EQ(told.size(), 2U);
    owned<ald_value> what(static_cast<ald_value *>(told[0].payload));
    const owned<ald_value> second(static_cast<ald_value *>(told[1].payload));
    EXPECT_EQ(string_of(item(what, "device")), "stage");
    EXPECT_EQ(string_of(item(what, "step")), "stage: act home");
    EXPECT_EQ(string_of(item(second, "step")), "stage: set position");

    reset();
    ASSERT_EQ(ald_device_start_safe_state(stage_, 20 * s, safe.out(), nullptr), ALD_OK);
    ASSERT_EQ(end_of(safe), ALD_OK);
    ASSERT_EQ(ald_op_result(safe, result.out(), nullptr), ALD_OK);
    EXPECT_EQ(ald_value_count(item(result, "left_out")), 0);
    EXPECT_EQ(position(), 9);
}

TEST_F(emergency_stop, tells_when_it_latches_and_when_it_is_reset) {
    const auto events = new_queue();
    ASSERT_EQ(ald_lab_subscribe(lab_, events, 0, 0, nullptr), ALD_OK);
    reset(); // nothing to reset
    latch();
    latch();
    reset();
    std::vector<std::string> names;
    for (const ald_record &r : drain(events)) {
        const owned<ald_value> payload(static_cast<ald_value *>(r.payload));
        if (r.kind == ALD_EVENT_STOP_LATCHED || r.kind == ALD_EVENT_STOP_RESET) {
            names.emplace_back(ald_event_name(r.kind));
            EXPECT_EQ(string_of(payload), "bench");
        }
    }
    EXPECT_EQ(names, (std::vector<std::string>{"stop.latched", "stop.reset"}));
}

TEST_F(emergency_stop, ends_exposures_and_waits_for_frames) {
    ASSERT_EQ(ald_device_set(camera_, "exposure", new_double(3000), s, nullptr, nullptr, nullptr),
              ALD_OK);
    owned<ald_frame_stream> frames;
    ASSERT_EQ(ald_frame_stream_open(camera_, nullptr, frames.out(), nullptr), ALD_OK);
    ASSERT_EQ(ald_camera_arm(camera_, s, nullptr, nullptr), ALD_OK);
    ASSERT_EQ(ald_camera_trigger(camera_, s, nullptr, nullptr), ALD_OK);
    owned<ald_op> started;
    ASSERT_EQ(ald_frame_stream_start_next(frames, ALD_WAIT_FOREVER, started.out(), nullptr),
              ALD_OK);
    const auto next = [&](std::int64_t timeout_ns, std::string *why = nullptr) {
        owned<ald_frame> frame;
        error e;
        const ald_status how =
            ald_frame_stream_next(frames, timeout_ns, nullptr, frame.out(), nullptr, e.out());
        if (why != nullptr) {
            *why = message(e);
        }
        return how;
    };
    ald_status how = ALD_OK;
    std::string why;
    std::thread waits([&] { how = next(ALD_WAIT_FOREVER, &why); });
    sleep_ms(20);
    latch();
    waits.join();
    EXPECT_EQ(how, ALD_E_STATE);
    EXPECT_NE(why.find("reset_stop"), std::string::npos) << why;
    EXPECT_EQ(end_of(started), ALD_E_STATE);
    EXPECT_EQ(next(ALD_WAIT_FOREVER), ALD_E_STATE); // none comes
    // The exposure was given up, so that the camera is free once it is armed again.
    reset();
    EXPECT_EQ(next(0), ALD_E_TIMEOUT);
    ASSERT_EQ(ald_device_set(camera_, "exposure", new_double(0.001), s, nullptr, nullptr, nullptr),
              ALD_OK);
    ASSERT_EQ(ald_camera_arm(camera_, s, nullptr, nullptr), ALD_OK);
    ASSERT_EQ(ald_camera_trigger(camera_, s, nullptr, nullptr), ALD_OK);
    EXPECT_EQ(next(20 * s), ALD_OK);
    ald_frame_stream_close(frames);
}

TEST_F(emergency_stop, ends_a_camera_that_runs_freely) {
    const char internal[] = "internal";
    owned<ald_value> mode;
    ASSERT_EQ(ald_value_new_string(internal, sizeof(internal) - 1, mode.out(), nullptr), ALD_OK);
    ASSERT_EQ(ald_device_set(camera_, "trigger_mode", mode, s, nullptr, nullptr, nullptr), ALD_OK);
    owned<ald_frame_stream> frames;
    ASSERT_EQ(ald_frame_stream_open(camera_, nullptr, frames.out(), nullptr), ALD_OK);
    ASSERT_EQ(ald_camera_arm(camera_, s, nullptr, nullptr), ALD_OK);
    const auto taken = [&] {
        auto stats = initial(ald_frame_stream_stats_init);
        EXPECT_EQ(ald_frame_stream_get_stats(frames, &stats, nullptr), ALD_OK);
        return stats.waiting + stats.lost;
    };
    EXPECT_TRUE(eventually([&] { return taken() > 2; }));
    latch();
    EXPECT_TRUE(eventually([&] { // its driver is asked, and may have an exposure to end
        const auto before = taken();
        sleep_ms(100);
        return taken() == before;
    }));
    ald_frame_stream_close(frames);
}

TEST_F(emergency_stop, triggers_attached_cancels_and_tells_why) {
    const auto of_lab = new_cancel();
    const auto of_axis = new_cancel();
    EXPECT_EQ(ald_lab_attach_cancel(lab_, of_lab, nullptr), ALD_OK);
    EXPECT_EQ(ald_movable_attach_cancel(stage_, of_axis, nullptr), ALD_OK);
    EXPECT_EQ(ald_movable_attach_cancel(meter_, of_axis, nullptr), ALD_E_UNSUPPORTED);
    EXPECT_EQ(ald_cancel_why(of_axis), ALD_CANCEL_NOT);
    EXPECT_EQ(ald_cancel_why(nullptr), -1);

    // A motion that its caller cancels, or that comes to its end, is no stop of the axis.
    ASSERT_EQ(ald_movable_move_abs(stage_, 0.1, 20 * s, nullptr, nullptr), ALD_OK);
    owned<ald_op> motion;
    ASSERT_EQ(ald_movable_start_move_abs(stage_, 90, 60 * s, motion.out(), nullptr), ALD_OK);
    ASSERT_EQ(ald_op_cancel(motion, nullptr), ALD_OK);
    EXPECT_EQ(end_of(motion), ALD_E_CANCELLED);
    EXPECT_EQ(ald_cancel_why(of_axis), ALD_CANCEL_NOT);

    EXPECT_EQ(ald_cancel_wait(of_axis, 0, nullptr), ALD_E_TIMEOUT);
    ASSERT_EQ(ald_movable_stop(stage_, s, nullptr), ALD_OK);
    EXPECT_EQ(ald_cancel_why(of_axis), ALD_CANCEL_AXIS_STOPPED);
    EXPECT_EQ(ald_cancel_why(of_lab), ALD_CANCEL_NOT);
    EXPECT_EQ(ald_cancel_wait(of_axis, ALD_WAIT_FOREVER, nullptr), ALD_OK);

    ald_status waited = ALD_E_INTERNAL;
    std::thread waits([&] { waited = ald_cancel_wait(of_lab, ALD_WAIT_FOREVER, nullptr); });
    int32_t fd = -1;
    ASSERT_EQ(ald_cancel_fd(of_lab, &fd, nullptr), ALD_OK);
    pollfd bell{fd, POLLIN, 0};
    EXPECT_EQ(poll(&bell, 1, 0), 0);
    latch();
    waits.join();
    EXPECT_EQ(waited, ALD_OK);
    EXPECT_EQ(poll(&bell, 1, 0), 1);
    EXPECT_EQ(ald_cancel_why(of_lab), ALD_CANCEL_EMERGENCY_STOP);
    ald_cancel_trigger(of_lab);
    EXPECT_EQ(ald_cancel_why(of_lab), ALD_CANCEL_EMERGENCY_STOP); // the greater reason stays

    const auto late = new_cancel();
    EXPECT_EQ(ald_lab_attach_cancel(lab_, late, nullptr), ALD_OK);
    EXPECT_EQ(ald_cancel_why(late), ALD_CANCEL_EMERGENCY_STOP);
    int32_t late_fd = -1; // made after it was triggered
    ASSERT_EQ(ald_cancel_fd(late, &late_fd, nullptr), ALD_OK);
    bell.fd = late_fd;
    EXPECT_EQ(poll(&bell, 1, 0), 1);

    EXPECT_EQ(ald_lab_detach_cancel(lab_, of_lab, nullptr), ALD_OK);
    EXPECT_EQ(ald_lab_detach_cancel(lab_, of_lab, nullptr), ALD_E_NOT_FOUND);
    EXPECT_EQ(ald_lab_detach_cancel(lab_, late, nullptr), ALD_OK);
    EXPECT_EQ(ald_movable_detach_cancel(stage_, of_axis, nullptr), ALD_OK);
    reset();
    const auto detached = new_cancel();
    EXPECT_EQ(ald_lab_attach_cancel(lab_, detached, nullptr), ALD_OK);
    EXPECT_EQ(ald_lab_detach_cancel(lab_, detached, nullptr), ALD_OK);
    latch();
    EXPECT_EQ(ald_cancel_why(detached), ALD_CANCEL_NOT);
}

} // namespace
} // namespace tests
