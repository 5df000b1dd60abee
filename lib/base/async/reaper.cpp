#include "base/async/reaper.hpp"

#include "base/inside_library.hpp"

namespace alidade {

namespace {

// Limit of the list, which would grow without end: callers that hand over faster than we close
// wait.
constexpr std::size_t listed_most = 1000;
constexpr auto listed_wait = std::chrono::milliseconds(1);

} // namespace

bool reaper::ensure_thread() noexcept {
    if (!working_) {
        try {
            working_ = threads_.start([this] { work(); }).has_value();
        } catch (...) { // no memory for a thread
        }
    }
    return working_;
}

void reaper::reap(ref<const object> last) noexcept {
    const object *o = last.get();
    {
        std::unique_lock lock(mutex_);
        if (o->waits_for_reaper_) {
            return; // somebody was given a new handle in the meantime, and gave it back too
        }
        if (stopping_ || ensure_thread()) {
            o->waits_for_reaper_ = true;
            o->next_to_reap_ = nullptr;
            (first_ == nullptr ? first_ : last_->next_to_reap_) = last.leak();
            last_ = o;
            if (stopping_ && inside_library::now()) {
                stop_after_ = o;
            }
            ++listed_;
            wake_.notify_one();
            if (listed_ > listed_most && !inside_library::now()) {
                room_.wait_for(lock, listed_wait, [this] { return listed_ <= listed_most; });
            }
            return;
        }
    }
    const_cast<object *>(o)->close(); // here and now
}

void reaper::work() {
    std::unique_lock lock(mutex_);
    for (;;) {
        wake_.wait(lock, [this] { return stopping_ || first_ != nullptr; });
        if (stopping_ && stop_after_ == nullptr) {
            working_ = false;
            return;
        }
        {
            const auto next = ref<const object>::adopt(first_);
            first_ = next->next_to_reap_;
            next->waits_for_reaper_ = false;
            if (stop_after_ == next.get()) {
                stop_after_ = nullptr;
            }
            if (--listed_ == listed_most) {
                room_.notify_all();
            }
            lock.unlock();
            const_cast<object *>(next.get())->close(); // which its last handle left for us to do
        }
        lock.lock();
    }
}

bool reaper::shutdown(std::int64_t deadline) {
    {
        const std::scoped_lock lock(mutex_);
        stopping_ = true;
        stop_after_ = first_ == nullptr ? nullptr : last_;
        wake_.notify_all();
    }
    const bool joined = threads_.join(deadline);
    const std::scoped_lock lock(mutex_);
    stopping_ = false;
    if (first_ != nullptr) { // from threads that went on using the library
        (void)ensure_thread();
    }
    return joined;
}

} // namespace alidade
