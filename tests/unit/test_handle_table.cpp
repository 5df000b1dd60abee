// Tokens: what they are given for, when they die, what they keep alive.
#include "base/handle_table.hpp"
#include "support/eventually.hpp"

#include <gtest/gtest.h>

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

TEST(HandleTable, AChildKeepsItsParentsHandle) {
    life above;
    life below;
    auto p = make<thing>(above);
    auto c = make<thing>(below, ALD_KIND_DEVICE, true, p.get());
    const void *parent = table().give(*p);
    const void *child = table().give(*c);
    table().drop(parent);
    EXPECT_EQ(table().kind_of(parent), ALD_KIND_QUEUE);
    table().drop(child);
    EXPECT_EQ(table().kind_of(parent), ALD_KIND_NONE);
    EXPECT_TRUE(eventually([&] { return above.closed == 1 && below.closed == 1; }));
}

TEST(HandleTable, AFullCountOfReferencesGivesASecondToken) {
    life l;
    auto t = make<thing>(l);
    constexpr int most = (1 << 20) - 1;
    const void *first = table().give(*t);
    for (int i = 1; i < most; ++i) {
        ASSERT_EQ(table().give(*t), first);
    }
    EXPECT_FALSE(table().take(first));
    const void *second = table().give(*t);
    EXPECT_NE(second, first);
    EXPECT_EQ(table().kind_of(first), ALD_KIND_QUEUE);
    for (int i = 0; i < most; ++i) {
        table().drop(first);
    }
    EXPECT_EQ(table().kind_of(first), ALD_KIND_NONE);
    EXPECT_EQ(table().kind_of(second), ALD_KIND_QUEUE);
    EXPECT_EQ(l.closed, 0);
    table().drop(second);
    EXPECT_TRUE(eventually([&] { return l.closed == 1; }));
}

TEST(HandleTable, GrowsBeyondOneSegment) {
    life l;
    constexpr int many = 3 * 4096;
    std::set<const void *> tokens;
    for (int i = 0; i < many; ++i) {
        tokens.insert(table().give(*make<thing>(l, ALD_KIND_VALUE, false)));
    }
    EXPECT_EQ(tokens.size(), static_cast<std::size_t>(many));
    EXPECT_GE(table().snapshot().size(), static_cast<std::size_t>(many));
    for (const void *token : tokens) {
        table().drop(token);
    }
    EXPECT_EQ(l.destroyed, many);
}

TEST(HandleTable, HeldIsAReferenceBesideTheCallers) {
    life l;
    auto t = make<thing>(l);
    {
        const held nobody_has_it(*t);
        EXPECT_EQ(l.closed, 0);
    }
    const void *token = table().give(*t);
    {
        held ours(*t);
        const held copied = ours; // NOLINT(performance-unnecessary-copy-initialization)
        const held moved = std::move(ours);
        table().drop(token);
        EXPECT_EQ(table().kind_of(token), ALD_KIND_QUEUE);
    }
    EXPECT_EQ(table().kind_of(token), ALD_KIND_NONE);
    EXPECT_TRUE(eventually([&] { return l.closed == 1; }));
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
                (void)table().snapshot();
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
