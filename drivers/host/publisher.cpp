#include "publisher.hpp"

#include <chrono>
#include <csignal>
#include <new>
#include <pthread.h>
#include <system_error>

namespace host_driver {

outcome publisher::start(std::int64_t interval_ns) {
    // Signals are the program's: its handlers must not run on this thread.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int number = 0;
    try {
        thread_ = std::thread([this, interval_ns] { run(interval_ns); });
        pthread_setname_np(thread_.native_handle(), "ald-host");
    } catch (const std::system_error &e) {
        number = e.code().value();
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (number != 0) {
        return fault{ALD_E_LIMIT,
                     "no thread can be made to publish readings; end some, raise the limit, or "
                     "set publish = false",
                     number};
    }
    return done{};
}

void publisher::stop() {
    {
        const std::scoped_lock lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) {
        thread_.join();
    }
}

void publisher::run(std::int64_t interval_ns) {
    using clock = std::chrono::steady_clock;
    const std::chrono::nanoseconds interval(interval_ns);
    auto next = clock::now() + interval;
    std::unique_lock lock(mutex_);
    while (!wake_.wait_until(lock, next, [this] { return stopping_; })) {
        lock.unlock();
        try {
            tick();
        } catch (const std::bad_alloc &) { // the next time perhaps
        }
        lock.lock();
        next += interval;
        if (next < clock::now()) { // too slow, or the computer slept: do not catch up
            next = clock::now() + interval;
        }
    }
}

void publisher::tick() {
    for (const auto &sensor : sensors_) {
        const auto polled =
            sensor->poll([this](const node &where, double value) { publish(where, value); });
        bool &failing = failing_[sensor.get()];
        if (!polled && !failing) { // say it once
            host_.log(ALD_LOG_WARNING, "host", polled.error().message.c_str());
        }
        failing = !polled;
    }
}

void publisher::publish(const node &where, double value) {
    const auto [known, first] = published_.try_emplace(&where, value);
    if (!first && known->second == value) {
        return;
    }
    const drivers::value v = drivers::make_double(host_, value);
    if (v.get() != nullptr) {
        known->second = value;
        host_.publish(where.handle(), 0, v.get());
    }
}

} // namespace host_driver
