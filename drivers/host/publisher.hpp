// Tells of the sensors' values at regular intervals, without being asked.
#pragma once

#include "tree.hpp"

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <unordered_map>

namespace host_driver {

// On a thread of its own, since the host's timers must return at once: a temperature sensor can
// take milliseconds, on some buses seconds, and /proc/stat is slow on large machines.
class publisher {
public:
    publisher(const ald_host &host, const families &sensors) : host_(host), sensors_(sensors) {}
    publisher(const publisher &) = delete;
    publisher &operator=(const publisher &) = delete;
    ~publisher() { stop(); }

    [[nodiscard]] outcome start(std::int64_t interval_ns);
    // Returns when the thread has ended.
    void stop();

    // Reads all once and publishes what has changed.
    void tick();

private:
    void run(std::int64_t interval_ns);
    void publish(const node &where, double value);

    const ald_host &host_;
    const families &sensors_;
    std::unordered_map<const node *, double> published_;
    std::unordered_map<const family *, bool> failing_;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;
    std::thread thread_;
};

} // namespace host_driver
