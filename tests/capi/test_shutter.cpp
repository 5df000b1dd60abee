// Shutters by the C interface, and what they do to the light of the bench.
#include "capi/support.hpp"

namespace tests {
namespace {

constexpr std::int64_t usual = ALD_WAIT_DEFAULT;

class shutters : public capi {
protected:
    void SetUp() override {
        ASSERT_EQ(ald_lab_new("bench", lab_.out(), nullptr), ALD_OK);
        shutter_ =
            add("shutter", "mock-shutter", R"({"quantity": "shutter", "travel_time": 0.02})");
        meter_ = add("meter", "mock-readable", R"({"quantity": "power"})");
    }
    void TearDown() override {
        ald_lab_close(lab_);
        shutter_.reset();
        meter_.reset();
        lab_.reset();
        capi::TearDown();
    }
    owned<ald_device> add(const char *name, const char *driver, const char *options) {
        owned<ald_device> d;
        error e;
        EXPECT_EQ(ald_lab_add(lab_, name, driver, from_json(options), d.out(), e.out()), ALD_OK)
            << message(e);
        EXPECT_EQ(ald_device_open(d, usual, nullptr, e.out()), ALD_OK) << message(e);
        return d;
    }
    ald_shutter_state state() {
        ald_shutter_state now = -1;
        EXPECT_EQ(ald_shutter_read_state(shutter_, usual, nullptr, &now, nullptr), ALD_OK);
        return now;
    }
    double power() {
        auto reading = initial(ald_reading_init);
        EXPECT_EQ(ald_readable_read(meter_, usual, nullptr, &reading, nullptr), ALD_OK);
        return reading.value;
    }

    owned<ald_lab> lab_;
    owned<ald_device> shutter_;
    owned<ald_device> meter_;
};

TEST_F(shutters, block_the_light) {
    EXPECT_EQ(state(), ALD_SHUTTER_OPEN) << "the bench begins with an open one";
    const double light = power();
    ASSERT_EQ(ald_shutter_close(shutter_, usual, nullptr), ALD_OK);
    EXPECT_EQ(state(), ALD_SHUTTER_CLOSED);
    const double dark = power();
    EXPECT_LT(dark, 1e-6 * light) << "the room's light alone";
    ASSERT_EQ(ald_shutter_open(shutter_, usual, nullptr, nullptr), ALD_OK);
    EXPECT_EQ(state(), ALD_SHUTTER_OPEN);
    EXPECT_EQ(power(), light);
    EXPECT_EQ(ald_shutter_open(shutter_, usual, nullptr, nullptr), ALD_OK) << "it stays so";
}

TEST_F(shutters, take_their_time_and_tell) {
    ASSERT_EQ(ald_shutter_close(shutter_, usual, nullptr), ALD_OK);
    owned<ald_op> o;
    ASSERT_EQ(ald_shutter_start_open(shutter_, usual, o.out(), nullptr), ALD_OK);
    const ald_shutter_state meanwhile = state();
    EXPECT_TRUE(meanwhile == ALD_SHUTTER_OPENING || meanwhile == ALD_SHUTTER_OPEN);
    EXPECT_EQ(end_of(o), ALD_OK);
    ASSERT_EQ(ald_shutter_start_close(shutter_, usual, o.out(), nullptr), ALD_OK);
    EXPECT_EQ(end_of(o), ALD_OK);
    ASSERT_EQ(ald_shutter_start_read_state(shutter_, usual, o.out(), nullptr), ALD_OK);
    EXPECT_EQ(end_of(o), ALD_OK);
    owned<ald_value> word;
    ASSERT_EQ(ald_op_result(o, word.out(), nullptr), ALD_OK);
    EXPECT_EQ(string_of(word), "closed");
}

TEST_F(shutters, are_closed_by_an_emergency_stop) {
    ASSERT_EQ(ald_lab_emergency_stop(lab_, nullptr), ALD_OK);
    EXPECT_TRUE(eventually([&] { return state() == ALD_SHUTTER_CLOSED; }));
    EXPECT_LT(power(), 1e-6);
    error e;
    EXPECT_EQ(ald_shutter_open(shutter_, usual, nullptr, e.out()), ALD_E_STATE);
    EXPECT_NE(message(e).find("reset_stop"), std::string::npos) << message(e);
    ASSERT_EQ(ald_lab_reset_stop(lab_, nullptr), ALD_OK);
    EXPECT_EQ(state(), ALD_SHUTTER_CLOSED) << "what was ended stays ended";
    EXPECT_EQ(ald_shutter_open(shutter_, usual, nullptr, nullptr), ALD_OK);
}

TEST_F(shutters, are_closed_again_when_opening_is_given_up) {
    const auto slow = add("slow", "mock-shutter", R"({"travel_time": 0.2})");
    const auto c = new_cancel();
    ald_cancel_trigger(c);
    EXPECT_EQ(ald_shutter_open(slow, usual, c, nullptr), ALD_E_CANCELLED);
    EXPECT_EQ(ald_shutter_open(slow, 20 * ms, nullptr, nullptr), ALD_E_TIMEOUT);
    ald_shutter_state now = -1;
    EXPECT_EQ(ald_shutter_read_state(slow, usual, nullptr, &now, nullptr), ALD_OK);
    EXPECT_EQ(now, ALD_SHUTTER_CLOSED) << "the call waits for that";
    EXPECT_EQ(ald_shutter_open(meter_, usual, nullptr, nullptr), ALD_E_UNSUPPORTED);
    EXPECT_EQ(ald_shutter_close(meter_, usual, nullptr), ALD_E_UNSUPPORTED);
    EXPECT_EQ(ald_shutter_read_state(meter_, usual, nullptr, &now, nullptr), ALD_E_UNSUPPORTED);
}

} // namespace
} // namespace tests
