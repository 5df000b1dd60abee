#include "host/meters.hpp"

#include <gtest/gtest.h>

using namespace host_driver;

namespace {

constexpr std::int64_t ms = 1'000'000;

} // namespace

TEST(rate_meter, divides_what_was_counted_by_the_time) {
    rate_meter meter(1000, 5000 * ms);
    const rate r = meter.next(3000, 5500 * ms);
    EXPECT_TRUE(r.settled);
    EXPECT_DOUBLE_EQ(r.value, 4000);
    EXPECT_DOUBLE_EQ(meter.next(3000, 6500 * ms).value, 0);
}

TEST(rate_meter, repeats_itself_when_too_little_time_has_passed) {
    rate_meter meter(0, 0);
    EXPECT_FALSE(meter.next(10, ms / 2).settled);
    EXPECT_DOUBLE_EQ(meter.next(100, 100 * ms).value, 1000);
    const rate again = meter.next(999, 100 * ms + ms / 2);
    EXPECT_FALSE(again.settled) << "the same measurement twice is not two";
    EXPECT_DOUBLE_EQ(again.value, 1000);
    // The interval goes on: what was counted meanwhile is not lost.
    EXPECT_DOUBLE_EQ(meter.next(1100, 200 * ms).value, 10000);
}

TEST(rate_meter, gives_an_unsettled_zero_when_the_counter_begins_anew) {
    rate_meter meter(UINT64_MAX - 5, 0);
    const rate r = meter.next(3, 1000 * ms);
    EXPECT_FALSE(r.settled);
    EXPECT_EQ(r.value, 0);
    EXPECT_DOUBLE_EQ(meter.next(1003, 2000 * ms).value, 1000);
}

TEST(rate_meter, is_never_negative_when_time_stands_or_goes_back) {
    rate_meter meter(0, 1000 * ms);
    EXPECT_EQ(meter.next(50, 1000 * ms).value, 0);
    EXPECT_EQ(meter.next(90, 500 * ms).value, 0);
}

TEST(load_meter, is_the_busy_part_of_the_interval) {
    load_meter meter({1000, 400}, 0);
    const rate r = meter.next({1100, 475}, 1000 * ms);
    EXPECT_TRUE(r.settled);
    EXPECT_DOUBLE_EQ(r.value, 25);
}

TEST(load_meter, is_the_load_since_boot_at_first) {
    load_meter meter({1000, 400}, 0);
    const rate r = meter.next({1001, 400}, 10 * ms);
    EXPECT_FALSE(r.settled);
    EXPECT_DOUBLE_EQ(r.value, 60);
    EXPECT_EQ(load_meter({0, 0}, 0).next({0, 0}, 1000 * ms).value, 0);
}

TEST(load_meter, repeats_itself_without_enough_ticks) {
    load_meter meter({0, 0}, 0);
    EXPECT_DOUBLE_EQ(meter.next({100, 50}, 1000 * ms).value, 50);
    EXPECT_DOUBLE_EQ(meter.next({101, 50}, 1010 * ms).value, 50); // one tick
    EXPECT_FALSE(meter.next({101, 50}, 1020 * ms).settled);
    EXPECT_DOUBLE_EQ(meter.next({100, 50}, 5000 * ms).value, 50);  // none: the computer slept
    EXPECT_DOUBLE_EQ(meter.next({200, 140}, 6000 * ms).value, 10); // goes on from the last
}

TEST(load_meter, stays_between_0_and_100) {
    load_meter meter({1000, 900}, 0);
    // The kernel's idle time may go back, and may run ahead of the total.
    EXPECT_DOUBLE_EQ(meter.next({1100, 890}, 1000 * ms).value, 100);
    EXPECT_DOUBLE_EQ(meter.next({1110, 990}, 2000 * ms).value, 0);
    const rate anew = meter.next({10, 5}, 3000 * ms);
    EXPECT_FALSE(anew.settled);
    EXPECT_DOUBLE_EQ(anew.value, 50);
}

TEST(meters, mark_what_is_no_measurement) {
    EXPECT_EQ(to_measured({1, true}, {}).quality, 0U);
    EXPECT_EQ(to_measured({1, false}, {}).quality, std::uint64_t{ALD_READING_UNSETTLED});
}
