// Times in tests on a machine that is busy with other things.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <system_error>
#include <type_traits>

namespace tests {

// For how long threads of this process could run and waited for a processor, in all.
inline std::int64_t kept_waiting_ns() {
    std::int64_t all = 0;
    std::error_code ended; // a thread may end meanwhile
    for (const auto &thread : std::filesystem::directory_iterator("/proc/self/task", ended)) {
        std::ifstream file(thread.path() / "schedstat");
        std::int64_t ran = 0;
        std::int64_t waited = 0;
        if (file >> ran >> waited) {
            all += waited;
        }
    }
    return all;
}

// Runs from its construction on.
class stopwatch {
public:
    void restart() { *this = stopwatch(); }
    // Time that has passed: for what must not come too early.
    [[nodiscard]] std::int64_t ns() const { return clock::duration(clock::now() - began_).count(); }
    // The same without what the machine kept this process waiting for: for what must not be late.
    [[nodiscard]] std::int64_t own_ns() const { return ns() - (kept_waiting_ns() - waited_); }

private:
    using clock = std::chrono::steady_clock;
    static_assert(std::is_same_v<clock::duration, std::chrono::nanoseconds>);

    std::int64_t waited_ = kept_waiting_ns();
    clock::time_point began_ = clock::now();
};

// The shortest time that a scenario takes, which gives what its stopwatch says; it is
// repeated where it took longer than `limit_ns`, for what is not seen by the stopwatch.
template <class Scenario> std::int64_t quickest(std::int64_t limit_ns, Scenario scenario) {
    constexpr int most = 5;
    std::int64_t best = std::numeric_limits<std::int64_t>::max();
    for (int i = 0; i < most && best > limit_ns; ++i) {
        best = std::min(best, scenario());
    }
    return best;
}

} // namespace tests
