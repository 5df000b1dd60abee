// The wall clock is stepped, by seconds and by a year: no deadline moves, and no time stamp jumps.
//
// The clock of this program is shifted, not that of the computer: the functions that tell the time
// are here, for all libraries of the process.
#include "capi/support.hpp"
#include "support/stopwatch.hpp"

#include <atomic>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <sys/syscall.h>
#include <sys/time.h>
#include <thread>
#include <unistd.h>

namespace {

std::atomic<std::int64_t> shift_ns{0};
std::atomic<std::int64_t> wall_reads{0};

std::int64_t told(clockid_t clock) {
    timespec t{};
    (void)syscall(SYS_clock_gettime, clock, &t);
    std::int64_t ns = t.tv_sec * 1'000'000'000LL + t.tv_nsec;
    if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) {
        ++wall_reads;
        ns += shift_ns;
    }
    return ns;
}

} // namespace

extern "C" {
__attribute__((visibility("default"))) int clock_gettime(clockid_t clock,
                                                         struct timespec *to) noexcept {
    const std::int64_t ns = told(clock);
    to->tv_sec = ns / 1'000'000'000;
    to->tv_nsec = ns % 1'000'000'000;
    return 0;
}
__attribute__((visibility("default"))) int gettimeofday(struct timeval *to, void *) noexcept {
    const std::int64_t ns = told(CLOCK_REALTIME);
    to->tv_sec = ns / 1'000'000'000;
    to->tv_usec = ns % 1'000'000'000 / 1000;
    return 0;
}
__attribute__((visibility("default"))) time_t time(time_t *to) noexcept {
    const time_t t = told(CLOCK_REALTIME) / 1'000'000'000;
    if (to != nullptr) {
        *to = t;
    }
    return t;
}
}

namespace tests {
namespace {

constexpr std::int64_t year = 365 * 24 * 3600 * s;

class clock_steps : public capi, public ::testing::WithParamInterface<std::int64_t> {
protected:
    ~clock_steps() override { shift_ns = 0; }
};

// Steps the clock in the middle of something, again and again.
class stepping {
public:
    explicit stepping(std::int64_t by)
        : thread_([this, by] {
              for (int i = 1; going_; ++i) {
                  sleep_ms(10);
                  shift_ns = i % 2 == 0 ? 0 : by;
              }
          }) {}
    stepping(const stepping &) = delete;
    stepping &operator=(const stepping &) = delete;
    ~stepping() {
        going_ = false;
        thread_.join();
    }

private:
    std::atomic<bool> going_{true};
    std::thread thread_;
};

void expect_about(std::int64_t ns, const std::function<void()> &what) {
    const std::int64_t best = quickest(ns + 20 * ms, [&] {
        const stopwatch watch;
        what();
        EXPECT_GE(watch.ns(), ns);
        return watch.own_ns();
    });
    EXPECT_LE(best, ns + 20 * ms);
}

TEST_P(clock_steps, deadlines_stay_where_they_are) {
    owned<ald_simulation> instrument;
    error e;
    ASSERT_EQ(ald_simulation_start("esp300", nullptr, nullptr, instrument.out(), e.out()), ALD_OK);
    owned<ald_device> stage;
    const std::string options =
        R"({"uri": ")" + std::string(ald_simulation_uri(instrument)) + R"("})";
    ASSERT_EQ(ald_device_new("stage", "esp300", from_json(options), stage.out(), e.out()), ALD_OK);
    const stepping now(GetParam());
    ASSERT_EQ(ald_device_open(stage, 10 * s, nullptr, e.out()), ALD_OK) << message(e);
    owned<ald_device> axis;
    ASSERT_EQ(ald_device_child(stage, "1", axis.out(), nullptr), ALD_OK);
    EXPECT_EQ(ald_movable_move_abs(axis, 0.5, 20 * s, nullptr, e.out()), ALD_OK) << message(e);

    ASSERT_EQ(ald_simulation_set_faults(instrument, from_json(R"({"silence": true})"), nullptr),
              ALD_OK);
    expect_about(200 * ms, [&] {
        owned<ald_value> v;
        EXPECT_EQ(ald_device_get(axis, "velocity", 200 * ms, nullptr, v.out(), nullptr),
                  ALD_E_TIMEOUT);
    });
    const auto q = new_queue();
    expect_about(100 * ms,
                 [&] { EXPECT_EQ(ald_queue_wait(q, 100 * ms, nullptr, nullptr), ALD_E_TIMEOUT); });
    const auto o = new_op();
    expect_about(100 * ms,
                 [&] { EXPECT_EQ(ald_op_wait(o, 100 * ms, nullptr, nullptr), ALD_E_TIMEOUT); });
    ald_device_close(stage);
}

TEST_P(clock_steps, time_stamps_do_not_jump) {
    const auto camera =
        open_mock("mock-camera",
                  R"({"pattern": "gradient", "width": 64, "height": 48, "trigger_mode": "internal",
            "frame_rate": 200.0, "exposure": 0.001})");
    auto options = initial(ald_frame_stream_options_init);
    options.policy = ALD_POLICY_LOSSLESS;
    owned<ald_frame_stream> frames;
    error e;
    ASSERT_EQ(ald_frame_stream_open(camera, &options, frames.out(), e.out()), ALD_OK) << message(e);
    const stepping now(GetParam());
    ASSERT_EQ(ald_camera_arm(camera, 5 * s, nullptr, e.out()), ALD_OK) << message(e);
    std::int64_t offset = 0;
    for (int i = 0; i < 30; ++i) {
        owned<ald_frame> given;
        ASSERT_EQ(ald_frame_stream_next(frames, 5 * s, nullptr, given.out(), nullptr, e.out()),
                  ALD_OK)
            << message(e);
        auto frame = initial(ald_frame_info_init);
        ASSERT_EQ(ald_frame_get_info(given, &frame, nullptr), ALD_OK);
        EXPECT_EQ(frame.seq, i);
        // One offset for the whole process, told by `ald_clock_wall_ns` too.
        offset = i == 0 ? frame.t_wall_ns - frame.t_mono_ns : offset;
        EXPECT_EQ(frame.t_wall_ns - frame.t_mono_ns, offset);
    }
    ald_device_close(camera);
}

TEST_P(clock_steps, the_step_is_told) {
    const std::int64_t before = ald_clock_wall_ns();
    shift_ns = GetParam();
    EXPECT_LT(std::abs(ald_clock_wall_error_ns() - GetParam()), s);
    EXPECT_LT(ald_clock_wall_ns() - before, s);
    EXPECT_GT(wall_reads, 0) << "the library does not read this program's clock";
}

INSTANTIATE_TEST_SUITE_P(by, clock_steps, ::testing::Values(5 * s, -5 * s, year, -year));

} // namespace
} // namespace tests
