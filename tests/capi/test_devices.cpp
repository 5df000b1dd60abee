// Instruments through the C interface, with the drivers for trying programs out.
#include "capi/support.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <thread>

namespace tests {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

class devices : public capi {};

double position(ald_device *axis) {
    double x = nan;
    EXPECT_EQ(ald_movable_position(axis, ALD_WAIT_DEFAULT, nullptr, &x, nullptr), ALD_OK);
    return x;
}

// A motion that would last for minutes.
owned<ald_op> long_move(ald_device *axis, double to = 90) {
    owned<ald_op> o;
    EXPECT_EQ(ald_movable_start_move_abs(axis, to, ALD_WAIT_FOREVER, o.out(), nullptr), ALD_OK);
    EXPECT_EQ(ald_op_wait_begun(o, 20 * s, nullptr, nullptr), ALD_OK);
    return o;
}

constexpr const char *slow = R"({"velocity": 0.5})";
constexpr const char *quick = R"({"velocity": 100000.0, "settle_time": 0.0})";

TEST_F(devices, reads_a_number_with_its_times) {
    const auto d = open_mock("mock-readable", R"({"value": 2.5, "unit": "V"})");
    EXPECT_STREQ(ald_readable_unit(d), "V");
    auto reading = initial(ald_reading_init);
    EXPECT_TRUE(std::isnan(reading.value));
    EXPECT_EQ(ald_readable_last(d, &reading, nullptr), ALD_E_STATE);
    const std::int64_t before = ald_clock_mono_ns();
    ASSERT_EQ(ald_readable_read(d, ALD_WAIT_DEFAULT, nullptr, &reading, nullptr), ALD_OK);
    EXPECT_EQ(reading.value, 2.5);
    EXPECT_GE(reading.t_mono_ns, before);
    EXPECT_LE(reading.t_mono_ns, ald_clock_mono_ns());
    EXPECT_EQ(reading.t_wall_ns, ald_clock_wall_from_mono(reading.t_mono_ns));
    EXPECT_EQ(reading.quality, 0U);
    auto last = initial(ald_reading_init);
    ASSERT_EQ(ald_readable_last(d, &last, nullptr), ALD_OK);
    EXPECT_EQ(last.t_mono_ns, reading.t_mono_ns);
    double value = 0;
    std::int64_t t = 0;
    const ald_device *one = d;
    ASSERT_EQ(ald_readable_last_many(&one, 1, &value, sizeof(value), &t, sizeof(t), nullptr),
              ALD_OK);
    EXPECT_EQ(value, 2.5);
    EXPECT_EQ(t, reading.t_mono_ns);
}

TEST_F(devices, limits_are_refused_by_name_before_anything_moves) {
    const auto d = open_mock("mock-movable", R"({"min": -5.0, "max": 10.0, "unit": "mm"})");
    double low = 0;
    double high = 0;
    ASSERT_EQ(ald_movable_limits(d, &low, &high, nullptr), ALD_OK);
    EXPECT_EQ(low, -5);
    EXPECT_EQ(high, 10);
    EXPECT_STREQ(ald_movable_unit(d), "mm");
    error e;
    EXPECT_EQ(ald_movable_move_abs(d, 10.5, ALD_WAIT_DEFAULT, nullptr, e.out()), ALD_E_RANGE);
    EXPECT_NE(message(e).find("10 mm"), std::string::npos) << message(e);
    EXPECT_EQ(std::string(ald_error_where(e)), "thing: position");
    EXPECT_EQ(ald_movable_move_abs(d, -5.5, ALD_WAIT_DEFAULT, nullptr, e.out()), ALD_E_RANGE);
    EXPECT_NE(message(e).find("-5 mm"), std::string::npos) << message(e);
    EXPECT_EQ(ald_movable_move_rel(d, 11, ALD_WAIT_DEFAULT, nullptr, e.out()), ALD_E_RANGE);
    owned<ald_op> o;
    EXPECT_EQ(ald_movable_start_move_abs(d, 11, ALD_WAIT_DEFAULT, o.out(), nullptr), ALD_E_RANGE);
    EXPECT_EQ(o.get(), nullptr);
    EXPECT_EQ(ald_device_set(d, "position", new_double(11), -2, nullptr, nullptr, nullptr),
              ALD_E_RANGE);
    EXPECT_EQ(position(d), 0);
}

TEST_F(devices, nan_and_infinity_are_no_positions) {
    const auto d = open_mock("mock-movable");
    for (const double x :
         {nan, std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()}) {
        const ald_status absolute = ald_movable_move_abs(d, x, -2, nullptr, nullptr);
        EXPECT_TRUE(absolute == ALD_E_INVALID || absolute == ALD_E_RANGE) << x;
        EXPECT_EQ(ald_movable_move_rel(d, x, -2, nullptr, nullptr), ALD_E_INVALID) << x;
    }
    EXPECT_EQ(ald_movable_move_abs(d, nan, -2, nullptr, nullptr), ALD_E_INVALID);
    EXPECT_EQ(position(d), 0);
}

TEST_F(devices, moves_and_tells_where_it_came_to_stand) {
    const auto d = open_mock("mock-movable", quick);
    ASSERT_EQ(ald_movable_move_abs(d, 12.5, ALD_WAIT_DEFAULT, nullptr, nullptr), ALD_OK);
    EXPECT_EQ(position(d), 12.5);
    ASSERT_EQ(ald_movable_move_rel(d, -2.5, ALD_WAIT_DEFAULT, nullptr, nullptr), ALD_OK);
    EXPECT_EQ(position(d), 10);
    owned<ald_op> o;
    ASSERT_EQ(ald_movable_start_move_abs(d, 3, ALD_WAIT_DEFAULT, o.out(), nullptr), ALD_OK);
    EXPECT_EQ(end_of(o), ALD_OK);
    owned<ald_value> reached;
    ASSERT_EQ(ald_op_result(o, reached.out(), nullptr), ALD_OK);
    EXPECT_EQ(double_of(reached), 3);
    ASSERT_EQ(ald_movable_home(d, ALD_WAIT_DEFAULT, nullptr, nullptr), ALD_OK);
    EXPECT_EQ(position(d), 0);
}

TEST_F(devices, a_newer_move_is_busy_and_leaves_the_first_alone) {
    const auto d = open_mock("mock-movable", slow);
    const auto first = long_move(d);
    error e;
    EXPECT_EQ(ald_movable_move_abs(d, 1, ALD_WAIT_DEFAULT, nullptr, e.out()), ALD_E_BUSY);
    EXPECT_NE(message(e).find("thing"), std::string::npos);
    EXPECT_EQ(ald_movable_home(d, ALD_WAIT_DEFAULT, nullptr, nullptr), ALD_E_BUSY);
    EXPECT_EQ(ald_op_status(first), ALD_OP_RUNNING);
    EXPECT_EQ(ald_movable_stop(d, ALD_WAIT_DEFAULT, nullptr), ALD_OK);
    EXPECT_EQ(end_of(first), ALD_E_CANCELLED);
    EXPECT_EQ(ald_movable_wait_settled(d, 0, nullptr, nullptr), ALD_OK);
}

TEST_F(devices, stop_during_a_move_lets_the_axis_stand) {
    const auto d = open_mock("mock-movable", slow);
    const auto move = long_move(d);
    EXPECT_TRUE(eventually([&] { return position(d) > 0; }));
    EXPECT_EQ(ald_movable_stop(d, ALD_WAIT_DEFAULT, nullptr), ALD_OK);
    EXPECT_EQ(end_of(move), ALD_E_CANCELLED);
    const double here = position(d);
    EXPECT_GT(here, 0);
    EXPECT_LT(here, 90);
    sleep_ms(5);
    EXPECT_EQ(position(d), here);
    EXPECT_EQ(ald_movable_stop(d, ALD_WAIT_DEFAULT, nullptr), ALD_OK) << "of one that stands";
}

TEST_F(devices, a_jog_goes_on_until_it_is_stopped_and_here_becomes_zero) {
    const auto d = open_mock("mock-movable", slow);
    owned<ald_op> jog;
    ASSERT_EQ(ald_movable_start_jog(d, 1, ALD_WAIT_DEFAULT, jog.out(), nullptr), ALD_OK);
    EXPECT_TRUE(eventually([&] { return position(d) > 0; }));
    error busy;
    EXPECT_EQ(ald_movable_set_zero(d, ALD_WAIT_DEFAULT, nullptr, busy.out()), ALD_E_BUSY);
    EXPECT_NE(message(busy).find("once it stands"), std::string::npos) << message(busy);
    EXPECT_EQ(ald_movable_stop(d, ALD_WAIT_DEFAULT, nullptr), ALD_OK);
    EXPECT_EQ(end_of(jog), ALD_E_CANCELLED);
    const double here = position(d);
    EXPECT_GT(here, 0);
    EXPECT_EQ(position(d), here);
    EXPECT_EQ(ald_movable_jog(d, -1, ms, nullptr, nullptr), ALD_E_TIMEOUT);
    EXPECT_LT(position(d), here);
    EXPECT_EQ(ald_movable_set_zero(d, ALD_WAIT_DEFAULT, nullptr, nullptr), ALD_OK);
    EXPECT_EQ(position(d), 0);
    EXPECT_EQ(ald_movable_jog(d, 0, ALD_WAIT_DEFAULT, nullptr, nullptr), ALD_E_INVALID);
}

TEST_F(devices, a_cancel_stops_the_axis) {
    const auto d = open_mock("mock-movable", slow);
    const auto move = long_move(d);
    ASSERT_EQ(ald_op_cancel(move, nullptr), ALD_OK);
    EXPECT_EQ(end_of(move), ALD_E_CANCELLED);
    EXPECT_EQ(ald_op_status(move), ALD_OP_CANCELLED);
    const double here = position(d);
    sleep_ms(5);
    EXPECT_EQ(position(d), here);
}

TEST_F(devices, a_cancel_of_the_caller_stops_the_axis) {
    const auto d = open_mock("mock-movable", slow);
    const auto c = new_cancel();
    ald_status ended = ALD_OK;
    std::thread mover([&] { ended = ald_movable_move_abs(d, 90, -1, c, nullptr); });
    EXPECT_TRUE(eventually([&] { return position(d) > 0; }));
    ald_cancel_trigger(c);
    mover.join();
    EXPECT_EQ(ended, ALD_E_CANCELLED);
    const double here = position(d);
    sleep_ms(5);
    EXPECT_EQ(position(d), here);
}

TEST_F(devices, a_timeout_stops_the_axis) {
    const auto d = open_mock("mock-movable", slow);
    EXPECT_EQ(ald_movable_move_abs(d, 90, 30 * ms, nullptr, nullptr), ALD_E_TIMEOUT);
    const double here = position(d);
    sleep_ms(5);
    EXPECT_EQ(position(d), here);
    EXPECT_EQ(ald_movable_wait_settled(d, 0, nullptr, nullptr), ALD_OK);
}

TEST_F(devices, a_wait_that_times_out_never_cancels) {
    const auto d = open_mock("mock-movable", slow);
    const auto move = long_move(d);
    EXPECT_EQ(ald_op_wait(move, 5 * ms, nullptr, nullptr), ALD_E_TIMEOUT);
    EXPECT_EQ(ald_movable_wait_settled(d, 5 * ms, nullptr, nullptr), ALD_E_TIMEOUT);
    owned<ald_op> settled;
    ASSERT_EQ(ald_movable_start_wait_settled(d, -1, settled.out(), nullptr), ALD_OK);
    ASSERT_EQ(ald_op_cancel(settled, nullptr), ALD_OK);
    EXPECT_EQ(end_of(settled), ALD_E_CANCELLED);
    EXPECT_EQ(ald_op_status(move), ALD_OP_RUNNING);
    ASSERT_EQ(ald_movable_start_wait_settled(d, -1, settled.out(), nullptr), ALD_OK);
    EXPECT_EQ(ald_movable_stop(d, -2, nullptr), ALD_OK);
    EXPECT_EQ(end_of(settled), ALD_E_CANCELLED) << "as the motion ended";
}

TEST_F(devices, a_move_tells_its_progress) {
    const auto d = open_mock("mock-movable", R"({"velocity": 50.0})");
    const auto q = new_queue(1024);
    owned<ald_op> o;
    ASSERT_EQ(ald_movable_start_move_abs(d, 10, -2, o.out(), nullptr), ALD_OK);
    ASSERT_EQ(
        ald_op_notify(o, q, 3, ALD_NOTIFY_BEGUN | ALD_NOTIFY_PROGRESS | ALD_NOTIFY_ENDED, nullptr),
        ALD_OK);
    EXPECT_EQ(end_of(o), ALD_OK);
    const auto records = drain(q);
    ASSERT_GE(records.size(), 3U);
    EXPECT_EQ(records.front().kind, ALD_EVENT_OP_BEGUN);
    EXPECT_EQ(records.back().kind, ALD_EVENT_OP_ENDED);
    EXPECT_EQ(records.back().real, 10);
    auto progress = initial(ald_progress_init);
    ASSERT_EQ(ald_op_progress(o, &progress, nullptr), ALD_OK);
    EXPECT_STREQ(progress.unit, "mm");
    EXPECT_EQ(progress.state, ALD_OP_DONE);
}

TEST_F(devices, an_answer_that_does_not_come_times_out_and_the_next_one_is_its_own) {
    const auto d = open_mock("mock-readable", R"({"latency": 0.05, "value": 1.0})");
    auto reading = initial(ald_reading_init);
    EXPECT_EQ(ald_readable_read(d, 5 * ms, nullptr, &reading, nullptr), ALD_E_TIMEOUT);
    EXPECT_TRUE(std::isnan(reading.value)) << "outputs stay untouched on failure";
    ASSERT_EQ(ald_device_set(d, "level", new_double(2), -2, nullptr, nullptr, nullptr), ALD_OK);
    EXPECT_EQ(ald_readable_read(d, -2, nullptr, &reading, nullptr), ALD_OK);
    EXPECT_EQ(reading.value, 2);
}

TEST_F(devices, events_are_told_to_subscribers) {
    const auto d = new_mock("mock-readable");
    const auto all = new_queue();
    const auto changes = new_queue();
    ASSERT_EQ(ald_device_subscribe(d, all, 0, 7, nullptr), ALD_OK);
    ASSERT_EQ(ald_device_subscribe(d, changes, ALD_EVENT_PROPERTY_CHANGED, 8, nullptr), ALD_OK);
    ASSERT_EQ(ald_device_open(d, -2, nullptr, nullptr), ALD_OK);
    ASSERT_EQ(ald_device_set(d, "level", new_double(4), -2, nullptr, nullptr, nullptr), ALD_OK);
    const auto told = drain(changes);
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].tag, 8U);
    EXPECT_EQ(told[0].source, ald_device_id(d));
    const owned<ald_value> payload(static_cast<ald_value *>(told[0].payload));
    EXPECT_EQ(string_of(item(payload, "device")), "thing");
    EXPECT_EQ(string_of(item(payload, "property")), "level");
    EXPECT_EQ(double_of(item(payload, "value")), 4);
    ASSERT_EQ(ald_device_unsubscribe(d, changes, nullptr), ALD_OK);
    EXPECT_EQ(ald_device_unsubscribe(d, changes, nullptr), ALD_E_NOT_FOUND);
    ASSERT_EQ(ald_device_set(d, "level", new_double(5), -2, nullptr, nullptr, nullptr), ALD_OK);
    EXPECT_TRUE(drain(changes).empty());
    ald_device_close(d);
    std::vector<std::int32_t> kinds;
    for (const ald_record &r : drain(all)) {
        kinds.push_back(r.kind);
        unref(r.payload);
    }
    EXPECT_EQ(kinds.front(), ALD_EVENT_DEVICE_OPENED);
    EXPECT_EQ(kinds.back(), ALD_EVENT_DEVICE_CLOSED);
    EXPECT_EQ(std::count(kinds.begin(), kinds.end(), ALD_EVENT_PROPERTY_CHANGED), 2);
}

TEST_F(devices, a_snapshot_reads_all_that_can_be_read) {
    const auto d = open_mock("mock-readable", R"({"value": 1.5, "unit": "W"})");
    owned<ald_op> o;
    ASSERT_EQ(ald_device_start_snapshot(d, ALD_WAIT_DEFAULT, o.out(), nullptr), ALD_OK);
    EXPECT_EQ(end_of(o), ALD_OK);
    owned<ald_value> snapshot;
    ASSERT_EQ(ald_op_result(o, snapshot.out(), nullptr), ALD_OK);
    EXPECT_EQ(ald_value_count(snapshot), 3);
    const auto entry = item(snapshot, "thing:value");
    EXPECT_EQ(double_of(item(entry, "value")), 1.5);
    EXPECT_EQ(string_of(item(entry, "unit")), "W");
}

TEST_F(devices, a_snapshot_can_be_cancelled_and_tells_of_what_failed) {
    const auto d = open_mock("mock-readable", R"({"latency": 30.0})");
    owned<ald_op> o;
    ASSERT_EQ(ald_device_start_snapshot(d, ALD_WAIT_FOREVER, o.out(), nullptr), ALD_OK);
    EXPECT_EQ(ald_op_wait_begun(o, 20 * s, nullptr, nullptr), ALD_OK);
    ASSERT_EQ(ald_op_cancel(o, nullptr), ALD_OK);
    EXPECT_EQ(end_of(o), ALD_E_CANCELLED);
    ASSERT_EQ(ald_device_start_snapshot(d, 20 * ms, o.out(), nullptr), ALD_OK);
    EXPECT_EQ(end_of(o), ALD_OK);
    owned<ald_value> snapshot;
    ASSERT_EQ(ald_op_result(o, snapshot.out(), nullptr), ALD_OK);
    EXPECT_NE(string_of(item(item(snapshot, "thing:value"), "error")), "");
}

TEST_F(devices, what_is_not_open_or_not_there_says_so) {
    const auto d = new_mock("mock-readable");
    owned<ald_value> v;
    error e;
    EXPECT_EQ(ald_device_get(d, "level", -2, nullptr, v.out(), e.out()), ALD_E_STATE);
    EXPECT_EQ(ald_device_open(d, -2, nullptr, nullptr), ALD_OK);
    EXPECT_EQ(ald_device_get(d, "levl", -2, nullptr, v.out(), e.out()), ALD_E_NOT_FOUND);
    EXPECT_NE(message(e).find("did you mean 'level'"), std::string::npos) << message(e);
    EXPECT_EQ(ald_device_set(d, "value", new_double(1), -2, nullptr, nullptr, nullptr),
              ALD_E_UNSUPPORTED);
    EXPECT_EQ(ald_device_set(d, "level", from_json("\"1\""), -2, nullptr, nullptr, nullptr),
              ALD_E_INVALID);
    EXPECT_EQ(ald_device_set(d, "noise", new_double(-1), -2, nullptr, nullptr, nullptr),
              ALD_E_RANGE);
    EXPECT_EQ(ald_movable_move_abs(d, 1, -2, nullptr, nullptr), ALD_E_UNSUPPORTED);
    owned<ald_op> o;
    EXPECT_EQ(ald_device_start_action(d, "zero", nullptr, -2, o.out(), nullptr), ALD_E_NOT_FOUND);
    owned<ald_device> none;
    EXPECT_EQ(ald_device_new("x", "mock-readible", nullptr, none.out(), e.out()), ALD_E_NOT_FOUND);
    EXPECT_NE(message(e).find("mock-readable"), std::string::npos) << message(e);
    EXPECT_EQ(
        ald_device_new("x", "mock-readable", from_json(R"({"nois": 1.0})"), none.out(), e.out()),
        ALD_E_NOT_FOUND);
    EXPECT_NE(message(e).find("did you mean 'noise'"), std::string::npos) << message(e);
    EXPECT_EQ(ald_device_new("a b", "mock-readable", nullptr, none.out(), nullptr), ALD_E_INVALID);
    ald_device_close(d);
    EXPECT_EQ(ald_device_status(d), ALD_DEVICE_CLOSED);
    EXPECT_EQ(ald_device_get(d, "level", -2, nullptr, v.out(), nullptr), ALD_E_CLOSED);
    EXPECT_EQ(ald_device_open(d, -2, nullptr, nullptr), ALD_E_CLOSED);
}

TEST_F(devices, the_same_seed_gives_the_same_noise) {
    constexpr const char *noisy = R"({"noise": 0.5, "seed": 7})";
    const auto one = open_mock("mock-readable", noisy);
    const auto two = open_mock("mock-readable", noisy);
    for (int i = 0; i < 20; ++i) {
        auto a = initial(ald_reading_init);
        auto b = initial(ald_reading_init);
        ASSERT_EQ(ald_readable_read(one, -2, nullptr, &a, nullptr), ALD_OK);
        ASSERT_EQ(ald_readable_read(two, -2, nullptr, &b, nullptr), ALD_OK);
        EXPECT_EQ(a.value, b.value);
    }
}

TEST_F(devices, many_threads_move_read_and_stop) {
    const auto d = open_mock("mock-movable", R"({"velocity": 2000.0, "settle_time": 0.0})");
    std::atomic<int> surprises{0};
    std::vector<std::thread> threads;
    for (int n = 0; n < 4; ++n) {
        threads.emplace_back([&, n] {
            for (int i = 0; i < 60; ++i) {
                const ald_status moved =
                    ald_movable_move_abs(d, (i * 37 + n * 11) % 90, -2, nullptr, nullptr);
                surprises += moved != ALD_OK && moved != ALD_E_BUSY && moved != ALD_E_CANCELLED;
                double x = 0;
                surprises += ald_movable_position(d, -2, nullptr, &x, nullptr) != ALD_OK;
                if (i % 8 == 0) {
                    surprises += ald_movable_stop(d, -2, nullptr) != ALD_OK;
                }
            }
        });
    }
    for (std::thread &t : threads) {
        t.join();
    }
    EXPECT_EQ(surprises, 0);
    EXPECT_EQ(ald_movable_wait_settled(d, 10 * s, nullptr, nullptr), ALD_OK);
}

} // namespace
} // namespace tests
