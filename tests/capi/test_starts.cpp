// Verbs that are operations: closing, and the search for devices.
#include "capi/support.hpp"

namespace tests {
namespace {

class starts : public capi {};

owned<ald_lab> lab_with(const char *name, const char *driver) {
    owned<ald_lab> lab;
    EXPECT_EQ(ald_lab_new("bench", lab.out(), nullptr), ALD_OK);
    EXPECT_EQ(ald_lab_add(lab, name, driver, nullptr, nullptr, nullptr), ALD_OK);
    EXPECT_EQ(ald_lab_open(lab, ALD_WAIT_DEFAULT, nullptr, nullptr, nullptr), ALD_OK);
    return lab;
}

TEST_F(starts, closing_a_device_ends_its_motion) {
    const auto stage = open_mock("mock-movable", R"({"velocity": 0.1})");
    owned<ald_op> motion;
    owned<ald_op> closing;
    ASSERT_EQ(ald_movable_start_move_abs(stage, 50, ALD_WAIT_FOREVER, motion.out(), nullptr),
              ALD_OK);
    ASSERT_EQ(ald_device_start_close(stage, closing.out(), nullptr), ALD_OK);
    EXPECT_EQ(end_of(closing), ALD_OK);
    EXPECT_EQ(ald_device_status(stage), ALD_DEVICE_CLOSED);
    EXPECT_NE(end_of(motion), ALD_OK);
}

TEST_F(starts, closing_again_and_closing_many_times_at_once) {
    const auto sensor = open_mock("mock-readable", R"({"latency": 60.0})");
    owned<ald_op> reading;
    ASSERT_EQ(ald_readable_start_read(sensor, ALD_WAIT_FOREVER, reading.out(), nullptr), ALD_OK);
    std::vector<owned<ald_op>> closings(10);
    for (auto &c : closings) {
        ASSERT_EQ(ald_device_start_close(sensor, c.out(), nullptr), ALD_OK);
    }
    for (auto &c : closings) {
        EXPECT_EQ(end_of(c), ALD_OK);
    }
    EXPECT_EQ(end_of(reading), ALD_E_CLOSED);
    owned<ald_op> again;
    ASSERT_EQ(ald_device_start_close(sensor, again.out(), nullptr), ALD_OK);
    EXPECT_EQ(end_of(again), ALD_OK);
}

TEST_F(starts, closing_one_that_was_never_open_and_one_whose_handle_is_gone) {
    owned<ald_op> closing;
    {
        const auto stage = new_mock("mock-movable");
        ASSERT_EQ(ald_device_start_close(stage, closing.out(), nullptr), ALD_OK);
    }
    EXPECT_EQ(end_of(closing), ALD_OK);
}

TEST_F(starts, closing_a_lab_closes_its_devices) {
    const auto lab = lab_with("stage", "mock-movable");
    owned<ald_device> stage;
    ASSERT_EQ(ald_lab_device(lab, "stage", stage.out(), nullptr), ALD_OK);
    for (int i = 0; i < 2; ++i) {
        owned<ald_op> closing;
        ASSERT_EQ(ald_lab_start_close(lab, closing.out(), nullptr), ALD_OK);
        EXPECT_EQ(end_of(closing), ALD_OK);
    }
    EXPECT_EQ(ald_device_status(stage), ALD_DEVICE_CLOSED);
    EXPECT_EQ(ald_lab_add(lab, "more", "mock-movable", nullptr, nullptr, nullptr), ALD_E_CLOSED);
}

TEST_F(starts, a_closing_tells_a_queue_of_its_end) {
    const auto lab = lab_with("sensor", "mock-readable");
    const auto queue = new_queue();
    owned<ald_op> closing;
    ASSERT_EQ(ald_lab_start_close(lab, closing.out(), nullptr), ALD_OK);
    ASSERT_EQ(ald_op_notify(closing, queue, 7, ALD_NOTIFY_ENDED, nullptr), ALD_OK);
    ASSERT_EQ(ald_queue_wait(queue, 20 * s, nullptr, nullptr), ALD_OK);
    const auto records = drain(queue);
    ASSERT_EQ(records.size(), 1U);
    EXPECT_EQ(records[0].kind, ALD_EVENT_OP_ENDED);
    EXPECT_EQ(records[0].tag, 7U);
    EXPECT_EQ(records[0].status, ALD_OK);
}

TEST_F(starts, a_device_comes_to_its_safe_state_in_both_forms) {
    const auto stage = open_mock("mock-movable", "{}");
    const auto steps = from_json(R"([{"set": "velocity", "to": 7.0}])");
    ASSERT_EQ(ald_device_set_safe_state(stage, steps, nullptr), ALD_OK);
    const auto velocity = [&] {
        owned<ald_value> read;
        double number = 0;
        EXPECT_EQ(ald_device_get(stage, "velocity", ALD_WAIT_DEFAULT, nullptr, read.out(), nullptr),
                  ALD_OK);
        EXPECT_EQ(ald_value_get_double(read, &number, nullptr), ALD_OK);
        return number;
    };
    owned<ald_op> motion;
    ASSERT_EQ(ald_movable_start_move_abs(stage, 90, ALD_WAIT_FOREVER, motion.out(), nullptr),
              ALD_OK);
    EXPECT_EQ(ald_device_safe_state(stage, ALD_WAIT_DEFAULT, nullptr, nullptr), ALD_OK);
    EXPECT_EQ(end_of(motion), ALD_E_CANCELLED);
    EXPECT_EQ(velocity(), 7.0);
    const auto fast = from_json("8.0");
    ASSERT_EQ(ald_device_set(stage, "velocity", fast, ALD_WAIT_DEFAULT, nullptr, nullptr, nullptr),
              ALD_OK);
    owned<ald_op> safe;
    ASSERT_EQ(ald_device_start_safe_state(stage, ALD_WAIT_DEFAULT, safe.out(), nullptr), ALD_OK);
    EXPECT_EQ(end_of(safe), ALD_OK);
    EXPECT_EQ(velocity(), 7.0);
}

TEST_F(starts, the_search_finds_what_the_waiting_form_finds) {
    owned<ald_op> search;
    owned<ald_value> found;
    owned<ald_value> same;
    ASSERT_EQ(ald_driver_start_discover(ALD_WAIT_DEFAULT, search.out(), nullptr), ALD_OK);
    ASSERT_EQ(end_of(search), ALD_OK);
    ASSERT_EQ(ald_op_result(search, found.out(), nullptr), ALD_OK);
    ASSERT_EQ(ald_driver_discover(ALD_WAIT_DEFAULT, nullptr, same.out(), nullptr), ALD_OK);
    EXPECT_GE(ald_value_count(found), 1);
    EXPECT_EQ(ald_value_equal(found, same), 1);
    error e;
    EXPECT_EQ(ald_driver_start_discover(-3, search.out(), e.out()), ALD_E_INVALID);
    EXPECT_NE(message(e).find("-3"), std::string::npos) << message(e);
}

TEST_F(starts, a_probe_says_what_is_wrong_in_both_forms) {
    const auto refused = [](const char *driver, const char *uri, ald_status expected) {
        owned<ald_op> search;
        owned<ald_value> found;
        EXPECT_EQ(ald_driver_start_probe(driver, uri, ALD_WAIT_DEFAULT, search.out(), nullptr),
                  expected);
        error e;
        EXPECT_EQ(ald_driver_probe(driver, uri, ALD_WAIT_DEFAULT, nullptr, found.out(), e.out()),
                  expected);
        return message(e);
    };
    EXPECT_NE(refused("hots", "serial:/dev/ttyS0", ALD_E_NOT_FOUND).find("'host'"),
              std::string::npos);
    EXPECT_NE(refused("host", "serial:/dev/ttyS0", ALD_E_UNSUPPORTED).find("'uri'"),
              std::string::npos);
    EXPECT_NE(refused(nullptr, "serial:/dev/ttyS0", ALD_E_INVALID).find("driver"),
              std::string::npos);
    EXPECT_NE(refused("host", nullptr, ALD_E_INVALID).find("URI"), std::string::npos);
}

} // namespace
} // namespace tests
