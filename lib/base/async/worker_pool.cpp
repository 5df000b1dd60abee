#include "base/async/worker_pool.hpp"

#include "base/inside_library.hpp"

namespace alidade {

outcome worker_pool::submit(std::function<void()> task) {
    task_list one;
    one.push_back(std::move(task));
    bool wake = false;
    {
        const std::scoped_lock lock(mutex_);
        if (stopping_ && !inside_library::now()) {
            return shutting_down();
        }
        auto called = call();
        if (!called && workers_ == 0) {
            return failure(std::move(called.error()));
        }
        wake = called.value_or(false);
        tasks_.splice(tasks_.end(), one);
    }
    if (wake) {
        wake_.notify_one();
    }
    return {};
}

result<bool> worker_pool::call() {
    if (called_ || (idle_ == 0 && workers_ == most_)) {
        return false;
    }
    if (idle_ == 0) {
        if (auto started = threads_.start([this] { work(); }); !started) {
            return failure(std::move(started.error()));
        }
        ++workers_;
    }
    called_ = true;
    return idle_ > 0;
}

bool worker_pool::call_if_possible() noexcept {
    try {
        return call().value_or(false);
    } catch (...) { // no memory for one more
        return false;
    }
}

void worker_pool::work() {
    std::unique_lock lock(mutex_);
    called_ = false;
    for (;;) {
        ++idle_;
        while (!stopping_ && tasks_.empty()) {
            wake_.wait(lock);
            called_ = false;
        }
        --idle_;
        if (tasks_.empty()) {
            --workers_;
            return;
        }
        task_list one;
        one.splice(one.begin(), tasks_, tasks_.begin());
        const bool wake = !tasks_.empty() && call_if_possible(); // this one may take long
        lock.unlock();
        if (wake) {
            wake_.notify_one();
        }
        one.front()();
        one.clear();
        lock.lock();
    }
}

bool worker_pool::shutdown(std::int64_t deadline) {
    {
        const std::scoped_lock lock(mutex_);
        stopping_ = true;
        wake_.notify_all();
    }
    const bool joined = threads_.join(deadline);
    const std::scoped_lock lock(mutex_);
    stopping_ = false;
    return joined;
}

} // namespace alidade
