#include "support/arrival.hpp"

#include <gtest/gtest.h>

namespace {

using drivers::arrival;
using drivers::precision;
using verdict = drivers::arrival::verdict;

constexpr std::int64_t begun = 1'000'000'000;
constexpr std::int64_t soon = begun + 10'000'000;
constexpr std::int64_t late = begun + arrival::start_ns;

TEST(arrival, allows_the_greatest_of_repeatability_resolutions_and_distance) {
    EXPECT_EQ(arrival(0, 0.1, {0.002, 0, 0}, begun).allowed(), 0.002);
    EXPECT_EQ(arrival(0, 0.1, {0.002, 0.001, 0}, begun).allowed(), 0.02);
    EXPECT_EQ(arrival(10, -10, {0.002, 0.001, 0}, begun).allowed(), 0.2);
    EXPECT_EQ(arrival(10, -10, {0.002, 0.001, 1e-4}, begun).allowed(), 1e-4) << "the user's own";
    EXPECT_EQ(arrival(1, 1, {}, begun).allowed(), 0);
}

TEST(arrival, a_goal_is_reached_or_missed) {
    arrival a(0, 20, {0.002, 0.0001, 0}, begun);
    a.moves();
    EXPECT_EQ(a.judge(20, soon), verdict::reached);
    EXPECT_EQ(a.judge(19.8, soon), verdict::reached);
    EXPECT_EQ(a.judge(20.2, soon), verdict::reached);
    EXPECT_EQ(a.judge(19.79, soon), verdict::missed);
    EXPECT_EQ(a.judge(20.21, soon), verdict::missed);
}

TEST(arrival, one_that_was_not_seen_in_motion_may_not_have_begun) {
    const arrival a(0, 20, {0.002, 0.0001, 0}, begun);
    EXPECT_EQ(a.judge(0, soon), verdict::not_begun);
    EXPECT_EQ(a.judge(5, soon), verdict::not_begun);
    EXPECT_EQ(a.judge(20, soon), verdict::reached);
    EXPECT_EQ(a.judge(0, late), verdict::missed);
}

TEST(arrival, a_way_shorter_than_what_is_allowed_is_gone_all_the_same) {
    const arrival a(4, 4.0015, {0.002, 0.00001, 0}, begun);
    EXPECT_EQ(a.judge(4, soon), verdict::not_begun);
    EXPECT_EQ(a.judge(4.0015, soon), verdict::reached);
    EXPECT_EQ(a.judge(4, late), verdict::reached) << "it is near enough";
    // Less than it can tell, and no way at all.
    EXPECT_EQ(arrival(4, 4.000005, {0.002, 0.00001, 0}, begun).judge(4, soon), verdict::reached);
    EXPECT_EQ(arrival(4, 4, {}, begun).judge(4, soon), verdict::reached);
}

TEST(arrival, a_search_for_home_moves_even_at_home) {
    arrival a(0, 0, {0.002, 0.0001, 0}, begun);
    a.searches();
    EXPECT_EQ(a.judge(0, soon), verdict::not_begun);
    EXPECT_EQ(a.judge(0, late), verdict::reached);
    a.moves();
    EXPECT_EQ(a.judge(0, soon), verdict::reached);
    EXPECT_EQ(a.judge(3, soon), verdict::missed);
}

TEST(arrival, both_places_are_told_with_their_unit) {
    arrival a(0, 5, {0.002, 0.0001, 0}, begun);
    const std::string still = a.missed("x", 0, "mm").message;
    EXPECT_NE(still.find("'x' stands at 0 mm instead of 5 mm"), std::string::npos) << still;
    EXPECT_NE(still.find("has not begun"), std::string::npos) << still;
    a.moves();
    const std::string stopped = a.missed("x", 2.5, "mm").message;
    EXPECT_NE(stopped.find("2.5 mm instead of 5 mm"), std::string::npos) << stopped;
    EXPECT_NE(stopped.find("somebody else"), std::string::npos) << stopped;
    EXPECT_NE(a.missed("x", 3, "1").message.find("at 3 instead of 5,"), std::string::npos);
    EXPECT_EQ(a.missed("x", 3, "1").code, ALD_E_STATE);
}

} // namespace
