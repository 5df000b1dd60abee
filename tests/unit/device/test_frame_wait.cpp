// The usual time to wait for a frame, from what is known of the camera and what it answers.
#include "unit/device/scripted_driver.hpp"

#include "device/frame_wait.hpp"

#include <atomic>
#include <optional>

using namespace alidade;
using namespace alidade::testing;

namespace {

constexpr std::int64_t s = 1'000'000'000;

std::int64_t wait_of(const ref<device> &camera) {
    std::optional<std::int64_t> found;
    int calls = 0;
    find_frame_wait(camera, [&](std::int64_t wait) {
        found = wait;
        ++calls;
    });
    EXPECT_EQ(calls, 1);
    return found.value_or(-1);
}

struct scripted_camera {
    scripted_camera() : b(false) {}
    void has(const char *name, ald_type type, const std::optional<value> &known) const {
        ASSERT_TRUE(b.thing->add_property({.name = name, .type = type}));
        if (known) {
            b.thing->publish(*b.thing->find_property(name), *known);
        }
    }
    void says(const char *name, const value &v) const {
        b.thing->publish(*b.thing->find_property(name), v);
    }

    bench b;
};

} // namespace

TEST(FrameWait, IsTenSecondsForACameraThatTellsNothing) {
    const scripted_camera c;
    EXPECT_EQ(wait_of(c.b.thing), 10 * s);
}

TEST(FrameWait, HasTheExposureAndThePeriod) {
    const scripted_camera c;
    c.has("trigger_mode", ALD_TYPE_STRING, value("software"));
    c.has("exposure", ALD_TYPE_DOUBLE, value(2.5));
    c.has("frame_rate", ALD_TYPE_DOUBLE, value(0.25));
    EXPECT_EQ(wait_of(c.b.thing), 16'500'000'000);
    c.says("trigger_mode", value("internal"));
    EXPECT_EQ(wait_of(c.b.thing), 16'500'000'000);
    c.says("frame_rate", value(0.0));
    EXPECT_EQ(wait_of(c.b.thing), 12'500'000'000);
    c.says("exposure", value(std::numeric_limits<double>::quiet_NaN()));
    EXPECT_EQ(wait_of(c.b.thing), 10 * s);
    c.says("exposure", value(1e300));
    EXPECT_EQ(wait_of(c.b.thing), 1'000'000'000 * s);
}

TEST(FrameWait, IsEndlessForTriggersFromOutside) {
    const scripted_camera c;
    for (const char *mode : {"external", "external_edge", "bulb"}) {
        c.b.thing->find_property("trigger_mode")
            ? c.says("trigger_mode", value(mode))
            : c.has("trigger_mode", ALD_TYPE_STRING, value(mode));
        EXPECT_EQ(wait_of(c.b.thing), never) << mode;
    }
}

TEST(FrameWait, ReadsWhatIsNotKnownAndDoesNotWaitForIt) {
    const scripted_camera c;
    c.has("exposure", ALD_TYPE_DOUBLE, std::nullopt);
    ref<request> asked;
    c.b.steps->on_submit = [&](request &r) { asked = ref<request>::share(&r); };
    std::optional<std::int64_t> found;
    find_frame_wait(c.b.thing, [&](std::int64_t wait) { found = wait; });
    ASSERT_TRUE(asked);
    EXPECT_FALSE(found);
    asked->complete(value(3.0));
    asked = nullptr;
    EXPECT_TRUE(eventually([&] { return found.has_value(); }));
    EXPECT_EQ(*found, 13 * s);
    EXPECT_EQ(wait_of(c.b.thing), 13 * s) << "it is asked once";
}

TEST(FrameWait, ACameraThatDoesNotAnswerIsWaitedForAllTheSame) {
    const scripted_camera c;
    c.has("exposure", ALD_TYPE_DOUBLE, std::nullopt);
    c.b.steps->on_submit = [](request &r) { r.complete(fail(ALD_E_IO, "test", "no answer")); };
    EXPECT_EQ(wait_of(c.b.thing), 10 * s);
    c.b.thing->close();
    EXPECT_EQ(wait_of(c.b.thing), 10 * s);
}
