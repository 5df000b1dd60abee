// Callables: calls on this thread and on workers, and how they end.
#include "base/callable.hpp"
#include "base/handle_table.hpp"
#include "support/eventually.hpp"
#include "unit/base/values_support.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <thread>

using namespace alidade;
using alidade::test::code_of;
using tests::eventually;

namespace {

constexpr std::int64_t ms = 1'000'000;

ref<callable> doubled() {
    return make_callable("doubled", [](const value &v, const cancel_source &) -> result<value> {
        return value(2 * *v.as_double());
    });
}

// Waits until it is told to give up, as a well-behaved function does.
ref<callable> waiting_for_cancel(std::atomic<int> &inside) {
    return make_callable("waiting_for_cancel",
                         [&](const value &, const cancel_source &c) -> result<value> {
                             ++inside;
                             std::mutex mutex;
                             waiters nobody;
                             (void)wait_for(mutex, nobody, never, &c, [] { return false; });
                             return fail(ALD_E_CANCELLED, "test", "told to give up");
                         });
}

TEST(Callable, CallsOnThisThread) {
    std::thread::id where;
    const auto f = make_callable("f", [&](const value &, const cancel_source &) -> result<value> {
        where = std::this_thread::get_id();
        return value(1.0);
    });
    EXPECT_EQ(f->name(), "f");
    EXPECT_EQ(*f->call(value(), never, nullptr), value(1.0));
    EXPECT_EQ(where, std::this_thread::get_id());
    EXPECT_EQ(*doubled()->call(value(21.0), never, nullptr), value(42.0));
}

TEST(Callable, TheFunctionsOwnErrorComesBackUnchanged) {
    const auto f = make_callable("f", [](const value &, const cancel_source &) -> result<value> {
        return fail(ALD_E_CALLBACK, "python", "ValueError: no");
    });
    const auto r = f->call(value(), never, nullptr);
    EXPECT_EQ(code_of(r), ALD_E_CALLBACK);
    EXPECT_EQ(r.error()->detail().message, "ValueError: no");
}

TEST(Callable, TimesOutACallThatGivesUp) {
    std::atomic<int> inside{0};
    const auto f = waiting_for_cancel(inside);
    const auto r = f->call(value(), deadline_after(5 * ms), nullptr);
    EXPECT_EQ(code_of(r), ALD_E_TIMEOUT);
    ASSERT_TRUE(r.error()->cause());
    EXPECT_EQ(r.error()->cause()->code(), ALD_E_CANCELLED);
}

TEST(Callable, AResultThatCameInSpiteOfTheDeadlineCounts) {
    EXPECT_EQ(*doubled()->call(value(1.0), deadline_after(0), nullptr), value(2.0));
}

TEST(Callable, IsCancelledByTheCaller) {
    std::atomic<int> inside{0};
    const auto f = waiting_for_cancel(inside);
    auto c = make<cancel_source>();
    ald_status ended = ALD_OK;
    std::thread caller([&] { ended = code_of(f->call(value(), never, c.get())); });
    EXPECT_TRUE(eventually([&] { return inside == 1; }));
    c->trigger();
    caller.join();
    EXPECT_EQ(ended, ALD_E_CANCELLED);
    EXPECT_EQ(code_of(f->call(value(), never, c.get())), ALD_E_CANCELLED);
    EXPECT_EQ(inside, 1) << "a call that is cancelled already does not begin";
}

TEST(Callable, ClosingCancelsRunningCallsAndWaitsForThem) {
    std::atomic<int> inside{0};
    const auto f = waiting_for_cancel(inside);
    std::atomic<int> returned{0};
    std::vector<std::thread> callers;
    for (int i = 0; i < 4; ++i) {
        callers.emplace_back([&] {
            EXPECT_EQ(code_of(f->call(value(), never, nullptr)), ALD_E_CANCELLED);
            ++returned;
        });
    }
    EXPECT_TRUE(eventually([&] { return inside == 4; }));
    f->close();
    f->close();
    EXPECT_EQ(code_of(f->call(value(), never, nullptr)), ALD_E_CLOSED);
    for (std::thread &t : callers) {
        t.join();
    }
    EXPECT_EQ(returned, 4);
}

TEST(Callable, ClosingFromInsideReturnsAtOnce) {
    callable *self = nullptr;
    const auto f = make_callable("f", [&](const value &, const cancel_source &c) -> result<value> {
        self->close();
        EXPECT_TRUE(c.triggered());
        return value(1.0);
    });
    self = f.get();
    EXPECT_EQ(*f->call(value(), never, nullptr), value(1.0)) << "what was done counts";
    EXPECT_EQ(code_of(f->call(value(), never, nullptr)), ALD_E_CLOSED);
}

TEST(Callable, CallsItself) {
    callable *self = nullptr;
    const auto f =
        make_callable("factorial", [&](const value &n, const cancel_source &c) -> result<value> {
            if (*n.as_double() <= 1) {
                return value(1.0);
            }
            return self->call(value(*n.as_double() - 1), never, &c).map([&](const value &rest) {
                return value(*n.as_double() * *rest.as_double());
            });
        });
    self = f.get();
    EXPECT_EQ(*f->call(value(6.0), never, nullptr), value(720.0));
}

TEST(Callable, CallsOnAWorker) {
    const auto o = make<op>();
    ASSERT_TRUE(doubled()->start_call(o, value(4.0), never));
    EXPECT_TRUE(o->wait(never, nullptr));
    EXPECT_EQ(*o->result_of(), value(8.0));
}

TEST(Callable, ACallOnAWorkerIsCancelledAndTimedOut) {
    std::atomic<int> inside{0};
    const auto f = waiting_for_cancel(inside);
    const auto cancelled = make<op>();
    ASSERT_TRUE(f->start_call(cancelled, value(), never));
    EXPECT_TRUE(eventually([&] { return inside == 1; }));
    cancelled->cancel();
    EXPECT_TRUE(cancelled->wait(never, nullptr));
    EXPECT_EQ(cancelled->state(), ALD_OP_CANCELLED);
    const auto late = make<op>();
    ASSERT_TRUE(f->start_call(late, value(), deadline_after(5 * ms)));
    EXPECT_TRUE(late->wait(never, nullptr));
    EXPECT_EQ(code_of(late->result_of()), ALD_E_TIMEOUT);
    f->close();
    EXPECT_EQ(code_of(f->start_call(make<op>(), value(), never)), ALD_E_CLOSED);
}

TEST(Callable, WhatIsThrownOnAWorkerFailsTheOperation) {
    const auto f = make_callable("f", [](const value &, const cancel_source &) -> result<value> {
        throw std::runtime_error("a bug");
    });
    const auto o = make<op>();
    ASSERT_TRUE(f->start_call(o, value(), never));
    EXPECT_TRUE(o->wait(never, nullptr));
    EXPECT_EQ(code_of(o->result_of()), ALD_E_INTERNAL);
    EXPECT_NE(o->result_of().error()->detail().message.find("a bug"), std::string::npos);
}

TEST(Callable, ACallKeepsItOpenWhenTheLastHandleGoes) {
    std::atomic<bool> go{false};
    auto f = make_callable("f", [&](const value &, const cancel_source &c) -> result<value> {
        EXPECT_TRUE(eventually([&] { return go.load(); }));
        EXPECT_FALSE(c.triggered());
        return value(1.0);
    });
    const void *token = handle_table::instance().give(*f);
    const auto o = make<op>();
    ASSERT_TRUE(f->start_call(o, value(), never));
    handle_table::instance().drop(token);
    f = nullptr;
    go = true;
    EXPECT_TRUE(o->wait(never, nullptr));
    EXPECT_EQ(*o->result_of(), value(1.0));
}

} // namespace
