// Sources: frames in order and by number, several readers, cancelled reads.
#include "base/source.hpp"
#include "support/eventually.hpp"
#include "unit/base/values_support.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>
#include <thread>

using namespace alidade;
using namespace alidade::test;
using tests::eventually;

namespace {

constexpr double no_rate = std::numeric_limits<double>::quiet_NaN();

array counted_up(std::int64_t items, std::int64_t size) {
    std::vector<double> elements;
    for (std::int64_t i = 0; i < items * size; ++i) {
        elements.push_back(static_cast<double>(i));
    }
    return array_of(ALD_DTYPE_FLOAT64, {items, size}, elements);
}

double first_element(const ref<const frame> &f) {
    return *static_cast<const double *>(f->view().data);
}

ref<const frame> framed(array elements) {
    return must(frame::of(std::move(elements), unknown_frame(), value()));
}

array one_number(double x) { return array_of<double>(ALD_DTYPE_FLOAT64, {1}, {x}); }

ald_source_info seekable(std::int64_t count = -1) {
    ald_source_info info = unknown_source();
    info.flags = ALD_SOURCE_SEEKABLE;
    info.count = count;
    return info;
}

// Gives its numbers; ends after `count`.
ref<source> numbers(std::int64_t count, const ald_source_info &info = unknown_source()) {
    return must(make_source(
        info, [count](std::int64_t index, const cancel_source &) -> result<ref<const frame>> {
            if (index >= count) {
                return fail(ALD_E_END, "test", "no more");
            }
            return framed(one_number(static_cast<double>(index)));
        }));
}

// Waits until it is told to give up.
ref<source> silent(std::atomic<int> &inside) {
    return must(make_source(unknown_source(),
                            [&](std::int64_t, const cancel_source &c) -> result<ref<const frame>> {
                                ++inside;
                                std::mutex mutex;
                                waiters nobody;
                                (void)wait_for(mutex, nobody, never, &c, [] { return false; });
                                return fail(ALD_E_CANCELLED, "test", "told to give up");
                            }));
}

TEST(ArraySource, GivesThePartsOfAnArray) {
    const auto s = must(make_source(counted_up(3, 4), 10));
    const ald_source_info info = s->describe();
    EXPECT_EQ(info.count, 3);
    EXPECT_EQ(info.dtype, ALD_DTYPE_FLOAT64);
    EXPECT_EQ(info.ndim, 1);
    EXPECT_EQ(info.shape[0], 4);
    EXPECT_EQ(info.flags, std::uint64_t{ALD_SOURCE_SEEKABLE});
    EXPECT_EQ(info.rate, 10);
    for (std::int64_t i = 0; i < 3; ++i) {
        const auto given = must(s->next(never, nullptr));
        EXPECT_EQ(given->info().index, i);
        EXPECT_EQ(first_element(given), static_cast<double>(4 * i));
        EXPECT_EQ(given->view().shape[0], 4);
    }
    EXPECT_EQ(code_of(s->next(never, nullptr)), ALD_E_END);
    EXPECT_EQ(code_of(s->next(never, nullptr)), ALD_E_END);
}

TEST(ArraySource, RefusesWhatHasNoPartsOrNoRate) {
    EXPECT_EQ(code_of(make_source(must(zeros(ALD_DTYPE_UINT8, {})), no_rate)), ALD_E_INVALID);
    for (const double rate : {0.0, -1.0, std::numeric_limits<double>::infinity()}) {
        EXPECT_EQ(code_of(make_source(counted_up(1, 1), rate)), ALD_E_INVALID) << rate;
    }
}

TEST(Source, AtLeavesThePlaceOfNext) {
    const auto s = must(make_source(counted_up(3, 1), no_rate));
    EXPECT_EQ(must(s->next(never, nullptr))->info().index, 0);
    EXPECT_EQ(first_element(must(s->at(2, never, nullptr))), 2);
    EXPECT_EQ(must(s->next(never, nullptr))->info().index, 1);
    EXPECT_EQ(code_of(s->at(3, never, nullptr)), ALD_E_RANGE);
    EXPECT_EQ(code_of(s->at(-1, never, nullptr)), ALD_E_RANGE);
    EXPECT_EQ(code_of(numbers(3)->at(0, never, nullptr)), ALD_E_UNSUPPORTED);
    EXPECT_EQ(code_of(numbers(3, seekable())->at(5, never, nullptr)), ALD_E_RANGE)
        << "an end is beyond the last where the count is unknown";
}

TEST(Source, FindsTheItemInForce) {
    const auto s = must(make_source(counted_up(10, 1), 3));
    EXPECT_EQ(*s->find(-5), 0);
    EXPECT_EQ(*s->find(0), 0);
    EXPECT_EQ(*s->find(0.99), 2);
    for (std::int64_t i = 0; i < 10; ++i) {
        EXPECT_EQ(*s->find(static_cast<double>(i) / 3), i) << "the very moment at which it begins";
    }
    EXPECT_EQ(*s->find(1e300), 9);
    EXPECT_EQ(*s->find(std::numeric_limits<double>::infinity()), 9);
    EXPECT_EQ(code_of(s->find(no_rate)), ALD_E_INVALID);
    EXPECT_EQ(code_of(must(make_source(counted_up(1, 1), no_rate))->find(0)), ALD_E_UNSUPPORTED);
    EXPECT_EQ(code_of(must(make_source(counted_up(0, 1), 1))->find(0)), ALD_E_END);
}

TEST(Source, AFrameThatWasNotTakenComesAgain) {
    const auto s = numbers(3);
    const auto refuse = [](const ref<const frame> &) -> outcome {
        return fail(ALD_E_NO_MEMORY, "test", "no room");
    };
    EXPECT_EQ(code_of(s->next(never, nullptr, refuse)), ALD_E_NO_MEMORY);
    EXPECT_EQ(code_of(s->next(never, nullptr, refuse)), ALD_E_NO_MEMORY);
    EXPECT_EQ(must(s->next(never, nullptr))->info().index, 0);
    EXPECT_EQ(must(s->next(never, nullptr))->info().index, 1);
}

TEST(Source, AFailedReadIsTriedAgain) {
    int calls = 0;
    const auto s = must(
        make_source(unknown_source(),
                    [&](std::int64_t index, const cancel_source &) -> result<ref<const frame>> {
                        if (++calls == 1) {
                            return fail(ALD_E_IO, "test", "once");
                        }
                        return framed(one_number(static_cast<double>(index)));
                    }));
    EXPECT_EQ(code_of(s->next(never, nullptr)), ALD_E_IO);
    EXPECT_EQ(must(s->next(never, nullptr))->info().index, 0);
}

TEST(Source, AnItemMustBeWhatIsDeclared) {
    ald_source_info info = unknown_source();
    info.dtype = ALD_DTYPE_UINT8;
    const auto wrong_type =
        must(make_source(info, [](std::int64_t, const cancel_source &) -> result<ref<const frame>> {
            return framed(one_number(0));
        }));
    EXPECT_EQ(code_of(wrong_type->next(never, nullptr)), ALD_E_CALLBACK);
    info.dtype = ALD_DTYPE_FLOAT64;
    info.ndim = 1;
    info.shape[0] = 2;
    const auto wrong_shape =
        must(make_source(info, [](std::int64_t, const cancel_source &) -> result<ref<const frame>> {
            return framed(one_number(0));
        }));
    EXPECT_EQ(code_of(wrong_shape->next(never, nullptr)), ALD_E_CALLBACK);
}

TEST(Source, TimeoutCancelAndCloseSayWhy) {
    std::atomic<int> inside{0};
    const auto s = silent(inside);
    EXPECT_EQ(code_of(s->next(deadline_after(5'000'000), nullptr)), ALD_E_TIMEOUT);
    auto c = make<cancel_source>();
    const auto read_while = [&](const cancel_source *with, auto &&what) {
        const int before = inside;
        ald_status ended = ALD_OK;
        std::thread reader([&] { ended = code_of(s->next(never, with)); });
        EXPECT_TRUE(eventually([&] { return inside > before; }));
        what();
        reader.join();
        return ended;
    };
    EXPECT_EQ(read_while(c.get(), [&] { c->trigger(); }), ALD_E_CANCELLED);
    EXPECT_EQ(read_while(nullptr, [&] { s->close(); }), ALD_E_CLOSED);
    EXPECT_EQ(code_of(s->next(never, nullptr)), ALD_E_CLOSED);
}

TEST(Source, AReaderThatWaitsForItsTurnCanBeCancelled) {
    std::atomic<int> inside{0};
    const auto s = silent(inside);
    std::thread first([&] { EXPECT_EQ(code_of(s->next(never, nullptr)), ALD_E_CLOSED); });
    EXPECT_TRUE(eventually([&] { return inside == 1; }));
    EXPECT_EQ(code_of(s->next(deadline_after(5'000'000), nullptr)), ALD_E_TIMEOUT);
    auto c = make<cancel_source>();
    c->trigger();
    EXPECT_EQ(code_of(s->next(never, c.get())), ALD_E_CANCELLED);
    EXPECT_EQ(inside, 1);
    s->close();
    first.join();
}

TEST(Source, SeveralReadersGetEachItemOnce) {
    constexpr std::int64_t many = 400;
    std::atomic<int> at_once{0};
    std::atomic<int> most{0};
    const auto s = must(
        make_source(unknown_source(),
                    [&](std::int64_t index, const cancel_source &) -> result<ref<const frame>> {
                        most = std::max(most.load(), ++at_once);
                        --at_once;
                        if (index >= many) {
                            return fail(ALD_E_END, "test", "no more");
                        }
                        return framed(one_number(0));
                    }));
    std::mutex mutex;
    std::multiset<std::int64_t> seen;
    std::vector<std::thread> readers;
    for (int i = 0; i < 4; ++i) {
        readers.emplace_back([&] {
            for (;;) {
                const auto given = s->next(never, nullptr);
                if (!given) {
                    EXPECT_EQ(given.error()->code(), ALD_E_END);
                    return;
                }
                const std::scoped_lock lock(mutex);
                seen.insert((*given)->info().index);
            }
        });
    }
    for (std::thread &t : readers) {
        t.join();
    }
    EXPECT_EQ(most, 1) << "read by one at a time";
    EXPECT_EQ(seen.size(), static_cast<std::size_t>(many));
    EXPECT_EQ(std::set<std::int64_t>(seen.begin(), seen.end()).size(), seen.size());
}

TEST(Source, AnOperationGivesAMap) {
    const auto s = numbers(2);
    const auto o = make<op>();
    ASSERT_TRUE(s->start_next(o, never));
    EXPECT_TRUE(o->wait(never, nullptr));
    const value given = must(o->result_of());
    ASSERT_NE(given.as_handle(), nullptr);
    ASSERT_EQ(given.as_handle()->kind(), ALD_KIND_FRAME);
    EXPECT_EQ(static_cast<const frame *>(given.as_handle())->info().index, 0);
}

TEST(Source, ACancelledOperationTakesNothing) {
    std::atomic<bool> reading{false};
    std::atomic<bool> go{false};
    const auto s = must(
        make_source(unknown_source(),
                    [&](std::int64_t index, const cancel_source &) -> result<ref<const frame>> {
                        reading = true;
                        EXPECT_TRUE(eventually([&] { return go.load(); }));
                        return framed(one_number(static_cast<double>(index)));
                    }));
    const auto o = make<op>();
    ASSERT_TRUE(s->start_next(o, never));
    EXPECT_TRUE(eventually([&] { return reading.load(); }));
    o->cancel(); // the function does not look; its frame arrives anyway
    go = true;
    EXPECT_TRUE(o->wait(never, nullptr));
    EXPECT_EQ(o->state(), ALD_OP_CANCELLED);
    EXPECT_EQ(must(s->next(never, nullptr))->info().index, 0) << "nothing is lost";
}

TEST(Source, ChecksItsDescription) {
    const auto refused = [](auto &&change) {
        ald_source_info info = unknown_source();
        change(info);
        return code_of(check_source(info));
    };
    EXPECT_EQ(refused([](auto &) {}), ALD_OK);
    EXPECT_EQ(refused([](auto &i) { i.dtype = 12345; }), ALD_E_INVALID);
    EXPECT_EQ(refused([](auto &i) { i.flags = std::uint64_t{1} << 40; }), ALD_E_INVALID);
    EXPECT_EQ(refused([](auto &i) { i.count = -2; }), ALD_E_INVALID);
    EXPECT_EQ(refused([](auto &i) { i.ndim = 9; }), ALD_E_INVALID);
    EXPECT_EQ(refused([](auto &i) { i.ndim = -2; }), ALD_E_INVALID);
    EXPECT_EQ(refused([](auto &i) {
                  i.ndim = 1;
                  i.shape[0] = -5;
              }),
              ALD_E_INVALID);
    EXPECT_EQ(refused([](auto &i) { i.rate = 0; }), ALD_E_INVALID);
    EXPECT_EQ(refused([](auto &i) { std::fill_n(i.unit, sizeof(i.unit), 'm'); }), ALD_E_INVALID);
    EXPECT_EQ(refused([](auto &i) { i.unit[0] = '\xff'; }), ALD_E_INVALID);
}

} // namespace
