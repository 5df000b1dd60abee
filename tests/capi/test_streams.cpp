// Cameras and their streams as other languages see them.
#include "capi/support.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <mutex>
#include <thread>

namespace tests {
namespace {

class streams : public capi {};

struct picture {
    owned<ald_frame> handle;
    ald_view view = initial(ald_view_init);
    ald_frame_info frame = initial(ald_frame_info_init);

    ald_status next(ald_frame_stream *c, std::int64_t timeout_ns = 20 * s, error *e = nullptr) {
        const ald_status status = ald_frame_stream_next(c, timeout_ns, nullptr, handle.out(), &view,
                                                        e != nullptr ? e->out() : nullptr);
        if (status == ALD_OK) {
            look();
        }
        return status;
    }
    void look() {
        EXPECT_EQ(ald_frame_get_view(handle, &view, nullptr), ALD_OK);
        EXPECT_EQ(ald_frame_get_info(handle, &frame, nullptr), ALD_OK);
    }
    [[nodiscard]] std::uint16_t at(std::int64_t x, std::int64_t y) const {
        std::uint16_t pixel = 0;
        std::memcpy(&pixel,
                    static_cast<const char *>(view.data) + y * view.strides[0] +
                        x * view.strides[1],
                    sizeof(pixel));
        return pixel;
    }
};

owned<ald_device> camera_with(std::string_view options) {
    return open_mock("mock-camera", options);
}

const char *const small = R"({"pattern": "gradient", "width": 32, "height": 16})";
const char *const fast = R"({"pattern": "gradient", "width": 32, "height": 16, "exposure": 1e-6,
                             "frame_rate": 1e6, "trigger_mode": "internal"})";

owned<ald_frame_stream> open_stream(ald_device *camera, ald_policy policy = ALD_POLICY_DROP_OLDEST,
                                    std::int64_t capacity = 16, std::int64_t lease_cap = 64) {
    auto options = initial(ald_frame_stream_options_init);
    options.policy = policy;
    options.capacity = capacity;
    options.lease_cap = lease_cap;
    owned<ald_frame_stream> c;
    error e;
    EXPECT_EQ(ald_frame_stream_open(camera, &options, c.out(), e.out()), ALD_OK) << message(e);
    return c;
}

ald_frame_stream_stats stats_of(const ald_frame_stream *c) {
    auto found = initial(ald_frame_stream_stats_init);
    EXPECT_EQ(ald_frame_stream_get_stats(c, &found, nullptr), ALD_OK);
    return found;
}

ald_status set(ald_device *d, const char *property, const ald_value *v, error *e = nullptr) {
    return ald_device_set(d, property, v, ALD_WAIT_DEFAULT, nullptr, nullptr,
                          e != nullptr ? e->out() : nullptr);
}

constexpr std::int64_t usual = ALD_WAIT_DEFAULT;

TEST_F(streams, a_trigger_gives_a_frame_with_the_values_in_force) {
    const auto camera = camera_with(small);
    const auto c = open_stream(camera);
    owned<ald_value> exposure;
    ASSERT_EQ(ald_device_set(camera, "exposure", new_double(0.02), usual, nullptr, exposure.out(),
                             nullptr),
              ALD_OK);
    EXPECT_EQ(double_of(exposure), 0.02);
    ASSERT_EQ(ald_camera_arm(camera, usual, nullptr, nullptr), ALD_OK);
    const std::int64_t before = ald_clock_mono_ns();
    ASSERT_EQ(ald_camera_trigger(camera, usual, nullptr, nullptr), ALD_OK);
    const std::int64_t accepted = ald_clock_mono_ns();
    picture p;
    ASSERT_EQ(p.next(c), ALD_OK);
    const std::int64_t after = ald_clock_mono_ns();
    EXPECT_EQ(p.frame.seq, 0);
    EXPECT_EQ(p.frame.lost_before, 0);
    EXPECT_EQ(p.frame.hw_seq, 0);
    EXPECT_EQ(p.frame.exposure, 0.02);
    EXPECT_EQ(p.frame.gain, 0.5);
    EXPECT_EQ(p.frame.offset, 100);
    EXPECT_EQ(p.frame.bit_depth, 16);
    EXPECT_NEAR(p.frame.temperature, 22, 0.5);
    EXPECT_EQ(p.frame.roi_width, 32);
    EXPECT_EQ(p.frame.roi_height, 16);
    // The middle of the exposure: half of it after the begin, half of it before the frame.
    EXPECT_GE(p.frame.t_mono_ns, before + 10 * ms);
    EXPECT_LE(p.frame.t_mono_ns, after - 10 * ms);
    EXPECT_EQ(p.frame.t_wall_ns, ald_clock_wall_from_mono(p.frame.t_mono_ns));
    EXPECT_GT(p.frame.t_hw_ns, 0);
    EXPECT_GT(p.frame.uncertainty_ns, 0);
    EXPECT_LT(accepted, p.frame.t_mono_ns + 10 * ms) << "a trigger does not wait for the frame";
    EXPECT_EQ(p.view.ndim, 2);
    EXPECT_EQ(p.view.shape[0], 16);
    EXPECT_EQ(p.view.shape[1], 32);
    EXPECT_EQ(p.view.dtype, ALD_DTYPE_UINT16);
    owned<ald_buffer> memory;
    ASSERT_EQ(ald_frame_buffer(p.handle, memory.out(), nullptr), ALD_OK);
    EXPECT_EQ(ald_buffer_is_readonly(memory), 1);
    EXPECT_EQ(ald_buffer_check_view(memory, &p.view, nullptr), ALD_OK);
    memory.reset();
    for (std::int64_t y = 0; y < 16; ++y) {
        for (std::int64_t x = 0; x < 32; ++x) {
            ASSERT_EQ(p.at(x, y), x + y);
        }
    }
    EXPECT_EQ(p.next(c, 0), ALD_E_TIMEOUT);
}

TEST_F(streams, says_why_it_takes_no_frame) {
    const auto camera = camera_with(small);
    error e;
    EXPECT_EQ(ald_camera_trigger(camera, usual, nullptr, e.out()), ALD_E_STATE);
    EXPECT_NE(message(e).find("arm"), std::string::npos) << message(e);
    ASSERT_EQ(set(camera, "exposure", new_double(30)), ALD_OK);
    ASSERT_EQ(ald_camera_arm(camera, usual, nullptr, nullptr), ALD_OK);
    ASSERT_EQ(ald_camera_arm(camera, usual, nullptr, nullptr), ALD_OK);
    ASSERT_EQ(ald_camera_trigger(camera, usual, nullptr, nullptr), ALD_OK);
    EXPECT_EQ(ald_camera_trigger(camera, usual, nullptr, nullptr), ALD_E_BUSY);
    EXPECT_EQ(set(camera, "bit_depth", new_int(8), &e), ALD_E_STATE);
    EXPECT_NE(message(e).find("disarm"), std::string::npos) << message(e);
    ASSERT_EQ(ald_camera_disarm(camera, usual, nullptr, nullptr), ALD_OK) << "it gives up";
    EXPECT_EQ(set(camera, "bit_depth", new_int(8)), ALD_OK);
    EXPECT_EQ(set(camera, "exposure", new_double(-1), &e), ALD_E_RANGE);
    const auto stage = open_mock("mock-movable");
    EXPECT_EQ(ald_camera_arm(stage, usual, nullptr, nullptr), ALD_E_UNSUPPORTED);
    EXPECT_EQ(set(stage, "exposure", new_double(1)), ALD_E_NOT_FOUND);
    owned<ald_frame_stream> none;
    EXPECT_EQ(ald_frame_stream_open(stage, nullptr, none.out(), nullptr), ALD_E_UNSUPPORTED);
}

TEST_F(streams, verbs_are_operations_too) {
    const auto camera = camera_with(small);
    const auto c = open_stream(camera);
    owned<ald_op> o;
    ASSERT_EQ(ald_device_start_set(camera, "exposure", new_double(0.001), usual, o.out(), nullptr),
              ALD_OK);
    EXPECT_EQ(end_of(o), ALD_OK);
    ASSERT_EQ(ald_camera_start_arm(camera, usual, o.out(), nullptr), ALD_OK);
    EXPECT_EQ(end_of(o), ALD_OK);
    owned<ald_op> waits;
    ASSERT_EQ(ald_frame_stream_start_next(c, -1, waits.out(), nullptr), ALD_OK);
    owned<ald_op> given_up;
    ASSERT_EQ(ald_frame_stream_start_next(c, -1, given_up.out(), nullptr), ALD_OK);
    ASSERT_EQ(ald_op_cancel(given_up, nullptr), ALD_OK);
    EXPECT_EQ(end_of(given_up), ALD_E_CANCELLED);
    ASSERT_EQ(ald_camera_start_trigger(camera, usual, o.out(), nullptr), ALD_OK);
    EXPECT_EQ(end_of(o), ALD_OK);
    EXPECT_EQ(end_of(waits), ALD_OK);
    picture p;
    EXPECT_EQ(p.next(c, 0), ALD_OK);
    EXPECT_EQ(p.frame.exposure, 0.001);
    ASSERT_EQ(ald_frame_stream_start_next(c, ms, waits.out(), nullptr), ALD_OK);
    EXPECT_EQ(end_of(waits), ALD_E_TIMEOUT);
    ASSERT_EQ(ald_camera_start_disarm(camera, usual, o.out(), nullptr), ALD_OK);
    EXPECT_EQ(end_of(o), ALD_OK);
}

TEST_F(streams, roi_binning_and_depth_change_the_frames) {
    const auto camera = camera_with(small);
    const auto c = open_stream(camera);
    ASSERT_EQ(set(camera, "roi", from_json(R"({"x": 4, "y": 2, "width": 20, "height": 10})")),
              ALD_OK);
    ASSERT_EQ(set(camera, "binning", new_int(2)), ALD_OK);
    ASSERT_EQ(set(camera, "bit_depth", new_int(8)), ALD_OK);
    ASSERT_EQ(ald_camera_arm(camera, usual, nullptr, nullptr), ALD_OK);
    ASSERT_EQ(ald_camera_trigger(camera, usual, nullptr, nullptr), ALD_OK);
    picture p;
    ASSERT_EQ(p.next(c), ALD_OK);
    EXPECT_EQ(p.view.shape[0], 5);
    EXPECT_EQ(p.view.shape[1], 10);
    EXPECT_EQ(p.frame.roi_x, 4);
    EXPECT_EQ(p.frame.roi_height, 10);
    EXPECT_EQ(p.frame.binning_x, 2);
    EXPECT_EQ(p.frame.bit_depth, 8);
    EXPECT_EQ(p.at(0, 0), 6);
    ASSERT_EQ(ald_camera_disarm(camera, usual, nullptr, nullptr), ALD_OK);
    error e;
    for (const char *bad : {R"({"x": 0, "y": 0, "width": 34, "height": 10})",
                            R"({"x": -1, "y": 0, "width": 2, "height": 10})",
                            R"({"x": 0, "y": 0, "width": 3, "height": 10})"}) {
        EXPECT_EQ(set(camera, "roi", from_json(bad), &e), ALD_E_RANGE) << bad;
        EXPECT_NE(message(e).find("32 x 16"), std::string::npos) << message(e);
    }
    EXPECT_EQ(set(camera, "roi", from_json(R"({"x": 0})"), &e), ALD_E_INVALID);
}

TEST_F(streams, the_sensor_follows_its_cooler) {
    const auto camera = camera_with(R"({"pattern": "gradient", "cooling_time": 0.01})");
    ASSERT_EQ(set(camera, "cooling_target", new_double(-30)), ALD_OK);
    ASSERT_EQ(set(camera, "cooling", from_json("true")), ALD_OK);
    EXPECT_TRUE(eventually([&] {
        owned<ald_value> now;
        EXPECT_EQ(ald_device_get(camera, "temperature", usual, nullptr, now.out(), nullptr),
                  ALD_OK);
        return std::abs(double_of(now) + 30) < 0.1;
    }));
}

TEST_F(streams, external_triggers_come_by_themselves) {
    const auto camera = camera_with(R"({"pattern": "gradient", "trigger_mode": "external",
                                        "external_rate": 200.0, "exposure": 1e-4})");
    const auto c = open_stream(camera, ALD_POLICY_DROP_NEWEST, 3);
    EXPECT_EQ(ald_camera_trigger(camera, usual, nullptr, nullptr), ALD_E_STATE);
    ASSERT_EQ(ald_camera_arm(camera, usual, nullptr, nullptr), ALD_OK);
    EXPECT_EQ(ald_camera_trigger(camera, usual, nullptr, nullptr), ALD_E_STATE);
    picture first;
    picture second;
    ASSERT_EQ(first.next(c), ALD_OK);
    ASSERT_EQ(second.next(c), ALD_OK);
    constexpr std::int64_t period = 5 * ms;
    EXPECT_EQ((second.frame.t_mono_ns - first.frame.t_mono_ns) % period, 0);
}

TEST_F(streams, a_lossless_stream_loses_nothing_of_a_camera_that_can_wait) {
    const auto camera = camera_with(fast);
    const auto c = open_stream(camera, ALD_POLICY_LOSSLESS, 3);
    ASSERT_EQ(ald_camera_arm(camera, usual, nullptr, nullptr), ALD_OK);
    for (std::int64_t i = 0; i < 50; ++i) {
        picture p;
        ASSERT_EQ(p.next(c), ALD_OK);
        EXPECT_EQ(p.frame.seq, i);
        EXPECT_EQ(p.frame.lost_before, 0);
        EXPECT_EQ(p.at(1, 1), (2 + 8 * i) % 65536);
        if (i % 10 == 0) {
            sleep_ms(2);
        }
    }
    EXPECT_EQ(stats_of(c).lost, 0);
    EXPECT_EQ(stats_of(c).received, 50);
}

TEST_F(streams, a_camera_that_cannot_wait_loses_at_the_source_for_all) {
    const auto camera = camera_with(R"({"pattern": "gradient", "width": 32, "height": 16,
        "exposure": 1e-4, "frame_rate": 5000.0, "trigger_mode": "internal", "waits": false})");
    const auto slow = open_stream(camera, ALD_POLICY_LOSSLESS, 2);
    const auto other = open_stream(camera, ALD_POLICY_LATEST);
    ASSERT_EQ(ald_camera_arm(camera, usual, nullptr, nullptr), ALD_OK);
    EXPECT_TRUE(eventually([&] { return stats_of(slow).lost_at_source > 10; }));
    picture p;
    std::int64_t last = -1;
    std::int64_t gap = 0;
    while (gap == 0) {
        ASSERT_EQ(p.next(slow), ALD_OK);
        EXPECT_EQ(p.frame.seq, last + 1 + p.frame.lost_before);
        EXPECT_EQ(p.frame.hw_seq, p.frame.seq) << "lost frames are never renumbered";
        last = p.frame.seq;
        gap = p.frame.lost_before;
    }
    EXPECT_GT(gap, 0);
    EXPECT_GE(stats_of(other).lost_at_source, gap);
}

TEST_F(streams, faults_are_seen) {
    const auto camera = camera_with(R"({"pattern": "gradient", "width": 32, "height": 16,
        "exposure": 1e-6, "frame_rate": 200.0, "trigger_mode": "internal", "lose": 4, "garble": 5,
        "disconnect_after": 12})"); // so slow that it is not gone before it was armed
    const auto c = open_stream(camera, ALD_POLICY_LOSSLESS, 20);
    ASSERT_EQ(ald_camera_arm(camera, usual, nullptr, nullptr), ALD_OK);
    std::vector<std::int64_t> seen;
    std::vector<std::int64_t> broken;
    picture p;
    ald_status how = ALD_OK;
    while ((how = p.next(c)) == ALD_OK) {
        seen.push_back(p.frame.seq);
        EXPECT_EQ(p.frame.lost_before, p.frame.seq > 0 && p.frame.seq % 4 == 0 ? 1 : 0);
        if ((p.frame.flags & ALD_FRAME_INCOMPLETE) != 0) {
            broken.push_back(p.frame.seq);
            EXPECT_EQ(p.at(31, 15), 0);
        } else {
            EXPECT_EQ(p.at(31, 15), 46 + 8 * p.frame.seq);
        }
    }
    EXPECT_EQ(how, ALD_E_DISCONNECTED);
    EXPECT_EQ(seen, (std::vector<std::int64_t>{0, 1, 2, 4, 5, 6, 8, 9, 10}));
    EXPECT_EQ(broken, (std::vector<std::int64_t>{4, 9}));
    EXPECT_EQ(stats_of(c).lost_at_source, 3);
    EXPECT_EQ(ald_device_status(camera), ALD_DEVICE_DISCONNECTED);
    ASSERT_EQ(ald_device_open(camera, usual, nullptr, nullptr), ALD_OK);
    ASSERT_EQ(ald_camera_arm(camera, usual, nullptr, nullptr), ALD_OK);
    EXPECT_EQ(p.next(c), ALD_OK) << "the same stream goes on";
}

TEST_F(streams, frames_stay_readable_whatever_is_closed) {
    picture kept;
    {
        const auto camera = camera_with(fast);
        const auto c = open_stream(camera);
        ASSERT_EQ(ald_camera_arm(camera, usual, nullptr, nullptr), ALD_OK);
        ASSERT_EQ(kept.next(c), ALD_OK);
        std::thread reader([&] {
            picture p;
            ald_status how = ALD_OK;
            while ((how = p.next(c)) == ALD_OK) {
            }
            EXPECT_EQ(how, ALD_E_CLOSED);
        });
        ald_device_close(camera);
        reader.join();
    }
    EXPECT_EQ(kept.at(2, 3), 5 + 8 * kept.frame.hw_seq);
}

TEST_F(streams, a_stream_keeps_its_camera) {
    owned<ald_frame_stream> c;
    {
        const auto camera = camera_with(fast);
        c = open_stream(camera);
        ASSERT_EQ(ald_camera_arm(camera, usual, nullptr, nullptr), ALD_OK);
    }
    picture p;
    EXPECT_EQ(p.next(c), ALD_OK);
}

TEST_F(streams, too_many_leases_and_bad_options_are_refused) {
    const auto camera = camera_with(fast);
    const auto c = open_stream(camera, ALD_POLICY_DROP_OLDEST, 4, 2);
    ASSERT_EQ(ald_camera_arm(camera, usual, nullptr, nullptr), ALD_OK);
    std::vector<picture> kept(2);
    ASSERT_EQ(kept[0].next(c), ALD_OK);
    ASSERT_EQ(kept[1].next(c), ALD_OK);
    picture p;
    error e;
    EXPECT_EQ(p.next(c, 20 * s, &e), ALD_E_LIMIT);
    EXPECT_NE(message(e).find("lease_cap"), std::string::npos) << message(e);
    EXPECT_EQ(p.handle.get(), nullptr);
    EXPECT_EQ(stats_of(c).leased, 2);
    kept.clear();
    EXPECT_EQ(p.next(c), ALD_OK);
    auto options = initial(ald_frame_stream_options_init);
    owned<ald_frame_stream> none;
    options.flags = 2;
    EXPECT_EQ(ald_frame_stream_open(camera, &options, none.out(), nullptr), ALD_E_INVALID);
    options.flags = 0;
    options.policy = 7;
    EXPECT_EQ(ald_frame_stream_open(camera, &options, none.out(), nullptr), ALD_E_INVALID);
    ald_view without_size{};
    EXPECT_EQ(ald_frame_stream_next(c, 0, nullptr, p.handle.out(), &without_size, nullptr),
              ALD_E_INVALID);
}

TEST_F(streams, a_live_camera_is_a_source) {
    const auto camera = camera_with(fast);
    const auto c = open_stream(camera, ALD_POLICY_LOSSLESS);
    owned<ald_source> live;
    ASSERT_EQ(ald_frame_stream_source(c, live.out(), nullptr), ALD_OK);
    auto info = initial(ald_source_info_init);
    ASSERT_EQ(ald_source_describe(live, &info, nullptr), ALD_OK);
    EXPECT_EQ(info.flags, ALD_SOURCE_LIVE);
    EXPECT_EQ(info.count, -1);
    EXPECT_EQ(info.shape[1], 32);
    ASSERT_EQ(ald_camera_arm(camera, usual, nullptr, nullptr), ALD_OK);
    for (std::int64_t i = 0; i < 3; ++i) {
        picture p;
        ASSERT_EQ(ald_source_next(live, 20 * s, nullptr, p.handle.out(), nullptr), ALD_OK);
        p.look();
        EXPECT_EQ(p.frame.index, i);
        EXPECT_EQ(p.frame.seq, i);
        EXPECT_GT(p.frame.t_mono_ns, 0);
        EXPECT_EQ(p.frame.exposure, 1e-6);
        EXPECT_EQ(p.frame.roi_width, 32);
    }
}

// What a function was given.
struct listener {
    std::atomic<int> calls{0};
    std::atomic<int> destroyed{0};
    int close_at = 0;
    ald_status answer = ALD_OK;
    std::mutex mutex;
    picture kept;

    static ald_status take(void *self, ald_frame_stream *stream, ald_frame *frame) {
        auto &l = *static_cast<listener *>(self);
        {
            const std::scoped_lock lock(l.mutex);
            ald_frame_ref(frame);
            l.kept.handle.reset(frame);
            l.kept.look();
        }
        if (++l.calls == l.close_at) {
            ald_frame_stream_close(stream);
        }
        return l.answer;
    }
    static void gone(void *self) { ++static_cast<listener *>(self)->destroyed; }
};

TEST_F(streams, a_function_is_given_frames_and_may_end_that) {
    const auto camera = camera_with(fast);
    ASSERT_EQ(ald_camera_arm(camera, usual, nullptr, nullptr), ALD_OK);
    for (const bool by_closing : {true, false}) {
        listener l;
        l.close_at = by_closing ? 3 : 0;
        l.answer = by_closing ? ALD_OK : ALD_E_CALLBACK;
        owned<ald_frame_stream> c;
        ASSERT_EQ(ald_frame_stream_open_callback(camera, nullptr, listener::take, &l,
                                                 listener::gone, c.out(), nullptr),
                  ALD_OK);
        EXPECT_TRUE(eventually([&] { return l.destroyed == 1; }));
        EXPECT_EQ(l.calls, by_closing ? 3 : 1);
        picture p;
        EXPECT_EQ(p.next(c, 0), ALD_E_CLOSED);
        const std::scoped_lock lock(l.mutex);
        EXPECT_EQ(l.kept.at(1, 0), (1 + 8 * l.kept.frame.hw_seq) % 65536);
    }
    listener l;
    owned<ald_frame_stream> none;
    EXPECT_EQ(ald_frame_stream_open_callback(camera, nullptr, nullptr, &l, listener::gone,
                                             none.out(), nullptr),
              ALD_E_INVALID);
    EXPECT_EQ(l.destroyed, 1);
    const auto stage = open_mock("mock-movable");
    EXPECT_EQ(ald_frame_stream_open_callback(stage, nullptr, listener::take, &l, listener::gone,
                                             none.out(), nullptr),
              ALD_E_UNSUPPORTED);
    EXPECT_EQ(l.destroyed, 2);
}

TEST_F(streams, a_stream_is_open_until_its_last_reference_is_gone) {
    const auto camera = camera_with(fast);
    ASSERT_EQ(ald_camera_arm(camera, usual, nullptr, nullptr), ALD_OK);
    auto c = open_stream(camera);
    const owned<ald_frame_stream> other(c.get());
    ald_frame_stream_ref(c);
    c.reset();
    picture p;
    EXPECT_EQ(p.next(other), ALD_OK);
    ald_frame_stream_close(other);
    EXPECT_EQ(p.next(other), ALD_E_CLOSED);
}

TEST_F(streams, giving_the_last_reference_back_ends_a_function) {
    const auto camera = camera_with(fast);
    ASSERT_EQ(ald_camera_arm(camera, usual, nullptr, nullptr), ALD_OK);
    listener l;
    owned<ald_frame_stream> c;
    ASSERT_EQ(ald_frame_stream_open_callback(camera, nullptr, listener::take, &l, listener::gone,
                                             c.out(), nullptr),
              ALD_OK);
    EXPECT_TRUE(eventually([&] { return l.calls > 10; }));
    c.reset();
    EXPECT_TRUE(eventually([&] { return l.destroyed == 1; }));
    const int calls = l.calls;
    sleep_ms(2);
    EXPECT_EQ(l.calls, calls);
}

} // namespace
} // namespace tests
