// The end of the library, with work in flight, and its use afterwards.
#include "capi/support.hpp"

#include <atomic>
#include <filesystem>
#include <thread>

namespace tests {
namespace {

class shutdown : public capi {
protected:
    void TearDown() override {
        EXPECT_EQ(ald_shutdown(20 * s, nullptr), ALD_OK);
        capi::TearDown();
    }
};

std::ptrdiff_t threads_of_the_library() {
    std::ptrdiff_t count = 0;
    for (const auto &task : std::filesystem::directory_iterator("/proc/self/task")) {
        std::FILE *file = std::fopen((task.path() / "comm").c_str(), "r");
        char name[32] = "";
        if (file != nullptr) {
            count += std::fgets(name, sizeof(name), file) != nullptr &&
                     std::string_view(name).starts_with("ald-");
            std::fclose(file);
        }
    }
    return count;
}

ald_status until_cancelled(void *entered, const ald_value *, const ald_cancel *cancel, ald_value **,
                           ald_error **) {
    ++*static_cast<std::atomic<int> *>(entered);
    EXPECT_TRUE(eventually([&] { return ald_cancel_is_triggered(cancel) == 1; }));
    return ALD_E_CANCELLED;
}

TEST_F(shutdown, of_nothing_is_nothing) {
    EXPECT_EQ(ald_shutdown(-1, nullptr), ALD_OK);
    EXPECT_EQ(ald_shutdown(0, nullptr), ALD_OK);
    EXPECT_EQ(ald_shutdown(-2, nullptr), ALD_E_INVALID);
}

TEST_F(shutdown, ends_what_is_in_flight_and_all_threads) {
    std::atomic<int> entered{0};
    owned<ald_callable> c;
    ASSERT_EQ(ald_callable_new("f", until_cancelled, &entered, nullptr, c.out(), nullptr), ALD_OK);
    owned<ald_op> call;
    ASSERT_EQ(ald_callable_start_call(c, nullptr, -1, call.out(), nullptr), ALD_OK);
    const auto sensor = open_mock("mock-readable", R"({"latency": 60.0})");
    owned<ald_op> read;
    ASSERT_EQ(ald_readable_start_read(sensor, -1, read.out(), nullptr), ALD_OK);
    const auto axis = open_mock("mock-movable", R"({"velocity": 0.5})");
    owned<ald_op> move;
    ASSERT_EQ(ald_movable_start_move_abs(axis, 90, -1, move.out(), nullptr), ALD_OK);
    const auto jogged = open_mock("mock-movable", R"({"velocity": 0.5})");
    owned<ald_op> jog;
    ASSERT_EQ(ald_movable_start_jog(jogged, -1, -1, jog.out(), nullptr), ALD_OK);
    const auto q = new_queue();
    ald_status waited = ALD_OK;
    std::thread consumer([&] { waited = ald_queue_wait(q, -1, nullptr, nullptr); });
    const auto ours = new_op();
    EXPECT_TRUE(eventually([&] { return entered == 1; }));

    error e;
    ASSERT_EQ(ald_shutdown(20 * s, e.out()), ALD_OK) << message(e);

    consumer.join();
    EXPECT_EQ(waited, ALD_E_CLOSED);
    for (const ald_op *ended : {call.get(), read.get(), move.get(), jog.get(), ours.get()}) {
        EXPECT_GE(ald_op_status(ended), ALD_OP_DONE);
    }
    EXPECT_EQ(ald_op_result(call, nullptr, nullptr), ALD_E_CANCELLED);
    EXPECT_EQ(ald_op_result(read, nullptr, nullptr), ALD_E_CLOSED);
    EXPECT_EQ(ald_op_result(move, nullptr, nullptr), ALD_E_CLOSED);
    EXPECT_EQ(ald_op_result(jog, nullptr, nullptr), ALD_E_CLOSED);
    EXPECT_EQ(ald_op_result(ours, nullptr, nullptr), ALD_E_CANCELLED);
    EXPECT_EQ(threads_of_the_library(), 0);
    // Handles stay valid tokens.
    EXPECT_EQ(ald_handle_kind(c.get()), ALD_KIND_CALLABLE);
    EXPECT_EQ(ald_callable_call(c, nullptr, -1, nullptr, nullptr, nullptr), ALD_E_CLOSED);
    EXPECT_EQ(ald_device_open(axis, -2, nullptr, nullptr), ALD_E_CLOSED);
    EXPECT_EQ(ald_queue_wait(q, 0, nullptr, nullptr), ALD_E_CLOSED);
}

// Work that nobody has a handle to, in a lab of its own.
TEST_F(shutdown, cancels_what_is_under_way_without_a_handle) {
    for (int round = 0; round < 3; ++round) {
        owned<ald_op> probe;
        error e;
        // Nobody there answers to this driver, and it asks for ever.
        ASSERT_EQ(ald_driver_start_probe("newport-1830c", "sim:esp300", -1, probe.out(), e.out()),
                  ALD_OK)
            << message(e);
        owned<ald_op> forgotten;
        ASSERT_EQ(
            ald_driver_start_probe("newport-1830c", "sim:esp300", -1, forgotten.out(), nullptr),
            ALD_OK);
        forgotten.reset();
        owned<ald_op> search;
        ASSERT_EQ(ald_driver_start_discover(-1, search.out(), nullptr), ALD_OK);
        if (round > 0) { // else it may not have begun
            EXPECT_EQ(ald_op_wait_begun(probe, 20 * s, nullptr, nullptr), ALD_OK);
            sleep_ms(20 * round);
        }
        ASSERT_EQ(ald_shutdown(20 * s, e.out()), ALD_OK) << message(e);
        EXPECT_EQ(ald_op_result(probe, nullptr, nullptr), ALD_E_CANCELLED);
        EXPECT_GE(ald_op_status(search), ALD_OP_DONE);
        EXPECT_EQ(threads_of_the_library(), 0);
    }
}

struct starter {
    std::atomic<bool> entered{false};
    owned<ald_op> started;
    // Starts what never ends by itself while the library ends.
    static ald_status call(void *self, const ald_value *, const ald_cancel *cancel, ald_value **,
                           ald_error **err) {
        auto &mine = *static_cast<starter *>(self);
        mine.entered = true;
        EXPECT_TRUE(eventually([&] { return ald_cancel_is_triggered(cancel) == 1; }));
        return ald_driver_start_probe("newport-1830c", "sim:esp300", -1, mine.started.out(), err);
    }
};

TEST_F(shutdown, cancels_what_a_callback_starts_meanwhile) {
    starter f;
    owned<ald_callable> c;
    owned<ald_op> o;
    ASSERT_EQ(ald_callable_new("f", starter::call, &f, nullptr, c.out(), nullptr), ALD_OK);
    ASSERT_EQ(ald_callable_start_call(c, nullptr, -1, o.out(), nullptr), ALD_OK);
    EXPECT_TRUE(eventually([&] { return f.entered.load(); }));
    error e;
    ASSERT_EQ(ald_shutdown(20 * s, e.out()), ALD_OK) << message(e);
    ASSERT_NE(f.started.get(), nullptr);
    EXPECT_EQ(ald_op_result(f.started, nullptr, nullptr), ALD_E_CANCELLED);
}

// A lab that is held by its device alone has no handle either.
TEST_F(shutdown, closes_what_only_its_parts_hold) {
    owned<ald_device> axis;
    owned<ald_op> move;
    {
        owned<ald_lab> lab;
        ASSERT_EQ(ald_lab_new("bench", lab.out(), nullptr), ALD_OK);
        ASSERT_EQ(ald_lab_add(lab, "axis", "mock-movable", from_json(R"({"velocity": 0.5})"),
                              axis.out(), nullptr),
                  ALD_OK);
    }
    ASSERT_EQ(ald_device_open(axis, ALD_WAIT_DEFAULT, nullptr, nullptr), ALD_OK);
    ASSERT_EQ(ald_movable_start_move_abs(axis, 90, -1, move.out(), nullptr), ALD_OK);
    ASSERT_EQ(ald_shutdown(20 * s, nullptr), ALD_OK);
    EXPECT_EQ(ald_op_result(move, nullptr, nullptr), ALD_E_CLOSED);
    EXPECT_EQ(ald_device_status(axis), ALD_DEVICE_CLOSED);
    EXPECT_EQ(threads_of_the_library(), 0);
}

TEST_F(shutdown, the_library_can_be_used_again) {
    for (int round = 0; round < 5; ++round) {
        const auto d = open_mock("mock-readable", R"({"latency": 0.001, "value": 3.0})");
        auto reading = initial(ald_reading_init);
        ASSERT_EQ(ald_readable_read(d, -2, nullptr, &reading, nullptr), ALD_OK);
        EXPECT_EQ(reading.value, 3);
        ASSERT_EQ(ald_shutdown(20 * s, nullptr), ALD_OK);
        EXPECT_EQ(threads_of_the_library(), 0);
    }
}

ald_status shuts_down(void *, const ald_value *, const ald_cancel *, ald_value **,
                      ald_error **err) {
    return ald_shutdown(-1, err);
}

TEST_F(shutdown, is_refused_from_a_callback) {
    owned<ald_callable> c;
    error e;
    ASSERT_EQ(ald_callable_new("f", shuts_down, nullptr, nullptr, c.out(), nullptr), ALD_OK);
    EXPECT_EQ(ald_callable_call(c, nullptr, -1, nullptr, nullptr, e.out()), ALD_E_STATE);
    EXPECT_NE(message(e).find("ald_shutdown"), std::string::npos);
    owned<ald_op> o;
    ASSERT_EQ(ald_callable_start_call(c, nullptr, -1, o.out(), nullptr), ALD_OK);
    EXPECT_EQ(end_of(o), ALD_E_STATE);
    ald_status from_sink = ALD_OK;
    ASSERT_EQ(ald_log_set_sink(
                  [](void *to, std::int64_t, ald_log_level, const char *, const char *) {
                      *static_cast<ald_status *>(to) = ald_shutdown(-1, nullptr);
                  },
                  &from_sink, nullptr, nullptr),
              ALD_OK);
    EXPECT_EQ(ald_log_write(ALD_LOG_ERROR, nullptr, "x", nullptr), ALD_OK);
    EXPECT_EQ(ald_log_set_sink(nullptr, nullptr, nullptr, nullptr), ALD_OK);
    EXPECT_EQ(from_sink, ALD_E_STATE);
}

struct stubborn {
    std::atomic<bool> entered{false};
    std::atomic<bool> go{false};
    static ald_status call(void *self, const ald_value *, const ald_cancel *, ald_value **,
                           ald_error **) {
        auto &mine = *static_cast<stubborn *>(self);
        mine.entered = true;
        EXPECT_TRUE(eventually([&] { return mine.go.load(); }));
        return ALD_OK;
    }
};

TEST_F(shutdown, names_a_callback_that_does_not_return) {
    stubborn f;
    owned<ald_callable> c;
    owned<ald_op> o;
    ASSERT_EQ(ald_callable_new("f", stubborn::call, &f, nullptr, c.out(), nullptr), ALD_OK);
    ASSERT_EQ(ald_callable_start_call(c, nullptr, -1, o.out(), nullptr), ALD_OK);
    EXPECT_TRUE(eventually([&] { return f.entered.load(); }));
    error e;
    EXPECT_EQ(ald_shutdown(20 * ms, e.out()), ALD_E_TIMEOUT);
    EXPECT_NE(message(e).find("callback"), std::string::npos) << message(e);
    f.go = true;
    EXPECT_EQ(ald_shutdown(20 * s, nullptr), ALD_OK);
    EXPECT_EQ(end_of(o), ALD_OK) << "what the function gave counts";
}

TEST_F(shutdown, from_many_threads_while_others_work) {
    std::vector<std::thread> threads;
    std::atomic<bool> going{true};
    for (int i = 0; i < 2; ++i) {
        threads.emplace_back([&] {
            while (going) {
                owned<ald_device> d;
                if (ald_device_new("thing", "mock-readable", nullptr, d.out(), nullptr) != ALD_OK) {
                    continue;
                }
                const ald_status opened = ald_device_open(d, -2, nullptr, nullptr);
                EXPECT_TRUE(opened == ALD_OK || opened == ALD_E_CLOSED ||
                            opened == ALD_E_CANCELLED || opened == ALD_E_STATE)
                    << ald_status_name(opened);
            }
        });
    }
    for (int i = 0; i < 2; ++i) {
        threads.emplace_back([&] {
            for (int n = 0; n < 20; ++n) {
                error e;
                EXPECT_EQ(ald_shutdown(20 * s, e.out()), ALD_OK) << message(e);
            }
        });
    }
    threads[2].join();
    threads[3].join();
    going = false;
    threads[0].join();
    threads[1].join();
}

} // namespace
} // namespace tests
