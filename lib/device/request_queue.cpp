#include "device/request_queue.hpp"

#include "device/device.hpp"
#include "device/prompt_call.hpp"

#include <algorithm>
#include <chrono>
#include <limits>

namespace alidade {

outcome request_queue::put(ref<request> r, bool here) {
    const request &mine = *r;
    std::unique_lock lock(mutex_);
    if (stopping_) {
        return fail({.code = ALD_E_CLOSED, .domain = "device", .where = mine.target().path()},
                    "'{}' is closed; make it anew", mine.target().path());
    }
    const bool idle = waiting_.empty() && turn_ == nullptr && !pumping_;
    const bool inline_now = !threaded_ || (here && idle);
    if (!inline_now && !started_) {
        if (auto made = threads_.start([this] { work(); }); !made) {
            return made;
        }
        started_ = true;
    }
    submitted_.reserve(submitted_.size() + waiting_.size() + 1); // `pump` never needs memory
    waiting_.push_back(std::move(r));
    if (inline_now) {
        pump(lock, threaded_ ? 1 : std::numeric_limits<int>::max());
    }
    // Where there is another one before it, that one's end wakes the thread.
    const bool wake = inline_now ? threaded_ && !waiting_.empty() : idle;
    lock.unlock(); // or the thread would wake up to wait for it
    if (wake) {
        bell_.unpark();
    }
    return {};
}

request_queue::visit::visit(request_queue &to) : mark_(to), queue_(to) {
    const std::scoped_lock lock(queue_.mutex_);
    let_in_ = !queue_.shut_;
    ++queue_.inside_;
}

request_queue::visit::~visit() {
    const std::scoped_lock lock(queue_.mutex_);
    if (--queue_.inside_ == 0) {
        queue_.left_.notify_all();
    }
}

bool request_queue::wait_left(std::int64_t deadline) {
    std::unique_lock lock(mutex_);
    shut_ = wait_until(left_, lock, deadline, [this] { return inside_ == 0; });
    return shut_;
}

void request_queue::submit(request &r) {
    const visit inside(*this);
    if (!inside) {
        r.end(request::reason::closed); // `begin_submit` completes it
    }
    if (r.begin_submit()) {
        if (threaded_) {
            driver_->submit(r);
        } else {
            const prompt_call watched(r.target(), "submit", r.what().name);
            driver_->submit(r);
        }
        r.end_if_held_down();
    }
}

void request_queue::pump(std::unique_lock<std::mutex> &lock, int most) {
    if (pumping_) {
        return; // whoever pumps comes to it
    }
    pumping_ = true;
    while (most-- > 0 && turn_ == nullptr && !waiting_.empty()) {
        const ref<request> r = std::move(waiting_.front());
        waiting_.pop_front();
        submitted_.push_back(r);
        turn_ = r.get();
        lock.unlock();
        submit(*r);
        lock.lock();
    }
    pumping_ = false;
}

void request_queue::work() {
    for (;;) {
        const std::uint32_t ticket = bell_.ticket();
        {
            std::unique_lock lock(mutex_);
            if (stopping_) {
                return;
            }
            pump(lock, std::numeric_limits<int>::max());
        }
        bell_.park(ticket, never);
    }
}

outcome request_queue::put_first(const ref<request> &r) noexcept {
    try {
        const std::scoped_lock lock(mutex_);
        if (stopping_) {
            return fail({.code = ALD_E_CLOSED, .domain = "device", .where = r->target().path()},
                        "'{}' is closed; make it anew", r->target().path());
        }
        submitted_.push_back(r);
    } catch (...) {
        return failure(out_of_memory());
    }
    bool handed = false;
    if (threaded_) {
        try {
            handed = runtime::instance().stoppers().submit([this, r] { submit(*r); }).has_value();
        } catch (...) { // no memory for a task
        }
    }
    if (!handed) {
        submit(*r);
    }
    return {};
}

bool request_queue::take_out(const request &r) {
    const std::scoped_lock lock(mutex_);
    return std::erase_if(waiting_, [&](const ref<request> &w) { return w.get() == &r; }) != 0;
}

void request_queue::cancel(request &r) {
    // Whoever cancels may have taken the request out of `all` before it was completed and the
    // device closed, as the thread that watches lines does.
    if (const visit inside(*this); inside) {
        const prompt_call watched(r.target(), "cancel", r.what().name);
        driver_->cancel(r);
    }
}

void request_queue::turn_ended(const request &r) {
    std::unique_lock lock(mutex_);
    ref<request> dropped; // let go after the lock
    if (r.completed() && !r.given_up()) {
        const auto it = std::find_if(submitted_.begin(), submitted_.end(),
                                     [&](const ref<request> &s) { return s.get() == &r; });
        if (it != submitted_.end()) {
            dropped = std::move(*it);
            submitted_.erase(it);
        }
    }
    if (turn_ == &r) {
        turn_ = nullptr;
    }
    if (turn_ != nullptr || waiting_.empty() || pumping_) {
        lock.unlock();
        return;
    }
    if (threaded_) {
        lock.unlock();
        bell_.unpark();
    } else {
        pump(lock, std::numeric_limits<int>::max());
        lock.unlock();
    }
}

std::vector<ref<request>> request_queue::all() {
    const std::scoped_lock lock(mutex_);
    std::vector<ref<request>> requests(waiting_.begin(), waiting_.end());
    requests.insert(requests.end(), submitted_.begin(), submitted_.end());
    return requests;
}

void request_queue::end_all(request::reason why) {
    for (const ref<request> &r : all()) {
        r->end(why);
    }
}

void request_queue::give_up_lost() noexcept try {
    for (const ref<request> &r : all()) {
        if (r->lost()) {
            r->give_up();
        }
    }
} catch (...) { // no memory for the list: they end when their grace is over
}

bool request_queue::works_for(const device &node) {
    const std::scoped_lock lock(mutex_);
    return std::any_of(submitted_.begin(), submitted_.end(), [&](const ref<request> &r) {
        return &r->target() == &node && r->what().verb != ALD_VERB_POLL && !r->completed();
    });
}

void request_queue::forget_given_up() {
    std::vector<ref<request>> dropped; // let go after the lock
    const std::scoped_lock lock(mutex_);
    dropped.swap(submitted_);
}

bool request_queue::wait_idle(std::int64_t deadline) {
    auto requests = all();
    std::erase_if(requests, [](const ref<request> &r) { return r->given_up(); });
    for (const ref<request> &r : requests) {
        if (!r->wait_completed(deadline)) {
            return false;
        }
    }
    return true;
}

bool request_queue::stop(std::int64_t deadline) {
    {
        const std::scoped_lock lock(mutex_);
        stopping_ = true;
    }
    bell_.unpark();
    end_all(request::reason::closed);
    const bool idle = wait_idle(deadline);
    // The thread is ended also where a request is not: it may be one that no thread works on.
    return wait_left(deadline) && threads_.join(deadline) && idle;
}

} // namespace alidade
