// Axes that end a motion at its goal alone, and parts that cannot be used.
#include "unit/device/scripted_driver.hpp"

using namespace alidade;
using namespace alidade::testing;

namespace {

constexpr std::int64_t s = 1'000'000'000;

// A device whose part "stage" has no action "stop"; motions go on until the test ends them.
class Unstoppable : public ::testing::TestWithParam<bool> {
protected:
    Unstoppable() {
        const scripted_driver &kind = scripted(GetParam());
        kind.next = steps;
        steps->on_open = [](request &r) {
            const auto stage = r.target().add_child("stage", nullptr);
            ASSERT_TRUE(stage);
            ASSERT_TRUE((*stage)->add_property({.name = "position",
                                                .type = ALD_TYPE_DOUBLE,
                                                .unit = "mm",
                                                .flags = ALD_SCHEMA_READ | ALD_SCHEMA_WRITE}));
            ASSERT_TRUE((*stage)->add_action("search", "", true));
            EXPECT_TRUE((*stage)->add_capability("movable", 1));
            r.complete(value());
        };
        steps->on_submit = [this](request &r) {
            const std::scoped_lock lock(mutex_);
            under_way_.push_back(ref<request>::share(&r));
            r.accept();
        };
        thing = *home->add("thing", kind.name(), value());
        EXPECT_EQ(end_of(thing->start_open(ALD_WAIT_DEFAULT)), ALD_OK);
        stage = *thing->child("stage");
    }
    ~Unstoppable() override {
        for (const ref<request> &r : all()) {
            if (!r->completed()) {
                r->complete(value(0.0));
            }
        }
        home->close();
    }

    ref<op> begin(device &axis, double position) {
        // A stop of another part may come late.
        const auto asked = [&] {
            const auto requests = all();
            return std::count_if(requests.begin(), requests.end(),
                                 [&](const auto &r) { return &r->target() == &axis; });
        };
        const auto before = asked();
        auto started = capabilities::movable::start_move_abs(axis, position, ALD_WAIT_DEFAULT);
        EXPECT_TRUE(started);
        EXPECT_TRUE(eventually([&] { return asked() > before; }));
        return *started;
    }
    std::vector<ref<request>> all() {
        const std::scoped_lock lock(mutex_);
        return under_way_;
    }
    static std::string message_of(const ref<op> &o) {
        return o->result_of().error()->detail().message;
    }

    std::mutex mutex_;
    std::vector<ref<request>> under_way_;
    std::shared_ptr<script> steps = std::make_shared<script>();
    ref<lab> home = make<lab>("bench");
    ref<device> thing;
    ref<device> stage;
};

TEST_P(Unstoppable, SaysSoBeforeAnybodyReliesOnIt) {
    EXPECT_TRUE(thing->can("stop", 1));
    EXPECT_FALSE(thing->can("stop", 2));
    EXPECT_TRUE(stage->can("movable", 1));
    EXPECT_FALSE(stage->can("stop", 1));
    const auto has_stop = [](const device &d) {
        const value described = d.describe();
        for (const auto &[key, v] : *described.as_map()) {
            if (key == "capabilities") {
                const list &names = *v.as_list();
                return std::find(names.begin(), names.end(), value("stop")) != names.end();
            }
        }
        return false;
    };
    EXPECT_TRUE(has_stop(*thing));
    EXPECT_FALSE(has_stop(*stage));
    EXPECT_EQ(end_of(stage->start_stop(ALD_WAIT_DEFAULT)), ALD_E_UNSUPPORTED);
    EXPECT_EQ(end_of(stage->start_action("stop", value(), ALD_WAIT_DEFAULT)), ALD_E_UNSUPPORTED);
}

TEST_P(Unstoppable, ACancelledMoveIsHeldForAsLongAsItTakes) {
    const ref<op> control = begin(*thing, 5.0);
    const ref<op> moving = begin(*stage, 5.0);
    const ref<request> asked = all().back();
    asked->takes_until(mono_ns() + 60 * s);
    moving->cancel();
    control->cancel();
    // The grace of one that has said nothing passes meanwhile.
    ASSERT_TRUE(control->wait(deadline_after(30 * s), nullptr));
    EXPECT_NE(message_of(control).find("may still move"), std::string::npos);
    EXPECT_EQ(moving->state(), ALD_OP_RUNNING);
    asked->complete(fail(ALD_E_CANCELLED, "test", "it went on, and stands at 5 mm"));
    ASSERT_TRUE(moving->wait(deadline_after(10 * s), nullptr));
    EXPECT_EQ(moving->result_of().error()->code(), ALD_E_CANCELLED);
}

TEST_P(Unstoppable, WhatIsSaidAfterTheCancelCountsToo) {
    const ref<op> moving = begin(*stage, 5.0);
    const ref<request> asked = all().back();
    moving->cancel();
    asked->takes_until(mono_ns() + 60 * s);
    const ref<op> control = begin(*thing, 5.0);
    control->cancel();
    ASSERT_TRUE(control->wait(deadline_after(30 * s), nullptr));
    EXPECT_EQ(moving->state(), ALD_OP_RUNNING);
    asked->takes_until(mono_ns()); // and it is bounded
    ASSERT_TRUE(moving->wait(deadline_after(30 * s), nullptr));
    EXPECT_NE(message_of(moving).find("may still move"), std::string::npos);
    EXPECT_EQ(end_of(capabilities::movable::start_move_abs(*stage, 1.0, ALD_WAIT_DEFAULT)),
              ALD_E_BUSY);
}

TEST_P(Unstoppable, AnEmergencyStopNamesIt) {
    EXPECT_TRUE(home->emergency_stop()) << "nothing of it moves";
    home->reset_stop();
    for (const ref<request> &r : all()) {
        r->complete(value());
    }
    (void)begin(*stage, 5.0);
    const auto stopped = home->emergency_stop();
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error()->code(), ALD_E_UNSUPPORTED);
    const std::string &said = stopped.error()->detail().message;
    EXPECT_NE(said.find("thing/stage"), std::string::npos) << said;
    EXPECT_EQ(said.find("thing,"), std::string::npos) << said;
}

TEST_P(Unstoppable, AnActionThatMovesIsAMotion) {
    auto search = stage->start_action("search", value(), ALD_WAIT_DEFAULT);
    ASSERT_TRUE(search);
    EXPECT_EQ(end_of(capabilities::movable::start_move_abs(*stage, 1.0, ALD_WAIT_DEFAULT)),
              ALD_E_BUSY);
}

INSTANTIATE_TEST_SUITE_P(Drivers, Unstoppable, ::testing::Values(false, true),
                         [](const auto &tested) { return tested.param ? "Blocking" : "Quick"; });

TEST(FailedChildren, AreToldAndTheRestOpens) {
    const scripted_driver &kind = scripted(false);
    kind.next = std::make_shared<script>();
    const auto steps = kind.next;
    bool broken = true;
    steps->on_open = [&](request &r) {
        if (broken) {
            const failure why = fail(ALD_E_PROTOCOL, "test", "the motor says nonsense");
            EXPECT_TRUE(r.target().child_failed("5", why.value()));
        } else {
            EXPECT_TRUE(r.target().add_child("5", nullptr));
        }
        r.complete(value());
    };
    const auto home = make<lab>("bench");
    auto q = make<queue>(16, ALD_POLICY_DROP_OLDEST);
    ASSERT_TRUE(home->events().add(q, 0, 0));
    const auto thing = *home->add("thing", kind.name(), value());
    const auto opening = *home->start_open(ALD_WAIT_DEFAULT);
    ASSERT_TRUE(opening->wait(deadline_after(10 * s), nullptr));

    const auto report = opening->result_of();
    ASSERT_TRUE(report);
    EXPECT_EQ(*report, value(map{{"thing", value()},
                                 {"thing/5", map{{"status", "ALD_E_PROTOCOL"},
                                                 {"message", "the motor says nonsense"}}}}));
    EXPECT_EQ(thing->state(), ALD_DEVICE_OPEN);
    const auto child = thing->child("5");
    ASSERT_FALSE(child);
    EXPECT_EQ(child.error()->code(), ALD_E_PROTOCOL);
    const value described = thing->describe();
    EXPECT_EQ(*described.find("failed_children"), value(map{{"5", "the motor says nonsense"}}));
    event_list told;
    ASSERT_TRUE(q->drain(4, told));
    ASSERT_EQ(told.size(), 2U);
    EXPECT_EQ(told.front().record.kind, ALD_EVENT_DEVICE_OPENED);
    EXPECT_EQ(told.back().record.kind, ALD_EVENT_DEVICE_FAILED);

    broken = false;
    thing->disconnect("pulled");
    ASSERT_EQ(end_of(thing->start_open(ALD_WAIT_DEFAULT)), ALD_OK);
    EXPECT_TRUE(thing->child("5"));
    EXPECT_TRUE(thing->failed_children().empty());
    home->close();
}

} // namespace
