// The device room against drivers that behave well, badly and not at all.
#include "base/inside_library.hpp"
#include "unit/device/scripted_driver.hpp"

#include <cmath>
#include <random>

using namespace alidade;
using namespace alidade::testing;

namespace {

constexpr std::int64_t ms = 1'000'000;

class Device : public ::testing::TestWithParam<bool> {};

TEST_P(Device, ReadsAndRemembers) {
    bench b(GetParam());
    EXPECT_EQ(b.thing->get_cached("value").error()->code(), ALD_E_STATE);
    EXPECT_EQ(end_of(capabilities::readable::start_read(*b.thing, ALD_WAIT_DEFAULT, true)), ALD_OK);
    EXPECT_EQ(*b.thing->get_cached("value")->last.as_double(), 1.5);
    EXPECT_EQ(capabilities::readable::last_reading(*b.thing)->value, 1.5);
    double number = 0;
    std::int64_t t = 0;
    EXPECT_TRUE(capabilities::readable::last_of(*b.thing)->peek(number, t));
    EXPECT_EQ(number, 1.5);
}

TEST_P(Device, TellsOfChangesAfterItsOpening) {
    const scripted_driver &kind = scripted(GetParam());
    kind.next = std::make_shared<script>();
    kind.next->on_open = [](request &r) {
        r.target().publish(0, 2.5); // as a driver does whose own thread was faster
        r.complete(value());
    };
    const auto home = make<lab>("early");
    auto q = make<queue>(16, ALD_POLICY_DROP_OLDEST);
    ASSERT_TRUE(home->events().add(q, 0, 0));
    const auto thing = home->add("thing", kind.name(), value());
    ASSERT_EQ(end_of((*thing)->start_open(ALD_WAIT_DEFAULT)), ALD_OK);
    (*thing)->publish(0, 3.5);
    event_list told;
    ASSERT_TRUE(q->drain(4, told));
    std::vector<std::int32_t> kinds;
    for (const event &e : told) {
        kinds.push_back(e.record.kind);
    }
    EXPECT_EQ(kinds, (std::vector<std::int32_t>{ALD_EVENT_DEVICE_OPENED, ALD_EVENT_PROPERTY_CHANGED,
                                                ALD_EVENT_PROPERTY_CHANGED}));
    home->close();
}

TEST_P(Device, IsReadableForLowerRooms) {
    bench b(GetParam());
    capabilities::readable::sensor of_thing(b.thing);
    readable &sensor = of_thing;
    EXPECT_EQ(sensor.unit(), "V");
    const std::int64_t before = mono_ns();
    const auto r = sensor.read(never, nullptr);
    ASSERT_TRUE(r);
    EXPECT_EQ(r->value, 1.5);
    EXPECT_GE(r->t_mono_ns, before);
    EXPECT_EQ(r->t_wall_ns, wall_from_mono(r->t_mono_ns));
    EXPECT_EQ(r->quality, 0U);
    b.steps->on_submit = [](request &) {};
    b.steps->on_cancel = [](request &q) { q.complete(fail(ALD_E_CANCELLED, "test", "asked to")); };
    EXPECT_EQ(sensor.read(deadline_after(10 * ms), nullptr).error()->code(), ALD_E_TIMEOUT);
    const auto c = make<cancel_source>();
    c->trigger();
    EXPECT_EQ(sensor.read(never, c.get()).error()->code(), ALD_E_CANCELLED);
    b.thing->close();
    EXPECT_EQ(sensor.read(never, nullptr).error()->code(), ALD_E_CLOSED);
}

TEST_P(Device, HandlesOneRequestAtATime) {
    bench b(GetParam());
    b.steps->on_submit = [](request &r) {
        std::this_thread::sleep_for(std::chrono::microseconds(200));
        r.complete(value(2.0));
    };
    std::vector<std::thread> callers;
    std::atomic<int> good{0};
    for (int i = 0; i < 8; ++i) {
        callers.emplace_back([&] {
            for (int k = 0; k < 20; ++k) {
                good += end_of(capabilities::readable::start_read(*b.thing, ALD_WAIT_DEFAULT,
                                                                  k % 2 == 0)) == ALD_OK
                            ? 1
                            : 0;
            }
        });
    }
    for (std::thread &t : callers) {
        t.join();
    }
    EXPECT_EQ(good, 160);
    EXPECT_EQ(b.steps->most_at_once, 1);
}

TEST_P(Device, ManyWaitingRequestsDoNotDeepenTheStack) {
    bench b(GetParam());
    request *first = nullptr;
    std::mutex mutex;
    b.steps->on_submit = [&](request &r) {
        const std::scoped_lock lock(mutex);
        if (first == nullptr) {
            first = &r; // holds all others back
        } else {
            r.complete(value(1.0));
        }
    };
    std::vector<result<ref<op>>> all;
    for (int i = 0; i < 20000; ++i) {
        all.push_back(b.thing->start_get("value", ALD_WAIT_FOREVER, false));
    }
    ASSERT_TRUE(eventually([&] {
        const std::scoped_lock lock(mutex);
        return first != nullptr;
    }));
    first->complete(value(0.0));
    for (const auto &one : all) {
        ASSERT_EQ(end_of(one), ALD_OK);
    }
}

TEST_P(Device, TimesOutADriverThatEndsWhenAsked) {
    bench b(GetParam());
    b.steps->on_submit = [](request &) {};
    b.steps->on_cancel = [](request &r) { r.complete(fail(ALD_E_CANCELLED, "test", "asked to")); };
    const std::int64_t began = mono_ns();
    EXPECT_EQ(end_of(capabilities::readable::start_read(*b.thing, 50 * ms, false)), ALD_E_TIMEOUT);
    EXPECT_GE(mono_ns() - began, 50 * ms);
    EXPECT_EQ(b.steps->cancelled, 1);
    // The device goes on.
    b.steps->on_submit = [](request &r) { r.complete(value(3.0)); };
    EXPECT_EQ(end_of(capabilities::readable::start_read(*b.thing, ALD_WAIT_DEFAULT, false)),
              ALD_OK);
}

TEST_P(Device, LetsTheCallerGoWhenTheDriverDoesNotAnswerACancel) {
    bench b(GetParam());
    std::atomic<request *> stuck{nullptr};
    b.steps->on_submit = [&](request &r) { stuck = &r; };
    EXPECT_EQ(end_of(capabilities::readable::start_read(*b.thing, 20 * ms, false)), ALD_E_TIMEOUT);
    // What it says at last harms nobody.
    stuck.load()->complete(value(1.0));
    b.steps->on_submit = [](request &r) { r.complete(value(3.0)); };
    EXPECT_EQ(end_of(capabilities::readable::start_read(*b.thing, ALD_WAIT_DEFAULT, false)),
              ALD_OK);
}

TEST_P(Device, KeepsDataThatArrivesInSpiteOfACancel) {
    bench b(GetParam());
    std::atomic<request *> held{nullptr};
    b.steps->on_submit = [&](request &r) { held = &r; };
    b.steps->on_cancel = [](request &r) { r.complete(value(7.0)); };
    auto started = capabilities::readable::start_read(*b.thing, ALD_WAIT_FOREVER, false);
    ASSERT_TRUE(eventually([&] { return held != nullptr; }));
    (*started)->cancel();
    EXPECT_EQ(end_of(started), ALD_OK);
    EXPECT_EQ(capabilities::readable::last_reading(*b.thing)->value, 7.0);
}

TEST_P(Device, CancelsWhatStillWaitsWithoutTheDriver) {
    bench b(GetParam());
    std::atomic<request *> held{nullptr};
    b.steps->on_submit = [&](request &r) { held = &r; };
    auto first = capabilities::readable::start_read(*b.thing, ALD_WAIT_FOREVER, false);
    ASSERT_TRUE(eventually([&] { return held != nullptr; }));
    const int before = b.steps->submitted;
    auto second = capabilities::readable::start_read(*b.thing, ALD_WAIT_FOREVER, false);
    (*second)->cancel();
    (*second)->cancel();
    EXPECT_EQ(end_of(second), ALD_E_CANCELLED);
    EXPECT_EQ(b.steps->submitted, before);
    held.load()->complete(value(1.0));
    EXPECT_EQ(end_of(first), ALD_OK);
}

TEST_P(Device, RefusesASecondMotionButNotAStop) {
    bench b(GetParam());
    std::atomic<request *> motion{nullptr};
    b.steps->on_submit = [&](request &r) {
        if (r.what().name == "position") {
            motion = &r;
            r.accept();
        } else if (r.what().name == "stop") {
            motion.load()->complete(fail(ALD_E_CANCELLED, "test", "stopped"));
            r.complete(value());
        } else {
            r.complete(value(1.0));
        }
    };
    auto move = capabilities::movable::start_move_abs(*b.thing, 5, ALD_WAIT_FOREVER);
    ASSERT_TRUE(move);
    ASSERT_TRUE((*move)->wait_begun(deadline_after(5'000 * ms), nullptr));
    EXPECT_EQ((*move)->state(), ALD_OP_RUNNING);
    EXPECT_EQ(end_of(capabilities::movable::start_move_abs(*b.thing, 6, ALD_WAIT_FOREVER)),
              ALD_E_BUSY);
    // The queue is free while it moves.
    EXPECT_EQ(end_of(capabilities::readable::start_read(*b.thing, ALD_WAIT_DEFAULT, false)),
              ALD_OK);
    auto settled = b.thing->start_wait_settled(ALD_WAIT_FOREVER);
    EXPECT_EQ(end_of(b.thing->start_wait_settled(10 * ms)), ALD_E_TIMEOUT);
    EXPECT_EQ(end_of(b.thing->start_stop(ALD_WAIT_DEFAULT)), ALD_OK);
    EXPECT_EQ(end_of(move), ALD_E_CANCELLED);
    EXPECT_EQ(end_of(settled), ALD_E_CANCELLED);
    EXPECT_EQ(end_of(b.thing->start_wait_settled(10 * ms)), ALD_OK);
}

TEST_P(Device, StopsWhileAllWorkersAreBusy) {
    bench b(GetParam());
    std::atomic<bool> released{false};
    std::atomic<int> held{0};
    std::atomic<int> ended{0};
    constexpr int workers = 64;
    constexpr int more_than_there_are = 100;
    for (int i = 0; i < more_than_there_are; ++i) {
        ASSERT_TRUE(runtime::instance().workers().submit([&] {
            ++held;
            released.wait(false);
            ++ended;
        }));
    }
    EXPECT_TRUE(eventually([&] { return held == workers; }));
    EXPECT_EQ(end_of(b.thing->start_stop(ALD_WAIT_DEFAULT)), ALD_OK);
    EXPECT_EQ(ended, 0);
    released = true;
    released.notify_all();
    EXPECT_TRUE(eventually([&] { return ended == more_than_there_are; }));
}

TEST_P(Device, RefusesWhatIsOutsideTheLimitsBeforeAnythingIsSent) {
    bench b(GetParam());
    const int before = b.steps->submitted;
    auto refused = capabilities::movable::start_move_abs(*b.thing, 10.5, ALD_WAIT_DEFAULT);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error()->code(), ALD_E_RANGE);
    EXPECT_NE(refused.error()->detail().message.find("10 mm"), std::string::npos);
    EXPECT_EQ(refused.error()->detail().where, "thing: position");
    EXPECT_EQ(
        end_of(capabilities::movable::start_move_abs(*b.thing, schema::none, ALD_WAIT_DEFAULT)),
        ALD_E_INVALID);
    EXPECT_EQ(
        end_of(capabilities::movable::start_move_rel(*b.thing, schema::none, ALD_WAIT_DEFAULT)),
        ALD_E_INVALID);
    EXPECT_EQ(b.steps->submitted, before);
}

TEST_P(Device, EndsEverythingWhenItIsGone) {
    bench b(GetParam());
    std::atomic<request *> held{nullptr};
    b.steps->on_submit = [&](request &r) { held = &r; };
    b.steps->on_cancel = [](request &r) { r.complete(fail(ALD_E_CANCELLED, "test", "gone")); };
    auto q = make<queue>(16, ALD_POLICY_DROP_OLDEST);
    ASSERT_TRUE(b.home->events().add(q, ALD_EVENT_DEVICE_DISCONNECTED, 5));
    auto first = capabilities::readable::start_read(*b.thing, ALD_WAIT_FOREVER, false);
    auto second = capabilities::readable::start_read(*b.thing, ALD_WAIT_FOREVER, false);
    ASSERT_TRUE(eventually([&] { return held != nullptr; }));
    b.thing->disconnect("pulled out");
    EXPECT_EQ(end_of(first), ALD_E_DISCONNECTED);
    EXPECT_EQ(end_of(second), ALD_E_DISCONNECTED);
    EXPECT_EQ(end_of(capabilities::readable::start_read(*b.thing, ALD_WAIT_DEFAULT, false)),
              ALD_E_DISCONNECTED);
    event_list told;
    ASSERT_TRUE(q->drain(4, told));
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told.front().record.tag, 5U);
    // It can be opened again.
    b.steps->on_submit = [](request &r) { r.complete(value(1.0)); };
    EXPECT_EQ(end_of(b.thing->start_open(ALD_WAIT_DEFAULT)), ALD_OK);
    EXPECT_EQ(end_of(capabilities::readable::start_read(*b.thing, ALD_WAIT_DEFAULT, false)),
              ALD_OK);
}

TEST_P(Device, ClosesWithWorkInFlightFromManyThreads) {
    auto b = std::make_unique<bench>(GetParam());
    const auto steps = b->steps;
    steps->on_submit = [](request &) {};
    steps->on_cancel = [](request &r) { r.complete(fail(ALD_E_CANCELLED, "test", "closing")); };
    std::vector<result<ref<op>>> flying;
    for (int i = 0; i < 5; ++i) {
        flying.push_back(capabilities::readable::start_read(*b->thing, ALD_WAIT_FOREVER, false));
    }
    std::vector<std::thread> closers;
    for (int i = 0; i < 10; ++i) {
        closers.emplace_back([&] { b->thing->close(); });
    }
    for (std::thread &t : closers) {
        t.join();
    }
    for (const auto &one : flying) {
        EXPECT_EQ(end_of(one), ALD_E_CLOSED);
    }
    EXPECT_TRUE(steps->destroyed);
    EXPECT_EQ(end_of(capabilities::readable::start_read(*b->thing, ALD_WAIT_DEFAULT, false)),
              ALD_E_CLOSED);
    EXPECT_EQ(end_of(b->thing->start_open(ALD_WAIT_DEFAULT)), ALD_E_CLOSED);
}

TEST_P(Device, ClosesFromItsOwnCallback) {
    bench b(GetParam());
    b.steps->on_submit = [&](request &r) {
        const inside_library inside;
        r.target().close();
        r.complete(value(1.0));
    };
    (void)end_of(capabilities::readable::start_read(*b.thing, ALD_WAIT_DEFAULT, false));
    EXPECT_TRUE(eventually([&] { return b.steps->destroyed.load(); }));
}

TEST_P(Device, ADriverIsNotDestroyedUnderItsTimers) {
    bench b(GetParam());
    std::atomic<bool> running{false};
    const auto uses_the_driver = [&] {
        EXPECT_FALSE(b.steps->destroyed);
        running = true;
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        EXPECT_FALSE(b.steps->destroyed) << "it may still use what is its own";
    };
    ASSERT_TRUE(b.thing->schedule(mono_ns(), [&] {
        uses_the_driver();
        (void)b.thing->schedule(mono_ns(), uses_the_driver); // refused, or waited for
    }));
    EXPECT_TRUE(eventually([&] { return running.load(); }));
    b.thing->close();
    EXPECT_TRUE(b.steps->destroyed);
    const auto late = b.thing->schedule(mono_ns(), uses_the_driver);
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error()->code(), ALD_E_CLOSED);
    std::this_thread::sleep_for(std::chrono::milliseconds(5)); // nothing comes after all
}

TEST_P(Device, ADriverIsNotDestroyedUnderAThreadThatIsInside) {
    bench b(GetParam());
    std::atomic<bool> answered{false};
    b.steps->on_submit = [&](request &r) {
        r.complete(value(1.0));
        answered = true;
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        EXPECT_FALSE(b.steps->destroyed) << "it may still use what is its own";
    };
    std::thread reader(
        [&] { EXPECT_TRUE(capabilities::readable::start_read(*b.thing, ALD_WAIT_DEFAULT, true)); });
    EXPECT_TRUE(eventually([&] { return answered.load(); }));
    b.thing->close();
    EXPECT_TRUE(b.steps->destroyed);
    reader.join();
}

TEST_P(Device, SurvivesADriverThatAnswersTwice) {
    bench b(GetParam());
    b.steps->on_submit = [](request &r) {
        const auto keep = ref<request>::share(&r);
        r.complete(value(1.0));
        r.complete(value(2.0));
    };
    EXPECT_EQ(end_of(capabilities::readable::start_read(*b.thing, ALD_WAIT_DEFAULT, false)),
              ALD_OK);
    EXPECT_EQ(capabilities::readable::last_reading(*b.thing)->value, 1.0);
}

TEST_P(Device, OpensOnceForAllWhoAsk) {
    bench b(GetParam());
    std::vector<std::thread> openers;
    std::atomic<int> good{0};
    for (int i = 0; i < 8; ++i) {
        openers.emplace_back(
            [&] { good += end_of(b.thing->start_open(ALD_WAIT_DEFAULT)) == ALD_OK ? 1 : 0; });
    }
    for (std::thread &t : openers) {
        t.join();
    }
    EXPECT_EQ(good, 8);
    EXPECT_EQ(b.steps->submitted, 1); // the open of the bench
}

// A device that is not open yet.
ref<device> unopened(const ref<lab> &home, bool blocking, const std::shared_ptr<script> &steps) {
    const scripted_driver &kind = scripted(blocking);
    kind.next = steps;
    return *home->add("another", kind.name(), value());
}

TEST_P(Device, WhoeverOpensWhileItIsBeingOpenedWaitsForThat) {
    const auto home = make<lab>("opening");
    const auto steps = std::make_shared<script>();
    std::atomic<request *> opening{nullptr};
    steps->on_open = [&](request &r) { opening = &r; };
    const auto d = unopened(home, GetParam(), steps);
    auto first = d->start_open(ALD_WAIT_FOREVER);
    ASSERT_TRUE(eventually([&] { return opening != nullptr; }));
    EXPECT_EQ(d->state(), ALD_DEVICE_OPENING);
    auto second = d->start_open(ALD_WAIT_FOREVER);
    auto gives_up = d->start_open(ALD_WAIT_FOREVER);
    EXPECT_EQ(end_of(d->start_open(5 * ms)), ALD_E_TIMEOUT);
    (*gives_up)->cancel();
    EXPECT_EQ(end_of(gives_up), ALD_E_CANCELLED);
    EXPECT_EQ(steps->cancelled, 0) << "the opening goes on";
    opening.load()->complete(value());
    EXPECT_EQ(end_of(first), ALD_OK);
    EXPECT_EQ(end_of(second), ALD_OK);
    EXPECT_EQ(steps->submitted, 1);
    home->close();
}

TEST_P(Device, OpensOnceForThreadsThatAskAtTheSameMoment) {
    for (int round = 0; round < 20; ++round) {
        const auto home = make<lab>("opening");
        const auto steps = std::make_shared<script>();
        const auto d = unopened(home, GetParam(), steps);
        std::vector<std::thread> openers;
        for (int i = 0; i < 4; ++i) {
            openers.emplace_back(
                [&] { EXPECT_EQ(end_of(d->start_open(ALD_WAIT_DEFAULT)), ALD_OK); });
        }
        for (std::thread &t : openers) {
            t.join();
        }
        EXPECT_EQ(steps->submitted, 1);
        home->close();
    }
}

TEST_P(Device, AFailedOpeningCanBeTriedAgain) {
    const auto home = make<lab>("opening");
    const auto steps = std::make_shared<script>();
    steps->on_open = [](request &r) { r.complete(fail(ALD_E_PERMISSION, "test", "no")); };
    const auto d = unopened(home, GetParam(), steps);
    EXPECT_EQ(end_of(d->start_open(ALD_WAIT_DEFAULT)), ALD_E_PERMISSION);
    EXPECT_EQ(d->state(), ALD_DEVICE_NEW);
    steps->on_open = [](request &r) { r.complete(value()); };
    EXPECT_EQ(end_of(d->start_open(ALD_WAIT_DEFAULT)), ALD_OK);
    home->close();
}

TEST_P(Device, CancelledMoveRelStops) {
    bench b(GetParam());
    std::atomic<request *> motion{nullptr};
    b.steps->on_submit = [&](request &r) {
        if (r.what().verb == ALD_VERB_GET) {
            r.complete(value(1.0));
            return;
        }
        EXPECT_EQ(*r.what().argument.as_double(), 3.0);
        motion = &r;
        r.accept();
    };
    b.steps->on_cancel = [](request &r) { r.complete(fail(ALD_E_CANCELLED, "test", "halted")); };
    auto move = capabilities::movable::start_move_rel(*b.thing, 2, ALD_WAIT_FOREVER);
    ASSERT_TRUE(move);
    ASSERT_TRUE((*move)->wait_begun(deadline_after(5'000 * ms), nullptr));
    (*move)->cancel();
    EXPECT_EQ(end_of(move), ALD_E_CANCELLED);
    EXPECT_EQ(b.steps->cancelled, 1);
    EXPECT_EQ(end_of(b.thing->start_wait_settled(0)), ALD_OK);
}

// An axis that goes to the nearest of its steps, and tells that with some error.
class Steps : public Device {
protected:
    static constexpr double step = 360.0 / 143360;

    Steps() : b(GetParam()) {
        const device &axis = *b.thing;
        schema position = **axis.property_at(*axis.find_property("position"));
        position.step = step;
        position.min = -1000;
        position.max = 1000;
        EXPECT_TRUE(b.thing->add_property(position));
        b.steps->on_submit = [this](request &r) {
            if (r.what().verb == ALD_VERB_SET) {
                counts = std::llround(*r.what().argument.as_double() / step);
                ++moves;
            } else if (r.what().verb == ALD_VERB_ACT) {
                counts = r.what().name == "home" ? 0 : counts.load();
            }
            r.complete(value(static_cast<double>(counts + hunting) * step));
        };
    }

    ald_status rel(double distance) {
        return end_of(capabilities::movable::start_move_rel(*b.thing, distance, ALD_WAIT_FOREVER));
    }
    ald_status abs(double position) {
        return end_of(capabilities::movable::start_move_abs(*b.thing, position, ALD_WAIT_FOREVER));
    }
    static std::int64_t counts_of(double position) { return std::llround(position / step); }

    bench b;
    std::atomic<std::int64_t> counts{0};
    std::atomic<std::int64_t> hunting{0}; // of a servo, in counts
    std::atomic<int> moves{0};
};

TEST_P(Steps, OfADegreeAddUp) {
    for (int i = 0; i < 60; ++i) {
        ASSERT_EQ(rel(1), ALD_OK);
    }
    EXPECT_EQ(counts, 23893); // from its readings it would be 60 * 398
}

TEST_P(Steps, BelowTheResolutionAreRefused) {
    for (int i = 0; i < 20; ++i) {
        EXPECT_EQ(rel(0.001), ALD_E_RANGE);
        EXPECT_EQ(rel(-0.001), ALD_E_RANGE);
    }
    auto refused = capabilities::movable::start_move_rel(*b.thing, 0.001, ALD_WAIT_DEFAULT);
    ASSERT_FALSE(refused);
    EXPECT_EQ(
        refused.error()->detail().message,
        "'thing' cannot move by 0.001 mm: its resolution is 0.00251116 mm; give that or more");
    EXPECT_EQ(moves, 0);
    EXPECT_EQ(rel(0), ALD_OK);
    EXPECT_EQ(rel(step), ALD_OK);
    EXPECT_EQ(rel(0.00251116), ALD_OK);
    EXPECT_EQ(counts, 2);
}

TEST_P(Steps, OfAnyLengthDoNotDrift) {
    std::mt19937 random(1);
    std::uniform_real_distribution<double> length(-20 * step, 20 * step);
    ASSERT_EQ(abs(5), ALD_OK);
    double sum = 5;
    for (int i = 0; i < 1000; ++i) {
        double by = length(random);
        by += std::copysign(step, by);
        hunting = std::uniform_int_distribution(-1, 1)(random);
        ASSERT_EQ(rel(by), ALD_OK);
        sum += by;
        ASSERT_LE(std::abs(static_cast<double>(counts) * step - sum), step * 0.500001) << i;
    }
}

TEST_P(Steps, BeginAtTheReadingWhereTheAxisWasMovedOtherwise) {
    const double beside = 10 + 0.4 * step; // where the reading says 10
    const auto expect_reading_rules = [this] {
        const std::int64_t from = counts;
        ASSERT_EQ(rel(1.2 * step), ALD_OK);
        EXPECT_EQ(counts, from + 1);
    };
    ASSERT_EQ(abs(beside), ALD_OK);
    ASSERT_EQ(rel(1.2 * step), ALD_OK);
    EXPECT_EQ(counts, counts_of(beside + 1.2 * step));

    ASSERT_EQ(abs(beside), ALD_OK);
    counts += 3; // by hand
    expect_reading_rules();
    ASSERT_EQ(abs(beside), ALD_OK);
    ASSERT_EQ(end_of(capabilities::movable::start_stop(*b.thing, ALD_WAIT_DEFAULT)), ALD_OK);
    expect_reading_rules();
    ASSERT_EQ(abs(0.4 * step), ALD_OK);
    ASSERT_EQ(end_of(capabilities::movable::start_home(*b.thing, ALD_WAIT_DEFAULT)), ALD_OK);
    expect_reading_rules();
}

INSTANTIATE_TEST_SUITE_P(Drivers, Steps, ::testing::Values(false, true),
                         [](const auto &each) { return each.param ? "blocking" : "quick"; });

INSTANTIATE_TEST_SUITE_P(Drivers, Device, ::testing::Values(false, true),
                         [](const auto &each) { return each.param ? "blocking" : "quick"; });

TEST(Tree, ReopeningFindsTheSameChildren) {
    bench b(false);
    const auto first = b.thing->add_child("axis", nullptr);
    ASSERT_TRUE(first);
    EXPECT_TRUE((*first)->add_property({.name = "value", .type = ALD_TYPE_DOUBLE}));
    const auto again = b.thing->add_child("axis", nullptr);
    ASSERT_TRUE(again);
    EXPECT_EQ(*first, *again);
    EXPECT_TRUE((*again)->add_property({.name = "value", .type = ALD_TYPE_DOUBLE}));
    EXPECT_EQ((*again)->property_count(), 1U);
    // What is told once more as it was stays where it is: opening again and again takes no memory.
    const schema *told = *(*again)->property_at(0);
    EXPECT_TRUE((*again)->add_property({.name = "value", .type = ALD_TYPE_DOUBLE}));
    EXPECT_EQ(*(*again)->property_at(0), told);
    EXPECT_TRUE((*again)->add_property({.name = "value", .type = ALD_TYPE_DOUBLE, .max = 3}));
    EXPECT_EQ((*(*again)->property_at(0))->max, 3);
    EXPECT_EQ(b.home->find("thing/axis")->get(), *first);
    EXPECT_NE(b.home->find("thing/axes").error()->detail().message.find("did you mean 'axis'"),
              std::string::npos);
}

TEST(Tree, CapabilitiesNeedTheirProperties) {
    bench b(false);
    const auto child = *b.thing->add_child("bare", nullptr);
    EXPECT_EQ(child->add_capability("readable", 1).error()->code(), ALD_E_INVALID);
    EXPECT_EQ(child->add_capability("movable", 1).error()->code(), ALD_E_INVALID);
}

TEST(Timers, OfADeviceEndWithIt) {
    std::atomic<int> ran{0};
    {
        bench b(false);
        ASSERT_TRUE(b.thing->schedule(mono_ns() + 20 * ms, [&] { ++ran; }));
        ASSERT_TRUE(b.thing->schedule(mono_ns() + 3'600'000 * ms, [&] { ran += 100; }));
        EXPECT_TRUE(eventually([&] { return ran == 1; }));
        const auto taken_back = b.thing->schedule(mono_ns() + 3'600'000 * ms, [&] { ran += 100; });
        EXPECT_TRUE(b.thing->unschedule(*taken_back));
        EXPECT_FALSE(b.thing->unschedule(*taken_back));
    }
    EXPECT_EQ(ran, 1);
}

} // namespace
