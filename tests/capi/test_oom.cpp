// Fails the first, the second, ... allocation, once and from there on for ever, in one scenario
// after the other: what comes back is ALD_OK or ALD_E_NO_MEMORY, nothing leaks, and all works
// afterwards.
#include "capi/support.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <new>

namespace {

// Of all threads: the library's own ones run out of memory too.
std::atomic<bool> armed{false};
std::atomic<bool> for_ever{false};
std::atomic<long> left{0};
std::atomic<long> failures{0};

bool fails_now() noexcept {
    if (!armed.load(std::memory_order_relaxed)) {
        return false;
    }
    const long before = left.fetch_sub(1, std::memory_order_relaxed);
    const bool fails = before == 0 || (before < 0 && for_ever.load(std::memory_order_relaxed));
    failures += fails ? 1 : 0;
    return fails;
}

void *allocate(std::size_t size, std::size_t alignment) {
    void *block = fails_now()
                      ? nullptr
                      : std::aligned_alloc(alignment, (size + alignment) / alignment * alignment);
    if (block == nullptr) {
        throw std::bad_alloc();
    }
    return block;
}

// Not inlined: the compiler would take `free` for the wrong way to end what `new` made.
[[gnu::noinline]] void deallocate(void *block) noexcept { std::free(block); }

constexpr std::size_t usual = alignof(std::max_align_t);

} // namespace

void *operator new(std::size_t size) { return allocate(size, usual); }
void *operator new(std::size_t size, std::align_val_t alignment) {
    return allocate(size, std::max(usual, static_cast<std::size_t>(alignment)));
}
void *operator new(std::size_t size, const std::nothrow_t &) noexcept {
    try {
        return allocate(size, usual);
    } catch (const std::bad_alloc &) {
        return nullptr;
    }
}
void operator delete(void *block) noexcept { deallocate(block); }
void operator delete(void *block, std::size_t) noexcept { deallocate(block); }
void operator delete(void *block, std::align_val_t) noexcept { deallocate(block); }
void operator delete(void *block, std::size_t, std::align_val_t) noexcept { deallocate(block); }

namespace tests {
namespace {

// Calls the library until something fails; keeps the first failure.
class run {
public:
    // True as long as nothing has failed.
    template <class Call> bool operator()(Call call) {
        if (status_ == ALD_OK) {
            status_ = call();
        }
        return status_ == ALD_OK;
    }
    [[nodiscard]] ald_status status() const { return status_; }

private:
    ald_status status_ = ALD_OK;
};

struct scenario {
    const char *name;
    std::function<ald_status()> play;
    // What it may end with beside OK and NO_MEMORY.
    ald_status expected = ALD_OK;
};

owned<ald_value> sample() {
    owned<ald_value> v;
    constexpr char text[] = R"({"a": [1, 2.5, "three"], "b": {"c": null, "d": true}})";
    EXPECT_EQ(ald_value_from_json(text, sizeof(text) - 1, ALD_JSON_PLAIN, v.out(), nullptr),
              ALD_OK);
    return v;
}

owned<ald_device> open_device(const char *driver) {
    owned<ald_device> d;
    EXPECT_EQ(ald_device_new("thing", driver, nullptr, d.out(), nullptr), ALD_OK);
    EXPECT_EQ(ald_device_open(d, -1, nullptr, nullptr), ALD_OK);
    return d;
}

ald_status doubled(void *, const ald_value *arguments, const ald_cancel *, ald_value **result,
                   ald_error **err) {
    std::int64_t x = 0;
    const ald_status read = ald_value_get_int(arguments, &x, err);
    return read == ALD_OK ? ald_value_new_int(2 * x, result, err) : read;
}

const std::vector<scenario> &scenarios() {
    static const std::vector<scenario> all{
        {"scalars",
         [] {
             run step;
             owned<ald_value> v;
             step([&] { return ald_value_new_int(1, v.out(), nullptr); });
             step([&] { return ald_value_new_double(1, v.out(), nullptr); });
             step([&] { return ald_value_new_string("text", 4, v.out(), nullptr); });
             step([&] { return ald_value_new_bytes("text", 4, v.out(), nullptr); });
             return step.status();
         }},
        {"list",
         [] {
             run step;
             owned<ald_value> v;
             owned<ald_value> item;
             step([&] { return ald_value_new_list(v.out(), nullptr); });
             step([&] { return ald_value_new_int(1, item.out(), nullptr); });
             for (int i = 0; i < 5; ++i) {
                 step([&] { return ald_value_append(v, item, nullptr); });
             }
             step([&] { return ald_value_at(v, 0, item.out(), nullptr); });
             return step.status();
         }},
        {"map",
         [] {
             run step;
             owned<ald_value> v;
             owned<ald_value> item;
             step([&] { return ald_value_new_map(v.out(), nullptr); });
             step([&] { return ald_value_new_double(1, item.out(), nullptr); });
             step([&] { return ald_value_set(v, "a", 1, item, nullptr); });
             step([&] { return ald_value_set(v, "b", 1, item, nullptr); });
             step([&] { return ald_value_get(v, "b", item.out(), nullptr); });
             return step.status();
         }},
        {"cbor",
         [] {
             static const auto v = sample();
             run step;
             owned<ald_buffer> b;
             owned<ald_value> again;
             step([&] { return ald_value_to_cbor(v, b.out(), nullptr); });
             step([&] {
                 return ald_value_from_cbor(ald_buffer_data(b), ald_buffer_size(b), again.out(),
                                            nullptr);
             });
             return step.status();
         }},
        {"json",
         [] {
             static const auto v = sample();
             run step;
             owned<ald_buffer> b;
             owned<ald_value> again;
             step([&] { return ald_value_to_json(v, ALD_JSON_TAGGED, 2, b.out(), nullptr); });
             step([&] {
                 return ald_value_from_json(static_cast<char *>(ald_buffer_data(b)),
                                            ald_buffer_size(b), ALD_JSON_TAGGED, again.out(),
                                            nullptr);
             });
             return step.status();
         }},
        {"json error",
         [] {
             owned<ald_value> v;
             error e;
             return ald_value_from_json("{]", 2, ALD_JSON_PLAIN, v.out(), e.out());
         },
         ALD_E_CORRUPT},
        {"settings",
         [] {
             run step;
             owned<ald_settings> s;
             owned<ald_value> v;
             constexpr char text[] = "[lab]\nname = \"x\"\nlist = [1, 2, {a = 3}]\n";
             step(
                 [&] { return ald_settings_parse(text, sizeof(text) - 1, "t", s.out(), nullptr); });
             step([&] { return ald_settings_get(s, "lab.list.2", v.out(), nullptr); });
             return step.status();
         }},
        {"settings error",
         [] {
             owned<ald_settings> s;
             error e;
             return ald_settings_parse("a = = 1", 7, "t", s.out(), e.out());
         },
         ALD_E_CORRUPT},
        {"units error",
         [] {
             double x = 0;
             error e;
             return ald_unit_convert(1, "parsek", "mm", &x, e.out());
         },
         ALD_E_INVALID},
        {"buffer",
         [] {
             run step;
             owned<ald_buffer> b;
             owned<ald_value> v;
             auto view = initial(ald_view_init);
             const std::int64_t shape[] = {4, 4};
             step([&] { return ald_buffer_new(128, b.out(), nullptr); });
             step([&] {
                 return ald_buffer_get_view(b, 0, ALD_DTYPE_FLOAT64, shape, 2, &view, nullptr);
             });
             step([&] { return ald_value_new_array(b, &view, v.out(), nullptr); });
             return step.status();
         }},
        {"wrapped buffer",
         [] {
             static char memory[16];
             owned<ald_buffer> b;
             int released = 0;
             const ald_status wrapped = ald_buffer_wrap(
                 memory, sizeof(memory), 0, [](void *count) { ++*static_cast<int *>(count); },
                 &released, b.out(), nullptr);
             b.reset();
             EXPECT_EQ(released, 1);
             return wrapped;
         }},
        {"dlpack",
         [] {
             run step;
             owned<ald_buffer> b;
             owned<ald_buffer> again;
             auto view = initial(ald_view_init);
             void *tensor = nullptr;
             const std::int64_t shape[] = {8};
             step([&] { return ald_buffer_new(64, b.out(), nullptr); });
             step([&] {
                 return ald_buffer_get_view(b, 0, ALD_DTYPE_FLOAT64, shape, 1, &view, nullptr);
             });
             step([&] { return ald_dlpack_export(b, &view, 1, &tensor, nullptr); });
             if (!step([&] { return ald_dlpack_import(tensor, 1, again.out(), &view, nullptr); })) {
                 ald_dlpack_delete(tensor, 1);
             }
             return step.status();
         }},
        {"queue",
         [] {
             run step;
             owned<ald_queue> q;
             owned<ald_value> payload;
             auto record = initial(ald_record_init);
             step([&] { return ald_queue_new(2, ALD_POLICY_DROP_OLDEST, q.out(), nullptr); });
             step([&] { return ald_value_new_int(1, payload.out(), nullptr); });
             record.payload = payload.get();
             for (int i = 0; i < 3; ++i) {
                 step([&] { return ald_queue_push(q, &record, 0, nullptr, nullptr); });
             }
             payload.reset();
             ald_record drained[4];
             std::int64_t count = 0;
             step([&] {
                 return ald_queue_drain(q, drained, sizeof(ald_record), 4, &count, nullptr);
             });
             for (std::int64_t i = 0; i < count; ++i) {
                 unref(drained[i].payload);
             }
             return step.status();
         }},
        {"operation",
         [] {
             run step;
             owned<ald_op> o;
             owned<ald_queue> q;
             owned<ald_value> v;
             auto progress = initial(ald_progress_init);
             std::strcpy(progress.phase, "a phase that is longer than a small string");
             step([&] { return ald_op_new(0, o.out(), nullptr); });
             step([&] { return ald_queue_new(8, ALD_POLICY_LOSSLESS, q.out(), nullptr); });
             step([&] { return ald_op_notify(o, q, 1, 7, nullptr); });
             step([&] { return ald_op_advance(o, &progress, nullptr); });
             step([&] { return ald_value_new_int(1, v.out(), nullptr); });
             const bool finishing = step.status() == ALD_OK;
             step([&] { return ald_op_finish(o, ALD_OK, v, nullptr, nullptr); });
             if (finishing && step.status() == ALD_OK) {
                 // The end is never lost, whatever happened to memory.
                 ald_queue_stats stats = initial(ald_queue_stats_init);
                 EXPECT_EQ(ald_queue_get_stats(q, &stats, nullptr), ALD_OK);
                 EXPECT_GE(stats.waiting, 1U);
             }
             return step.status();
         }},
        {"callable",
         [] {
             run step;
             owned<ald_callable> c;
             owned<ald_value> v;
             owned<ald_value> r;
             step([&] {
                 return ald_callable_new("f", doubled, nullptr, nullptr, c.out(), nullptr);
             });
             step([&] { return ald_value_new_int(4, v.out(), nullptr); });
             step([&] { return ald_callable_call(c, v, 5 * s, nullptr, r.out(), nullptr); });
             return step.status();
         }},
        {"callable on a worker",
         [] {
             run step;
             owned<ald_callable> c;
             owned<ald_value> v;
             owned<ald_op> o;
             step([&] {
                 return ald_callable_new("f", doubled, nullptr, nullptr, c.out(), nullptr);
             });
             step([&] { return ald_value_new_int(4, v.out(), nullptr); });
             if (step([&] { return ald_callable_start_call(c, v, 5 * s, o.out(), nullptr); })) {
                 armed = false; // what waits for an end must see it
                 EXPECT_EQ(ald_op_wait(o, 10 * s, nullptr, nullptr), ALD_OK);
                 step([&] { return ald_op_result(o, nullptr, nullptr); });
             }
             return step.status();
         },
         ALD_E_LIMIT},
        {"source",
         [] {
             run step;
             owned<ald_buffer> b;
             owned<ald_source> source;
             owned<ald_frame> frame;
             owned<ald_frame> made;
             owned<ald_value> metadata;
             owned<ald_buffer> memory;
             auto view = initial(ald_view_init);
             const std::int64_t shape[] = {2, 4};
             step([&] { return ald_buffer_new(64, b.out(), nullptr); });
             step([&] {
                 return ald_buffer_get_view(b, 0, ALD_DTYPE_FLOAT64, shape, 2, &view, nullptr);
             });
             step([&] { return ald_source_new_array(b, &view, 10, source.out(), nullptr); });
             step([&] { return ald_source_next(source, 0, nullptr, frame.out(), nullptr); });
             step([&] { return ald_frame_metadata(frame, metadata.out(), nullptr); });
             step([&] { return ald_frame_buffer(frame, memory.out(), nullptr); });
             step([&] { return ald_frame_new(&view, b, nullptr, metadata, made.out(), nullptr); });
             return step.status();
         }},
        {"clock",
         [] {
             run step;
             owned<ald_clock> c;
             std::int64_t t = 0;
             step([&] {
                 return ald_clock_new("a name that is too long for the string", c.out(), nullptr);
             });
             step([&] { return ald_clock_observe(c, 10, 20, 30, nullptr); });
             step([&] { return ald_clock_to_mono(c, 11, &t, nullptr, nullptr); });
             return step.status();
         }},
        {"error",
         [] {
             error e;
             return ald_error_new(ALD_E_IO, "test", 5,
                                  "a message that is longer than small strings", "here", "there",
                                  nullptr, e.out(), nullptr);
         }},
        {"drivers",
         [] {
             owned<ald_value> v;
             return ald_driver_list(v.out(), nullptr);
         }},
        {"device",
         [] {
             run step;
             owned<ald_device> d;
             owned<ald_value> v;
             step([&] { return ald_device_new("m", "mock-movable", nullptr, d.out(), nullptr); });
             step([&] { return ald_device_open(d, -1, nullptr, nullptr); });
             step([&] { return ald_device_describe(d, v.out(), nullptr); });
             return step.status();
         }},
        {"lab",
         [] {
             run step;
             owned<ald_settings> settings;
             owned<ald_lab> lab;
             owned<ald_value> report;
             constexpr char text[] = "[devices.a]\ndriver = \"mock-readable\"\nvalue = 2.0\n";
             step([&] {
                 return ald_settings_parse(text, sizeof(text) - 1, "t", settings.out(), nullptr);
             });
             step([&] { return ald_lab_from_settings(settings, lab.out(), nullptr); });
             step([&] { return ald_lab_open(lab, -1, nullptr, report.out(), nullptr); });
             return step.status();
         }},
        {"reading",
         [] {
             static const auto d = open_device("mock-readable");
             run step;
             auto reading = initial(ald_reading_init);
             owned<ald_value> v;
             step([&] { return ald_readable_read(d, -2, nullptr, &reading, nullptr); });
             step([&] { return ald_device_get(d, "noise", -2, nullptr, v.out(), nullptr); });
             step([&] { return ald_device_get_cached(d, "noise", v.out(), nullptr, nullptr); });
             return step.status();
         }},
        {"writing with a subscriber",
         [] {
             static const auto d = open_device("mock-readable");
             static double x = 0;
             run step;
             owned<ald_queue> q;
             owned<ald_value> v;
             step([&] { return ald_queue_new(8, ALD_POLICY_DROP_OLDEST, q.out(), nullptr); });
             step([&] { return ald_device_subscribe(d, q, 0, 1, nullptr); });
             step([&] { return ald_value_new_double(x += 1, v.out(), nullptr); });
             step([&] { return ald_device_set(d, "level", v, -2, nullptr, nullptr, nullptr); });
             if (q.get() != nullptr) {
                 (void)ald_device_unsubscribe(d, q, nullptr);
             }
             return step.status();
         }},
        {"moving",
         [] {
             static const auto d = open_device("mock-movable");
             static double x = 0;
             owned<ald_op> o;
             x = x == 0.0 ? 0.1 : 0.0;
             ald_status moved = ald_movable_start_move_abs(d, x, -2, o.out(), nullptr);
             if (moved == ALD_OK) {
                 armed = false; // what waits for an end must see it
                 EXPECT_EQ(ald_op_wait(o, 10 * s, nullptr, nullptr), ALD_OK);
                 moved = ald_op_result(o, nullptr, nullptr);
             }
             return moved;
         }},
        {"moving by a distance",
         [] {
             static const auto d = open_device("mock-movable");
             static double x = 0;
             owned<ald_op> o;
             x = x > 0.0 ? -0.1 : 0.1;
             ald_status moved = ald_movable_start_move_rel(d, x, -2, o.out(), nullptr);
             if (moved == ALD_OK) {
                 armed = false; // what waits for an end must see it
                 EXPECT_EQ(ald_op_wait(o, 10 * s, nullptr, nullptr), ALD_OK);
                 moved = ald_op_result(o, nullptr, nullptr);
             }
             return moved;
         }},
        {"stopping a motion",
         [] {
             static const auto d = open_device("mock-movable");
             owned<ald_op> move;
             owned<ald_op> settled;
             run step;
             step([&] { return ald_movable_start_move_abs(d, 90, -1, move.out(), nullptr); });
             step([&] { return ald_movable_start_wait_settled(d, -1, settled.out(), nullptr); });
             step([&] { return ald_movable_stop(d, -2, nullptr); });
             armed = false;
             EXPECT_EQ(ald_movable_stop(d, -2, nullptr), ALD_OK);
             for (const ald_op *o : {move.get(), settled.get()}) {
                 if (o != nullptr) {
                     EXPECT_EQ(ald_op_wait(o, 10 * s, nullptr, nullptr), ALD_OK);
                 }
             }
             EXPECT_EQ(ald_movable_wait_settled(d, 0, nullptr, nullptr), ALD_OK);
             return step.status();
         }},
        {"cancelling a motion",
         [] {
             static const auto d = open_device("mock-movable");
             owned<ald_op> move;
             run step;
             step([&] { return ald_movable_start_move_abs(d, 90, -1, move.out(), nullptr); });
             step([&] { return ald_op_cancel(move, nullptr); });
             armed = false;
             if (move.get() != nullptr) {
                 EXPECT_EQ(ald_op_cancel(move, nullptr), ALD_OK);
                 EXPECT_EQ(ald_op_wait(move, 10 * s, nullptr, nullptr), ALD_OK);
             }
             EXPECT_EQ(ald_movable_stop(d, -2, nullptr), ALD_OK);
             return step.status();
         }},
        {"an answer that takes its time",
         [] {
             static const auto d = open_mock("mock-readable", R"({"latency": 0.0005})");
             owned<ald_op> o;
             ald_status read = ald_readable_start_read(d, 5 * s, o.out(), nullptr);
             if (read == ALD_OK) {
                 armed = false;
                 EXPECT_EQ(ald_op_wait(o, 10 * s, nullptr, nullptr), ALD_OK);
                 read = ald_op_result(o, nullptr, nullptr);
             }
             return read;
         }},
        {"snapshot",
         [] {
             static const auto d = open_device("mock-readable");
             owned<ald_op> o;
             ald_status taken = ald_device_start_snapshot(d, -2, o.out(), nullptr);
             if (taken == ALD_OK) {
                 EXPECT_TRUE(eventually([&] { return ald_op_status(o) >= ALD_OP_DONE; }));
                 armed = false;
                 taken = ald_op_result(o, nullptr, nullptr);
             }
             return taken;
         },
         ALD_E_LIMIT},
        {"search for instruments",
         [] {
             owned<ald_value> found;
             return ald_driver_discover(5 * s, nullptr, found.out(), nullptr);
         },
         ALD_E_LIMIT},
        {"events of a device",
         [] {
             run step;
             owned<ald_device> d;
             owned<ald_queue> q;
             step([&] { return ald_device_new("m", "mock-readable", nullptr, d.out(), nullptr); });
             step([&] { return ald_queue_new(8, ALD_POLICY_DROP_OLDEST, q.out(), nullptr); });
             step([&] { return ald_device_subscribe(d, q, 0, 1, nullptr); });
             step([&] { return ald_device_open(d, -1, nullptr, nullptr); });
             armed = false; // a close waits for memory
             if (d.get() != nullptr) {
                 ald_device_close(d);
                 EXPECT_EQ(ald_device_status(d), ALD_DEVICE_CLOSED);
             }
             if (q.get() != nullptr) {
                 for (const ald_record &r : drain(q)) {
                     unref(r.payload);
                 }
             }
             return step.status();
         }},
        {"log lines in a queue",
         [] {
             static const ald_status quiet = ald_log_set_sink(
                 [](void *, std::int64_t, ald_log_level, const char *, const char *) {}, nullptr,
                 nullptr, nullptr);
             run step;
             owned<ald_queue> q;
             step([] { return quiet; });
             step([&] { return ald_queue_new(8, ALD_POLICY_DROP_OLDEST, q.out(), nullptr); });
             step([&] { return ald_log_attach(q, ALD_LOG_ERROR, nullptr); });
             step([&] { return ald_log_write(ALD_LOG_ERROR, "oom", "a line", nullptr); });
             if (q.get() != nullptr) {
                 (void)ald_log_detach(q, nullptr);
             }
             return step.status();
         }},
        {"fits",
         [] {
             constexpr double x[] = {0, 1, 2, 3, 4};
             constexpr double y[] = {0, 1, 2.1, 2.9, 4};
             constexpr double start[] = {1};
             const ald_fit_fn slope = [](void *, const double *at, std::int32_t, const double *t,
                                         double *to, std::int64_t count, ald_error **) {
                 std::transform(t, t + count, to, [at](double one) { return at[0] * one; });
                 return ald_status{ALD_OK};
             };
             auto found = initial(ald_fit_init);
             run step;
             step([&] {
                 return ald_fit_curve(ALD_FIT_MALUS, x, y, y + 1, 4, nullptr, nullptr, nullptr,
                                      nullptr, &found, nullptr);
             });
             step([&] {
                 return ald_fit_function(slope, nullptr, 1, "slope", x, y, nullptr, 5, start,
                                         nullptr, nullptr, nullptr, &found, nullptr);
             });
             return step.status();
         }},
        {"out of limits",
         [] {
             static const auto d = open_device("mock-movable");
             error e;
             return ald_movable_move_abs(d, 1e9, -2, nullptr, e.out());
         },
         ALD_E_RANGE},
    };
    return all;
}

// Threads of the library give back a little later what they held for a scenario.
std::int64_t handles_at_rest() {
    std::int64_t count = ald_handle_count();
    for (int quiet_ms = 0; quiet_ms < 30; ++quiet_ms) {
        sleep_ms(1);
        if (const std::int64_t now = ald_handle_count(); now != count) {
            count = now;
            quiet_ms = 0;
        }
    }
    return count;
}

class oom : public ::testing::TestWithParam<bool> {};

TEST_P(oom, EveryAllocation) {
    ASSERT_GE(scenarios().size(), 20U);
    for (const scenario &one : scenarios()) {
        const auto expected = [&](ald_status status) {
            return status == ALD_OK || status == ALD_E_NO_MEMORY || status == one.expected;
        };
        ASSERT_TRUE(expected(one.play())) << one.name; // threads and caches are there afterwards
        std::int64_t handles = handles_at_rest();
        long k = 0;
        for (bool reached = true; reached; ++k) {
            ASSERT_LT(k, 5000) << one.name << " never gets by without failing";
            left = k;
            failures = 0;
            for_ever = GetParam();
            armed = true;
            const ald_status status = one.play();
            armed = false;
            reached = failures > 0;
            EXPECT_TRUE(expected(status))
                << one.name << " allocation " << k << ": " << ald_status_name(status);
            ASSERT_TRUE(eventually([&] { return ald_handle_count() <= handles; }))
                << one.name << " leaves " << ald_handle_count() << " handles of " << handles
                << " when allocation " << k << " fails";
            handles = std::min(handles, ald_handle_count());
        }
        EXPECT_GT(k, 1) << one.name << " allocates nothing";
        ald_status after = one.play();
        EXPECT_EQ(after, one.expected == ALD_E_LIMIT ? ALD_OK : one.expected) << one.name;
    }
}

INSTANTIATE_TEST_SUITE_P(Fails, oom, ::testing::Values(false, true),
                         [](const auto &each) { return each.param ? "ForEver" : "Once"; });

} // namespace
} // namespace tests
