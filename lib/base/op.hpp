// Operations: work that goes on by itself and ends exactly once.
#pragma once

#include "base/queue.hpp"
#include "base/value.hpp"

#include <alidade/op.h>

#include <functional>

namespace alidade {

// Puts a value into a record, as far as it is one number or one bool.
void fill_scalar(ald_record &record, const value &v) noexcept;

class op final : public object {
public:
    // What an operation is asked for. Called without a lock held, on any thread.
    enum class ask { cancel, pause, resume };
    using control = std::function<void(ask)>;

    struct step {
        double done = 0;
        double total = -1;
        std::string_view unit{};
        std::string_view phase{};
    };

    // `by_host`: made by `ald_op_new`, ended by the host.
    explicit op(std::uint64_t flags = 0, bool by_host = false) noexcept
        : object(ALD_KIND_OP), flags_(flags), by_host_(by_host) {}

    // For whoever carries it out.
    void set_control(control c);
    void begin();
    // Fails with STATE once it has ended.
    [[nodiscard]] outcome advance(const step &s);
    // False if it had ended already.
    bool finish(result<value> r);
    [[nodiscard]] result<std::uint64_t> wait_asked(std::uint64_t known, std::int64_t deadline,
                                                   const cancel_source *cancel, wait_end &end);
    [[nodiscard]] bool cancel_asked() const;
    [[nodiscard]] bool by_host() const noexcept { return by_host_; }

    // For whoever waits.
    [[nodiscard]] outcome wait(std::int64_t deadline, const cancel_source *cancel) const;
    [[nodiscard]] outcome wait_begun(std::int64_t deadline, const cancel_source *cancel) const;
    [[nodiscard]] ald_op_state state() const;
    [[nodiscard]] result<value> result_of() const;
    [[nodiscard]] ald_progress progress() const;
    void cancel();
    [[nodiscard]] outcome pause();
    [[nodiscard]] outcome resume();
    [[nodiscard]] outcome notify(ref<queue> to, std::uint64_t tag, std::uint64_t which);
    // Runs once when it begins to run; never if it ends before. Without a lock held.
    void on_begin(std::function<void()> function);
    // Runs once at the end; at once if it has ended. Without a lock held.
    void on_end(std::function<void(const op &)> function);

    // Only an operation of the host is closed with its last handle: nobody can end it any more.
    void close() noexcept override;
    [[nodiscard]] bool closable() const noexcept override { return by_host_; }

private:
    struct listener {
        ref<queue> to;
        std::uint64_t tag;
        std::uint64_t which;
        std::int64_t last_progress_ns = 0;
        event_list ended{}; // the last record, made beforehand: it must come also without memory
    };

    [[nodiscard]] static bool is_end(ald_op_state s) noexcept { return s >= ALD_OP_DONE; }
    void fill_ended(event &e) const noexcept;
    void begin_locked() noexcept;
    void tell(std::int32_t kind, std::uint64_t which);
    [[nodiscard]] outcome hold(ask what, std::uint64_t asked);

    mutable std::mutex mutex_;
    mutable waiters waiters_;
    std::uint64_t flags_;
    bool by_host_;
    ald_op_state state_ = ALD_OP_PENDING;
    std::uint64_t asked_ = 0;
    control control_;
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
