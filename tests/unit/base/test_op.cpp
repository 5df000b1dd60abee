// Operations: their states, what is told of them, and that they end exactly once.
#include "base/async/op.hpp"
#include "support/eventually.hpp"
#include "unit/base/values_support.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <thread>

using namespace alidade;
using alidade::test::code_of;
using tests::eventually;

namespace {

constexpr std::uint64_t everything = ALD_NOTIFY_BEGUN | ALD_NOTIFY_PROGRESS | ALD_NOTIFY_ENDED;

result<value> failed(ald_status code, const char *message = "it broke") {
    return fail(code, "test", "{}", message);
}

std::vector<std::int32_t> kinds(queue &q) {
    event_list out;
    (void)q.drain(1000, out);
    std::vector<std::int32_t> all;
    for (const event &e : out) {
        all.push_back(e.record.kind);
    }
    return all;
}

TEST(Op, GoesFromPendingOverRunningToDone) {
    const auto o = make<op>();
    EXPECT_EQ(o->state(), ALD_OP_PENDING);
    EXPECT_EQ(code_of(o->result_of()), ALD_E_STATE);
    EXPECT_TRUE(o->begin());
    EXPECT_FALSE(o->begin());
    EXPECT_EQ(o->state(), ALD_OP_RUNNING);
    EXPECT_TRUE(o->finish(value(std::int64_t{7})));
    EXPECT_EQ(o->state(), ALD_OP_DONE);
    EXPECT_EQ(*o->result_of(), value(std::int64_t{7}));
    EXPECT_EQ(*o->result_of(), value(std::int64_t{7})) << "the result stays";
}

TEST(Op, EndsExactlyOnce) {
    const auto o = make<op>();
    EXPECT_TRUE(o->finish(failed(ALD_E_IO)));
    EXPECT_EQ(o->state(), ALD_OP_FAILED);
    EXPECT_FALSE(o->finish(value(1.0)));
    EXPECT_FALSE(o->finish(failed(ALD_E_CANCELLED)));
    EXPECT_FALSE(o->begin());
    EXPECT_EQ(code_of(o->advance({})), ALD_E_STATE);
    EXPECT_EQ(o->state(), ALD_OP_FAILED);
    EXPECT_EQ(code_of(o->result_of()), ALD_E_IO);
}

TEST(Op, ACancelledEndIsAStateOfItsOwn) {
    const auto o = make<op>();
    EXPECT_TRUE(o->finish(failed(ALD_E_CANCELLED)));
    EXPECT_EQ(o->state(), ALD_OP_CANCELLED);
    EXPECT_EQ(code_of(o->result_of()), ALD_E_CANCELLED);
}

TEST(Op, OfManyEndsOnlyOneCounts) {
    for (int round = 0; round < 50; ++round) {
        const auto o = make<op>();
        auto q = make<queue>(8, ALD_POLICY_LOSSLESS);
        ASSERT_TRUE(o->notify(q, 1, everything));
        std::atomic<int> ended{0};
        std::atomic<int> told{0};
        o->on_end([&](const op &) { ++told; });
        std::vector<std::thread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&, i] { ended += o->finish(value(double(i))) ? 1 : 0; });
        }
        EXPECT_TRUE(o->wait(never, nullptr));
        for (std::thread &t : threads) {
            t.join();
        }
        EXPECT_EQ(ended, 1);
        EXPECT_EQ(told, 1);
        EXPECT_EQ(kinds(*q), (std::vector<std::int32_t>{ALD_EVENT_OP_BEGUN, ALD_EVENT_OP_ENDED}));
    }
}

TEST(Op, FinishOfOnlySome) {
    const auto running = make<op>();
    running->begin();
    EXPECT_FALSE(running->finish(value(), op::only::pending));
    EXPECT_EQ(running->state(), ALD_OP_RUNNING);
    running->cancel();
    EXPECT_FALSE(running->finish(value(), op::only::not_asked_to_cancel));
    EXPECT_TRUE(running->finish(value()));
    const auto pending = make<op>();
    EXPECT_TRUE(pending->finish(value(), op::only::pending));
}

TEST(Op, WaitsEndByTheEndATimeoutAndACancel) {
    const auto o = make<op>();
    EXPECT_EQ(code_of(o->wait(deadline_after(0), nullptr)), ALD_E_TIMEOUT);
    EXPECT_EQ(code_of(o->wait_begun(deadline_after(1'000'000), nullptr)), ALD_E_TIMEOUT);
    EXPECT_EQ(o->state(), ALD_OP_PENDING) << "a wait that times out never cancels";
    auto c = make<cancel_source>();
    c->trigger();
    EXPECT_EQ(code_of(o->wait(never, c.get())), ALD_E_CANCELLED);
    EXPECT_FALSE(o->cancel_asked()) << "nor does one that is cancelled";
    std::thread worker([&] {
        o->begin();
        o->finish(value());
    });
    EXPECT_TRUE(o->wait_begun(never, nullptr));
    EXPECT_TRUE(o->wait(never, nullptr));
    EXPECT_TRUE(o->wait(deadline_after(0), c.get())) << "the end comes before the cancel";
    worker.join();
}

TEST(Op, CancelAsksOnceInEveryState) {
    for (const bool begun : {false, true}) {
        const auto o = make<op>();
        int asked = 0;
        o->set_control([&](op::ask what) { asked += what == op::ask::cancel ? 1 : 100; });
        if (begun) {
            o->begin();
        }
        o->cancel();
        o->cancel();
        EXPECT_EQ(asked, 1);
        EXPECT_TRUE(o->cancel_asked());
        EXPECT_LT(o->state(), ALD_OP_DONE) << "asking is not ending";
        EXPECT_TRUE(o->finish(failed(ALD_E_CANCELLED)));
        o->cancel();
        EXPECT_EQ(asked, 1);
    }
    const auto ended = make<op>();
    ended->finish(value(1.0));
    ended->cancel();
    EXPECT_EQ(ended->state(), ALD_OP_DONE);
    EXPECT_FALSE(ended->cancel_asked());
}

TEST(Op, ACancelThatCameBeforeTheControlIsNotLost) {
    const auto o = make<op>();
    o->cancel();
    int asked = 0;
    o->set_control([&](op::ask what) { asked += what == op::ask::cancel ? 1 : 100; });
    EXPECT_EQ(asked, 1);
}

TEST(Op, AControlGoesWithTheEnd) {
    const auto o = make<op>();
    auto kept = std::make_shared<int>(0);
    o->set_control([kept](op::ask) {});
    EXPECT_EQ(kept.use_count(), 2);
    o->finish(value());
    EXPECT_EQ(kept.use_count(), 1);
    o->set_control([kept](op::ask) {});
    EXPECT_EQ(kept.use_count(), 1) << "an operation that has ended keeps none";
}

TEST(Op, PausesAndResumes) {
    const auto o = make<op>(std::uint64_t{ALD_OP_PAUSABLE});
    std::vector<op::ask> asked;
    o->set_control([&](op::ask what) { asked.push_back(what); });
    EXPECT_TRUE(o->pause());
    EXPECT_EQ(o->state(), ALD_OP_PENDING) << "it has not begun";
    o->begin();
    EXPECT_EQ(o->state(), ALD_OP_PAUSED);
    EXPECT_TRUE(o->resume());
    EXPECT_EQ(o->state(), ALD_OP_RUNNING);
    EXPECT_TRUE(o->pause());
    EXPECT_EQ(o->state(), ALD_OP_PAUSED);
    EXPECT_EQ(asked, (std::vector{op::ask::pause, op::ask::resume, op::ask::pause}));
    EXPECT_TRUE(o->finish(value()));
    EXPECT_EQ(code_of(o->pause()), ALD_E_STATE);
    EXPECT_EQ(code_of(o->resume()), ALD_E_STATE);
    const auto rigid = make<op>();
    EXPECT_EQ(code_of(rigid->pause()), ALD_E_UNSUPPORTED);
    EXPECT_EQ(code_of(rigid->resume()), ALD_E_UNSUPPORTED);
}

TEST(Op, WhoeverCarriesItOutWaitsForWhatIsAsked) {
    const auto o = make<op>(std::uint64_t{ALD_OP_PAUSABLE}, true);
    wait_end end{};
    EXPECT_EQ(*o->wait_asked(0, deadline_after(0), nullptr, end), 0U);
    EXPECT_EQ(end, wait_end::timeout);
    std::thread other([&] { EXPECT_TRUE(o->pause()); });
    EXPECT_EQ(*o->wait_asked(0, never, nullptr, end), std::uint64_t{ALD_OP_ASKED_PAUSE});
    other.join();
    o->cancel();
    EXPECT_EQ(*o->wait_asked(ALD_OP_ASKED_PAUSE, never, nullptr, end),
              std::uint64_t{ALD_OP_ASKED_PAUSE | ALD_OP_ASKED_CANCEL});
    o->finish(failed(ALD_E_CANCELLED));
    EXPECT_EQ(code_of(o->wait_asked(0, never, nullptr, end)), ALD_E_STATE);
}

TEST(Op, TellsItsProgress) {
    const auto o = make<op>();
    ald_progress p = o->progress();
    EXPECT_EQ(p.state, ALD_OP_PENDING);
    EXPECT_EQ(p.total, -1);
    EXPECT_TRUE(std::isnan(p.rate));
    EXPECT_TRUE(std::isnan(p.eta));
    EXPECT_EQ(p.elapsed, 0);
    EXPECT_TRUE(o->advance({25, 100, "mm", "moving"}));
    EXPECT_TRUE(eventually([&] { return o->progress().elapsed > 0; }));
    p = o->progress();
    EXPECT_EQ(p.state, ALD_OP_RUNNING) << "to advance is to begin";
    EXPECT_EQ(p.done, 25);
    EXPECT_EQ(p.total, 100);
    EXPECT_STREQ(p.unit, "mm");
    EXPECT_STREQ(p.phase, "moving");
    EXPECT_NEAR(p.rate, 25 / p.elapsed, 1e-9 * p.rate);
    EXPECT_NEAR(p.eta, 75 / p.rate, 1e-9 * p.eta);
    EXPECT_TRUE(o->advance({50, -1}));
    p = o->progress();
    EXPECT_TRUE(std::isnan(p.eta)) << "nobody knows how much there is to do";
    EXPECT_STREQ(p.unit, "mm") << "an empty unit leaves the one before";
    EXPECT_STREQ(p.phase, "");
    EXPECT_TRUE(o->advance({100, 100}));
    o->finish(value());
    const ald_progress last = o->progress();
    EXPECT_EQ(last.eta, 0);
    EXPECT_EQ(o->progress().elapsed, last.elapsed) << "time stops at the end";
}

TEST(Op, CutsLongTextsBetweenCharacters) {
    const auto o = make<op>();
    std::string phase;
    for (int i = 0; i < 40; ++i) {
        phase += "\xc3\xa4"; // two bytes each, and there is room for 47
    }
    EXPECT_TRUE(o->advance({0, 0, "a unit that is far too long", phase}));
    const ald_progress p = o->progress();
    EXPECT_EQ(std::string(p.unit), "a unit that is ");
    EXPECT_EQ(std::string(p.phase), phase.substr(0, 46));
}

TEST(Notify, TellsBeginningProgressAndEnd) {
    const auto o = make<op>();
    auto q = make<queue>(64, ALD_POLICY_DROP_OLDEST);
    ASSERT_TRUE(o->notify(q, 42, everything));
    for (int i = 0; i < 200; ++i) { // 20 a second at most, the first at once
        ASSERT_TRUE(o->advance({double(i), 200}));
    }
    o->finish(value(2.5));
    event_list out;
    ASSERT_TRUE(q->drain(1000, out));
    std::vector<ald_record> records;
    for (const event &e : out) {
        EXPECT_EQ(e.record.tag, 42U);
        records.push_back(e.record);
    }
    ASSERT_GE(records.size(), 3U);
    EXPECT_EQ(records.front().kind, ALD_EVENT_OP_BEGUN);
    EXPECT_EQ(records[1].kind, ALD_EVENT_OP_PROGRESSED);
    EXPECT_EQ(records.back().kind, ALD_EVENT_OP_ENDED);
    EXPECT_EQ(records.back().status, ALD_OK);
    EXPECT_EQ(records.back().value_type, ALD_TYPE_DOUBLE);
    EXPECT_EQ(records.back().real, 2.5);
    const double elapsed = o->progress().elapsed;
    EXPECT_LE(static_cast<double>(records.size()), 4 + elapsed / 0.05);
}

TEST(Notify, OnlyWhatWasAskedFor) {
    const auto o = make<op>();
    auto begun = make<queue>(8, ALD_POLICY_DROP_OLDEST);
    auto ended = make<queue>(8, ALD_POLICY_DROP_OLDEST);
    ASSERT_TRUE(o->notify(begun, 0, ALD_NOTIFY_BEGUN));
    ASSERT_TRUE(o->notify(ended, 0, ALD_NOTIFY_ENDED));
    ASSERT_TRUE(o->advance({1, 2}));
    o->finish(value());
    EXPECT_EQ(kinds(*begun), (std::vector<std::int32_t>{ALD_EVENT_OP_BEGUN}));
    EXPECT_EQ(kinds(*ended), (std::vector<std::int32_t>{ALD_EVENT_OP_ENDED}));
}

TEST(Notify, WhatHasHappenedIsToldAtOnce) {
    const auto o = make<op>();
    o->begin();
    auto running = make<queue>(8, ALD_POLICY_DROP_OLDEST);
    ASSERT_TRUE(o->notify(running, 0, everything));
    EXPECT_EQ(kinds(*running), (std::vector<std::int32_t>{ALD_EVENT_OP_BEGUN}));
    o->finish(value(true));
    EXPECT_EQ(kinds(*running), (std::vector<std::int32_t>{ALD_EVENT_OP_ENDED}));
    auto late = make<queue>(8, ALD_POLICY_DROP_OLDEST);
    ASSERT_TRUE(o->notify(late, 0, everything));
    event_list out;
    ASSERT_TRUE(late->drain(10, out));
    ASSERT_EQ(out.size(), 2U);
    EXPECT_EQ(out.back().record.kind, ALD_EVENT_OP_ENDED);
    EXPECT_EQ(out.back().record.value_type, ALD_TYPE_BOOL);
    EXPECT_EQ(out.back().record.integer, 1);
}

TEST(Notify, AFailedEndCarriesItsError) {
    const auto o = make<op>();
    auto q = make<queue>(8, ALD_POLICY_DROP_OLDEST);
    ASSERT_TRUE(o->notify(q, 0, ALD_NOTIFY_ENDED));
    o->finish(failed(ALD_E_PROTOCOL, "bad answer"));
    event_list out;
    ASSERT_TRUE(q->drain(10, out));
    ASSERT_EQ(out.size(), 1U);
    EXPECT_EQ(out.front().record.status, ALD_E_PROTOCOL);
    const auto *why = dynamic_cast<const error *>(out.front().payload.get());
    ASSERT_NE(why, nullptr);
    EXPECT_EQ(why->detail().message, "bad answer");
}

TEST(Notify, AnEndIsToldToAFullQueueAndToManyQueues) {
    const auto o = make<op>();
    std::vector<ref<queue>> all;
    for (const ald_policy policy :
         {ALD_POLICY_LATEST, ALD_POLICY_DROP_OLDEST, ALD_POLICY_DROP_NEWEST, ALD_POLICY_LOSSLESS}) {
        auto q = make<queue>(1, policy);
        q->offer(event());
        ASSERT_TRUE(o->notify(q, 0, everything));
        all.push_back(q);
    }
    ASSERT_TRUE(o->advance({1, 2}));
    o->finish(value());
    for (const auto &q : all) {
        EXPECT_EQ(kinds(*q).back(), ALD_EVENT_OP_ENDED);
    }
}

TEST(Notify, AClosedQueueIsRefusedAndForgotten) {
    const auto o = make<op>();
    auto closed = make<queue>(1, ALD_POLICY_LATEST);
    closed->close();
    EXPECT_EQ(code_of(o->notify(closed, 0, everything)), ALD_E_CLOSED);
    auto closes = make<queue>(1, ALD_POLICY_LATEST);
    ASSERT_TRUE(o->notify(closes, 0, everything));
    closes->close();
    o->finish(value());
    EXPECT_TRUE(kinds(*closes).empty());
}

TEST(Op, FunctionsOfBeginningAndEndRunOnce) {
    const auto o = make<op>();
    int begun = 0;
    int ended = 0;
    o->on_begin([&] { ++begun; });
    o->on_end([&](const op &seen) {
        ++ended;
        EXPECT_EQ(seen.state(), ALD_OP_DONE);
    });
    o->begin();
    o->on_begin([&] { ++begun; });
    EXPECT_EQ(begun, 2) << "what has begun begins at once";
    o->finish(value());
    o->on_end([&](const op &) { ++ended; });
    EXPECT_EQ(ended, 2);
    o->on_begin([&] { ++begun; });
    EXPECT_EQ(begun, 2);
    const auto never_begun = make<op>();
    never_begun->on_begin([&] { ++begun; });
    never_begun->finish(failed(ALD_E_CANCELLED));
    EXPECT_EQ(begun, 2) << "what ends before it begins never begins";
}

TEST(Op, OnlyTheHostsIsGivenUpWhenItIsClosed) {
    const auto hosts = make<op>(std::uint64_t{0}, true);
    EXPECT_TRUE(hosts->closable());
    hosts->close();
    EXPECT_EQ(hosts->state(), ALD_OP_CANCELLED);
    hosts->close();
    const auto ours = make<op>();
    EXPECT_FALSE(ours->closable());
    ours->close();
    EXPECT_EQ(ours->state(), ALD_OP_PENDING);
}

TEST(Op, RecordsComeInTheOrderOfWhatTheyTell) {
    for (int round = 0; round < 50; ++round) {
        const auto o = make<op>();
        auto q = make<queue>(1024, ALD_POLICY_DROP_OLDEST);
        std::thread teller([&] {
            for (int i = 0; i < 20; ++i) {
                (void)o->advance({double(i), 20});
            }
        });
        std::thread ender([&] { o->finish(value()); });
        ASSERT_TRUE(o->notify(q, 0, everything));
        teller.join();
        ender.join();
        const auto seen = kinds(*q);
        ASSERT_GE(seen.size(), 2U);
        EXPECT_EQ(seen.front(), ALD_EVENT_OP_BEGUN);
        EXPECT_EQ(seen.back(), ALD_EVENT_OP_ENDED);
        EXPECT_EQ(std::count(seen.begin(), seen.end(), ALD_EVENT_OP_ENDED), 1);
        EXPECT_EQ(std::count(seen.begin(), seen.end(), ALD_EVENT_OP_BEGUN), 1);
    }
}

} // namespace
