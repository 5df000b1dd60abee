// Waiting in tests for what other threads do.
#pragma once

#include <chrono>
#include <thread>

namespace tests {

// True as soon as `done()` is; false if it is not within ten seconds.
template <class Done> bool eventually(Done done) {
    const auto last = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!done()) {
        if (std::chrono::steady_clock::now() > last) {
            return false;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
}

inline void sleep_ms(int ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

} // namespace tests
