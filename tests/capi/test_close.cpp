// Closing: from ten threads at once, with work in flight, from the object's own callback.
#include "capi/support.hpp"

#include <atomic>
#include <functional>
#include <thread>

namespace tests {
namespace {

class closing : public capi {};

// Ten threads that close at the same moment. All have returned when it returns.
void close_from_ten_threads(const std::function<void()> &close) {
    std::atomic<int> ready{0};
    std::vector<std::thread> closers;
    for (int i = 0; i < 10; ++i) {
        closers.emplace_back([&] {
            for (++ready; ready < 10;) {
                std::this_thread::yield();
            }
            close();
        });
    }
    for (std::thread &t : closers) {
        t.join();
    }
}

// Counts the calls that are inside, which give up when they are told to.
struct waits_for_cancel {
    std::atomic<int> entered{0};
    std::atomic<int> inside{0};
    std::atomic<int> destroyed{0};

    ald_status wait_for_cancel(const ald_cancel *cancel) {
        ++entered;
        ++inside;
        EXPECT_TRUE(eventually([&] { return ald_cancel_is_triggered(cancel) == 1; }));
        --inside;
        return ALD_E_CANCELLED;
    }
    static ald_status call(void *self, const ald_value *, const ald_cancel *cancel, ald_value **,
                           ald_error **) {
        return static_cast<waits_for_cancel *>(self)->wait_for_cancel(cancel);
    }
    static ald_status read(void *self, std::int64_t, const ald_cancel *cancel, ald_frame **,
                           ald_error **) {
        return static_cast<waits_for_cancel *>(self)->wait_for_cancel(cancel);
    }
    static void destroy(void *self) { ++static_cast<waits_for_cancel *>(self)->destroyed; }
};

TEST_F(closing, a_queue_with_a_waiting_consumer_and_producer) {
    const auto empty = new_queue();
    const auto full = new_queue(1, ALD_POLICY_LOSSLESS);
    auto record = initial(ald_record_init);
    ASSERT_EQ(ald_queue_push(full, &record, 0, nullptr, nullptr), ALD_OK);
    std::thread consumer(
        [&] { EXPECT_EQ(ald_queue_wait(empty, -1, nullptr, nullptr), ALD_E_CLOSED); });
    std::thread producer(
        [&] { EXPECT_EQ(ald_queue_push(full, &record, -1, nullptr, nullptr), ALD_E_CLOSED); });
    close_from_ten_threads([&] {
        ald_queue_close(empty);
        ald_queue_close(full);
    });
    consumer.join();
    producer.join();
    EXPECT_EQ(drain(full).size(), 1U);
}

TEST_F(closing, a_callable_with_calls_in_flight) {
    waits_for_cancel p;
    owned<ald_callable> c;
    ASSERT_EQ(ald_callable_new("f", waits_for_cancel::call, &p, waits_for_cancel::destroy, c.out(),
                               nullptr),
              ALD_OK);
    std::vector<owned<ald_op>> flying(3);
    for (auto &o : flying) {
        ASSERT_EQ(ald_callable_start_call(c, nullptr, -1, o.out(), nullptr), ALD_OK);
    }
    std::thread caller([&] {
        EXPECT_EQ(ald_callable_call(c, nullptr, -1, nullptr, nullptr, nullptr), ALD_E_CANCELLED);
    });
    EXPECT_TRUE(eventually([&] { return p.inside == 4; }));
    close_from_ten_threads([&] {
        ald_callable_close(c);
        EXPECT_EQ(p.inside, 0) << "the function is not running once close has returned";
    });
    caller.join();
    for (auto &o : flying) {
        EXPECT_EQ(end_of(o), ALD_E_CANCELLED);
    }
    EXPECT_EQ(ald_callable_call(c, nullptr, -1, nullptr, nullptr, nullptr), ALD_E_CLOSED);
    EXPECT_EQ(p.entered, 4);
    c.reset();
    EXPECT_TRUE(eventually([&] { return p.destroyed == 1; }));
}

TEST_F(closing, a_source_with_readers_in_flight) {
    waits_for_cancel p;
    owned<ald_source> source;
    auto info = initial(ald_source_info_init);
    ASSERT_EQ(ald_source_new_callback(&info, waits_for_cancel::read, &p, waits_for_cancel::destroy,
                                      source.out(), nullptr),
              ALD_OK);
    owned<ald_op> flying;
    ASSERT_EQ(ald_source_start_next(source, -1, flying.out(), nullptr), ALD_OK);
    EXPECT_TRUE(eventually([&] { return p.inside == 1; }));
    std::thread reader([&] { // waits for its turn
        owned<ald_frame> none;
        EXPECT_EQ(ald_source_next(source, -1, nullptr, none.out(), nullptr), ALD_E_CLOSED);
    });
    close_from_ten_threads([&] {
        ald_source_close(source);
        EXPECT_EQ(p.inside, 0);
    });
    reader.join();
    EXPECT_EQ(end_of(flying), ALD_E_CLOSED);
    source.reset();
    EXPECT_TRUE(eventually([&] { return p.destroyed == 1; }));
}

TEST_F(closing, a_device_with_operations_in_flight) {
    const auto d = open_mock("mock-readable", R"({"latency": 30.0})");
    std::vector<owned<ald_op>> flying(5);
    for (auto &o : flying) {
        ASSERT_EQ(ald_readable_start_read(d, -1, o.out(), nullptr), ALD_OK);
    }
    close_from_ten_threads([&] {
        ald_device_close(d);
        EXPECT_EQ(ald_device_status(d), ALD_DEVICE_CLOSED);
    });
    for (auto &o : flying) {
        EXPECT_EQ(end_of(o), ALD_E_CLOSED);
    }
}

TEST_F(closing, a_device_in_motion_stops_it) {
    const auto d = open_mock("mock-movable", R"({"velocity": 0.5})");
    owned<ald_op> move;
    ASSERT_EQ(ald_movable_start_move_abs(d, 90, -1, move.out(), nullptr), ALD_OK);
    ASSERT_EQ(ald_op_wait_begun(move, 20 * s, nullptr, nullptr), ALD_OK);
    ald_device_close(d);
    EXPECT_EQ(ald_op_wait(move, 0, nullptr, nullptr), ALD_OK) << "it has ended already";
    EXPECT_EQ(end_of(move), ALD_E_CLOSED);
}

TEST_F(closing, a_lab_closes_its_devices) {
    owned<ald_lab> lab;
    owned<ald_device> one;
    owned<ald_device> two;
    ASSERT_EQ(ald_lab_new("lab", lab.out(), nullptr), ALD_OK);
    ASSERT_EQ(ald_lab_add(lab, "one", "mock-readable", nullptr, one.out(), nullptr), ALD_OK);
    ASSERT_EQ(ald_lab_add(lab, "two", "mock-movable", nullptr, two.out(), nullptr), ALD_OK);
    ASSERT_EQ(ald_lab_open(lab, -2, nullptr, nullptr, nullptr), ALD_OK);
    EXPECT_EQ(ald_device_status(one), ALD_DEVICE_OPEN);
    close_from_ten_threads([&] {
        ald_lab_close(lab);
        EXPECT_EQ(ald_device_status(one), ALD_DEVICE_CLOSED);
        EXPECT_EQ(ald_device_status(two), ALD_DEVICE_CLOSED);
    });
    owned<ald_device> late;
    EXPECT_EQ(ald_lab_add(lab, "late", "mock-readable", nullptr, late.out(), nullptr),
              ALD_E_CLOSED);
}

TEST_F(closing, opening_and_closing_at_once_ends) {
    for (int i = 0; i < 30; ++i) {
        const auto d = new_mock("mock-readable");
        std::vector<std::thread> openers;
        for (int n = 0; n < 3; ++n) {
            openers.emplace_back([&] {
                const ald_status opened = ald_device_open(d, -2, nullptr, nullptr);
                EXPECT_TRUE(opened == ALD_OK || opened == ALD_E_CLOSED) << ald_status_name(opened);
            });
        }
        ald_device_close(d);
        for (std::thread &t : openers) {
            t.join();
        }
        EXPECT_EQ(ald_device_status(d), ALD_DEVICE_CLOSED);
    }
}

// A function that closes the object that runs it.
struct from_inside {
    ald_callable *callable = nullptr;
    ald_source *source = nullptr;
    std::atomic<int> destroyed{0};

    static ald_status call(void *self, const ald_value *, const ald_cancel *, ald_value **result,
                           ald_error **) {
        ald_callable_close(static_cast<from_inside *>(self)->callable);
        return ald_value_new_int(5, result, nullptr);
    }
    static ald_status read(void *self, std::int64_t, const ald_cancel *, ald_frame **,
                           ald_error **) {
        ald_source_close(static_cast<from_inside *>(self)->source);
        return ALD_E_END;
    }
    static void destroy(void *self) { ++static_cast<from_inside *>(self)->destroyed; }
};

TEST_F(closing, a_callable_from_its_own_function) {
    from_inside f;
    owned<ald_callable> c;
    ASSERT_EQ(ald_callable_new("f", from_inside::call, &f, from_inside::destroy, c.out(), nullptr),
              ALD_OK);
    f.callable = c;
    owned<ald_value> v;
    ASSERT_EQ(ald_callable_call(c, nullptr, -1, nullptr, v.out(), nullptr), ALD_OK);
    EXPECT_EQ(int_of(v), 5);
    EXPECT_EQ(ald_callable_call(c, nullptr, -1, nullptr, v.out(), nullptr), ALD_E_CLOSED);
    c.reset();
    EXPECT_TRUE(eventually([&] { return f.destroyed == 1; }));
}

TEST_F(closing, a_source_from_its_own_function) {
    from_inside f;
    owned<ald_source> source;
    auto info = initial(ald_source_info_init);
    ASSERT_EQ(ald_source_new_callback(&info, from_inside::read, &f, from_inside::destroy,
                                      source.out(), nullptr),
              ALD_OK);
    f.source = source;
    owned<ald_op> o;
    ASSERT_EQ(ald_source_start_next(source, -1, o.out(), nullptr), ALD_OK);
    const ald_status ended = end_of(o);
    EXPECT_TRUE(ended == ALD_E_END || ended == ALD_E_CLOSED) << ald_status_name(ended);
    source.reset();
    EXPECT_TRUE(eventually([&] { return f.destroyed == 1; }));
}

// A function that gives back the last handle of what runs it.
ald_status drops_itself(void *self, const ald_value *, const ald_cancel *, ald_value **,
                        ald_error **) {
    static_cast<owned<ald_callable> *>(self)->reset();
    return ALD_OK;
}

TEST_F(closing, the_last_handle_may_go_inside_a_call) {
    owned<ald_callable> c;
    ASSERT_EQ(ald_callable_new("f", drops_itself, &c, nullptr, c.out(), nullptr), ALD_OK);
    ald_callable *borrowed = c.get();
    EXPECT_EQ(ald_callable_call(borrowed, nullptr, -1, nullptr, nullptr, nullptr), ALD_OK);
    EXPECT_EQ(ald_handle_kind(borrowed), ALD_KIND_NONE);
    owned<ald_op> o;
    ASSERT_EQ(ald_callable_new("f", drops_itself, &c, nullptr, c.out(), nullptr), ALD_OK);
    ASSERT_EQ(ald_callable_start_call(c, nullptr, -1, o.out(), nullptr), ALD_OK);
    EXPECT_EQ(end_of(o), ALD_OK);
}

TEST_F(closing, the_last_handle_closes) {
    auto q = new_queue();
    auto other = new_queue();
    std::thread consumer([&, waits = q.get()] {
        // The call keeps its queue; the queue is closed when it has returned.
        const ald_status ended = ald_queue_wait(waits, 100 * ms, nullptr, nullptr);
        EXPECT_TRUE(ended == ALD_E_CLOSED || ended == ALD_E_TIMEOUT || ended == ALD_E_INVALID)
            << ald_status_name(ended);
    });
    q.reset();
    consumer.join();
    auto d = open_mock("mock-readable");
    ASSERT_EQ(ald_device_subscribe(d, other, ALD_EVENT_DEVICE_CLOSED, 0, nullptr), ALD_OK);
    d.reset();
    EXPECT_EQ(ald_queue_wait(other, 10 * s, nullptr, nullptr), ALD_OK);
    for (const ald_record &r : drain(other)) {
        unref(r.payload);
    }
}

TEST_F(closing, what_is_none_is_left_alone) {
    ald_queue_close(nullptr);
    ald_callable_close(nullptr);
    ald_source_close(nullptr);
    ald_device_close(nullptr);
    ald_lab_close(nullptr);
    auto q = new_queue();
    ald_lab_close(reinterpret_cast<ald_lab *>(q.get()));
    EXPECT_EQ(ald_queue_wait(q, 0, nullptr, nullptr), ALD_E_TIMEOUT) << "it is not closed";
}

} // namespace
} // namespace tests
