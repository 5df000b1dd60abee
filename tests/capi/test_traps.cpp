// An application that has switched floating-point traps on for its own arithmetic: nothing of ours
// ends it with SIGFPE, and its traps are as they were after every call.
#include "capi/every_function.hpp"

#include <cfenv>
#include <cmath>
#include <csignal>
#include <limits>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace tests {
namespace {

constexpr int usual_traps = FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW;
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

class traps : public capi {
protected:
    void SetUp() override {
        std::feclearexcept(FE_ALL_EXCEPT);
        ASSERT_NE(feenableexcept(usual_traps), -1);
    }
    void TearDown() override {
        EXPECT_EQ(fegetexcept(), usual_traps);
        fedisableexcept(FE_ALL_EXCEPT);
        EXPECT_EQ(ald_log_set_sink(nullptr, nullptr, nullptr, nullptr), ALD_OK);
        EXPECT_EQ(ald_log_set_level(ALD_LOG_WARNING, nullptr), ALD_OK);
        capi::TearDown();
    }
};

// The traps are there, or the tests below could not fail.
TEST_F(traps, end_a_process_that_makes_a_nan) {
    const pid_t child = ::fork();
    if (child == 0) {
        std::signal(SIGFPE, SIG_DFL);
        volatile double zero = 0; // clang compares with NaN without a trap, g++ does not
        volatile double made = zero / zero;
        ::_exit(made > 0 ? 1 : 0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGFPE) << status;
}

TEST_F(traps, mocks_move_read_and_take_frames) {
    const auto axis = open_mock("mock-movable", R"({"velocity": 1000.0})");
    error e;
    EXPECT_EQ(ald_movable_move_abs(axis, 1.0, ALD_WAIT_DEFAULT, nullptr, e.out()), ALD_OK)
        << message(e);
    EXPECT_NE(ald_movable_move_abs(axis, nan, ALD_WAIT_DEFAULT, nullptr, nullptr), ALD_OK);
    EXPECT_NE(ald_movable_move_abs(axis, 1e308, ALD_WAIT_DEFAULT, nullptr, nullptr), ALD_OK);
    double least = 0;
    double greatest = 0;
    EXPECT_EQ(ald_movable_limits(axis, &least, &greatest, nullptr), ALD_OK);
    const auto sensor = open_mock("mock-readable");
    auto reading = initial(ald_reading_init);
    EXPECT_EQ(ald_readable_read(sensor, ALD_WAIT_DEFAULT, nullptr, &reading, nullptr), ALD_OK);
    owned<ald_value> about;
    EXPECT_EQ(ald_device_describe(sensor, about.out(), nullptr), ALD_OK);
    const auto camera = open_mock("mock-camera");
    owned<ald_frame_stream> frames;
    ASSERT_EQ(ald_frame_stream_open(camera, nullptr, frames.out(), nullptr), ALD_OK);
    ASSERT_EQ(ald_camera_arm(camera, ALD_WAIT_DEFAULT, nullptr, e.out()), ALD_OK) << message(e);
    ASSERT_EQ(ald_camera_trigger(camera, ALD_WAIT_DEFAULT, nullptr, e.out()), ALD_OK) << message(e);
    owned<ald_frame> frame;
    EXPECT_EQ(ald_frame_stream_next(frames, 20 * s, nullptr, frame.out(), nullptr, e.out()), ALD_OK)
        << message(e);
    ald_device_close(camera);
}

TEST_F(traps, simulated_instruments_are_opened_and_read) {
    for (const auto &[driver, uri] : {std::pair("newport-1830c", "sim:newport-1830c"),
                                      {"esp300", "sim:esp300"},
                                      {"elliptec", "sim:elliptec"}}) {
        owned<ald_device> device;
        error e;
        const auto options = from_json(R"({"uri": ")" + std::string(uri) + R"("})");
        ASSERT_EQ(ald_device_new("thing", driver, options, device.out(), e.out()), ALD_OK)
            << message(e);
        ASSERT_EQ(ald_device_open(device, ALD_WAIT_DEFAULT, nullptr, e.out()), ALD_OK)
            << message(e);
        owned<ald_op> snapshot;
        ASSERT_EQ(ald_device_start_snapshot(device, ALD_WAIT_DEFAULT, snapshot.out(), nullptr),
                  ALD_OK);
        EXPECT_EQ(end_of(snapshot), ALD_OK);
        ald_device_close(device);
    }
}

TEST_F(traps, values_units_settings_and_schemas_hold_any_number) {
    for (const double x : {nan, std::numeric_limits<double>::infinity(), 5e-324, 1.7e308}) {
        const auto v = new_double(x);
        EXPECT_EQ(ald_value_equal(v, v), 1);
        owned<ald_buffer> bytes;
        owned<ald_value> again;
        ASSERT_EQ(ald_value_to_cbor(v, bytes.out(), nullptr), ALD_OK);
        ASSERT_EQ(ald_value_from_cbor(ald_buffer_data(bytes), ald_buffer_size(bytes), again.out(),
                                      nullptr),
                  ALD_OK);
        EXPECT_EQ(ald_value_equal(v, again), 1);
        (void)ald_value_to_json(v, ALD_JSON_PLAIN, 0, bytes.out(), nullptr);
        double converted = 0;
        (void)ald_unit_convert(x, "m", "nm", &converted, nullptr);
        (void)ald_unit_convert(x, "[degF]", "K", &converted, nullptr);
        auto rule = initial(ald_schema_init);
        rule.name = "x";
        rule.type = ALD_TYPE_DOUBLE;
        (void)ald_schema_check(&rule, v, nullptr); // without limits
        rule.max = 1.0;
        (void)ald_schema_check(&rule, v, nullptr);
        (void)ald_schema_check(&rule, new_int(3), nullptr);
    }
    for (const std::string_view text :
         {"1e999", "-1e999", "1e-999", "[0.1, 18446744073709551616]"}) {
        owned<ald_value> v;
        (void)ald_value_from_json(text.data(), text.size(), ALD_JSON_PLAIN, v.out(), nullptr);
        const std::string toml = "a = nan\nb = inf\nc = " + std::string(text) + "\n";
        owned<ald_settings> settings;
        (void)ald_settings_parse(toml.data(), toml.size(), "x", settings.out(), nullptr);
    }
}

TEST_F(traps, fits_on_the_thread_of_the_caller_compute_without_them) {
    std::vector<double> x;
    std::vector<double> y;
    for (int i = 0; i < 20; ++i) {
        x.push_back(i);
        y.push_back(std::exp(-0.5 * (i - 9) * (i - 9) / 4.0));
    }
    auto fit = initial(ald_fit_init);
    for (ald_fit_model model = 0; *ald_fit_model_name(model) != '\0'; ++model) {
        (void)ald_fit_curve(model, x.data(), y.data(), nullptr, 20, nullptr, nullptr, nullptr,
                            nullptr, &fit, nullptr);
        EXPECT_EQ(fegetexcept(), usual_traps) << model;
    }
    y[3] = nan;
    EXPECT_NE(ald_fit_curve(0, x.data(), y.data(), nullptr, 20, nullptr, nullptr, nullptr, nullptr,
                            &fit, nullptr),
              ALD_OK);
}

// Whatever a function does with a NaN, or with no number at all.
TEST_F(traps, every_function_takes_any_number) {
    for (const function &f : every_function()) {
        const std::string_view name(f.name);
        if (name == "ald_shutdown" || name.ends_with("_ref")) {
            continue;
        }
        for (const std::int64_t number :
             {std::numeric_limits<std::int64_t>::min(), std::int64_t{0}}) {
            const good_handles good;
            choice c;
            c.good = &good;
            c.number = number;
            (void)f.call(c);
            ASSERT_EQ(fegetexcept(), usual_traps) << f.name;
        }
    }
}

ald_status note_traps(void *to, const ald_value *, const ald_cancel *, ald_value **, ald_error **) {
    *static_cast<int *>(to) = fegetexcept();
    return ALD_OK;
}

TEST_F(traps, threads_of_the_library_have_none) {
    int seen = -1;
    owned<ald_callable> f;
    ASSERT_EQ(ald_callable_new("f", note_traps, &seen, nullptr, f.out(), nullptr), ALD_OK);
    owned<ald_op> call;
    ASSERT_EQ(ald_callable_start_call(f, nullptr, -1, call.out(), nullptr), ALD_OK);
    EXPECT_EQ(end_of(call), ALD_OK);
    EXPECT_EQ(seen, 0);
}

// Another mode of rounding is the application's too; ours is the usual one.
TEST_F(traps, threads_of_the_library_round_as_usual) {
    ASSERT_EQ(ald_shutdown(20 * s, nullptr), ALD_OK); // they start anew
    ASSERT_EQ(std::fesetround(FE_UPWARD), 0);
    int seen = -1;
    owned<ald_callable> f;
    const auto note = [](void *to, const ald_value *, const ald_cancel *, ald_value **,
                         ald_error **) {
        *static_cast<int *>(to) = std::fegetround();
        return ald_status{ALD_OK};
    };
    EXPECT_EQ(ald_callable_new("f", note, &seen, nullptr, f.out(), nullptr), ALD_OK);
    owned<ald_op> call;
    EXPECT_EQ(ald_callable_start_call(f, nullptr, -1, call.out(), nullptr), ALD_OK);
    EXPECT_EQ(end_of(call), ALD_OK);
    EXPECT_EQ(std::fegetround(), FE_UPWARD);
    std::fesetround(FE_TONEAREST);
    EXPECT_EQ(seen, FE_TONEAREST);
}

TEST_F(traps, the_end_of_the_library_comes_quietly) {
    const auto d = open_mock("mock-readable");
    EXPECT_EQ(ald_shutdown(20 * s, nullptr), ALD_OK);
}

} // namespace
} // namespace tests
