// Operations: work that goes on by itself and ends exactly once.
#pragma once

#include "base/async/queue.hpp"
#include "base/value/value.hpp"

#include <alidade/op.h>

#include <functional>
#include <memory>

namespace alidade {

// Puts a value into a record, as far as it is one number or one bool.
void fill_scalar(ald_record &record, const value &v) noexcept;

class op final : public object {
public:
    // Requests to an operation. The control is called without a lock held, on any thread.
    enum class ask { cancel, pause, resume };
    using control = std::function<void(ask)>;

    struct step {
        double done = 0;
        double total = -1;
        std::string_view unit{};
        std::string_view phase{};
    };

    // `by_application`: made by `ald_op_new`, ended by the application.
    explicit op(std::uint64_t flags = 0, bool by_application = false) noexcept
        : object(ALD_KIND_OP), flags_(flags), by_application_(by_application) {}

    // Used by whoever carries it out. A control lives until the operation has ended.
    void set_control(control c);
    // False if it was not pending any more.
    bool begin() noexcept;
    // Fails with STATE once it has ended.
    [[nodiscard]] outcome advance(const step &s);
    // Selects the operations that `finish` ends; others stay as they are.
    enum class only { open, pending, not_asked_to_cancel };
    // False if it had ended already, or is none of these.
    bool finish(result<value> r, only which = only::open) noexcept;
    [[nodiscard]] result<std::uint64_t> wait_asked(std::uint64_t known, std::int64_t deadline,
                                                   const cancel_source *cancel, wait_end &end);
    [[nodiscard]] bool cancel_asked() const;
    [[nodiscard]] bool by_application() const noexcept { return by_application_; }

    // Used by callers that wait.
    [[nodiscard]] outcome wait(std::int64_t deadline, const cancel_source *cancel) const;
    // Waits for the end. A cancel ends the operation, and that end is waited for: what it works on
    // is left defined.
    [[nodiscard]] result<value> see_through(const cancel_source *cancel);
    [[nodiscard]] outcome wait_begun(std::int64_t deadline, const cancel_source *cancel) const;
    [[nodiscard]] ald_op_state state() const;
    [[nodiscard]] result<value> result_of() const;
    [[nodiscard]] ald_progress progress() const;
    void cancel();
    [[nodiscard]] outcome pause();
    [[nodiscard]] outcome resume();
    [[nodiscard]] outcome notify(const ref<queue> &to, std::uint64_t tag, std::uint64_t which);
    // Runs once when it begins to run; never if it ends before. Without a lock held; it must not
    // throw.
    void on_begin(std::function<void()> function);
    // Runs once at the end; at once if it has ended. Without a lock held; it must not throw.
    void on_end(std::function<void(const op &)> function);

    // Only an operation of the application is closed with its last handle: nobody can end it any
    // more.
    void close() noexcept override;
    [[nodiscard]] bool closable() const noexcept override { return by_application_; }

private:
    // Listener; its first and last records are made beforehand: they must come without memory.
    struct listener {
        ref<queue> to;
        std::uint64_t tag;
        std::uint64_t which;
        event_list begun{};
        event_list ended{};
        std::int64_t last_progress_ns = 0;
        bool wake = false;
    };

    [[nodiscard]] static bool is_end(ald_op_state s) noexcept { return s >= ALD_OP_DONE; }
    [[nodiscard]] bool is_one_of(only which) const noexcept;
    // With the mutex held. Records go into the queues in the order of what they tell.
    void begin_locked() noexcept;
    void end_locked(result<value> r) noexcept;
    void tell_begun(listener &l) noexcept;
    void tell_ended(listener &l) noexcept;
    void tell_progress(event_list &records);
    // Without the mutex.
    void wake_consumers() noexcept;
    [[nodiscard]] outcome hold(ask what, std::uint64_t asked);

    mutable std::mutex mutex_;
    mutable waiters waiters_;
    std::uint64_t flags_;
    bool by_application_;
    ald_op_state state_ = ALD_OP_PENDING;
    std::uint64_t asked_ = 0;
    // Shared, because it may be running while the operation ends and drops it.
    std::shared_ptr<const control> control_;
    value value_;
    ref<const error> error_;
    double done_ = 0;
    double total_ = -1;
    std::string unit_ = "1";
    std::string phase_;
    std::int64_t begun_ns_ = 0;
    std::int64_t ended_ns_ = 0;
    std::vector<listener> listeners_;
    std::vector<std::function<void()>> on_begin_;
    std::vector<std::function<void(const op &)>> on_end_;
};

} // namespace alidade
