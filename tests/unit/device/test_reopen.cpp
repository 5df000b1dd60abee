// Devices that went away are opened again by themselves.
#include "unit/device/scripted_driver.hpp"

using namespace alidade;
using namespace alidade::testing;

namespace {

constexpr std::int64_t ms = 1'000'000;

class Reopen : public ::testing::TestWithParam<bool> {};

TEST_P(Reopen, UntilItOpens) {
    bench b(GetParam());
    const auto q = make<queue>(64, ALD_POLICY_DROP_OLDEST);
    ASSERT_TRUE(b.home->events().add(q, 0, 0));
    std::atomic<int> attempts{0};
    b.steps->on_open = [&](request &r) {
        if (++attempts < 3) {
            r.complete(fail(ALD_E_NOT_FOUND, "test", "still unplugged"));
        } else {
            r.complete(value());
        }
    };
    std::atomic<int> others{0};
    b.steps->on_submit = [&](request &r) {
        ++others;
        r.complete(value(1.0));
    };
    ASSERT_TRUE(b.thing->set_reopen(2 * ms));
    b.thing->disconnect("unplugged");
    ASSERT_TRUE(eventually([&] { return b.thing->state() == ALD_DEVICE_OPEN; }));
    EXPECT_EQ(attempts, 3);
    EXPECT_EQ(others, 0); // nothing but the opening
    std::vector<std::int32_t> kinds;
    ASSERT_TRUE(eventually([&] {
        event_list drained;
        EXPECT_TRUE(q->drain(64, drained));
        for (const event &e : drained) {
            kinds.push_back(e.record.kind);
        }
        return kinds.size() == 4;
    }));
    EXPECT_EQ(kinds,
              (std::vector<std::int32_t>{ALD_EVENT_DEVICE_DISCONNECTED, ALD_EVENT_DEVICE_FAILED,
                                         ALD_EVENT_DEVICE_FAILED, ALD_EVENT_DEVICE_OPENED}));
    // And again.
    b.thing->disconnect("unplugged");
    ASSERT_TRUE(eventually([&] { return b.thing->state() == ALD_DEVICE_OPEN; }));
}

TEST_P(Reopen, ChecksWhatIsDeclaredAgain) {
    bench b(GetParam());
    ASSERT_TRUE(b.home->set_position("far", map{{"thing", 5.0}}));
    EXPECT_TRUE(b.home->findings().empty());
    const auto q = make<queue>(64, ALD_POLICY_DROP_OLDEST);
    ASSERT_TRUE(b.home->events().add(q, ALD_EVENT_DECLARATION_REFUSED, 0));
    b.steps->on_open = [&](request &r) { // another stage hangs on the cable
        EXPECT_TRUE(r.target().add_property({.name = "position",
                                             .type = ALD_TYPE_DOUBLE,
                                             .unit = "mm",
                                             .min = 0,
                                             .max = 1,
                                             .flags = ALD_SCHEMA_READ | ALD_SCHEMA_WRITE}));
        r.complete(value());
    };
    ASSERT_TRUE(b.thing->set_reopen(2 * ms));
    b.thing->disconnect("unplugged");
    event_list drained;
    ASSERT_TRUE(eventually([&] { return q->drain(64, drained) && !drained.empty(); }));
    EXPECT_EQ(drained.front().record.source, b.thing->id());
    const auto found = b.home->findings();
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found.front().key, "positions.far.thing");
    EXPECT_EQ(found.front().why->code(), ALD_E_RANGE);
}

TEST_P(Reopen, PartsThatCannotBeUsedStayUnchecked) {
    const auto home = make<lab>("bus");
    const scripted_driver &kind = scripted(GetParam());
    kind.next = std::make_shared<script>();
    kind.next->on_open = [](request &r) {
        EXPECT_TRUE(r.target().child_failed(
            "1", fail(ALD_E_PROTOCOL, "test", "a motor that nobody knows").value()));
        r.complete(value());
    };
    ASSERT_TRUE(home->add("bus", kind.name(), value()));
    ASSERT_TRUE(home->set_position("far", map{{"bus/1", 5.0}, {"bus/1/x", 5.0}}));
    const auto opened = home->start_open(ALD_WAIT_DEFAULT);
    ASSERT_EQ(end_of(opened), ALD_OK);
    const value how = *(*opened)->result_of();
    EXPECT_EQ(how.find("bus")->type(), ALD_TYPE_NULL);
    const value *failed = how.find("bus/1");
    ASSERT_NE(failed, nullptr);
    EXPECT_EQ(*failed->find("unchecked"),
              (value(list{"positions.far.\"bus/1\"", "positions.far.\"bus/1/x\""})));
    EXPECT_EQ(home->check().find("findings")->as_list()->size(), 0U);
    EXPECT_EQ(home->check().find("unchecked")->as_list()->size(), 2U);
    home->close();
}

TEST_P(Reopen, NotUnlessAskedFor) {
    bench b(GetParam());
    b.thing->disconnect("unplugged");
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    EXPECT_EQ(b.thing->state(), ALD_DEVICE_DISCONNECTED);
    // A device that is gone already is tried from now on.
    ASSERT_TRUE(b.thing->set_reopen(2 * ms));
    ASSERT_TRUE(eventually([&] { return b.thing->state() == ALD_DEVICE_OPEN; }));
    EXPECT_EQ(b.thing->set_reopen(-1).error()->code(), ALD_E_RANGE);
    EXPECT_EQ(b.thing->set_reopen(1).error()->code(), ALD_E_RANGE);
}

TEST_P(Reopen, NotAnyMore) {
    bench b(GetParam());
    std::atomic<int> attempts{0};
    b.steps->on_open = [&](request &r) {
        ++attempts;
        r.complete(fail(ALD_E_NOT_FOUND, "test", "still unplugged"));
    };
    ASSERT_TRUE(b.thing->set_reopen(2 * ms));
    b.thing->disconnect("unplugged");
    ASSERT_TRUE(eventually([&] { return attempts > 2; }));
    EXPECT_NE(b.thing->state(), ALD_DEVICE_NEW); // it was open once
    ASSERT_TRUE(b.thing->set_reopen(0));
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    const int before = attempts;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    EXPECT_EQ(attempts, before);
    EXPECT_EQ(end_of(capabilities::readable::start_read(*b.thing, ALD_WAIT_DEFAULT, false)),
              ALD_E_DISCONNECTED);
}

TEST_P(Reopen, ClosingEndsTheAttempts) {
    bench b(GetParam());
    b.steps->on_open = [&](request &r) {
        r.complete(fail(ALD_E_NOT_FOUND, "test", "still unplugged"));
    };
    ASSERT_TRUE(b.thing->set_reopen(1 * ms));
    b.thing->disconnect("unplugged");
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    b.thing->close();
    EXPECT_EQ(b.thing->state(), ALD_DEVICE_CLOSED);
    EXPECT_TRUE(b.steps->destroyed);
}

INSTANTIATE_TEST_SUITE_P(Drivers, Reopen, ::testing::Values(false, true),
                         [](const auto &given) { return given.param ? "Blocking" : "AtOnce"; });

} // namespace
