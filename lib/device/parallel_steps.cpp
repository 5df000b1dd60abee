#include "device/parallel_steps.hpp"

#include <algorithm>
#include <memory>

namespace alidade::parallel_steps {

namespace {

// Queue of the sequences whose step has ended; operations push to it from any thread.
class ended_queue {
public:
    // Each sequence has one step under way at most.
    explicit ended_queue(std::size_t sequences) { ended_.reserve(sequences); }

    void put(std::size_t which) noexcept {
        const std::scoped_lock lock(mutex_);
        ended_.push_back(which); // within what was reserved
        waiters_.wake_all();
    }
    // Waits for the next that has ended; empty if the cancel comes first.
    [[nodiscard]] std::optional<std::size_t> take(const cancel_source *cancel) {
        std::optional<std::size_t> taken;
        (void)wait_for(mutex_, waiters_, never, cancel, [&] {
            if (!ended_.empty()) {
                taken = ended_.back();
                ended_.pop_back();
            }
            return taken.has_value();
        });
        return taken;
    }

private:
    std::mutex mutex_;
    waiters waiters_;
    std::vector<std::size_t> ended_;
};

class sequence_runner {
public:
    sequence_runner(const std::vector<sequence> &sequences, on_failure policy, op &whole)
        : policy_(policy), whole_(whole), ended_(std::make_shared<ended_queue>(sequences.size())) {
        for (const sequence &steps : sequences) {
            places_.push_back({&steps, 0, results_.size(), nullptr});
            for (const step &s : steps) {
                results_.push_back({s.name});
            }
        }
    }
    sequence_runner(const sequence_runner &) = delete;
    sequence_runner &operator=(const sequence_runner &) = delete;
    // Cancels what is under way, which only an exception for want of memory leaves.
    ~sequence_runner() { cancel_all(); }

    [[nodiscard]] std::vector<step_result> run(const cancel_source &cancel) {
        stopping_ = cancel.triggered();
        for (place &at : places_) {
            begin_next(at);
        }
        while (under_way_ > 0) {
            const auto which = ended_->take(stopping_ ? nullptr : &cancel);
            if (!which) {
                stopping_ = true;
                cancel_all();
                continue;
            }
            place &at = places_[*which];
            const ref<op> ended = std::move(at.now);
            --under_way_;
            note(at, ended->result_of());
            begin_next(at);
        }
        return std::move(results_);
    }

private:
    struct place {
        const sequence *steps;
        std::size_t next;
        std::size_t first;
        ref<op> now;
    };

    void begin_next(place &at) {
        while (!stopping_ && at.next < at.steps->size()) {
            auto started = (*at.steps)[at.next].start();
            if (!started) {
                ++at.next;
                note(at, failure(std::move(started.error())));
                continue;
            }
            ++at.next;
            at.now = *started;
            ++under_way_;
            const auto which = static_cast<std::size_t>(&at - places_.data());
            at.now->on_end([to = ended_, which](const op &) { to->put(which); });
            return;
        }
    }
    void note(const place &at, result<value> how) {
        step_result &e = results_[at.first + at.next - 1];
        const bool failed = !how;
        e.how = std::move(how);
        (void)whole_.advance(
            {static_cast<double>(++done_), static_cast<double>(results_.size()), "1", e.name});
        if (failed && policy_ != on_failure::go_on && !stopping_) {
            stopping_ = true;
            if (policy_ == on_failure::cancel_all) {
                cancel_all();
            }
        }
    }
    void cancel_all() {
        for (const place &at : places_) {
            if (at.now) {
                at.now->cancel();
            }
        }
    }

    on_failure policy_;
    op &whole_;
    std::shared_ptr<ended_queue> ended_;
    std::vector<place> places_;
    std::vector<step_result> results_;
    std::size_t under_way_ = 0;
    std::size_t done_ = 0;
    bool stopping_ = false;
};

} // namespace

std::vector<step_result> run(const std::vector<sequence> &sequences, on_failure policy, op &whole,
                             const cancel_source &cancel) {
    return sequence_runner(sequences, policy, whole).run(cancel);
}

std::int64_t timeout_left(std::int64_t timeout_ns, std::int64_t deadline) noexcept {
    return timeout_ns == ALD_WAIT_DEFAULT ? timeout_ns : time_left(deadline);
}

const step_result *first_failure(const std::vector<step_result> &step_results) noexcept {
    // Prefer a step that failed by itself to those that were cancelled because of it.
    const step_result *cancelled = nullptr;
    for (const step_result &e : step_results) {
        if (!e.how || *e.how) {
            continue;
        }
        if (e.how->error()->code() != ALD_E_CANCELLED) {
            return &e;
        }
        cancelled = cancelled != nullptr ? cancelled : &e;
    }
    return cancelled;
}

std::string names(const std::vector<step_result> &step_results, bool done) {
    std::string list;
    for (const step_result &e : step_results) {
        if ((e.how && *e.how) == done) {
            list += (list.empty() ? "" : ", ") + e.name;
        }
    }
    return list.empty() ? "nothing" : list;
}

map results(const std::vector<step_result> &step_results) {
    map all;
    for (const step_result &e : step_results) {
        if (e.how && *e.how) {
            all.emplace_back(e.name, **e.how);
        }
    }
    return all;
}

} // namespace alidade::parallel_steps
