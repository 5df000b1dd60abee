// Signals: a cancel from a handler, and waits that many signals interrupt.
#include "capi/support.hpp"

#include <atomic>
#include <csignal>
#include <fstream>
#include <pthread.h>
#include <thread>
#include <unistd.h>

namespace tests {
namespace {

class signals : public capi {};

// Has a function called at a signal, as long as it lives. Calls that are interrupted are not
// restarted by the system.
class handler {
public:
    handler(int signal, void (*function)(int)) : signal_(signal) {
        struct sigaction action {};
        action.sa_handler = function;
        sigaction(signal, &action, &before_);
    }
    handler(const handler &) = delete;
    handler &operator=(const handler &) = delete;
    ~handler() { sigaction(signal_, &before_, nullptr); }

private:
    int signal_;
    struct sigaction before_ {};
};

std::atomic<int> signals_seen{0};

// Interrupts a thread again and again.
class storm {
public:
    explicit storm(pthread_t at)
        : thread_([this, at] {
              while (going_) {
                  pthread_kill(at, SIGUSR2);
                  std::this_thread::sleep_for(std::chrono::microseconds(50));
              }
          }) {}
    storm(const storm &) = delete;
    storm &operator=(const storm &) = delete;
    ~storm() {
        going_ = false;
        thread_.join();
    }

private:
    const handler counts_{SIGUSR2, [](int) { ++signals_seen; }};
    std::atomic<bool> going_{true};
    std::thread thread_;
};

ald_cancel *to_trigger = nullptr;

TEST_F(signals, a_handler_may_cancel) {
    const auto c = new_cancel();
    to_trigger = c;
    const handler cancels(SIGUSR1, [](int) { ald_cancel_trigger(to_trigger); });
    const auto o = new_op();
    const pthread_t waiting = pthread_self();
    std::atomic<bool> ended{false};
    std::thread other([&] { // until it hits: the wait may not have begun yet
        while (!ended) {
            pthread_kill(waiting, SIGUSR1);
            sleep_ms(1);
        }
    });
    EXPECT_EQ(ald_op_wait(o, -1, c, nullptr), ALD_E_CANCELLED);
    ended = true;
    other.join();
    EXPECT_EQ(ald_cancel_is_triggered(c), 1);
    EXPECT_EQ(ald_op_status(o), ALD_OP_PENDING);
}

TEST_F(signals, a_handler_may_cancel_a_motion_that_a_call_waits_for) {
    const auto axis = open_mock("mock-movable", R"({"velocity": 0.5})");
    const auto c = new_cancel();
    to_trigger = c;
    const handler cancels(SIGUSR1, [](int) { ald_cancel_trigger(to_trigger); });
    const pthread_t waiting = pthread_self();
    std::thread other([&] {
        double x = 0;
        EXPECT_TRUE(eventually([&] {
            return ald_movable_position(axis, -2, nullptr, &x, nullptr) == ALD_OK && x > 0;
        }));
        pthread_kill(waiting, SIGUSR1);
    });
    EXPECT_EQ(ald_movable_move_abs(axis, 90, -1, c, nullptr), ALD_E_CANCELLED);
    other.join();
    EXPECT_EQ(ald_movable_wait_settled(axis, 0, nullptr, nullptr), ALD_OK) << "the axis stands";
}

TEST_F(signals, interrupted_waits_last_as_long_as_asked) {
    signals_seen = 0;
    const storm now(pthread_self());
    const auto q = new_queue();
    const auto o = new_op();
    for (int i = 0; i < 3; ++i) {
        const std::int64_t began = ald_clock_mono_ns();
        EXPECT_EQ(ald_queue_wait(q, 20 * ms, nullptr, nullptr), ALD_E_TIMEOUT);
        EXPECT_EQ(ald_op_wait(o, 20 * ms, nullptr, nullptr), ALD_E_TIMEOUT);
        EXPECT_GE(ald_clock_mono_ns() - began, 40 * ms);
    }
    EXPECT_GT(signals_seen, 10);
}

TEST_F(signals, interrupted_work_ends_well) {
    signals_seen = 0;
    const std::string path = ::testing::TempDir() + "signals-" + std::to_string(::getpid());
    {
        std::ofstream file(path);
        for (int i = 0; i < 2000; ++i) {
            file << "key" << i << " = " << i << "\n";
        }
    }
    {
        const storm now(pthread_self());
        const auto d = open_mock("mock-readable", R"({"latency": 0.001, "value": 2.0})");
        const auto axis = open_mock("mock-movable", R"({"velocity": 5000.0})");
        for (int i = 0; i < 10; ++i) {
            auto reading = initial(ald_reading_init);
            ASSERT_EQ(ald_readable_read(d, -2, nullptr, &reading, nullptr), ALD_OK);
            EXPECT_EQ(reading.value, 2);
            ASSERT_EQ(ald_movable_move_abs(axis, i * 5, -2, nullptr, nullptr), ALD_OK);
            owned<ald_settings> settings;
            ASSERT_EQ(ald_settings_load(path.c_str(), settings.out(), nullptr), ALD_OK);
        }
    }
    ::unlink(path.c_str());
    EXPECT_GT(signals_seen, 10);
}

} // namespace
} // namespace tests
