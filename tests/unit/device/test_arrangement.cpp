// Groups of presets, named positions, safe states and emergency stops of several instruments at
// once, against drivers that a test steers.
#include "device/safe_state.hpp"
#include "support/stopwatch.hpp"
#include "unit/device/scripted_driver.hpp"

#include <set>

using namespace alidade;
using namespace alidade::testing;

namespace {

constexpr std::int64_t ms = 1'000'000;

// Two instruments, "a" and "b", that do what they are told and note it in the order in which it
// came.
struct instruments {
    explicit instruments(bool blocking) : home(make<lab>("two")) {
        const scripted_driver &kind = scripted(blocking);
        for (const char *name : {"a", "b"}) {
            kind.next = std::make_shared<script>();
            steps.push_back(kind.next);
            steps.back()->on_submit = [this](request &r) { obey(r); };
            auto added = home->add(name, kind.name(), value());
            EXPECT_TRUE(added);
            EXPECT_EQ(end_of((*added)->start_open(ALD_WAIT_DEFAULT)), ALD_OK);
        }
    }
    instruments(const instruments &) = delete;
    instruments &operator=(const instruments &) = delete;
    ~instruments() { home->close(); }

    void obey(request &r) {
        const std::string &path = r.target().path();
        {
            const std::scoped_lock lock(mutex);
            const double *to = r.what().argument.as_double();
            done.push_back(path + ":" + r.what().name + (to != nullptr ? "=" : ""));
            if (to != nullptr) {
                at[path] = *to;
            }
        }
        if (r.what().verb == ALD_VERB_GET) {
            const std::scoped_lock lock(mutex);
            r.complete(value(at[path]));
        } else {
            r.complete(r.what().verb == ALD_VERB_SET ? r.what().argument : value());
        }
    }
    std::vector<std::string> seen() {
        const std::scoped_lock lock(mutex);
        return std::exchange(done, {});
    }

    ref<lab> home;
    std::vector<std::shared_ptr<script>> steps;
    std::mutex mutex;
    std::vector<std::string> done;
    std::map<std::string, double> at;
};

value presets() {
    return map{{"low", map{{"a:position", 1.0}, {"b:position", 2.0}}},
               {"high", map{{"a:position", 8.0}, {"b:position", 9.0}}}};
}

class Arrangement : public ::testing::TestWithParam<bool> {};

TEST_P(Arrangement, AppliesAPresetAndKnowsIt) {
    instruments i(GetParam());
    ASSERT_TRUE(i.home->set_group("g", presets(), value()));
    for (const char *name : {"low", "high", "low"}) {
        EXPECT_EQ(end_of(i.home->start_apply("g", name, ALD_WAIT_DEFAULT)), ALD_OK);
        const auto current = i.home->start_current("g", ALD_WAIT_DEFAULT);
        ASSERT_EQ(end_of(current), ALD_OK);
        EXPECT_EQ((*current)->result_of(), value(name));
    }
    i.at["a"] = 1.5;
    auto current = i.home->start_current("g", ALD_WAIT_DEFAULT);
    ASSERT_EQ(end_of(current), ALD_OK);
    EXPECT_EQ((*current)->result_of(), value());
    // Limits from 0 to 10: a millionth of that, or what is said.
    i.at["a"] = 1.0 + 9e-6;
    current = i.home->start_current("g", ALD_WAIT_DEFAULT);
    ASSERT_EQ(end_of(current), ALD_OK);
    EXPECT_EQ((*current)->result_of(), value("low"));
    i.at["a"] = 1.5;
    ASSERT_TRUE(i.home->set_group("g", presets(), map{{"a:position", 0.6}}));
    current = i.home->start_current("g", ALD_WAIT_DEFAULT);
    ASSERT_EQ(end_of(current), ALD_OK);
    EXPECT_EQ((*current)->result_of(), value("low"));
}

TEST_P(Arrangement, ChecksAllBeforeAnythingIsSent) {
    instruments i(GetParam());
    EXPECT_EQ(
        i.home->set_group("g", map{{"p", map{{"a:position", 11.0}}}}, value()).error()->code(),
        ALD_E_RANGE);
    EXPECT_EQ(i.home->set_group("g", map{{"p", map{{"a:value", 1.0}}}}, value()).error()->code(),
              ALD_E_UNSUPPORTED);
    const auto unknown = i.home->set_group("g", map{{"p", map{{"a:positon", 1.0}}}}, value());
    EXPECT_EQ(unknown.error()->code(), ALD_E_NOT_FOUND);
    EXPECT_NE(unknown.error()->detail().message.find("'position'"), std::string::npos);
    ASSERT_TRUE(i.home->set_group("g", presets(), value()));
    EXPECT_EQ(end_of(i.home->start_apply("g", "lwo", ALD_WAIT_DEFAULT)), ALD_E_NOT_FOUND);
    EXPECT_EQ(end_of(i.home->start_apply("x", "low", ALD_WAIT_DEFAULT)), ALD_E_NOT_FOUND);
    i.home->devices()[1]->close();
    EXPECT_EQ(end_of(i.home->start_apply("g", "low", ALD_WAIT_DEFAULT)), ALD_E_CLOSED);
    EXPECT_EQ(i.seen(), std::vector<std::string>());
}

TEST_P(Arrangement, AFailureTellsWhatWasSet) {
    instruments i(GetParam());
    ASSERT_TRUE(i.home->set_group("g", presets(), value()));
    std::atomic<bool> a_is_set{false};
    i.steps[0]->on_submit = [&](request &r) {
        i.obey(r);
        a_is_set = true;
    };
    i.steps[1]->on_submit = [&](request &r) {
        EXPECT_TRUE(eventually([&] { return a_is_set.load(); })); // they go on at the same time
        r.complete(fail(ALD_E_IO, "test", "stuck"));
    };
    if (!GetParam()) { // on the caller's thread, one after the other
        a_is_set = true;
    }
    const auto applied = i.home->start_apply("g", "low", ALD_WAIT_DEFAULT);
    ASSERT_EQ(end_of(applied), ALD_E_IO);
    const ref<const error> why = (*applied)->result_of().error();
    EXPECT_EQ(why->detail().where, "b:position");
    EXPECT_NE(why->detail().message.find("stuck; set: a:position; not set: b:position"),
              std::string::npos)
        << why->detail().message;
    EXPECT_EQ(why->cause()->detail().message, "stuck");
}

TEST_P(Arrangement, CancellingAPresetEndsWhatIsUnderWay) {
    instruments i(GetParam());
    ASSERT_TRUE(i.home->set_group("g", presets(), value()));
    for (auto &s : i.steps) {
        s->on_submit = [](request &) {};
        s->on_cancel = [](request &r) { r.complete(fail(ALD_E_CANCELLED, "test", "asked to")); };
    }
    const auto applied = i.home->start_apply("g", "low", ALD_WAIT_DEFAULT);
    ASSERT_TRUE(applied);
    ASSERT_TRUE(eventually([&] { return i.steps[0]->submitted + i.steps[1]->submitted == 4; }));
    (*applied)->cancel();
    EXPECT_EQ(end_of(applied), ALD_E_CANCELLED);
    EXPECT_EQ(i.steps[0]->cancelled + i.steps[1]->cancelled, 2);
}

TEST_P(Arrangement, GoesToAPositionWithAllAxesAtOnce) {
    instruments i(GetParam());
    ASSERT_TRUE(i.home->set_position("load", map{{"a", 3.0}, {"b", std::int64_t{4}}}));
    EXPECT_EQ(i.home->set_position("far", map{{"a", 30.0}}).error()->code(), ALD_E_RANGE);
    EXPECT_EQ(i.home->set_position("none", map()).error()->code(), ALD_E_INVALID);
    std::mutex mutex;
    std::vector<request *> under_way;
    for (auto &s : i.steps) {
        s->on_submit = [&](request &r) {
            const std::scoped_lock lock(mutex);
            under_way.push_back(&r);
            r.accept();
        };
    }
    const auto go = i.home->start_go_to("load", ALD_WAIT_DEFAULT);
    ASSERT_TRUE(go);
    ASSERT_TRUE(eventually([&] {
        const std::scoped_lock lock(mutex);
        return under_way.size() == 2;
    }));
    EXPECT_EQ((*go)->state(), ALD_OP_RUNNING);
    for (request *r : under_way) {
        r->complete(r->what().argument);
    }
    ASSERT_EQ(end_of(go), ALD_OK);
    EXPECT_EQ((*go)->result_of(), value(map{{"a", 3.0}, {"b", 4.0}}));
}

TEST_P(Arrangement, OneAxisThatFailsStopsTheOthers) {
    instruments i(GetParam());
    ASSERT_TRUE(i.home->set_position("load", map{{"a", 3.0}, {"b", 4.0}}));
    std::atomic<bool> moving{false};
    i.steps[0]->on_submit = [&](request &r) {
        r.accept();
        moving = true;
    };
    i.steps[0]->on_cancel = [](request &r) {
        r.complete(fail(ALD_E_CANCELLED, "test", "stopped"));
    };
    i.steps[1]->on_submit = [&](request &r) {
        EXPECT_TRUE(eventually([&] { return moving.load(); }));
        r.complete(fail(ALD_E_IO, "test", "stalled"));
    };
    const auto go = i.home->start_go_to("load", ALD_WAIT_DEFAULT);
    EXPECT_EQ(end_of(go), ALD_E_IO);
    EXPECT_EQ((*go)->result_of().error()->detail().where, "b");
    EXPECT_EQ(i.steps[0]->cancelled, 1);
}

TEST_P(Arrangement, RemembersWhereAxesAre) {
    instruments i(GetParam());
    i.at["a"] = 5.0;
    i.at["b"] = 6.0;
    ASSERT_EQ(end_of(i.home->start_remember("here", {}, ALD_WAIT_DEFAULT)), ALD_OK);
    ASSERT_EQ(end_of(i.home->start_remember("one", {"b"}, ALD_WAIT_DEFAULT)), ALD_OK);
    EXPECT_EQ(i.home->positions(),
              value(map{{"here", map{{"a", 5.0}, {"b", 6.0}}}, {"one", map{{"b", 6.0}}}}));
    EXPECT_EQ(end_of(i.home->start_remember("no", {"c"}, ALD_WAIT_DEFAULT)), ALD_E_NOT_FOUND);
    EXPECT_TRUE(i.home->forget("here"));
    EXPECT_EQ(i.home->forget("here").error()->code(), ALD_E_NOT_FOUND);
}

TEST_P(Arrangement, TheSafeStateTriesEverySteps) {
    instruments i(GetParam());
    const ref<device> a = i.home->devices()[0];
    ASSERT_TRUE(a->set_safe_steps(std::vector<safe_step>{
        {.sets = true, .name = "position", .argument = 7.0},
        {.sets = true, .name = "position", .argument = 0.0},
    }));
    i.steps[0]->on_submit = [&](request &r) {
        const double *to = r.what().argument.as_double();
        if (to != nullptr && *to == 7.0) {
            r.complete(fail(ALD_E_IO, "test", "jammed"));
        } else {
            i.obey(r);
        }
    };
    const auto safe = i.home->start_safe_state(ALD_WAIT_DEFAULT);
    ASSERT_EQ(end_of(safe), ALD_E_IO);
    EXPECT_NE((*safe)->result_of().error()->detail().message.find("a: set position: jammed"),
              std::string::npos);
    auto seen = i.seen();
    ASSERT_EQ(seen.size(), 3U);
    EXPECT_EQ(std::set<std::string>(seen.begin(), seen.begin() + 2),
              (std::set<std::string>{"a:stop", "b:stop"}));
    EXPECT_EQ(seen[2], "a:position=");
    // One that is gone cannot be made safe, and that is told.
    a->disconnect("unplugged");
    EXPECT_EQ(end_of(i.home->start_safe_state(ALD_WAIT_DEFAULT)), ALD_E_DISCONNECTED);
    ASSERT_TRUE(a->set_safe_steps(std::nullopt));
    EXPECT_EQ(end_of(i.home->start_safe_state(ALD_WAIT_DEFAULT)), ALD_OK);
}

TEST_P(Arrangement, ASafeStepHasItsOwnDeadline) {
    instruments i(GetParam());
    const ref<device> a = i.home->devices()[0];
    ASSERT_TRUE(a->set_safe_steps(std::vector<safe_step>{
        {.sets = true, .name = "position", .argument = 7.0, .timeout = 0.02},
        {.sets = true, .name = "position", .argument = 0.0},
    }));
    i.steps[0]->on_submit = [&](request &r) {
        const double *to = r.what().argument.as_double();
        if (to == nullptr || *to != 7.0) {
            i.obey(r);
        }
    };
    i.steps[0]->on_cancel = [](request &r) { r.complete(fail(ALD_E_CANCELLED, "test", "asked")); };
    EXPECT_EQ(end_of(start_safe_state({a}, ALD_WAIT_DEFAULT)), ALD_E_TIMEOUT);
    EXPECT_EQ(i.seen().back(), "a:position=");
}

TEST(SafeStep, IsReadFromMaps) {
    const auto good = safe_steps_from(list{map{{"set", "power"}, {"to", 0.0}, {"child", "x"}},
                                           map{{"act", "park"}, {"timeout", 2.0}}});
    ASSERT_TRUE(good);
    EXPECT_EQ((*good)[0].title(), "x: set power");
    EXPECT_EQ((*good)[1].title(), "act park");
    EXPECT_EQ((*good)[1].timeout, 2.0);
    for (const value &bad :
         {value(1.0), value(list{1.0}), value(list{map()}), value(list{map{{"set", "power"}}}),
          value(list{map{{"act", "park"}, {"to", 1.0}}}), value(list{map{{"atc", "park"}}}),
          value(list{map{{"set", "x"}, {"act", "y"}, {"to", 1.0}}}),
          value(list{map{{"act", "park"}, {"timeout", -1.0}}})}) {
        EXPECT_FALSE(safe_steps_from(bad));
    }
}

// While one request occupies the instrument and ten wait, the stops of the device and of its part
// come through, and whoever asked does not wait.
TEST(EmergencyStop, GoesBeforeAllThatWaitsAndReachesParts) {
    const scripted_driver &kind = scripted(true);
    kind.next = std::make_shared<script>();
    const std::shared_ptr<script> steps = kind.next;
    steps->on_open = [](request &r) {
        const auto child = r.target().add_child("part", nullptr);
        ASSERT_TRUE(child);
        ASSERT_TRUE((*child)->add_property({.name = "position",
                                            .type = ALD_TYPE_DOUBLE,
                                            .unit = "mm",
                                            .flags = ALD_SCHEMA_READ | ALD_SCHEMA_WRITE}));
        ASSERT_TRUE((*child)->add_action("stop", ""));
        ASSERT_TRUE((*child)->add_capability("movable", 1));
        r.complete(value());
    };
    std::mutex mutex;
    std::multiset<std::string> stopped;
    std::atomic<int> queries{0};
    std::atomic<bool> release{false};
    steps->on_submit = [&](request &r) {
        if (r.what().name == "stop") {
            const std::scoped_lock lock(mutex);
            stopped.insert(r.target().path());
        } else {
            ++queries;
            EXPECT_TRUE(eventually([&] { return release.load(); }));
        }
        r.complete(value(1.5));
    };
    const auto home = make<lab>("stops");
    const auto thing = home->add("thing", kind.name(), value());
    ASSERT_TRUE(thing);
    ASSERT_EQ(end_of((*thing)->start_open(ALD_WAIT_DEFAULT)), ALD_OK);
    std::vector<result<ref<op>>> waiting;
    for (int i = 0; i < 11; ++i) {
        waiting.push_back((*thing)->start_get("value", ALD_WAIT_FOREVER, false));
    }
    ASSERT_TRUE(eventually([&] { return queries == 1; }));
    const tests::stopwatch watch;
    EXPECT_TRUE(home->emergency_stop());
    EXPECT_LT(watch.own_ns(), 1000 * ms); // the query lasts for longer
    EXPECT_TRUE(eventually([&] {
        const std::scoped_lock lock(mutex);
        return stopped == std::multiset<std::string>{"thing", "thing/part"};
    }));
    EXPECT_EQ(queries, 1);
    release = true;
    for (const auto &one : waiting) {
        EXPECT_EQ(end_of(one), ALD_OK);
    }
    home->close();
}

INSTANTIATE_TEST_SUITE_P(Drivers, Arrangement, ::testing::Values(false, true),
                         [](const auto &given) { return given.param ? "Blocking" : "AtOnce"; });

} // namespace
