// Queues through the C interface: records, payloads, descriptors, waking.
#include "capi/support.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstring>
#include <poll.h>
#include <thread>

namespace tests {
namespace {

class queues : public capi {};

ald_record numbered(std::int64_t n) {
    auto r = initial(ald_record_init);
    r.value_type = ALD_TYPE_INT;
    r.integer = n;
    return r;
}

ald_status push(ald_queue *q, std::int64_t n, std::int64_t timeout_ns = 0,
                const ald_cancel *cancel = nullptr) {
    const ald_record r = numbered(n);
    return ald_queue_push(q, &r, timeout_ns, cancel, nullptr);
}

ald_queue_stats stats(const ald_queue *q) {
    auto now = initial(ald_queue_stats_init);
    EXPECT_EQ(ald_queue_get_stats(q, &now, nullptr), ALD_OK);
    return now;
}

TEST_F(queues, are_made_within_limits) {
    owned<ald_queue> q;
    error e;
    for (const std::int64_t capacity : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{1} << 25}) {
        EXPECT_EQ(ald_queue_new(capacity, ALD_POLICY_LATEST, q.out(), e.out()), ALD_E_RANGE);
        EXPECT_NE(message(e).find(std::to_string(capacity)), std::string::npos);
    }
    for (const ald_policy policy : {0, 5, -1}) {
        EXPECT_EQ(ald_queue_new(1, policy, q.out(), nullptr), ALD_E_INVALID);
    }
    EXPECT_EQ(ald_queue_new(std::int64_t{1} << 24, ALD_POLICY_LOSSLESS, q.out(), nullptr), ALD_OK)
        << "room is taken when it is needed";
}

TEST_F(queues, keep_what_their_policy_says) {
    const std::array<std::pair<ald_policy, std::vector<std::int64_t>>, 3> kept{
        {{ALD_POLICY_LATEST, {9}},
         {ALD_POLICY_DROP_OLDEST, {7, 8, 9}},
         {ALD_POLICY_DROP_NEWEST, {0, 1, 2}}}};
    for (const auto &[policy, expected] : kept) {
        const auto q = new_queue(3, policy);
        for (std::int64_t n = 0; n < 10; ++n) {
            EXPECT_EQ(push(q, n), ALD_OK);
        }
        std::vector<std::int64_t> seen;
        std::uint64_t next = 0;
        for (const ald_record &r : drain(q)) {
            EXPECT_EQ(r.seq, next + r.lost_before) << "nothing is lost silently";
            next = r.seq + 1;
            seen.push_back(r.integer);
        }
        EXPECT_EQ(seen, expected) << "policy " << policy;
        EXPECT_EQ(stats(q).lost, 10 - expected.size());
        EXPECT_EQ(stats(q).pushed, 10U);
    }
}

TEST_F(queues, lossless_tells_that_it_is_full) {
    const auto q = new_queue(1, ALD_POLICY_LOSSLESS);
    EXPECT_EQ(push(q, 0), ALD_OK);
    EXPECT_EQ(push(q, 1), ALD_E_WOULD_BLOCK);
    EXPECT_EQ(push(q, 1, 2 * ms), ALD_E_TIMEOUT);
    EXPECT_EQ(push(q, 1, -2), ALD_E_INVALID);
    const auto c = new_cancel();
    std::thread cancelled([&] { EXPECT_EQ(push(q, 1, -1, c), ALD_E_CANCELLED); });
    ald_cancel_trigger(c);
    cancelled.join();
    std::thread held_back([&] { EXPECT_EQ(push(q, 2, -1), ALD_OK); });
    EXPECT_EQ(drain(q).size(), 1U);
    held_back.join();
    const auto rest = drain(q);
    ASSERT_EQ(rest.size(), 1U);
    EXPECT_EQ(rest[0].integer, 2);
    EXPECT_EQ(rest[0].lost_before, 0U);
}

TEST_F(queues, a_record_keeps_what_the_host_put_there) {
    const auto q = new_queue();
    std::int32_t kind = 0;
    ASSERT_EQ(ald_event_register("door.opened", &kind, nullptr), ALD_OK);
    EXPECT_STREQ(ald_event_name(kind), "door.opened");
    auto r = numbered(3);
    r.kind = kind;
    r.tag = 11;
    r.source = 12;
    r.seq = 999;         // the queue's own
    r.lost_before = 999; // too
    r.status = ALD_E_IO;
    r.t_mono_ns = 1234;
    ASSERT_EQ(ald_queue_push(q, &r, 0, nullptr, nullptr), ALD_OK);
    const std::int64_t before = ald_clock_mono_ns();
    ASSERT_EQ(push(q, 4), ALD_OK);
    const auto seen = drain(q);
    ASSERT_EQ(seen.size(), 2U);
    EXPECT_EQ(seen[0].kind, kind);
    EXPECT_EQ(seen[0].tag, 11U);
    EXPECT_EQ(seen[0].source, 12U);
    EXPECT_EQ(seen[0].seq, 0U);
    EXPECT_EQ(seen[0].lost_before, 0U);
    EXPECT_EQ(seen[0].status, ALD_E_IO);
    EXPECT_EQ(seen[0].t_mono_ns, 1234);
    EXPECT_GE(seen[1].t_mono_ns, before);
}

TEST_F(queues, a_payload_lives_until_it_is_drained_or_dropped) {
    static std::atomic<int> released{0};
    released = 0;
    static char memory[8];
    const auto counted = [] {
        owned<ald_buffer> b;
        EXPECT_EQ(
            ald_buffer_wrap(
                memory, sizeof(memory), 1, [](void *) { ++released; }, nullptr, b.out(), nullptr),
            ALD_OK);
        return b;
    };
    auto q = new_queue(2, ALD_POLICY_DROP_OLDEST);
    for (int i = 0; i < 4; ++i) {
        auto r = numbered(i);
        const auto payload = counted();
        r.payload = payload.get();
        ASSERT_EQ(ald_queue_push(q, &r, 0, nullptr, nullptr), ALD_OK);
    }
    EXPECT_EQ(released, 2) << "dropped records release theirs";
    auto one = initial(ald_record_init);
    std::int64_t count = 0;
    ASSERT_EQ(ald_queue_drain(q, &one, sizeof(one), 1, &count, nullptr), ALD_OK);
    ASSERT_EQ(count, 1);
    EXPECT_EQ(ald_handle_kind(one.payload), ALD_KIND_BUFFER);
    EXPECT_EQ(released, 2);
    unref(one.payload);
    EXPECT_EQ(released, 3);
    q.reset();
    EXPECT_TRUE(eventually([] { return released == 4; })) << "the last one goes with the queue";
}

TEST_F(queues, a_payload_is_a_good_handle_but_no_error) {
    const auto q = new_queue();
    auto r = numbered(0);
    r.payload = &r;
    EXPECT_EQ(ald_queue_push(q, &r, 0, nullptr, nullptr), ALD_E_INVALID);
    error e;
    ASSERT_EQ(ald_error_new(ALD_E_IO, nullptr, 0, "x", nullptr, nullptr, nullptr, e.out(), nullptr),
              ALD_OK);
    r.payload = e.get();
    EXPECT_EQ(ald_queue_push(q, &r, 0, nullptr, nullptr), ALD_E_INVALID);
    EXPECT_EQ(stats(q).pushed, 0U);
}

TEST_F(queues, a_payload_that_can_be_closed_stays_open_while_it_waits) {
    const auto q = new_queue();
    auto inner = new_queue();
    auto r = numbered(0);
    r.payload = inner.get();
    ASSERT_EQ(ald_queue_push(q, &r, 0, nullptr, nullptr), ALD_OK);
    inner.reset();
    const auto seen = drain(q);
    ASSERT_EQ(seen.size(), 1U);
    const owned<ald_queue> again(static_cast<ald_queue *>(seen[0].payload));
    EXPECT_EQ(ald_queue_wait(again, 0, nullptr, nullptr), ALD_E_TIMEOUT) << "not closed";
}

TEST_F(queues, records_fit_into_smaller_and_larger_places) {
    const auto q = new_queue();
    const auto payload = new_int(1);
    for (int i = 0; i < 6; ++i) {
        auto r = numbered(i);
        r.payload = payload.get();
        ASSERT_EQ(ald_queue_push(q, &r, 0, nullptr, nullptr), ALD_OK);
    }
    struct old_record { // an older client knows no more
        std::uint32_t struct_size;
        std::int32_t kind;
        std::uint64_t seq;
    };
    std::array<old_record, 2> small{};
    std::int64_t count = 0;
    ASSERT_EQ(ald_queue_drain(q, reinterpret_cast<ald_record *>(small.data()), sizeof(old_record),
                              2, &count, nullptr),
              ALD_OK);
    EXPECT_EQ(count, 2);
    EXPECT_EQ(small[1].seq, 1U);
    EXPECT_EQ(small[1].kind, ALD_EVENT_USER);
    struct new_record {
        ald_record known;
        std::uint64_t unknown;
    };
    std::array<new_record, 2> large{};
    large[0].unknown = large[1].unknown = 0x5555;
    ASSERT_EQ(ald_queue_drain(q, &large[0].known, sizeof(new_record), 2, &count, nullptr), ALD_OK);
    EXPECT_EQ(large[1].known.seq, 3U);
    EXPECT_EQ(large[1].known.struct_size, sizeof(ald_record)) << "as the library knows it";
    EXPECT_EQ(large[1].unknown, 0x5555U);
    unref(large[0].known.payload);
    unref(large[1].known.payload);
    ald_record none{};
    EXPECT_EQ(ald_queue_drain(q, &none, 7, 1, &count, nullptr), ALD_E_INVALID);
    EXPECT_EQ(ald_queue_drain(q, &none, sizeof(none), -1, &count, nullptr), ALD_E_INVALID);
    EXPECT_EQ(ald_queue_drain(q, nullptr, sizeof(none), 1, &count, nullptr), ALD_E_INVALID);
    EXPECT_EQ(ald_queue_drain(q, nullptr, sizeof(none), 0, &count, nullptr), ALD_OK);
    EXPECT_EQ(count, 0);
    EXPECT_EQ(stats(q).waiting, 2U) << "what was refused took nothing";
}

TEST_F(queues, the_descriptor_can_be_polled) {
    const auto q = new_queue();
    std::int32_t fd = -1;
    ASSERT_EQ(ald_queue_fd(q, &fd, nullptr), ALD_OK);
    const auto ready = [&](int timeout_ms) {
        pollfd p{fd, POLLIN, 0};
        return ::poll(&p, 1, timeout_ms) == 1;
    };
    EXPECT_FALSE(ready(0));
    std::thread producer([&] { EXPECT_EQ(push(q, 1), ALD_OK); });
    EXPECT_TRUE(ready(10'000));
    producer.join();
    EXPECT_TRUE(ready(0)) << "level-triggered";
    EXPECT_EQ(drain(q).size(), 1U);
    EXPECT_FALSE(ready(0));
    ald_queue_close(q);
    EXPECT_TRUE(ready(0));
}

TEST_F(queues, wake_like_an_event_loop) {
    const auto q = new_queue();
    std::atomic<int> woken{0};
    ASSERT_EQ(ald_queue_set_wake(
                  q,
                  [](void *count) {
                      ++*static_cast<std::atomic<int> *>(count);
                      return 0;
                  },
                  &woken, nullptr),
              ALD_OK);
    EXPECT_EQ(push(q, 1), ALD_OK);
    EXPECT_EQ(push(q, 2), ALD_OK);
    EXPECT_EQ(woken, 1);
    const auto o = new_op();
    ASSERT_EQ(ald_op_notify(o, q, 0, ALD_NOTIFY_ENDED, nullptr), ALD_OK);
    EXPECT_EQ(drain(q).size(), 2U);
    EXPECT_EQ(ald_op_finish(o, ALD_OK, nullptr, nullptr, nullptr), ALD_OK);
    EXPECT_EQ(woken, 2);
    ASSERT_EQ(ald_queue_set_wake(q, nullptr, nullptr, nullptr), ALD_OK);
    EXPECT_EQ(drain(q).size(), 1U);
    EXPECT_EQ(push(q, 3), ALD_OK);
    EXPECT_EQ(woken, 2);
}

TEST_F(queues, log_lines_can_be_pulled) {
    const auto q = new_queue();
    ASSERT_EQ(ald_log_attach(q, ALD_LOG_ERROR, nullptr), ALD_OK);
    EXPECT_EQ(ald_log_attach(q, ALD_LOG_ERROR, nullptr), ALD_E_EXISTS);
    ASSERT_EQ(
        ald_log_set_sink([](void *, std::int64_t, ald_log_level, const char *, const char *) {},
                         nullptr, nullptr, nullptr),
        ALD_OK);
    EXPECT_EQ(ald_log_write(ALD_LOG_ERROR, nullptr, "broken", nullptr), ALD_OK);
    EXPECT_EQ(ald_log_write(ALD_LOG_WARNING, nullptr, "not for this queue", nullptr), ALD_OK);
    EXPECT_EQ(ald_log_write(ALD_LOG_OFF, nullptr, "x", nullptr), ALD_E_INVALID);
    EXPECT_EQ(ald_log_write(ALD_LOG_ERROR, nullptr, "\xff", nullptr), ALD_E_INVALID);
    EXPECT_EQ(ald_log_set_level(99, nullptr), ALD_E_INVALID);
    const auto records = drain(q);
    ASSERT_EQ(records.size(), 1U);
    const owned<ald_value> payload(static_cast<ald_value *>(records[0].payload));
    EXPECT_EQ(string_of(item(payload, "message")), "broken");
    EXPECT_EQ(string_of(item(payload, "domain")), "application");
    ASSERT_EQ(ald_log_detach(q, nullptr), ALD_OK);
    EXPECT_EQ(ald_log_detach(q, nullptr), ALD_E_NOT_FOUND);
    ASSERT_EQ(ald_log_set_sink(nullptr, nullptr, nullptr, nullptr), ALD_OK);
}

TEST_F(queues, a_sinks_data_is_destroyed_once) {
    static int destroyed = 0;
    destroyed = 0;
    const auto destroy = [](void *) { ++destroyed; };
    const auto sink = [](void *, std::int64_t, ald_log_level, const char *, const char *) {};
    ASSERT_EQ(ald_log_set_sink(sink, nullptr, destroy, nullptr), ALD_OK);
    EXPECT_EQ(destroyed, 0);
    ASSERT_EQ(ald_log_set_sink(sink, nullptr, destroy, nullptr), ALD_OK);
    EXPECT_EQ(destroyed, 1);
    ASSERT_EQ(ald_log_set_sink(nullptr, nullptr, nullptr, nullptr), ALD_OK);
    EXPECT_EQ(destroyed, 2);
}

} // namespace
} // namespace tests
