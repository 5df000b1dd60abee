// Lines that are lost in mid-motion: what was asked ends whatever the driver does, the axis is
// stopped before anybody else's request comes, and a driver that never ends is harmless.
#include "support/stopwatch.hpp"
#include "unit/device/scripted_driver.hpp"

// A driver that does not end is left behind with its threads, which nobody joins then. Nobody
// declares it, but the sanitizer calls it.
extern "C" const char *__tsan_default_options(); // NOLINT(*-reserved-identifier)
extern "C" const char *__tsan_default_options() { return "report_thread_leaks=0"; }

using namespace alidade;
using namespace alidade::testing;

namespace {

// What a driver was asked, in order: "set position", "get settled", "act stop".
class diary {
public:
    void write(const request &r) {
        static constexpr const char *verbs[] = {"", "open", "close", "get", "set", "act", "poll"};
        const std::scoped_lock lock(mutex_);
        lines_.push_back(std::string(verbs[r.what().verb]) + " " + r.what().name);
    }
    [[nodiscard]] std::vector<std::string> lines() const {
        const std::scoped_lock lock(mutex_);
        return lines_;
    }

private:
    mutable std::mutex mutex_;
    std::vector<std::string> lines_;
};

// The answer of an instrument whose axis moves, until it was stopped.
void answer(request &r, std::atomic<bool> &moves) {
    if (r.what().name == "stop") {
        moves = false;
        r.complete(value());
    } else if (r.what().name == "settled") {
        r.complete(value(!moves));
    } else {
        r.complete(value(1.0));
    }
}

class Recovery : public ::testing::TestWithParam<bool> {};

TEST_P(Recovery, AMotionThatItsDriverNeverEndsIsNotInTheWay) {
    bench b(GetParam());
    std::atomic<request *> kept{nullptr};
    std::atomic<bool> moves{false};
    b.steps->on_submit = [&](request &r) {
        kept = &r;
        r.accept();
    };
    auto motion = capabilities::movable::start_move_abs(*b.thing, 5, ALD_WAIT_FOREVER);
    ASSERT_TRUE(eventually([&] { return kept != nullptr; }));
    b.steps->on_submit = [&](request &r) { answer(r, moves); };
    b.thing->disconnect("unplugged");
    EXPECT_EQ(end_of(motion), ALD_E_DISCONNECTED);
    EXPECT_EQ(end_of(b.thing->start_open(ALD_WAIT_DEFAULT)), ALD_OK);
    EXPECT_EQ(end_of(capabilities::movable::start_move_abs(*b.thing, 1, ALD_WAIT_DEFAULT)), ALD_OK);
    EXPECT_EQ((*motion)->result_of().error()->code(), ALD_E_DISCONNECTED);
    // The driver may complete it after all; and twice is an error that does no harm.
    kept.load()->complete(value(5.0));
    EXPECT_EQ((*motion)->result_of().error()->code(), ALD_E_DISCONNECTED);
    EXPECT_EQ(end_of(capabilities::readable::start_read(*b.thing, ALD_WAIT_DEFAULT, false)),
              ALD_OK);
    b.thing->close();
    EXPECT_TRUE(b.steps->destroyed);
}

TEST_P(Recovery, WhateverItsDriverHasIsNotInTheWay) {
    bench b(GetParam());
    std::atomic<int> kept{0};
    std::atomic<bool> moves{false};
    b.steps->on_submit = [&](request &) { ++kept; }; // one that is not even accepted
    auto lost = capabilities::readable::start_read(*b.thing, ALD_WAIT_FOREVER, false);
    auto behind = capabilities::readable::start_read(*b.thing, ALD_WAIT_FOREVER, false);
    ASSERT_TRUE(eventually([&] { return kept == 1; }));
    b.steps->on_submit = [&](request &r) { answer(r, moves); };
    b.thing->disconnect("unplugged");
    EXPECT_EQ(end_of(lost), ALD_E_DISCONNECTED);
    EXPECT_EQ(end_of(behind), ALD_E_DISCONNECTED);
    EXPECT_EQ(end_of(b.thing->start_open(ALD_WAIT_DEFAULT)), ALD_OK);
    EXPECT_EQ(end_of(capabilities::readable::start_read(*b.thing, ALD_WAIT_DEFAULT, false)),
              ALD_OK);
}

TEST_P(Recovery, ALostMotionThatWasCancelledBeforeIsNotInTheWayEither) {
    bench b(GetParam());
    std::atomic<int> kept{0};
    std::atomic<bool> moves{false};
    b.steps->on_submit = [&](request &r) {
        ++kept;
        r.accept();
    };
    auto motion = capabilities::movable::start_move_abs(*b.thing, 5, ALD_WAIT_FOREVER);
    ASSERT_TRUE(eventually([&] { return kept == 1; }));
    b.steps->on_submit = [&](request &r) { answer(r, moves); };
    (*motion)->cancel();
    b.thing->disconnect("unplugged");
    EXPECT_EQ((*motion)->state(), ALD_OP_FAILED) << "whether it stands nobody knows";
    EXPECT_EQ(end_of(b.thing->start_open(ALD_WAIT_DEFAULT)), ALD_OK);
    EXPECT_EQ(end_of(capabilities::movable::start_move_abs(*b.thing, 1, ALD_WAIT_DEFAULT)), ALD_OK);
}

TEST_P(Recovery, WhoeverTellsThatTheLineIsLostLeavesADriverAloneThatIsDestroyedMeanwhile) {
    bench b(GetParam());
    std::atomic<request *> kept{nullptr};
    b.steps->on_submit = [&](request &r) { kept = &r; };
    auto reading = capabilities::readable::start_read(*b.thing, ALD_WAIT_FOREVER, false);
    ASSERT_TRUE(eventually([&] { return kept != nullptr; }));
    // Comes before the driver is told that the request is to end.
    (*reading)->on_end([&](const op &) {
        kept.load()->complete(value(1.0));
        std::thread([&] { b.thing->close(); }).join();
        EXPECT_TRUE(b.steps->destroyed);
    });
    b.thing->disconnect("unplugged");
    EXPECT_EQ(end_of(reading), ALD_E_DISCONNECTED);
    EXPECT_TRUE(b.steps->destroyed);
    EXPECT_EQ(b.steps->cancelled, 0) << "it was told after its end";
}

TEST_P(Recovery, TheDriverIsPolledToTheEndOfItsMotion) {
    if (!GetParam()) {
        return; // polls are for blocking drivers
    }
    bench b(true);
    std::atomic<request *> motion{nullptr};
    std::atomic<int> polls{0};
    b.steps->on_submit = [&](request &r) {
        if (r.what().verb == ALD_VERB_POLL) {
            ++polls;
            motion.exchange(nullptr)->complete(fail(ALD_E_DISCONNECTED, "test", "nobody answers"));
            EXPECT_TRUE(r.target().poll_at(mono_ns()));
            r.complete(value());
        } else {
            motion = &r;
            r.accept();
        }
    };
    // The stop seems to get through, and the poll is to find out what became of the motion.
    b.steps->on_cancel = [&](request &r) { EXPECT_TRUE(r.target().poll_at(mono_ns())); };
    auto op = capabilities::movable::start_move_abs(*b.thing, 5, ALD_WAIT_FOREVER);
    ASSERT_TRUE(eventually([&] { return motion != nullptr; }));
    b.thing->disconnect("unplugged");
    EXPECT_EQ(end_of(op), ALD_E_DISCONNECTED);
    EXPECT_TRUE(eventually([&] { return polls == 1; }));
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    EXPECT_EQ(polls, 1) << "there is nothing left to end";
}

TEST_P(Recovery, TheStopComesBeforeAnybodyElse) {
    bench b(GetParam());
    diary asked;
    std::atomic<bool> moves{true};
    std::atomic<request *> kept{nullptr};
    b.steps->on_submit = [&](request &r) {
        kept = &r;
        r.accept();
    };
    b.steps->on_cancel = [](request &r) { r.complete(fail(ALD_E_DISCONNECTED, "test", "gone")); };
    const auto q = make<queue>(64, ALD_POLICY_DROP_OLDEST);
    auto motion = capabilities::movable::start_move_abs(*b.thing, 5, ALD_WAIT_FOREVER);
    ASSERT_TRUE(eventually([&] { return kept != nullptr; }));
    b.steps->on_submit = [&](request &r) {
        asked.write(r);
        answer(r, moves);
    };
    ASSERT_TRUE(b.home->events().add(q, 0, 0));
    b.thing->disconnect("unplugged");
    // Somebody who does not wait for the opening.
    std::atomic<bool> ends{false};
    std::thread others([&] {
        while (!ends) {
            (void)end_of(capabilities::readable::start_read(*b.thing, ALD_WAIT_DEFAULT, false));
        }
    });
    EXPECT_EQ(end_of(b.thing->start_open(ALD_WAIT_DEFAULT)), ALD_OK);
    EXPECT_FALSE(moves);
    EXPECT_TRUE(eventually([&] { return asked.lines().size() > 3; }));
    ends = true;
    others.join();
    const auto lines = asked.lines();
    EXPECT_EQ(lines[0], "get settled");
    EXPECT_EQ(lines[1], "act stop");
    EXPECT_EQ(lines[2], "get value");
    event_list told;
    EXPECT_TRUE(q->drain(64, told));
    std::vector<std::int32_t> kinds;
    for (const event &e : told) {
        if (e.record.kind != ALD_EVENT_PROPERTY_CHANGED) {
            kinds.push_back(e.record.kind);
        }
    }
    EXPECT_EQ(kinds, (std::vector<std::int32_t>{ALD_EVENT_DEVICE_DISCONNECTED,
                                                ALD_EVENT_DEVICE_OPENED, ALD_EVENT_MOTION_FOUND}));
}

// The error comes before the device itself has been told: nobody watches the line here at all.
TEST_P(Recovery, WhoLearnsOfALostLineByAnErrorSeesNoOpenDevice) {
    bench b(GetParam());
    diary asked;
    std::atomic<bool> moves{true};
    b.steps->on_submit = [](request &r) {
        r.target().line_failed(r.target().opening_number(), "the line");
        r.complete(fail(ALD_E_DISCONNECTED, "test", "nobody answers"));
    };
    EXPECT_EQ(end_of(capabilities::movable::start_move_abs(*b.thing, 5, ALD_WAIT_DEFAULT)),
              ALD_E_DISCONNECTED);
    EXPECT_EQ(b.thing->state(), ALD_DEVICE_DISCONNECTED);
    b.steps->on_submit = [&](request &r) {
        asked.write(r);
        answer(r, moves);
    };
    EXPECT_EQ(end_of(capabilities::readable::start_read(*b.thing, ALD_WAIT_DEFAULT, false)),
              ALD_E_DISCONNECTED);
    EXPECT_TRUE(asked.lines().empty());
    EXPECT_EQ(end_of(b.thing->start_open(ALD_WAIT_DEFAULT)), ALD_OK);
    EXPECT_EQ(b.thing->state(), ALD_DEVICE_OPEN);
    EXPECT_FALSE(moves);
    EXPECT_EQ(asked.lines(), (std::vector<std::string>{"get settled", "act stop"}));
}

TEST_P(Recovery, NothingIsStoppedThatDidNotMove) {
    bench b(GetParam());
    diary asked;
    std::atomic<bool> moves{false};
    b.steps->on_submit = [&](request &r) {
        asked.write(r);
        answer(r, moves);
    };
    EXPECT_EQ(end_of(capabilities::movable::start_move_abs(*b.thing, 5, ALD_WAIT_DEFAULT)), ALD_OK);
    b.thing->disconnect("unplugged");
    EXPECT_EQ(end_of(b.thing->start_open(ALD_WAIT_DEFAULT)), ALD_OK);
    EXPECT_EQ(asked.lines(), std::vector<std::string>{"set position"});
}

TEST_P(Recovery, AStopThatCouldNotBeDeliveredIsSentAgain) {
    bench b(GetParam());
    diary asked;
    std::atomic<bool> moves{true};
    b.steps->on_submit = [](request &r) { r.complete(fail(ALD_E_IO, "test", "the line is held")); };
    EXPECT_EQ(end_of(b.thing->start_stop(ALD_WAIT_DEFAULT)), ALD_E_IO);
    b.thing->disconnect("unplugged");
    b.steps->on_submit = [&](request &r) {
        asked.write(r);
        answer(r, moves);
    };
    EXPECT_EQ(end_of(b.thing->start_open(ALD_WAIT_DEFAULT)), ALD_OK);
    EXPECT_EQ(asked.lines(), (std::vector<std::string>{"get settled", "act stop"}));
}

TEST_P(Recovery, WhatCannotBeStoppedIsNotOpen) {
    bench b(GetParam());
    std::atomic<bool> moves{true};
    b.steps->on_submit = [](request &r) { r.complete(fail(ALD_E_IO, "test", "the line is held")); };
    EXPECT_EQ(end_of(capabilities::movable::start_move_abs(*b.thing, 5, ALD_WAIT_DEFAULT)),
              ALD_E_IO);
    b.thing->disconnect("unplugged");
    EXPECT_EQ(end_of(b.thing->start_open(ALD_WAIT_DEFAULT)), ALD_E_IO);
    EXPECT_EQ(b.thing->state(), ALD_DEVICE_DISCONNECTED);
    b.steps->on_submit = [&](request &r) { answer(r, moves); };
    EXPECT_EQ(end_of(b.thing->start_open(ALD_WAIT_DEFAULT)), ALD_OK);
    EXPECT_FALSE(moves);
}

TEST_P(Recovery, AnOpeningThatStopsCanBeCancelledAndClosed) {
    for (const bool closes : {false, true}) {
        bench b(GetParam());
        b.steps->on_submit = [](request &r) { r.complete(fail(ALD_E_IO, "test", "held")); };
        EXPECT_EQ(end_of(b.thing->start_stop(ALD_WAIT_DEFAULT)), ALD_E_IO);
        b.thing->disconnect("unplugged");
        std::atomic<request *> kept{nullptr};
        b.steps->on_submit = [&](request &r) { kept = &r; };
        b.steps->on_cancel = [](request &r) { r.complete(fail(ALD_E_CANCELLED, "test", "")); };
        auto opening = b.thing->start_open(ALD_WAIT_FOREVER);
        ASSERT_TRUE(eventually([&] { return kept != nullptr; }));
        if (closes) {
            b.thing->close();
            EXPECT_EQ(end_of(opening), ALD_E_CLOSED);
        } else {
            (*opening)->cancel();
            EXPECT_EQ(end_of(opening), ALD_E_CANCELLED);
            EXPECT_EQ(b.thing->state(), ALD_DEVICE_DISCONNECTED);
        }
    }
}

TEST_P(Recovery, ClosingWhatIsLostIsQuickAndEndsTheDriver) {
    for (int round = 0; round < 20; ++round) {
        auto b = std::make_unique<bench>(GetParam());
        const auto steps = b->steps;
        std::atomic<int> kept{0};
        steps->on_submit = [&](request &r) {
            ++kept;
            r.accept();
        };
        std::atomic<bool> moves{false};
        auto motion = capabilities::movable::start_move_abs(*b->thing, 5, ALD_WAIT_FOREVER);
        ASSERT_TRUE(eventually([&] { return kept == 1; }));
        steps->on_submit = [&](request &r) { answer(r, moves); };
        b->thing->disconnect("unplugged");
        if (round % 2 == 1) {
            EXPECT_EQ(end_of(b->thing->start_open(ALD_WAIT_DEFAULT)), ALD_OK);
        }
        b->thing->disconnect("unplugged");
        const tests::stopwatch watch;
        b->thing->close();
        // A driver that is left behind takes five seconds.
        EXPECT_LT(watch.own_ns(), 4'000'000'000);
        EXPECT_TRUE(steps->destroyed);
        b.reset(); // the last reference
    }
}

TEST_P(Recovery, AnAxisWithoutAStopIsWaitedFor) {
    const scripted_driver &kind = scripted(GetParam());
    const auto steps = std::make_shared<script>();
    kind.next = steps;
    steps->on_open = [](request &r) {
        const auto rail = r.target().add_child("rail", nullptr);
        EXPECT_TRUE(rail);
        const std::uint64_t both = ALD_SCHEMA_READ | ALD_SCHEMA_WRITE;
        EXPECT_TRUE((*rail)->add_property(
            {.name = "position", .type = ALD_TYPE_DOUBLE, .unit = "mm", .flags = both}));
        EXPECT_TRUE((*rail)->add_property({.name = "settled", .type = ALD_TYPE_BOOL}));
        EXPECT_TRUE((*rail)->add_capability("movable", 1));
        r.complete(value());
    };
    std::atomic<int> looks{0};
    std::atomic<int> moves_for{1000};
    std::atomic<bool> kept{false};
    steps->on_submit = [&](request &r) {
        if (r.what().name == "position" && r.what().verb == ALD_VERB_SET) {
            kept = true;
            r.accept();
        } else {
            r.complete(value(++looks > moves_for));
        }
    };
    const auto home = make<lab>("bench");
    const auto thing = *home->add("thing", kind.name(), value());
    EXPECT_EQ(end_of(thing->start_open(ALD_WAIT_DEFAULT)), ALD_OK);
    const auto rail = *thing->child("rail");
    const auto q = make<queue>(16, ALD_POLICY_DROP_OLDEST);
    ASSERT_TRUE(home->events().add(q, ALD_EVENT_MOTION_FOUND, 0));
    auto motion = capabilities::movable::start_move_abs(*rail, 5, ALD_WAIT_FOREVER);
    ASSERT_TRUE(eventually([&] { return kept.load(); }));
    thing->disconnect("unplugged");
    EXPECT_EQ(end_of(motion), ALD_E_DISCONNECTED);
    // Not as long as it moves.
    EXPECT_EQ(end_of(thing->start_open(120 * 1'000'000)), ALD_E_TIMEOUT);
    EXPECT_EQ(thing->state(), ALD_DEVICE_DISCONNECTED);
    looks = 0;
    moves_for = 2;
    EXPECT_EQ(end_of(thing->start_open(ALD_WAIT_DEFAULT)), ALD_OK);
    EXPECT_EQ(looks, 3);
    event_list told;
    EXPECT_TRUE(q->drain(16, told));
    EXPECT_EQ(told.size(), 1U);
    home->close();
    EXPECT_TRUE(steps->destroyed);
}

INSTANTIATE_TEST_SUITE_P(Drivers, Recovery, ::testing::Values(false, true),
                         [](const auto &given) { return given.param ? "Blocking" : "AtOnce"; });

// A thread that is for ever inside the driver keeps all that it may use, and ends no process.
TEST(LeftBehind, ADriverThatDoesNotReturn) {
    auto b = std::make_unique<bench>(true);
    const auto steps = b->steps;
    std::atomic<bool> inside{false};
    std::atomic<bool> returns{false};
    std::atomic<bool> returned{false};
    steps->on_submit = [&](request &r) {
        inside = true;
        while (!returns) {
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        (void)r.target().state(); // what it may use is still there
        r.complete(value(1.0));
        returned = true;
    };
    (void)capabilities::readable::start_read(*b->thing, ALD_WAIT_FOREVER, false);
    ASSERT_TRUE(eventually([&] { return inside.load(); }));
    b->thing->disconnect("unplugged");
    b.reset();
    EXPECT_FALSE(steps->destroyed);
    returns = true;
    EXPECT_TRUE(eventually([&] { return returned.load(); }));
    std::this_thread::sleep_for(std::chrono::milliseconds(20)); // its thread leaves
}

// No thread is inside, but the driver never said that it has ended.
TEST(LeftBehind, AMotionThatNeverEnds) {
    for (const bool blocking : {false, true}) {
        auto b = std::make_unique<bench>(blocking);
        const auto steps = b->steps;
        std::atomic<request *> kept{nullptr};
        steps->on_submit = [&](request &r) {
            kept = &r;
            r.accept();
        };
        (void)capabilities::movable::start_move_abs(*b->thing, 5, ALD_WAIT_FOREVER);
        ASSERT_TRUE(eventually([&] { return kept != nullptr; }));
        b.reset();
        EXPECT_FALSE(steps->destroyed);
        kept.load()->complete(value(5.0)); // late, and from a thread of its own
    }
}

TEST(ThreadGroup, GoesWithoutItsThreads) {
    std::atomic<bool> ends{false};
    std::atomic<bool> ended{false};
    {
        thread_group c("passing");
        ASSERT_TRUE(c.start([&] {
            while (!ends) {
                std::this_thread::sleep_for(std::chrono::milliseconds(1));
            }
            ended = true;
        }));
        EXPECT_FALSE(c.join(mono_ns()));
    }
    ends = true;
    EXPECT_TRUE(eventually([&] { return ended.load(); }));
    { // one that has ended, and was never joined
        thread_group c("passing");
        ASSERT_TRUE(c.start([] {}));
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

} // namespace
