// Nothing of the simulated axis begins late.
#include "fake_host.hpp"

#include <gtest/gtest.h>

extern "C" const ald_driver *ald_driver_mock_movable_v2(const ald_host *host);

namespace {

TEST(mock_movable, a_stop_goes_before_a_motion_that_is_about_to_begin) {
    fake::use_manual_clock(1'000'000'000);
    fake::device device(*ald_driver_mock_movable_v2(&fake::host()));
    EXPECT_EQ(device.open().status, ALD_OK);
    std::shared_ptr<fake::request> stop;
    device.on_accept = [&] {
        stop = device.start(ALD_VERB_ACT, "", "stop");
        EXPECT_EQ(device.wait(*stop).status, ALD_OK);
    };
    EXPECT_EQ(device.set("", "position", 50.0).status, ALD_E_CANCELLED);
    ASSERT_TRUE(stop);
    fake::move_clock(100'000'000);
    EXPECT_EQ(device.get("", "position").value.real(), 0);
    EXPECT_TRUE(device.get("", "settled").value.flag());
    device.on_accept = [] {};
    EXPECT_EQ(device.set("", "position", 5.0).value.real(), 5);
    fake::use_real_clock();
    EXPECT_TRUE(device.problems().empty());
}

} // namespace
