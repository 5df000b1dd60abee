// Clocks: wall time that is never stepped, and hardware clocks that learn.
#include "base/clock.hpp"
#include "unit/base/values_support.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

using namespace alidade;
using alidade::test::code_of;

namespace {

constexpr std::int64_t ms = 1'000'000;
constexpr std::int64_t second = 1'000 * ms;
constexpr std::int64_t greatest = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();

TEST(Clock, MonotonicTimeNeverGoesBack) {
    std::int64_t last = mono_ns();
    for (int i = 0; i < 10000; ++i) {
        const std::int64_t now = mono_ns();
        ASSERT_GE(now, last);
        last = now;
    }
}

TEST(Clock, WallTimeIsMonotonicTimeWithOneOffset) {
    const std::int64_t offset = wall_from_mono(0);
    for (const std::int64_t t : {std::int64_t{1}, second, 3600 * second, mono_ns()}) {
        EXPECT_EQ(wall_from_mono(t) - t, offset);
    }
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    const std::int64_t system = static_cast<std::int64_t>(now.tv_sec) * second + now.tv_nsec;
    EXPECT_LT(std::abs(wall_from_mono(mono_ns()) + wall_error_ns() - system), 10 * second);
}

TEST(Clock, ADeadlineNeverOverflows) {
    EXPECT_EQ(deadline_after(-1), never);
    EXPECT_EQ(deadline_after(greatest), never);
    const std::int64_t now = deadline_after(0);
    EXPECT_LE(now, mono_ns());
    EXPECT_GT(deadline_after(3600 * second), mono_ns());
    EXPECT_EQ(time_left(never), -1);
    EXPECT_EQ(time_left(deadline_after(0)), 0);
    EXPECT_GT(time_left(deadline_after(3600 * second)), 3599 * second);
}

TEST(HardwareClock, KnowsNothingBeforeTheFirstPair) {
    const auto c = make<hardware_clock>("camera");
    EXPECT_EQ(c->name(), "camera");
    EXPECT_GT(c->id(), 0U);
    EXPECT_NE(c->id(), make<hardware_clock>("camera")->id());
    const auto nothing = c->to_mono(0);
    EXPECT_EQ(code_of(nothing), ALD_E_STATE);
    EXPECT_NE(nothing.error()->detail().message.find("camera"), std::string::npos);
}

TEST(HardwareClock, OnePairGivesAnOffset) {
    const auto c = make<hardware_clock>("c");
    ASSERT_TRUE(c->observe(1000, 5000, 5200));
    const auto here = *c->to_mono(1000);
    EXPECT_EQ(here.t_mono_ns, 5100);
    EXPECT_EQ(here.uncertainty_ns, 100) << "half of the window";
    EXPECT_EQ(c->to_mono(2000)->t_mono_ns, 6100);
    EXPECT_EQ(c->to_mono(0)->t_mono_ns, 4100);
}

TEST(HardwareClock, LearnsHowFastTheHardwareRuns) {
    const auto c = make<hardware_clock>("c");
    constexpr double rate = 1 + 50e-6; // 50 ppm off
    const auto mono_of = [](std::int64_t hw) {
        return 700 * second + std::llround(static_cast<double>(hw) * rate);
    };
    for (std::int64_t hw = 0; hw < 60 * second; hw += second) {
        const std::int64_t t = mono_of(hw);
        ASSERT_TRUE(c->observe(hw, t - 10'000, t + 10'000));
    }
    const std::int64_t later = 120 * second;
    const auto mapped = *c->to_mono(later);
    EXPECT_NEAR(static_cast<double>(mapped.t_mono_ns), static_cast<double>(mono_of(later)), 1000);
    EXPECT_GE(mapped.uncertainty_ns, 10'000);
    EXPECT_LE(mapped.uncertainty_ns, 20'000);
}

TEST(HardwareClock, TrustsNarrowWindowsMore) {
    const auto c = make<hardware_clock>("c");
    for (std::int64_t i = 0; i < 20; ++i) {
        const std::int64_t hw = i * second;
        if (i % 2 == 0) {
            ASSERT_TRUE(c->observe(hw, hw - 100, hw + 100));
        } else { // the answer was slow: its middle is 4 ms late
            ASSERT_TRUE(c->observe(hw, hw - ms, hw + 9 * ms));
        }
    }
    const auto mapped = *c->to_mono(10 * second);
    EXPECT_NEAR(static_cast<double>(mapped.t_mono_ns), 10.0 * second, 1000);
    EXPECT_GE(mapped.uncertainty_ns, 4 * ms - 1000) << "but no pair may lie outside";
}

TEST(HardwareClock, ForgetsOldPairs) {
    const auto c = make<hardware_clock>("c");
    for (std::int64_t i = 0; i < 64; ++i) {
        ASSERT_TRUE(c->observe(i * second, i * second, i * second + 2));
    }
    for (std::int64_t i = 64; i < 128; ++i) { // it was stepped by 1 ms
        ASSERT_TRUE(c->observe(i * second, i * second + ms, i * second + ms + 2));
    }
    const auto mapped = *c->to_mono(127 * second);
    EXPECT_NEAR(static_cast<double>(mapped.t_mono_ns), 127.0 * second + ms, 10);
    EXPECT_LT(mapped.uncertainty_ns, 10);
}

TEST(HardwareClock, ACountThatGoesBackIsAReset) {
    const auto c = make<hardware_clock>("c");
    ASSERT_TRUE(c->observe(100 * second, 1000 * second, 1000 * second + 2));
    EXPECT_EQ(code_of(c->observe(1 * second, 1010 * second, 1010 * second + 2)), ALD_E_STATE_LOST);
    EXPECT_EQ(c->to_mono(1 * second)->t_mono_ns, 1010 * second + 1) << "mapped anew";
}

TEST(HardwareClock, RefusesAWindowThatEndsBeforeItBegins) {
    const auto c = make<hardware_clock>("c");
    EXPECT_EQ(code_of(c->observe(0, 10, 9)), ALD_E_INVALID);
    EXPECT_EQ(code_of(c->to_mono(0)), ALD_E_STATE) << "nothing was learnt of it";
}

TEST(HardwareClock, NoTimeOverflows) {
    const auto c = make<hardware_clock>("c");
    ASSERT_TRUE(c->observe(least, least, greatest));
    ASSERT_TRUE(c->observe(greatest, least, greatest));
    for (const std::int64_t t : {least, std::int64_t{0}, greatest}) {
        EXPECT_GE(c->to_mono(t)->uncertainty_ns, 1);
    }
}

} // namespace
