// The way into objects that run functions of the application.
#pragma once

#include "base/async/wait.hpp"

#include <condition_variable>
#include <string_view>
#include <thread>

namespace alidade {

// Lets calls in until it is closed. Closing cancels those that are inside and waits until they have
// left; whoever closes it from inside does not wait.
class gate {
public:
    // Holds a call inside the gate, on this thread.
    class visit {
    public:
        visit(gate &through, std::int64_t deadline, const cancel_source *cancel);
        visit(const visit &) = delete;
        visit &operator=(const visit &) = delete;
        ~visit();

        // Triggered by the caller's own cancel, at the deadline, and when the gate closes.
        [[nodiscard]] const cancel_source &cancel() const noexcept { return *cancel_; }

        // Fails if the call must not begin: the gate is closed or the caller's cancel is triggered.
        // A deadline that has passed already is no reason: 0 means to look.
        [[nodiscard]] outcome may_begin(std::string_view what) const;
        // Words the failure of a call that `cancel` has ended: closed, cancelled or timed out.
        [[nodiscard]] failure ended_early(std::string_view what,
                                          ref<const error> cause = nullptr) const;
        [[nodiscard]] bool closed() const { return gate_.closed(); }
        [[nodiscard]] bool timed_out() const;

    private:
        friend class gate;
        [[nodiscard]] bool cancelled_by_caller() const noexcept {
            return by_caller_ != nullptr && by_caller_->triggered();
        }

        gate &gate_;
        const cancel_source *by_caller_;
        std::int64_t deadline_;
        ref<cancel_source> cancel_;
        std::thread::id thread_ = std::this_thread::get_id();
        bool let_in_ = false;
        // The gate's mutex guards these: those who come and go change their neighbours.
        visit *next_ = nullptr;
        visit **from_ = nullptr; // what points to us
    };

    void close() noexcept;
    [[nodiscard]] bool closed() const;

private:
    mutable std::mutex mutex_;
    std::condition_variable left_;
    visit *first_ = nullptr;
    bool closed_ = false;
};

// Lets one in at a time; the others wait for their turn until they are cancelled.
class turnstile {
public:
    class turn {
    public:
        turn(turnstile &through, const cancel_source &cancel);
        turn(const turn &) = delete;
        turn &operator=(const turn &) = delete;
        ~turn();
        // False if it was cancelled while it waited.
        [[nodiscard]] bool had() const noexcept { return had_; }

    private:
        turnstile &turnstile_;
        bool had_;
    };

private:
    std::mutex mutex_;
    waiters waiting_;
    bool taken_ = false;
};

} // namespace alidade
