// Waiting: for a thing, a deadline and a cancel at the same time.
#include "base/async/wait.hpp"
#include "support/eventually.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <memory>
#include <thread>
#include <vector>

using namespace alidade;
using tests::eventually;

namespace {

constexpr std::int64_t ms = 1'000'000;

// One thing to wait for.
class flag {
public:
    [[nodiscard]] wait_end wait(std::int64_t timeout_ns, const cancel_source *cancel = nullptr) {
        return wait_for(mutex_, waiters_, deadline_after(timeout_ns), cancel,
                        [this] { return set_; });
    }
    void set() {
        const std::scoped_lock lock(mutex_);
        set_ = true;
        waiters_.wake_all();
    }
    // The same, but they wake up when the lock is free.
    void set_and_wake_later() {
        awakening after;
        const std::scoped_lock lock(mutex_);
        set_ = true;
        waiters_.wake_all(after);
    }
    // Wakes without reason.
    void disturb() {
        const std::scoped_lock lock(mutex_);
        waiters_.wake_all();
    }
    [[nodiscard]] bool waited_for() {
        const std::scoped_lock lock(mutex_);
        return !waiters_.empty();
    }

private:
    std::mutex mutex_;
    waiters waiters_;
    bool set_ = false;
};

// A thread that waits; tells how it ended.
class sleeper {
public:
    explicit sleeper(flag &f, const cancel_source *cancel = nullptr, std::int64_t timeout_ns = -1)
        : thread_([this, &f, cancel, timeout_ns] { end_ = f.wait(timeout_ns, cancel); }) {}
    [[nodiscard]] wait_end join() {
        thread_.join();
        return end_;
    }

private:
    wait_end end_ = wait_end::timeout;
    std::thread thread_;
};

TEST(Wait, TimeoutZeroOnlyLooks) {
    flag f;
    EXPECT_EQ(f.wait(0), wait_end::timeout);
    f.set();
    EXPECT_EQ(f.wait(0), wait_end::ready);
    EXPECT_FALSE(f.waited_for());
}

TEST(Wait, LastsUntilTheDeadlineAndNotLess) {
    flag f;
    const std::int64_t began = mono_ns();
    EXPECT_EQ(f.wait(20 * ms), wait_end::timeout);
    EXPECT_GE(mono_ns() - began, 20 * ms);
}

TEST(Wait, WithoutLimitEndsWhenItIsReady) {
    flag f;
    sleeper one(f);
    sleeper two(f);
    EXPECT_TRUE(eventually([&] { return f.waited_for(); }));
    f.disturb(); // being woken is no reason to end
    f.set();
    EXPECT_EQ(one.join(), wait_end::ready);
    EXPECT_EQ(two.join(), wait_end::ready);
}

TEST(Wait, EndsForAllOfMany) {
    flag f;
    std::vector<std::unique_ptr<sleeper>> all; // more than are woken after the lock
    for (int i = 0; i < 8; ++i) {
        all.push_back(std::make_unique<sleeper>(f));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    f.set_and_wake_later();
    for (const auto &one : all) {
        EXPECT_EQ(one->join(), wait_end::ready);
    }
}

TEST(Cancel, BeforeTheWait) {
    flag f;
    auto c = make<cancel_source>();
    EXPECT_FALSE(c->triggered());
    c->trigger();
    EXPECT_TRUE(c->triggered());
    EXPECT_EQ(f.wait(-1, c.get()), wait_end::cancelled);
    EXPECT_EQ(f.wait(0, c.get()), wait_end::cancelled);
}

TEST(Cancel, DuringTheWait) {
    flag f;
    auto c = make<cancel_source>();
    sleeper one(f, c.get());
    EXPECT_TRUE(eventually([&] { return f.waited_for(); }));
    c->trigger();
    EXPECT_EQ(one.join(), wait_end::cancelled);
    EXPECT_FALSE(f.waited_for());
}

TEST(Cancel, WhatIsReadyComesFirst) {
    flag f;
    auto c = make<cancel_source>();
    f.set();
    c->trigger();
    EXPECT_EQ(f.wait(-1, c.get()), wait_end::ready);
}

TEST(Cancel, TwiceIsOnce) {
    flag f;
    auto c = make<cancel_source>();
    c->trigger();
    c->trigger();
    EXPECT_EQ(f.wait(-1, c.get()), wait_end::cancelled);
    EXPECT_TRUE(c->triggered());
}

TEST(Cancel, AfterTheWaitWakesNobody) {
    flag f;
    auto c = make<cancel_source>();
    EXPECT_EQ(f.wait(0, c.get()), wait_end::timeout);
    c->trigger();
    flag other;
    EXPECT_EQ(other.wait(1 * ms), wait_end::timeout);
}

TEST(Cancel, EndsMoreWaitsThanItCanWake) {
    flag f;
    auto c = make<cancel_source>();
    std::vector<std::unique_ptr<sleeper>> all;
    for (int i = 0; i < 40; ++i) {
        all.push_back(std::make_unique<sleeper>(f, c.get()));
    }
    EXPECT_TRUE(eventually([&] { return f.waited_for(); }));
    c->trigger();
    for (const auto &one : all) {
        EXPECT_EQ(one->join(), wait_end::cancelled);
    }
}

TEST(Cancel, FollowsTheOneItDependsOn) {
    auto first = make<cancel_source>();
    ref<const cancel_source> last = first;
    for (int i = 0; i < 6; ++i) { // more than a watch has places for
        last = make<cancel_source>(last, never);
    }
    flag f;
    sleeper one(f, last.get());
    EXPECT_TRUE(eventually([&] { return f.waited_for(); }));
    EXPECT_FALSE(last->triggered());
    first->trigger();
    EXPECT_EQ(one.join(), wait_end::cancelled);
    EXPECT_TRUE(last->triggered());
}

TEST(Cancel, HasADeadlineOfItsOwn) {
    flag f;
    const auto soon = make<cancel_source>(nullptr, deadline_after(10 * ms));
    const auto later = make<cancel_source>(soon, deadline_after(3'600'000 * ms));
    EXPECT_EQ(later->deadline(), soon->deadline()) << "the earlier one counts";
    EXPECT_EQ(f.wait(-1, later.get()), wait_end::cancelled);
    EXPECT_GE(mono_ns(), soon->deadline());
    EXPECT_TRUE(later->triggered());
}

cancel_source *in_handler = nullptr;

TEST(Cancel, FromASignalHandlerOnTheWaitingThread) {
    flag f;
    auto c = make<cancel_source>();
    in_handler = c.get();
    struct sigaction before {};
    struct sigaction action {};
    action.sa_handler = [](int) { in_handler->trigger(); };
    sigaction(SIGUSR1, &action, &before);
    const pthread_t waiting = pthread_self();
    std::thread other([&] {
        EXPECT_TRUE(eventually([&] { return f.waited_for(); }));
        pthread_kill(waiting, SIGUSR1);
    });
    EXPECT_EQ(f.wait(-1, c.get()), wait_end::cancelled);
    other.join();
    sigaction(SIGUSR1, &before, nullptr);
}

TEST(Wait, FailuresSayWhatWasWaitedFor) {
    const auto timeout = wait_failed(wait_end::timeout, "the end of it").value();
    EXPECT_EQ(timeout->code(), ALD_E_TIMEOUT);
    EXPECT_NE(timeout->detail().message.find("the end of it"), std::string::npos);
    const auto cancelled = wait_failed(wait_end::cancelled, "the end of it").value();
    EXPECT_EQ(cancelled->code(), ALD_E_CANCELLED);
    EXPECT_NE(cancelled->detail().message.find("the end of it"), std::string::npos);
}

} // namespace
