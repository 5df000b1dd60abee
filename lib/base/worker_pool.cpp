#include "base/worker_pool.hpp"

#include "base/inside_library.hpp"

namespace alidade {

outcome worker_pool::submit(std::function<void()> task) {
    task_list one;
    one.push_back(std::move(task));
    const std::scoped_lock lock(mutex_);
    if (stopping_ && !inside_library::now()) {
        return shutting_down();
    }
    if (tasks_.size() >= idle_ && workers_ < most_) {
        if (auto started = crew_.start([this] { work(); }); started) {
            ++workers_;
        } else if (workers_ == 0) {
            return started;
        }
    }
    tasks_.splice(tasks_.end(), one);
    wake_.notify_one();
    return {};
}

void worker_pool::work() {
    std::unique_lock lock(mutex_);
    for (;;) {
        ++idle_;
        wake_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
        --idle_;
        if (tasks_.empty()) {
            --workers_;
            return;
        }
        task_list one;
        one.splice(one.begin(), tasks_, tasks_.begin());
        lock.unlock();
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
    const bool joined = crew_.join(deadline);
    const std::scoped_lock lock(mutex_);
    stopping_ = false;
    return joined;
}

} // namespace alidade
