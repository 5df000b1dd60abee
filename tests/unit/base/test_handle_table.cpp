// Tokens: what they are given for, when they die, what they keep alive.
#include "base/handle_table.hpp"
#include "base/held.hpp"
#include "base/log.hpp"
#include "base/runtime.hpp"
#include "support/eventually.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>
#include <thread>

using namespace alidade;
using tests::eventually;

namespace {

struct life {
    std::atomic<int> closed{0};
    std::atomic<int> destroyed{0};
};

class thing final : public object {
public:
    explicit thing(life &l, ald_kind kind = ALD_KIND_QUEUE, bool closes = true,
                   const object *above = nullptr)
        : object(kind), life_(l), closes_(closes), above_(above) {}
    ~thing() override { ++life_.destroyed; }

    void close() noexcept override { ++life_.closed; }
    [[nodiscard]] bool closable() const noexcept override { return closes_; }
    [[nodiscard]] const object *parent() const noexcept override { return above_; }

private:
    life &life_;
    bool closes_;
    const object *above_;
};

handle_table &table() { return handle_table::instance(); }
std::uint64_t bits(const void *token) { return reinterpret_cast<std::uintptr_t>(token); }
const void *pattern(std::uint64_t b) { return reinterpret_cast<const void *>(b); }

TEST(HandleTable, AnObjectHasOneToken) {
    life l;
    auto t = make<thing>(l, ALD_KIND_QUEUE, false);
    const std::int64_t before = table().count();
    void *first = table().give(*t);
    void *second = table().give(*t);
    EXPECT_EQ(first, second);
    EXPECT_EQ(bits(first) & 1U, 1U) << "no pointer to anything aligned is odd";
    EXPECT_NE(bits(first) & (std::uint64_t{1} << 62), 0U) << "no address has this bit";
    EXPECT_GE((bits(first) >> 30) & 0x3fffffff, 1U) << "generations start at 1";
    EXPECT_EQ(table().kind_of(first), ALD_KIND_QUEUE);
    EXPECT_EQ(table().count(), before + 1);
    table().drop(first);
    EXPECT_EQ(table().kind_of(first), ALD_KIND_QUEUE);
    table().drop(second);
    EXPECT_EQ(table().kind_of(first), ALD_KIND_NONE);
    EXPECT_EQ(table().count(), before);
}

TEST(HandleTable, AStaleTokenStaysDeadWhenItsSlotIsUsedAgain) {
    life l;
    auto t = make<thing>(l, ALD_KIND_VALUE, false);
    std::set<const void *> seen;
    const void *last = nullptr;
    for (int i = 0; i < 100; ++i) {
        const void *token = table().give(*t);
        EXPECT_TRUE(seen.insert(token).second) << "the same token twice";
        if (last != nullptr) {
            EXPECT_EQ(table().kind_of(last), ALD_KIND_NONE);
            EXPECT_EQ(table().pin(last, ALD_KIND_VALUE), nullptr);
            EXPECT_FALSE(table().take(last));
            table().drop(last); // does nothing
            EXPECT_EQ(table().kind_of(token), ALD_KIND_VALUE);
        }
        table().drop(token);
        last = token;
    }
}

TEST(HandleTable, NoBitOfATokenMayDiffer) {
    life l;
    auto t = make<thing>(l, ALD_KIND_QUEUE, false);
    const void *token = table().give(*t);
    for (int bit = 0; bit < 64; ++bit) {
        const void *forged = pattern(bits(token) ^ (std::uint64_t{1} << bit));
        EXPECT_EQ(table().kind_of(forged), ALD_KIND_NONE) << "bit " << bit;
        EXPECT_EQ(table().pin(forged, ALD_KIND_QUEUE), nullptr) << "bit " << bit;
        EXPECT_FALSE(table().take(forged)) << "bit " << bit;
        table().drop(forged);
    }
    EXPECT_EQ(table().kind_of(token), ALD_KIND_QUEUE);
    table().drop(token);
}

TEST(HandleTable, GarbageIsNoToken) {
    for (const std::uint64_t garbage :
         {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{2}, ~std::uint64_t{0},
          std::uint64_t{1} << 63, std::uint64_t{0xdeadbeefdeadbeef}}) {
        EXPECT_EQ(table().kind_of(pattern(garbage)), ALD_KIND_NONE);
        EXPECT_EQ(table().pin(pattern(garbage), ALD_KIND_QUEUE), nullptr);
        table().drop(pattern(garbage));
    }
}

// The first tokens of a table of its own, whose slots were never used before.
TEST(HandleTable, NoSmallNumberIsAToken) {
    life l;
    std::vector<const void *> tokens;
    for (int i = 0; i < 5000; ++i) { // more than one segment
        tokens.push_back(table().give(*make<thing>(l, ALD_KIND_VALUE, false)));
        ASSERT_GT(bits(tokens.back()), std::uint64_t{1} << 48);
    }
    for (std::uint64_t number = 0; number < (std::uint64_t{1} << 20); ++number) {
        ASSERT_EQ(table().kind_of(pattern(number)), ALD_KIND_NONE) << number;
    }
    for (const void *token : tokens) {
        table().drop(token);
    }
}

TEST(HandleTable, TheLastReferenceHasTheObjectClosedOnceAndFreed) {
    life l;
    {
        auto t = make<thing>(l);
        const void *token = table().give(*t);
        EXPECT_TRUE(table().take(token));
        table().drop(token);
        EXPECT_EQ(l.closed, 0);
        table().drop(token);
        EXPECT_TRUE(eventually([&] { return l.closed == 1; }));
        EXPECT_EQ(l.destroyed, 0) << "we still refer to it";
    }
    EXPECT_TRUE(eventually([&] { return l.destroyed == 1; }));
    EXPECT_EQ(l.closed, 1);
}

TEST(HandleTable, WhatHasNothingToCloseIsFreedAtOnce) {
    life l;
    const void *token = table().give(*make<thing>(l, ALD_KIND_VALUE, false));
    EXPECT_EQ(l.destroyed, 0);
    table().drop(token);
    EXPECT_EQ(l.destroyed, 1);
    EXPECT_EQ(l.closed, 0);
}

TEST(HandleTable, APinKeepsTheObjectButNotTheToken) {
    life l;
    const void *token = table().give(*make<thing>(l, ALD_KIND_VALUE, false));
    handle_table::slot *pin = table().pin(token, ALD_KIND_VALUE);
    ASSERT_NE(pin, nullptr);
    EXPECT_EQ(table().pin(token, ALD_KIND_BUFFER), nullptr) << "it is of another kind";
    table().drop(token);
    EXPECT_EQ(l.destroyed, 0);
    EXPECT_EQ(table().kind_of(token), ALD_KIND_NONE);
    EXPECT_EQ(table().pin(token, ALD_KIND_VALUE), nullptr)
        << "no new pin once the last reference is gone";
    table().unpin(pin);
    EXPECT_EQ(l.destroyed, 1);
}

TEST(HandleTable, APinIsHadForItsKindOnly) {
    life l;
    auto t = make<thing>(l, ALD_KIND_QUEUE, false);
    const void *token = table().give(*t);
    EXPECT_EQ(table().pin(token, ALD_KIND_VALUE), nullptr);
    handle_table::slot *pin = table().pin(token, ALD_KIND_QUEUE);
    ASSERT_NE(pin, nullptr);
    table().unpin(pin);
    table().drop(token);
}

TEST(HandleTable, AGlanceKeepsWhatItHasFound) {
    life l;
    auto *made = new thing(l, ALD_KIND_VALUE, false);
    const void *token = table().give(*made);
    made->release(); // the token alone keeps it now
    {
        const handle_table::glance outer;
        {
            const handle_table::glance inner;
            EXPECT_EQ(inner.at(token, ALD_KIND_VALUE), made);
            EXPECT_EQ(inner.at(token, ALD_KIND_QUEUE), nullptr);
            EXPECT_EQ(inner.at(pattern(0xdeadbeef), ALD_KIND_VALUE), nullptr);
            table().drop(token);
            EXPECT_EQ(inner.at(token, ALD_KIND_VALUE), nullptr);
            EXPECT_EQ(table().kind_of(token), ALD_KIND_NONE);
        }
        EXPECT_EQ(l.destroyed, 0) << "another glance goes on";
    }
    EXPECT_EQ(l.destroyed, 1);
    EXPECT_EQ(table().kind_of(token), ALD_KIND_NONE);
}

// What a glance reads of an object that it has found must be there (ASan and TSan are the judges).
TEST(HandleTable, GlancesWhileHandlesEndOnOtherThreads) {
    constexpr int rounds = 20'000;
    life l;
    std::atomic<const void *> current{nullptr};
    std::atomic<bool> done{false};
    const auto look = [&] {
        while (!done) {
            const handle_table::glance glance;
            for (int i = 0; i < 10; ++i) {
                const object *found = glance.at(current, ALD_KIND_VALUE);
                if (found != nullptr) {
                    EXPECT_EQ(found->kind(), ALD_KIND_VALUE);
                }
            }
        }
    };
    std::thread one(look);
    std::thread two(look);
    for (int i = 0; i < rounds; ++i) {
        const void *token = table().give(*make<thing>(l, ALD_KIND_VALUE, false));
        current = token;
        table().drop(token);
    }
    done = true;
    one.join();
    two.join();
    EXPECT_EQ(l.destroyed, rounds) << "an end that waited for a glance was forgotten";
}

TEST(HandleTable, APartKeepsItsWholeOpenWithoutATokenForIt) {
    life above;
    life below;
    auto p = make<thing>(above);
    auto c = make<thing>(below, ALD_KIND_DEVICE, true, p.get());
    const std::int64_t before = table().count();
    const void *parent = table().give(*p);
    const void *child = table().give(*c);
    EXPECT_EQ(table().count(), before + 2);
    table().drop(parent);
    EXPECT_EQ(table().kind_of(parent), ALD_KIND_NONE) << "callers gave it back";
    table().drop(parent); // one too many
    EXPECT_EQ(table().kind_of(child), ALD_KIND_DEVICE);
    const void *again = table().give(*p);
    EXPECT_NE(again, parent);
    table().drop(again);
    EXPECT_EQ(above.closed, 0) << "a part of it is still held";
    table().drop(child);
    EXPECT_TRUE(eventually([&] { return above.closed == 1 && below.closed == 1; }));
    EXPECT_EQ(table().count(), before);
}

// A whole, its part and a part of that, as a lab, a device and a frame stream are.
TEST(HandleTable, NoOrderOfReferencesGivenBackClosesWhatIsHeld) {
    for (unsigned order = 0; order < 27; ++order) {
        std::array<life, 3> lives;
        const auto whole = make<thing>(lives[0]);
        const auto part = make<thing>(lives[1], ALD_KIND_DEVICE, true, whole.get());
        const auto least = make<thing>(lives[2], ALD_KIND_FRAME_STREAM, true, part.get());
        const std::array<const void *, 3> tokens{table().give(*whole), table().give(*part),
                                                 table().give(*least)};
        std::array<bool, 3> given_back{};
        for (unsigned step = 0, rest = order; step < 3; ++step, rest /= 3) {
            for (unsigned place = 0; place < 3; ++place) { // whatever is left comes last
                const unsigned next = (rest % 3 + place) % 3;
                if (given_back[next] && place < 2) {
                    continue;
                }
                for (int too_often = 0; too_often < 3; ++too_often) {
                    table().drop(tokens[next]);
                }
                given_back[next] = true;
                break;
            }
            const bool part_held = !given_back[1] || !given_back[2];
            EXPECT_TRUE(given_back[2] || lives[2].closed == 0);
            EXPECT_TRUE(!part_held || lives[1].closed == 0);
            EXPECT_TRUE((given_back[0] && !part_held) || lives[0].closed == 0);
        }
        EXPECT_TRUE(eventually([&] {
            return std::all_of(lives.begin(), lives.end(),
                               [](const life &l) { return l.closed == 1; });
        })) << order;
    }
}

TEST(HandleTable, AFullCountOfReferencesStaysFull) {
    static life l; // the token lives on to the end of the process
    std::vector<std::string> lines;
    ASSERT_TRUE(log::set_sink([&lines](std::int64_t, ald_log_level, const char *,
                                       const char *text) { lines.emplace_back(text); }));
    auto t = make<thing>(l);
    constexpr int most = (1 << 20) - 1;
    const void *token = table().give(*t);
    for (int i = 2; i < most; ++i) {
        ASSERT_EQ(table().give(*t), token);
    }
    EXPECT_TRUE(lines.empty());
    EXPECT_TRUE(table().take(token));
    EXPECT_TRUE(table().take(token)) << "one that cannot be counted is had all the same";
    EXPECT_EQ(table().give(*t), token);
    ASSERT_EQ(lines.size(), 1U) << "said once";
    EXPECT_NE(lines[0].find("ald_shutdown"), std::string::npos) << lines[0];
    for (int i = 0; i < most + 10; ++i) {
        table().drop(token);
    }
    ASSERT_TRUE(log::set_sink(nullptr));
    EXPECT_EQ(table().kind_of(token), ALD_KIND_QUEUE);
    handle_table::slot *pin = table().pin(token, ALD_KIND_QUEUE);
    ASSERT_NE(pin, nullptr);
    table().unpin(pin);
    EXPECT_EQ(l.closed, 0);
    EXPECT_TRUE(runtime::instance().shutdown(never));
    EXPECT_EQ(l.closed, 1);
    EXPECT_EQ(table().kind_of(token), ALD_KIND_QUEUE);
}

TEST(HandleTable, MorePinsThanCanBeCountedAreRefused) {
    life l;
    auto t = make<thing>(l, ALD_KIND_VALUE, false);
    constexpr int most = (1 << 14) - 1;
    const void *token = table().give(*t);
    std::vector<handle_table::slot *> pins;
    for (int i = 0; i < most; ++i) {
        pins.push_back(table().pin(token));
        ASSERT_NE(pins.back(), nullptr);
    }
    EXPECT_EQ(table().pin(token), nullptr);
    EXPECT_EQ(table().kind_of(token), ALD_KIND_VALUE);
    EXPECT_TRUE(table().take(token)) << "references do not care";
    table().drop(token);
    table().unpin(pins.back());
    EXPECT_EQ(table().pin(token), pins.back());
    for (handle_table::slot *pin : pins) {
        table().unpin(pin);
    }
    EXPECT_EQ(table().kind_of(token), ALD_KIND_VALUE);
    table().drop(token);
    EXPECT_EQ(table().kind_of(token), ALD_KIND_NONE);
}

TEST(HandleTable, GrowsBeyondOneSegment) {
    life l;
    constexpr int many = 3 * 4096;
    std::set<const void *> tokens;
    for (int i = 0; i < many; ++i) {
        tokens.insert(table().give(*make<thing>(l, ALD_KIND_VALUE, false)));
    }
    EXPECT_EQ(tokens.size(), static_cast<std::size_t>(many));
    for (const void *token : tokens) {
        table().drop(token);
    }
    EXPECT_EQ(l.destroyed, many);
}

TEST(HandleTable, AHoldOfOursIsNoReferenceOfTheCallers) {
    life l;
    auto t = make<thing>(l);
    {
        const held nobody_has_it = held::beside_others(*t);
        EXPECT_FALSE(nobody_has_it);
    }
    EXPECT_EQ(l.closed, 0);
    const void *token = table().give(*t);
    {
        held ours = held::beside_others(*t);
        const held copied = ours; // NOLINT(performance-unnecessary-copy-initialization)
        const held moved = std::move(ours);
        for (int i = 0; i < 10; ++i) {
            table().drop(token);
        }
        EXPECT_EQ(table().kind_of(token), ALD_KIND_NONE);
        EXPECT_EQ(l.closed, 0);
    }
    EXPECT_TRUE(eventually([&] { return l.closed == 1; }));
}

TEST(HandleTable, WhatIsHeldIsListedForTheShutdown) {
    life l;
    life of_whole;
    const auto whole = make<thing>(of_whole);
    const auto part = make<thing>(l, ALD_KIND_DEVICE, false, whole.get());
    const auto listed = [](const ref<thing> &t) {
        const auto all = runtime::instance().held().all();
        return std::count_if(all.begin(), all.end(),
                             [&](const auto &o) { return o.get() == t.get(); });
    };
    EXPECT_EQ(listed(whole), 0);
    {
        const held ours(*part);
        EXPECT_EQ(listed(whole), 1) << "nobody has a token for it";
        EXPECT_EQ(listed(part), 0) << "there is nothing to close";
    }
    EXPECT_EQ(listed(whole), 0);
    EXPECT_TRUE(eventually([&] { return of_whole.closed == 1; }));
}

TEST(HandleTable, ManyThreadsAtOnce) {
    constexpr int objects = 16;
    constexpr int rounds = 2000;
    const std::int64_t before = table().count();
    life l;
    {
        std::vector<ref<thing>> all;
        for (int i = 0; i < objects; ++i) {
            all.push_back(make<thing>(l));
        }
        std::vector<std::thread> threads;
        for (int n = 0; n < 4; ++n) {
            threads.emplace_back([&all, n] {
                for (int i = 0; i < rounds; ++i) {
                    thing &t = *all[static_cast<std::size_t>((i * 7 + n) % objects)];
                    const void *token = table().give(t);
                    EXPECT_EQ(table().kind_of(token), ALD_KIND_QUEUE);
                    handle_table::slot *pin = table().pin(token, ALD_KIND_QUEUE);
                    ASSERT_NE(pin, nullptr);
                    EXPECT_EQ(pin->target.load(), &t);
                    EXPECT_TRUE(table().take(token));
                    table().drop(token);
                    table().drop(token);
                    table().unpin(pin);
                }
            });
        }
        threads.emplace_back([] {
            for (int i = 0; i < 200; ++i) {
                (void)runtime::instance().held().all();
            }
        });
        for (std::thread &t : threads) {
            t.join();
        }
        EXPECT_TRUE(eventually([&] { return table().count() == before; }));
    }
    EXPECT_TRUE(eventually([&] { return l.destroyed == objects; }));
    EXPECT_GE(l.closed, objects);
}

} // namespace
