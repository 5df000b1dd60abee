// Shutters: opening is a motion, closing goes before all else, and closed is safe.
#include "unit/device/scripted_driver.hpp"

#include "device/capabilities/shutter.hpp"

using namespace alidade;
using namespace alidade::testing;

namespace {

namespace shutter = capabilities::shutter;

constexpr std::int64_t ms = 1'000'000;

// A device whose part "lamp" is a shutter; the test ends what opens it.
class Shutter : public ::testing::TestWithParam<bool> {
protected:
    Shutter() {
        lamp = *b.thing->add_child("lamp", nullptr);
        EXPECT_TRUE(lamp->add_property({.name = "shutter_state", .type = ALD_TYPE_STRING}));
        EXPECT_EQ(lamp->add_capability("shutter", 1).error()->code(), ALD_E_INVALID);
        EXPECT_TRUE(lamp->add_action("open_shutter", ""));
        EXPECT_TRUE(lamp->add_action("close_shutter", ""));
        EXPECT_TRUE(lamp->add_capability("shutter", 1));
        b.steps->on_submit = [this](request &r) {
            const std::scoped_lock lock(mutex);
            asked.push_back(r.what().name);
            if (r.what().name == "open_shutter") {
                opening = ref<request>::share(&r);
                r.accept();
                return;
            }
            if (opening && r.what().name == "close_shutter") {
                std::exchange(opening, nullptr)->complete(fail(ALD_E_CANCELLED, "test", "closed"));
            }
            r.complete(r.what().verb == ALD_VERB_GET ? value(word) : value());
        };
        b.steps->on_cancel = [this](request &r) {
            const std::scoped_lock lock(mutex);
            opening = nullptr;
            r.complete(fail(ALD_E_CANCELLED, "test", "closed again"));
        };
    }
    ~Shutter() override {
        b.home->close();
        opening = nullptr;
    }
    [[nodiscard]] std::vector<std::string> heard() {
        const std::scoped_lock lock(mutex);
        return asked;
    }
    // Starts to open it, and waits until the driver has been asked.
    ref<op> start() {
        auto started = shutter::start_open(*lamp, ALD_WAIT_FOREVER);
        EXPECT_TRUE(started);
        EXPECT_TRUE((*started)->wait_begun(deadline_after(5'000 * ms), nullptr));
        return *started;
    }

    std::mutex mutex;
    std::vector<std::string> asked;
    ref<request> opening;
    std::string word = "open";
    bench b{GetParam()};
    device *lamp = nullptr;
};

INSTANTIATE_TEST_SUITE_P(Drivers, Shutter, ::testing::Bool(),
                         [](const auto &of) { return of.param ? "Blocking" : "Quick"; });

TEST_P(Shutter, IsClosedBeforeAllElse) {
    EXPECT_TRUE(lamp->can_move());
    EXPECT_EQ(lamp->stop_action(), "close_shutter");
    EXPECT_FALSE(lamp->can("stop", 1)) << "that is for axes";
    const auto opened = start();
    EXPECT_EQ(end_of(shutter::start_open(*lamp, ALD_WAIT_DEFAULT)), ALD_E_BUSY);
    EXPECT_EQ(end_of(shutter::start_close(*lamp, ALD_WAIT_DEFAULT)), ALD_OK);
    EXPECT_EQ(end_of(opened), ALD_E_CANCELLED);
    EXPECT_EQ(heard(), (std::vector<std::string>{"open_shutter", "close_shutter"}));
}

TEST_P(Shutter, IsClosedByAnEmergencyStopAndStaysSo) {
    const auto opened = start();
    EXPECT_TRUE(b.home->emergency_stop());
    EXPECT_EQ(end_of(opened), ALD_E_CANCELLED);
    // The device itself is told to stop at the same time.
    EXPECT_TRUE(eventually([&] {
        const auto names = heard();
        return std::count(names.begin(), names.end(), "close_shutter") == 1;
    }));
    EXPECT_EQ(end_of(shutter::start_open(*lamp, ALD_WAIT_DEFAULT)), ALD_E_STATE);
    EXPECT_EQ(end_of(shutter::start_close(*lamp, ALD_WAIT_DEFAULT)), ALD_OK);
    const auto all = heard();
    EXPECT_EQ(std::count(all.begin(), all.end(), "open_shutter"), 1);
    b.home->reset_stop();
    const auto again = start();
    EXPECT_EQ(end_of(shutter::start_close(*lamp, ALD_WAIT_DEFAULT)), ALD_OK);
    EXPECT_EQ(end_of(again), ALD_E_CANCELLED);
}

TEST_P(Shutter, IsClosedInTheSafeState) {
    EXPECT_EQ(end_of(b.home->start_safe_state(ALD_WAIT_DEFAULT)), ALD_OK);
    const auto all = heard();
    EXPECT_EQ(std::count(all.begin(), all.end(), "close_shutter"), 1);
}

TEST_P(Shutter, IsClosedAgainByACancelAndATimeout) {
    const auto opened = start();
    opened->cancel();
    EXPECT_EQ(end_of(opened), ALD_E_CANCELLED);
    EXPECT_EQ(b.steps->cancelled, 1);
    EXPECT_EQ(end_of(shutter::start_open(*lamp, 20 * ms)), ALD_E_TIMEOUT);
    EXPECT_EQ(b.steps->cancelled, 2);
}

TEST_P(Shutter, TellsWhatIsNoState) {
    EXPECT_EQ(*shutter::state_of(*lamp, "open"), ALD_SHUTTER_OPEN);
    EXPECT_EQ(*shutter::state_of(*lamp, "closed"), ALD_SHUTTER_CLOSED);
    EXPECT_EQ(*shutter::state_of(*lamp, "opening"), ALD_SHUTTER_OPENING);
    EXPECT_EQ(*shutter::state_of(*lamp, "closing"), ALD_SHUTTER_CLOSING);
    const auto bad = shutter::state_of(*lamp, "ajar");
    EXPECT_EQ(bad.error()->code(), ALD_E_PROTOCOL);
    EXPECT_NE(bad.error()->detail().message.find("'ajar'"), std::string::npos);
    EXPECT_EQ(end_of(shutter::start_open(*b.thing, ALD_WAIT_DEFAULT)), ALD_E_UNSUPPORTED);
}

TEST_P(Shutter, IsNoAxisAtTheSameTime) {
    ASSERT_TRUE(lamp->add_property({.name = "position",
                                    .type = ALD_TYPE_DOUBLE,
                                    .flags = ALD_SCHEMA_READ | ALD_SCHEMA_WRITE}));
    const auto refused = lamp->add_capability("movable", 1);
    EXPECT_EQ(refused.error()->code(), ALD_E_INVALID);
    EXPECT_NE(refused.error()->detail().message.find("child"), std::string::npos);
}

} // namespace
