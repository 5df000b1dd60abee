// Threads of the library: workers, the timer, and their end.
#include "base/handle_table.hpp"
#include "base/inside_library.hpp"
#include "base/runtime.hpp"
#include "support/eventually.hpp"
#include "unit/base/values_support.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <future>

using namespace alidade;
using alidade::test::code_of;
using tests::eventually;

namespace {

constexpr std::int64_t ms = 1'000'000;
constexpr std::int64_t later = 3'600'000 * ms;

// Holds tasks back until it is opened.
class barrier_gate {
public:
    void pass() {
        ++inside;
        opened_.wait();
    }
    void open() { open_.set_value(); }
    std::atomic<int> inside{0};

private:
    std::promise<void> open_;
    std::shared_future<void> opened_ = open_.get_future().share();
};

TEST(WorkerPool, GrowsUpToItsLimitWhileAllAreBusy) {
    worker_pool pool("test", 3);
    barrier_gate gate;
    std::atomic<int> done{0};
    for (int i = 0; i < 5; ++i) {
        ASSERT_TRUE(pool.submit([&] {
            gate.pass();
            ++done;
        }));
    }
    EXPECT_TRUE(eventually([&] { return gate.inside == 3; }));
    EXPECT_EQ(gate.inside, 3) << "two wait for their turn";
    gate.open();
    EXPECT_TRUE(pool.shutdown(never));
    EXPECT_EQ(done, 5) << "a shutdown runs what was submitted";
}

TEST(WorkerPool, LongTasksHoldNoShortOneUp) {
    worker_pool pool("test", 32);
    for (int round = 0; round < 20; ++round) { // with no workers, then with idle ones
        barrier_gate gate;
        std::atomic<int> done{0};
        for (int i = 0; i < 20; ++i) {
            ASSERT_TRUE(pool.submit([&] {
                gate.pass();
                ++done;
            }));
        }
        for (int i = 0; i < 5; ++i) {
            ASSERT_TRUE(pool.submit([&] { ++done; }));
        }
        EXPECT_TRUE(eventually([&] { return done == 5; }));
        gate.open();
        EXPECT_TRUE(eventually([&] { return done == 25; }));
    }
    EXPECT_TRUE(pool.shutdown(never));
}

TEST(WorkerPool, GoesOnAfterAShutdown) {
    worker_pool pool("test", 2);
    std::atomic<int> done{0};
    for (int round = 1; round <= 3; ++round) {
        ASSERT_TRUE(pool.submit([&] { ++done; }));
        EXPECT_TRUE(pool.shutdown(never));
        EXPECT_EQ(done, round);
    }
    EXPECT_TRUE(pool.shutdown(never)) << "of one that has no threads too";
}

TEST(WorkerPool, AShutdownHasADeadline) {
    worker_pool pool("test", 2);
    barrier_gate gate;
    ASSERT_TRUE(pool.submit([&] { gate.pass(); }));
    EXPECT_FALSE(pool.shutdown(deadline_after(5 * ms)));
    gate.open();
    EXPECT_TRUE(pool.shutdown(never));
}

TEST(WorkerPool, TakesNoWorkFromOutsideWhileItIsShutDown) {
    worker_pool pool("test", 2);
    barrier_gate gate;
    std::atomic<int> done{0};
    ASSERT_TRUE(pool.submit([&] { gate.pass(); }));
    EXPECT_TRUE(eventually([&] { return gate.inside == 1; }));
    std::thread ends([&] { EXPECT_TRUE(pool.shutdown(never)); });
    int accepted = 0;
    EXPECT_TRUE(eventually([&] {
        const auto submitted = pool.submit([&] { ++done; });
        accepted += submitted ? 1 : 0;
        return code_of(submitted) == ALD_E_STATE;
    }));
    {
        const inside_library callback;
        EXPECT_TRUE(pool.submit([&] { ++done; })) << "a callback may need it to come to its end";
    }
    gate.open();
    ends.join();
    EXPECT_EQ(done, accepted + 1);
}

TEST(WorkerPool, WorkersTakeNoSignalsOfTheHost) {
    worker_pool pool("test", 1);
    sigset_t blocked;
    sigemptyset(&blocked);
    bool inside = false;
    ASSERT_TRUE(pool.submit([&] {
        pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
        inside = inside_library::now();
    }));
    EXPECT_TRUE(pool.shutdown(never));
    for (const int signal : {SIGINT, SIGTERM, SIGALRM, SIGCHLD, SIGUSR1}) {
        EXPECT_EQ(sigismember(&blocked, signal), 1) << signal;
    }
    EXPECT_TRUE(inside);
    EXPECT_FALSE(inside_library::now());
}

TEST(WorkerPool, ManyThreadsSubmit) {
    worker_pool pool("test", 4);
    std::atomic<int> done{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int n = 0; n < 500; ++n) {
                EXPECT_TRUE(pool.submit([&] { ++done; }));
            }
        });
    }
    for (std::thread &t : threads) {
        t.join();
    }
    EXPECT_TRUE(pool.shutdown(never));
    EXPECT_EQ(done, 2000);
}

TEST(Timer, CallsInTheOrderOfTimes) {
    timer t;
    std::promise<void> all;
    std::vector<int> order; // one at a time, so that it needs no lock
    const std::int64_t now = mono_ns();
    ASSERT_TRUE(t.schedule(now + 30 * ms, [&] {
        order.push_back(3);
        all.set_value();
    }));
    ASSERT_TRUE(t.schedule(now + 10 * ms, [&] { order.push_back(1); }));
    ASSERT_TRUE(t.schedule(now + 20 * ms, [&] { order.push_back(2); }));
    all.get_future().wait();
    EXPECT_GE(mono_ns(), now + 30 * ms);
    EXPECT_EQ(order, (std::vector{1, 2, 3}));
    EXPECT_TRUE(t.shutdown(never));
}

TEST(Timer, TheSameTimeKeepsTheOrderOfAsking) {
    timer t;
    std::promise<void> all;
    std::vector<int> order;
    const std::int64_t when = mono_ns() + 5 * ms;
    for (int i = 0; i < 10; ++i) {
        ASSERT_TRUE(t.schedule(when, [&, i] {
            order.push_back(i);
            if (i == 9) {
                all.set_value();
            }
        }));
    }
    all.get_future().wait();
    EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
    EXPECT_TRUE(t.shutdown(never));
}

TEST(Timer, ComesForASoonerOneWhileItSleepsForALaterOne) {
    timer t;
    std::atomic<int> ran{0};
    ASSERT_TRUE(t.schedule(mono_ns() + later, [] {}));
    std::this_thread::sleep_for(std::chrono::milliseconds(10)); // it sleeps
    for (int i = 1; i <= 3; ++i) {
        ASSERT_TRUE(t.schedule(mono_ns() + 10 * ms, [&] { ++ran; }));
        EXPECT_TRUE(eventually([&] { return ran == i; }));
    }
    EXPECT_TRUE(t.shutdown(never));
}

TEST(Timer, ComesForALaterOneAlthoughTheFirstWasTakenBack) {
    timer t;
    std::atomic<bool> ran{false};
    const auto first = t.schedule(mono_ns() + 20 * ms, [] {});
    ASSERT_TRUE(first);
    std::this_thread::sleep_for(std::chrono::milliseconds(5)); // it sleeps until then
    EXPECT_TRUE(t.unschedule(*first));
    ASSERT_TRUE(t.schedule(mono_ns() + 40 * ms, [&] { ran = true; }));
    EXPECT_TRUE(eventually([&] { return ran.load(); }));
    EXPECT_TRUE(t.shutdown(never));
}

TEST(Timer, WhatIsTakenBackDoesNotRun) {
    timer t;
    std::atomic<int> ran{0};
    const auto far = *t.schedule(mono_ns() + later, [&] { ++ran; });
    EXPECT_NE(far, 0U);
    EXPECT_TRUE(t.unschedule(far));
    EXPECT_FALSE(t.unschedule(far));
    EXPECT_FALSE(t.unschedule(0));
    EXPECT_TRUE(t.shutdown(never));
    EXPECT_EQ(ran, 0);
}

TEST(Timer, TakingBackCanWaitForARunningOne) {
    timer t;
    barrier_gate gate;
    std::atomic<bool> ended{false};
    const auto id = *t.schedule(mono_ns(), [&] {
        gate.pass();
        tests::sleep_ms(5);
        ended = true;
    });
    EXPECT_TRUE(eventually([&] { return gate.inside == 1; }));
    EXPECT_FALSE(t.unschedule(id)) << "without waiting it returns at once";
    EXPECT_FALSE(ended);
    gate.open();
    EXPECT_FALSE(t.unschedule(id, true));
    EXPECT_TRUE(ended);
    EXPECT_TRUE(t.shutdown(never));
}

TEST(Timer, AFunctionMayTakeItselfBackAndScheduleAnother) {
    timer t;
    std::promise<void> done;
    std::atomic<timer::id> self{0};
    const auto id = t.schedule(mono_ns() + 5 * ms, [&] {
        EXPECT_FALSE(t.unschedule(self, true)) << "it does not wait for itself";
        EXPECT_TRUE(t.schedule(mono_ns(), [&] { done.set_value(); }));
    });
    self = *id;
    done.get_future().wait();
    EXPECT_TRUE(t.shutdown(never));
}

TEST(Timer, AShutdownDropsWhatWaits) {
    timer t;
    auto held_by_it = std::make_shared<int>(0);
    ASSERT_TRUE(t.schedule(mono_ns() + later, [held_by_it] {}));
    EXPECT_EQ(held_by_it.use_count(), 2);
    EXPECT_TRUE(t.shutdown(never));
    EXPECT_EQ(held_by_it.use_count(), 1);
    std::promise<void> again;
    ASSERT_TRUE(t.schedule(mono_ns(), [&] { again.set_value(); }));
    again.get_future().wait();
    EXPECT_TRUE(t.shutdown(never));
}

// An object whose close lasts until it is let go.
class slow_to_close final : public object {
public:
    explicit slow_to_close(barrier_gate &g) : object(ALD_KIND_QUEUE), gate_(g) {}
    void close() noexcept override {
        if (!closing_.exchange(true)) {
            gate_.pass();
        }
    }
    [[nodiscard]] bool closable() const noexcept override { return true; }

private:
    barrier_gate &gate_;
    std::atomic<bool> closing_{false};
};

// An object that does something when it is closed.
class closes_with final : public object {
public:
    explicit closes_with(std::function<void()> f) : object(ALD_KIND_QUEUE), f_(std::move(f)) {}
    void close() noexcept override { f_(); }

private:
    std::function<void()> f_;
};

TEST(Reaper, AShutdownWaitsForWhatAClosedObjectHandsOver) {
    reaper r;
    int closed = 0;
    r.reap(make<closes_with>([&] {
        tests::sleep_ms(5); // the shutdown has begun
        r.reap(make<closes_with>([&] { ++closed; }));
        ++closed;
    }));
    EXPECT_TRUE(r.shutdown(never));
    EXPECT_EQ(closed, 2);
}

TEST(Reaper, AShutdownEndsWhileOthersGoOnHandingOver) {
    reaper r;
    std::atomic<bool> going{true};
    std::atomic<int> given{0};
    std::atomic<int> closed{0};
    std::thread others([&] {
        while (going) {
            ++given;
            r.reap(make<closes_with>([&] {
                tests::sleep_ms(2); // slower than they come
                ++closed;
            }));
            tests::sleep_ms(1);
        }
    });
    EXPECT_TRUE(eventually([&] { return given >= 5; }));
    EXPECT_TRUE(r.shutdown(deadline_after(20'000 * ms)));
    going = false;
    others.join();
    EXPECT_TRUE(r.shutdown(never));
    EXPECT_EQ(closed, given) << "what came in the meantime is closed all the same";
}

TEST(Reaper, SlowsDownWhoeverHandsOverTooMuch) {
    reaper r;
    barrier_gate gate;
    r.reap(make<slow_to_close>(gate));
    EXPECT_TRUE(eventually([&] { return gate.inside == 1; }));
    int closed = 0;
    const auto hand_over = [&](int many) {
        const std::int64_t began = mono_ns();
        for (int i = 0; i < many; ++i) {
            r.reap(make<closes_with>([&] { ++closed; }));
        }
        return mono_ns() - began;
    };
    (void)hand_over(1000);
    EXPECT_GE(hand_over(20), 20 * ms) << "a millisecond each";
    gate.open();
    EXPECT_TRUE(r.shutdown(never));
    EXPECT_EQ(closed, 1020);
}

TEST(Shutdown, NamesWhatDoesNotEnd) {
    barrier_gate gate;
    auto slow = make<slow_to_close>(gate);
    const void *token = handle_table::instance().give(*slow);
    const auto stuck = runtime::instance().shutdown(deadline_after(5 * ms));
    EXPECT_EQ(code_of(stuck), ALD_E_TIMEOUT);
    EXPECT_NE(stuck.error()->detail().message.find("an object that is being closed"),
              std::string::npos);
    gate.open();
    EXPECT_TRUE(runtime::instance().shutdown(never));
    handle_table::instance().drop(token);
    EXPECT_TRUE(runtime::instance().shutdown(never)) << "once more, for the reaper";
}

TEST(Shutdown, IsRefusedFromInside) {
    std::promise<ald_status> from_worker;
    ASSERT_TRUE(runtime::instance().workers().submit(
        [&] { from_worker.set_value(code_of(runtime::instance().shutdown(never))); }));
    EXPECT_EQ(from_worker.get_future().get(), ALD_E_STATE);
    {
        const inside_library callback;
        EXPECT_EQ(code_of(runtime::instance().shutdown(never)), ALD_E_STATE);
    }
    EXPECT_TRUE(runtime::instance().shutdown(never));
}

TEST(Shutdown, FromManyThreadsWhileWorkGoesOn) {
    std::atomic<int> done{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i) {
        threads.emplace_back([&] {
            for (int n = 0; n < 100; ++n) {
                while (!runtime::instance().workers().submit([&] { ++done; })) {
                    std::this_thread::yield(); // it is being shut down
                }
            }
        });
        threads.emplace_back([&] {
            for (int n = 0; n < 20; ++n) {
                EXPECT_TRUE(runtime::instance().shutdown(never));
            }
        });
    }
    for (std::thread &t : threads) {
        t.join();
    }
    EXPECT_TRUE(runtime::instance().shutdown(never));
    EXPECT_EQ(done, 300);
}

} // namespace
