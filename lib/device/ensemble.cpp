#include "device/ensemble.hpp"

#include <algorithm>
#include <memory>

namespace alidade::ensemble {

namespace {

// Where operations that have ended say so, on whatever thread.
class inbox {
public:
    // Each track has one step under way at most.
    explicit inbox(std::size_t tracks) { ended_.reserve(tracks); }

    void put(std::size_t which) noexcept {
        const std::scoped_lock lock(mutex_);
        ended_.push_back(which); // within what was reserved
        waiters_.wake_all();
    }
    // Waits for one that has ended; none if the cancel comes first.
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

class conductor {
public:
    conductor(const std::vector<track> &tracks, on_failure policy, op &whole)
        : policy_(policy), whole_(whole), inbox_(std::make_shared<inbox>(tracks.size())) {
        for (const track &steps : tracks) {
            places_.push_back({&steps, 0, endings_.size(), nullptr});
            for (const step &s : steps) {
                endings_.push_back({s.name});
            }
        }
    }
    conductor(const conductor &) = delete;
    conductor &operator=(const conductor &) = delete;
    // Only want of memory leaves something under way.
    ~conductor() { cancel_all(); }

    [[nodiscard]] std::vector<ending> carry_out(const cancel_source &cancel) {
        stopping_ = cancel.triggered();
        for (place &at : places_) {
            begin_next(at);
        }
        while (under_way_ > 0) {
            const auto which = inbox_->take(stopping_ ? nullptr : &cancel);
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
        return std::move(endings_);
    }

private:
    struct place {
        const track *steps;
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
            at.now->on_end([to = inbox_, which](const op &) { to->put(which); });
            return;
        }
    }
    void note(const place &at, result<value> how) {
        ending &e = endings_[at.first + at.next - 1];
        const bool failed = !how;
        e.how = std::move(how);
        (void)whole_.advance(
            {static_cast<double>(++done_), static_cast<double>(endings_.size()), "1", e.name});
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
    std::shared_ptr<inbox> inbox_;
    std::vector<place> places_;
    std::vector<ending> endings_;
    std::size_t under_way_ = 0;
    std::size_t done_ = 0;
    bool stopping_ = false;
};

} // namespace

std::vector<ending> conduct(const std::vector<track> &tracks, on_failure policy, op &whole,
                            const cancel_source &cancel) {
    return conductor(tracks, policy, whole).carry_out(cancel);
}

std::int64_t timeout_left(std::int64_t timeout_ns, std::int64_t deadline) noexcept {
    return timeout_ns == ALD_WAIT_DEFAULT ? timeout_ns : time_left(deadline);
}

const ending *first_failure(const std::vector<ending> &endings) noexcept {
    // What failed by itself tells more than what was cancelled because of it.
    const ending *cancelled = nullptr;
    for (const ending &e : endings) {
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

std::string names(const std::vector<ending> &endings, bool done) {
    std::string list;
    for (const ending &e : endings) {
        if ((e.how && *e.how) == done) {
            list += (list.empty() ? "" : ", ") + e.name;
        }
    }
    return list.empty() ? "nothing" : list;
}

map results(const std::vector<ending> &endings) {
    map all;
    for (const ending &e : endings) {
        if (e.how && *e.how) {
            all.emplace_back(e.name, **e.how);
        }
    }
    return all;
}

} // namespace alidade::ensemble
