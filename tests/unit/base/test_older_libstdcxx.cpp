#include <gtest/gtest.h>

#include <array>
#include <condition_variable>
#include <csignal>
#include <cstddef>
#include <mutex>
#include <thread>

namespace {

#ifdef _GLIBCXX_ASSERTIONS
TEST(OlderLibstdcxx, AFailedAssertionSaysWhereAndAborts) {
    const std::array<int, 3> numbers{1, 2, 3};
    const volatile std::size_t behind = numbers.size();
    EXPECT_EXIT(static_cast<void>(numbers[behind]), testing::KilledBySignal(SIGABRT),
                "array:[0-9]+: .*operator\\[\\].*: assertion '.*' failed");
}
#endif

TEST(OlderLibstdcxx, AConditionWakesWhoWaits) {
    std::mutex mutex;
    std::condition_variable changed;
    int turn = 0;
    std::thread other([&] {
        std::unique_lock lock(mutex);
        for (int i = 0; i < 100; ++i) {
            changed.wait(lock, [&] { return turn % 2 == 1; });
            ++turn;
            changed.notify_one();
        }
    });
    std::unique_lock lock(mutex);
    for (int i = 0; i < 100; ++i) {
        ++turn;
        changed.notify_one();
        changed.wait(lock, [&] { return turn % 2 == 0; });
    }
    lock.unlock();
    other.join();
    EXPECT_EQ(turn, 200);
}

} // namespace
