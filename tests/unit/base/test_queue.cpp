// Queues: the four policies, the counting of what is lost, and those who wait at both ends.
#include "base/async/queue.hpp"
#include "base/value/value.hpp"
#include "support/eventually.hpp"
#include "unit/base/values_support.hpp"

#include <gtest/gtest.h>

#include <poll.h>
#include <thread>

using namespace alidade;
using alidade::test::code_of;
using tests::eventually;

namespace {

constexpr std::int64_t forever = never;

event numbered(std::int64_t n) {
    event e;
    e.record.integer = n;
    return e;
}

event end_of_operation(std::int64_t n) {
    event e = numbered(n);
    e.keep = true;
    return e;
}

void fill(queue &q, std::int64_t count) {
    for (std::int64_t n = 0; n < count; ++n) {
        q.offer(numbered(n));
    }
}

std::vector<ald_record> drain(queue &q, std::size_t most = 1000) {
    event_list out;
    EXPECT_TRUE(q.drain(most, out));
    std::vector<ald_record> records;
    for (const event &e : out) {
        records.push_back(e.record);
    }
    return records;
}

std::vector<std::int64_t> numbers(const std::vector<ald_record> &records) {
    std::vector<std::int64_t> all;
    for (const ald_record &r : records) {
        all.push_back(r.integer);
    }
    return all;
}

using numbers_t = std::vector<std::int64_t>;

// What a consumer can always check: nothing is lost without being counted.
void expect_no_silent_loss(const std::vector<ald_record> &records, std::uint64_t first_seq = 0) {
    std::uint64_t expected = first_seq;
    for (const ald_record &r : records) {
        EXPECT_EQ(r.seq, expected + r.lost_before);
        expected = r.seq + 1;
    }
}

bool readable(int fd) {
    pollfd p{fd, POLLIN, 0};
    return ::poll(&p, 1, 0) == 1;
}

// Counts how often it is destroyed.
class payload final : public object {
public:
    explicit payload(int &gone) : object(ALD_KIND_VALUE), gone_(gone) {}
    ~payload() override { ++gone_; }

private:
    int &gone_;
};

TEST(Queue, KeepsOrderAndNumbers) {
    queue q(8, ALD_POLICY_DROP_OLDEST);
    fill(q, 5);
    const auto two = drain(q, 2);
    EXPECT_EQ(numbers(two), (numbers_t{0, 1}));
    const auto rest = drain(q);
    EXPECT_EQ(numbers(rest), (numbers_t{2, 3, 4}));
    expect_no_silent_loss(rest, 2);
    EXPECT_GE(rest[0].t_mono_ns, two[0].t_mono_ns);
    EXPECT_TRUE(drain(q).empty());
}

TEST(Queue, DropOldestKeepsTheNewest) {
    queue q(3, ALD_POLICY_DROP_OLDEST);
    fill(q, 10);
    const auto records = drain(q);
    EXPECT_EQ(numbers(records), (numbers_t{7, 8, 9}));
    EXPECT_EQ(records[0].lost_before, 7U);
    expect_no_silent_loss(records);
    const auto stats = q.stats();
    EXPECT_EQ(stats.pushed, 10U);
    EXPECT_EQ(stats.lost, 7U);
    EXPECT_EQ(stats.waiting, 0U);
    EXPECT_EQ(stats.capacity, 3U);
}

TEST(Queue, DropNewestKeepsTheOldest) {
    queue q(3, ALD_POLICY_DROP_NEWEST);
    fill(q, 10);
    EXPECT_EQ(numbers(drain(q)), (numbers_t{0, 1, 2}));
    q.offer(numbered(10));
    const auto next = drain(q);
    EXPECT_EQ(next.at(0).seq, 10U);
    EXPECT_EQ(next.at(0).lost_before, 7U);
    EXPECT_EQ(q.stats().lost, 7U);
}

TEST(Queue, LatestHoldsOne) {
    queue q(100, ALD_POLICY_LATEST);
    fill(q, 10);
    EXPECT_EQ(q.stats().capacity, 1U);
    const auto records = drain(q);
    EXPECT_EQ(numbers(records), (numbers_t{9}));
    EXPECT_EQ(records[0].lost_before, 9U);
}

TEST(Queue, LossesAddUpOverSeveralDrains) {
    for (const ald_policy policy :
         {ALD_POLICY_LATEST, ALD_POLICY_DROP_OLDEST, ALD_POLICY_DROP_NEWEST}) {
        queue q(4, policy);
        std::vector<ald_record> all;
        for (std::int64_t n = 0; n < 100; ++n) {
            q.offer(numbered(n));
            if (n % 7 == 0 || n % 11 == 0) {
                const auto some = drain(q, n % 3 == 0 ? 1 : 1000);
                all.insert(all.end(), some.begin(), some.end());
            }
        }
        const auto rest = drain(q);
        all.insert(all.end(), rest.begin(), rest.end());
        expect_no_silent_loss(all);
        const auto stats = q.stats();
        EXPECT_EQ(stats.pushed, 100U);
        EXPECT_EQ(stats.lost + all.size(), 100U);
    }
}

TEST(Queue, LosslessHoldsTheProducerBack) {
    queue q(2, ALD_POLICY_LOSSLESS);
    constexpr std::int64_t many = 500;
    std::thread producer([&] {
        for (std::int64_t n = 0; n < many; ++n) {
            ASSERT_TRUE(q.push(numbered(n), forever, nullptr));
        }
    });
    std::vector<ald_record> all;
    while (all.size() < many) {
        ASSERT_TRUE(q.wait(forever, nullptr));
        const auto some = drain(q, 1);
        EXPECT_LE(q.stats().waiting, 2U);
        all.insert(all.end(), some.begin(), some.end());
    }
    producer.join();
    for (std::size_t i = 0; i < all.size(); ++i) {
        EXPECT_EQ(all[i].integer, static_cast<std::int64_t>(i));
        EXPECT_EQ(all[i].lost_before, 0U);
    }
    EXPECT_EQ(q.stats().lost, 0U);
}

TEST(Queue, LosslessProducerTimesOutOrIsCancelled) {
    queue q(1, ALD_POLICY_LOSSLESS);
    EXPECT_TRUE(q.push(numbered(0), forever, nullptr));
    EXPECT_EQ(code_of(q.push(numbered(1), deadline_after(0), nullptr)), ALD_E_TIMEOUT);
    EXPECT_EQ(code_of(q.push(numbered(1), deadline_after(5'000'000), nullptr)), ALD_E_TIMEOUT);
    auto c = make<cancel_source>();
    ald_status ended = ALD_OK;
    std::thread producer([&] { ended = code_of(q.push(numbered(1), forever, c.get())); });
    c->trigger();
    producer.join();
    EXPECT_EQ(ended, ALD_E_CANCELLED);
    EXPECT_EQ(numbers(drain(q)), (numbers_t{0})) << "what was not taken is not in the queue";
    EXPECT_EQ(q.stats().pushed, 1U) << "nor is it counted";
}

TEST(Queue, LosslessProducerEndsWhenTheQueueCloses) {
    queue q(1, ALD_POLICY_LOSSLESS);
    EXPECT_TRUE(q.push(numbered(0), forever, nullptr));
    ald_status ended = ALD_OK;
    std::thread producer([&] { ended = code_of(q.push(numbered(1), forever, nullptr)); });
    q.close();
    producer.join();
    EXPECT_EQ(ended, ALD_E_CLOSED);
}

TEST(Queue, LosslessDropsAtTheSourceWhereItCannotWait) {
    queue q(2, ALD_POLICY_LOSSLESS);
    fill(q, 5);
    EXPECT_EQ(numbers(drain(q)), (numbers_t{0, 1}));
    q.offer(numbered(5));
    EXPECT_EQ(drain(q).at(0).lost_before, 3U) << "the gap is told";
}

TEST(Queue, TheEndOfAnOperationIsNeverLost) {
    for (const ald_policy policy :
         {ALD_POLICY_LATEST, ALD_POLICY_DROP_OLDEST, ALD_POLICY_DROP_NEWEST, ALD_POLICY_LOSSLESS}) {
        queue q(2, policy);
        fill(q, 4);
        q.offer(end_of_operation(100));
        q.offer(end_of_operation(101));
        q.offer(end_of_operation(102));
        for (std::int64_t n = 4; n < 8; ++n) {
            q.offer(numbered(n));
        }
        const auto records = drain(q);
        std::int64_t ends = 0;
        for (const ald_record &r : records) {
            ends += r.integer >= 100 ? 1 : 0;
        }
        EXPECT_EQ(ends, 3) << "policy " << policy;
        expect_no_silent_loss(records);
        EXPECT_LE(records.size(), 3U + q.stats().capacity) << "policy " << policy;
    }
}

TEST(Queue, DroppedRecordsReleaseTheirPayload) {
    for (const ald_policy policy :
         {ALD_POLICY_LATEST, ALD_POLICY_DROP_OLDEST, ALD_POLICY_DROP_NEWEST, ALD_POLICY_LOSSLESS}) {
        int gone = 0;
        {
            queue q(2, policy);
            for (int i = 0; i < 6; ++i) {
                event e;
                e.payload = make<payload>(gone);
                q.offer(std::move(e));
            }
            EXPECT_EQ(static_cast<std::uint64_t>(gone), q.stats().lost);
            EXPECT_EQ(static_cast<std::uint64_t>(gone), 6 - q.stats().waiting);
        }
        EXPECT_EQ(gone, 6) << "the rest goes with the queue";
    }
}

TEST(Queue, ClosedTakesNothingMoreButGivesWhatItHas) {
    queue q(8, ALD_POLICY_DROP_OLDEST);
    fill(q, 3);
    q.close();
    q.close();
    q.offer(numbered(3));
    EXPECT_EQ(code_of(q.push(numbered(3), forever, nullptr)), ALD_E_CLOSED);
    EXPECT_TRUE(q.wait(forever, nullptr));
    EXPECT_EQ(drain(q).size(), 3U);
    event_list out;
    EXPECT_EQ(code_of(q.drain(1, out)), ALD_E_CLOSED);
    EXPECT_EQ(code_of(q.wait(forever, nullptr)), ALD_E_CLOSED);
}

TEST(Queue, WaitEndsByRecordTimeoutCancelAndClose) {
    queue q(8, ALD_POLICY_DROP_OLDEST);
    EXPECT_EQ(code_of(q.wait(deadline_after(0), nullptr)), ALD_E_TIMEOUT);
    EXPECT_EQ(code_of(q.wait(deadline_after(1'000'000), nullptr)), ALD_E_TIMEOUT);
    const auto wait_while = [&q](const cancel_source *c, auto &&what) {
        ald_status ended = ALD_OK;
        std::thread consumer([&] { ended = code_of(q.wait(forever, c)); });
        what();
        consumer.join();
        return ended;
    };
    EXPECT_EQ(wait_while(nullptr, [&] { q.offer(numbered(0)); }), ALD_OK);
    EXPECT_EQ(drain(q).size(), 1U);
    auto c = make<cancel_source>();
    EXPECT_EQ(wait_while(c.get(), [&] { c->trigger(); }), ALD_E_CANCELLED);
    EXPECT_EQ(wait_while(nullptr, [&] { q.close(); }), ALD_E_CLOSED);
}

TEST(Queue, TheDescriptorIsReadableAsLongAsThereIsSomething) {
    queue q(8, ALD_POLICY_DROP_OLDEST);
    fill(q, 1);
    const int fd = *q.fd();
    EXPECT_EQ(*q.fd(), fd);
    EXPECT_TRUE(readable(fd)) << "made after the record came";
    (void)drain(q);
    EXPECT_FALSE(readable(fd));
    fill(q, 3);
    EXPECT_TRUE(readable(fd));
    (void)drain(q, 2);
    EXPECT_TRUE(readable(fd)) << "one record is left";
    event_list last;
    EXPECT_TRUE(q.drain(1, last));
    EXPECT_FALSE(readable(fd));
    q.put_back(std::move(last));
    EXPECT_TRUE(readable(fd));
    (void)drain(q);
    q.close();
    EXPECT_TRUE(readable(fd));
}

TEST(Queue, WhatIsPutBackComesFirst) {
    queue q(8, ALD_POLICY_DROP_OLDEST);
    fill(q, 3);
    event_list taken;
    EXPECT_TRUE(q.drain(2, taken));
    q.put_back(std::move(taken));
    const auto records = drain(q);
    EXPECT_EQ(numbers(records), (numbers_t{0, 1, 2}));
    expect_no_silent_loss(records);
}

TEST(Queue, WakesWhenItIsNoLongerEmptyAndWhenItCloses) {
    queue q(8, ALD_POLICY_DROP_OLDEST);
    int woken = 0;
    const auto wake = [](void *count) {
        ++*static_cast<int *>(count);
        return 0;
    };
    q.set_wake(wake, &woken);
    EXPECT_EQ(woken, 0);
    fill(q, 3);
    EXPECT_EQ(woken, 1) << "once as long as nobody drains";
    (void)drain(q);
    fill(q, 1);
    EXPECT_EQ(woken, 2);
    int other = 0;
    q.set_wake(wake, &other);
    EXPECT_EQ(other, 1) << "at once, because something waits";
    q.close();
    EXPECT_EQ(other, 2);
    q.close();
    EXPECT_EQ(other, 2);
    EXPECT_EQ(woken, 2);
    q.set_wake(nullptr, nullptr);
}

TEST(Queue, ATakenAwayWakeDoesNotRunAnyMore) {
    queue q(1, ALD_POLICY_LATEST);
    std::atomic<bool> going{true};
    std::thread producer([&] {
        while (going) {
            q.offer(numbered(0));
            event_list out;
            (void)q.drain(1, out);
        }
    });
    std::vector<std::unique_ptr<std::atomic<int>>> counts;
    std::vector<int> before;
    for (int i = 0; i < 200; ++i) {
        counts.push_back(std::make_unique<std::atomic<int>>(0));
        std::atomic<int> &count = *counts.back();
        q.set_wake(
            [](void *c) {
                // Still under way when it is taken away.
                std::this_thread::sleep_for(std::chrono::microseconds(100));
                ++*static_cast<std::atomic<int> *>(c);
                return 0;
            },
            &count);
        if (i % 10 == 0) { // the others are taken away at once
            EXPECT_TRUE(eventually([&] { return count > 0; })) << "it runs";
        }
        q.set_wake(nullptr, nullptr); // what it counted with could go now
        before.push_back(count);
    }
    going = false;
    producer.join();
    for (std::size_t i = 0; i < counts.size(); ++i) {
        EXPECT_EQ(*counts[i], before[i]) << "the wake " << i << " ran after it was taken away";
    }
}

TEST(Queue, ManyProducersLoseNothingSilently) {
    queue q(16, ALD_POLICY_DROP_OLDEST);
    constexpr int each = 2000;
    std::vector<std::thread> producers;
    for (int p = 0; p < 4; ++p) {
        producers.emplace_back([&] { fill(q, each); });
    }
    std::vector<ald_record> all;
    const auto take = [&] {
        const auto some = drain(q);
        all.insert(all.end(), some.begin(), some.end());
    };
    while (q.stats().pushed < 4 * each) {
        take();
    }
    for (std::thread &p : producers) {
        p.join();
    }
    take();
    expect_no_silent_loss(all);
    EXPECT_EQ(all.size() + q.stats().lost, 4U * each);
}

TEST(EventNames, FixedAndRegisteredOnes) {
    EXPECT_STREQ(event_name(ALD_EVENT_OP_ENDED), "op.ended");
    EXPECT_STREQ(event_name(0), "");
    EXPECT_STREQ(event_name(-1), "");
    EXPECT_STREQ(event_name(999), "");
    EXPECT_STREQ(event_name(999999), "");
    EXPECT_EQ(*event_kind("op.ended"), ALD_EVENT_OP_ENDED);
    const std::int32_t fresh = *event_kind("valve.opened");
    EXPECT_GE(fresh, ALD_EVENT_FIRST_REGISTERED);
    EXPECT_EQ(*event_kind("valve.opened"), fresh);
    EXPECT_STREQ(event_name(fresh), "valve.opened");
    for (const char *bad :
         {"", "valve", ".opened", "valve.", "Valve.opened", "valve opened.x", "a.b.c",
          "ventil.ge\xc3\xb6"
          "ffnet"}) {
        EXPECT_EQ(code_of(event_kind(bad)), ALD_E_INVALID) << bad;
    }
    EXPECT_EQ(code_of(event_kind(std::string(63, 'a') + ".b")), ALD_E_INVALID);
    EXPECT_EQ(code_of(event_kind(std::string(62, 'a') + ".b")), ALD_OK);
}

} // namespace
