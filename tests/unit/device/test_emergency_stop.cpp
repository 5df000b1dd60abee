// Emergency stops against drivers that a test steers: what was asked for before does not start
// after it, at whatever moment the stop comes.
#include "device/safe_state.hpp"
#include "unit/device/scripted_driver.hpp"

#include <mutex>
#include <random>

using namespace alidade;
using namespace alidade::testing;

namespace {

constexpr std::int64_t ms = 1'000'000;

// An axis that goes on until it is stopped or its motion is cancelled; a stop that finds it
// standing does nothing, and nothing of it is remembered.
class runaway {
public:
    void steer(script &s) {
        s.on_submit = [this](request &r) { obey(r); };
        s.on_cancel = [this](request &r) {
            if (r.what().verb == ALD_VERB_SET) {
                end();
            }
        };
    }
    [[nodiscard]] bool moves() const {
        const std::scoped_lock lock(mutex_);
        return static_cast<bool>(motion_);
    }
    std::atomic<int> begun{0};

private:
    void obey(request &r) {
        if (r.what().name == "stop") {
            end();
            r.complete(value());
        } else if (r.what().verb == ALD_VERB_SET) {
            ++begun;
            {
                const std::scoped_lock lock(mutex_);
                motion_ = ref<request>::share(&r);
            }
            r.accept();
            if (r.should_end()) { // a cancel that came before the motion was known
                end();
            }
        } else {
            r.complete(value(1.0));
        }
    }
    void end() {
        ref<request> ended;
        {
            const std::scoped_lock lock(mutex_);
            ended = std::exchange(motion_, nullptr);
        }
        if (ended) {
            ended->complete(fail(ALD_E_CANCELLED, "test", "stopped"));
        }
    }

    mutable std::mutex mutex_;
    ref<request> motion_;
};

// An axis that does not say where it is before it is released; it counts its moves.
struct slow_query {
    void steer(script &s) {
        s.on_submit = [this](request &r) {
            if (r.what().verb == ALD_VERB_GET) {
                EXPECT_TRUE(eventually([this] { return release.load(); }));
            }
            moved += r.what().verb == ALD_VERB_SET ? 1 : 0;
            r.complete(value(1.0));
        };
    }
    std::atomic<bool> release{false};
    std::atomic<int> moved{0};
};

class EmergencyStop : public ::testing::TestWithParam<bool> {};

TEST_P(EmergencyStop, WhatWasAskedForBeforeDoesNotStartAfterIt) {
    bench b(GetParam());
    runaway axis;
    axis.steer(*b.steps);
    constexpr int rounds = 500;
    std::mt19937 random(7);
    int refused = 0;
    int stopped = 0;
    for (int round = 0; round < rounds; ++round) {
        std::atomic<int> turn{0};
        ald_status how = ALD_OK;
        std::thread asks([&] {
            turn = 1;
            while (turn != 2) {
                std::this_thread::yield();
            }
            how = end_of(capabilities::movable::start_move_abs(*b.thing, 5, 10'000 * ms));
        });
        while (turn != 1) {
            std::this_thread::yield();
        }
        turn = 2;
        std::this_thread::sleep_for(std::chrono::microseconds(random() % 200));
        EXPECT_TRUE(b.home->emergency_stop());
        asks.join(); // without the stop its motion would not end
        EXPECT_FALSE(axis.moves());
        refused += how == ALD_E_STATE ? 1 : 0;
        stopped += how == ALD_E_CANCELLED ? 1 : 0;
        EXPECT_EQ(end_of(capabilities::movable::start_move_abs(*b.thing, 5, ALD_WAIT_DEFAULT)),
                  ALD_E_STATE);
        b.home->reset_stop();
    }
    EXPECT_EQ(refused + stopped, rounds);
    // Both ways were taken, or the rounds prove nothing.
    EXPECT_GT(refused, 0);
    EXPECT_GT(axis.begun, 0);
}

TEST_P(EmergencyStop, WhatWaitsInTheQueueIsRefusedWhenItsTurnComes) {
    bench b(true);
    slow_query asked;
    asked.steer(*b.steps);
    const auto query = b.thing->start_get("value", ALD_WAIT_FOREVER, false);
    const auto direct = capabilities::movable::start_move_abs(*b.thing, 5, ALD_WAIT_FOREVER);
    ASSERT_TRUE(b.home->emergency_stop());
    EXPECT_EQ(end_of(capabilities::movable::start_move_rel(*b.thing, 1, ALD_WAIT_FOREVER)),
              ALD_E_STATE);
    b.home->reset_stop(); // also then: it was ended by the stop
    asked.release = true;
    EXPECT_EQ(end_of(query), ALD_OK);
    EXPECT_EQ(end_of(direct), ALD_E_CANCELLED);
    EXPECT_EQ(asked.moved, 0);
}

// A move by a distance asks first where the axis is.
TEST_P(EmergencyStop, AMoveByADistanceThatStillAsksWhereItIsDoesNotBegin) {
    bench b(true);
    slow_query asked;
    asked.steer(*b.steps);
    const auto move = capabilities::movable::start_move_rel(*b.thing, 1, ALD_WAIT_FOREVER);
    ASSERT_TRUE(b.home->emergency_stop());
    asked.release = true;
    EXPECT_EQ(end_of(move), ALD_E_STATE);
    EXPECT_EQ(asked.moved, 0);
}

TEST_P(EmergencyStop, DriversDeclareWhatStartsSomething) {
    bench b(GetParam());
    std::mutex mutex; // a stop comes on a thread of its own
    std::vector<std::string> seen;
    const auto taken = [&] {
        const std::scoped_lock lock(mutex);
        return seen;
    };
    b.steps->on_submit = [&](request &r) {
        {
            const std::scoped_lock lock(mutex);
            seen.push_back(r.what().name);
        }
        r.complete(r.what().verb == ALD_VERB_SET ? r.what().argument : value(1.0));
    };
    device &d = *b.thing;
    ASSERT_TRUE(d.add_action("forward", "", false, true));
    ASSERT_TRUE(d.add_action("jog_forward", ""));
    ASSERT_TRUE(d.add_action("safe", ""));
    ASSERT_TRUE(d.add_property(
        {.name = "speed", .flags = ALD_SCHEMA_READ | ALD_SCHEMA_WRITE | ALD_SCHEMA_STARTS}));
    ASSERT_TRUE(d.add_property({.name = "gain", .flags = ALD_SCHEMA_READ | ALD_SCHEMA_WRITE}));
    EXPECT_EQ(*d.describe().find("starting"),
              value(list{"home", "forward", "jog_forward", "position", "speed"}));

    ASSERT_TRUE(b.home->emergency_stop());
    EXPECT_TRUE(eventually([&] { return taken() == std::vector<std::string>{"stop"}; }));
    const auto refused = d.start_action("forward", value(), ALD_WAIT_DEFAULT);
    ASSERT_EQ(end_of(refused), ALD_E_STATE);
    const std::string why = refused.error()->detail().message;
    EXPECT_NE(why.find("emergency stop"), std::string::npos) << why;
    EXPECT_NE(why.find("reset_stop"), std::string::npos) << why;
    EXPECT_EQ(end_of(d.start_action("jog_forward", value(), ALD_WAIT_DEFAULT)), ALD_E_STATE);
    EXPECT_EQ(end_of(d.start_set("speed", 1.0, ALD_WAIT_DEFAULT, false)), ALD_E_STATE);
    EXPECT_EQ(end_of(d.start_set("position", 1.0, ALD_WAIT_DEFAULT, true)), ALD_E_STATE);
    EXPECT_EQ(taken().size(), 1U);
    EXPECT_EQ(end_of(d.start_set("gain", 1.0, ALD_WAIT_DEFAULT, false)), ALD_OK);
    EXPECT_EQ(end_of(d.start_action("safe", value(), ALD_WAIT_DEFAULT)), ALD_OK);
    EXPECT_EQ(end_of(d.start_get("value", ALD_WAIT_DEFAULT, false)), ALD_OK);
    EXPECT_EQ(end_of(d.start_stop(ALD_WAIT_DEFAULT)), ALD_OK);
    b.home->reset_stop();
    EXPECT_EQ(end_of(d.start_action("forward", value(), ALD_WAIT_DEFAULT)), ALD_OK);
    EXPECT_EQ(end_of(d.start_set("speed", 1.0, ALD_WAIT_DEFAULT, false)), ALD_OK);
}

TEST(Cancels, AreAttachedOnceAndTellTheGreatestReason) {
    attached_cancels all;
    const auto c = make<cancel_source>();
    all.add(c);
    all.add(c);
    all.trigger(ALD_CANCEL_EMERGENCY_STOP);
    EXPECT_EQ(c->why(), ALD_CANCEL_EMERGENCY_STOP);
    c->trigger();
    EXPECT_EQ(c->why(), ALD_CANCEL_EMERGENCY_STOP);
    EXPECT_TRUE(all.remove(*c));
    EXPECT_EQ(all.remove(*c).error()->code(), ALD_E_NOT_FOUND);
}

INSTANTIATE_TEST_SUITE_P(Drivers, EmergencyStop, ::testing::Values(false, true),
                         [](const auto &given) { return given.param ? "Blocking" : "AtOnce"; });

} // namespace
