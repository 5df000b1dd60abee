// Outputs by the C interface: set-point, read-back, limits, and the laser of the bench.
#include "capi/support.hpp"

#include <cmath>

namespace tests {
namespace {

constexpr std::int64_t usual = ALD_WAIT_DEFAULT;

class settables : public capi {
protected:
    static owned<ald_device> output(const char *options) {
        owned<ald_device> d;
        error e;
        EXPECT_EQ(ald_device_new("output", "mock-settable", from_json(options), d.out(), e.out()),
                  ALD_OK)
            << message(e);
        EXPECT_EQ(ald_device_open(d, usual, nullptr, e.out()), ALD_OK) << message(e);
        return d;
    }
    static double readback(ald_device *d) {
        double x = -1;
        EXPECT_EQ(ald_settable_readback(d, usual, nullptr, &x, nullptr), ALD_OK);
        return x;
    }
    static double setpoint(ald_device *d) {
        double x = -1;
        EXPECT_EQ(ald_settable_setpoint(d, usual, nullptr, &x, nullptr), ALD_OK);
        return x;
    }
};

TEST_F(settables, are_set_within_their_limits_and_read_back) {
    const auto d = output(R"({"unit": "V", "min": -1, "max": 5, "resolution": 0.5})");
    EXPECT_STREQ(ald_settable_unit(d), "V");
    double least = 0;
    double greatest = 0;
    ASSERT_EQ(ald_settable_limits(d, &least, &greatest, nullptr), ALD_OK);
    EXPECT_EQ(least, -1);
    EXPECT_EQ(greatest, 5);
    double actual = 0;
    ASSERT_EQ(ald_settable_set(d, 1.6, usual, nullptr, &actual, nullptr), ALD_OK);
    EXPECT_EQ(actual, 1.5) << "what the instrument can do";
    EXPECT_EQ(setpoint(d), 1.5);
    EXPECT_EQ(readback(d), 1.5);
    error e;
    EXPECT_EQ(ald_settable_set(d, 5.1, usual, nullptr, nullptr, e.out()), ALD_E_RANGE);
    EXPECT_NE(message(e).find('V'), std::string::npos) << message(e);
    EXPECT_EQ(ald_settable_set(d, std::nan(""), usual, nullptr, nullptr, nullptr), ALD_E_INVALID);
    EXPECT_EQ(setpoint(d), 1.5) << "what was refused changes nothing";
}

TEST_F(settables, settle_or_are_held) {
    const auto d = output(R"({"lag": 0.01})");
    ASSERT_EQ(ald_settable_set(d, 4, usual, nullptr, nullptr, nullptr), ALD_OK);
    EXPECT_EQ(readback(d), 4) << "it has settled";
    const auto slow = output(R"({"lag": 100})");
    EXPECT_EQ(ald_settable_set(slow, 4, 20 * ms, nullptr, nullptr, nullptr), ALD_E_TIMEOUT);
    const double held = readback(slow);
    EXPECT_GT(held, 0);
    EXPECT_LT(held, 4);
    EXPECT_EQ(setpoint(slow), held);
    owned<ald_op> first;
    ASSERT_EQ(ald_settable_start_set(slow, 8, -1, first.out(), nullptr), ALD_OK);
    owned<ald_op> newer;
    ASSERT_EQ(ald_settable_start_set(slow, 2, -1, newer.out(), nullptr), ALD_OK);
    EXPECT_EQ(end_of(first), ALD_E_CANCELLED) << "overtaken";
    EXPECT_EQ(setpoint(slow), 2);
    ASSERT_EQ(ald_op_cancel(newer, nullptr), ALD_OK);
    EXPECT_EQ(end_of(newer), ALD_E_CANCELLED);
}

TEST_F(settables, are_told_from_others) {
    const auto stage = open_mock("mock-movable");
    double x = 0;
    EXPECT_EQ(ald_settable_set(stage, 1, usual, nullptr, nullptr, nullptr), ALD_E_UNSUPPORTED);
    EXPECT_EQ(ald_settable_readback(stage, usual, nullptr, &x, nullptr), ALD_E_UNSUPPORTED);
    EXPECT_EQ(ald_settable_limits(stage, &x, &x, nullptr), ALD_E_UNSUPPORTED);
    EXPECT_STREQ(ald_settable_unit(stage), "");
    owned<ald_op> o;
    const auto d = output("{}");
    ASSERT_EQ(ald_settable_start_setpoint(d, usual, o.out(), nullptr), ALD_OK);
    EXPECT_EQ(end_of(o), ALD_OK);
    ASSERT_EQ(ald_settable_start_readback(d, usual, o.out(), nullptr), ALD_OK);
    EXPECT_EQ(end_of(o), ALD_OK);
}

} // namespace
} // namespace tests
