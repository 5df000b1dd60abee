// Request to a driver. The caller sees an operation, the driver a request.
#pragma once

#include "base/async/descriptor.hpp"
#include "base/async/op.hpp"
#include "base/runtime.hpp"
#include "device/driver.hpp"

#include <alidade/driver.h>

namespace alidade {

class lab;
class request_queue;

// Request whose end is not that of its operation: the operation may end earlier, when a driver does
// not answer a cancel in time; the request stays until the driver has completed it.
class request final : public object {
public:
    struct order {
        ald_verb verb = ALD_VERB_GET;
        std::string name{};
        std::int64_t property = -1;
        value argument{};
        std::int64_t deadline = never;
        // A motion lasts beyond its turn, and only one goes on at a time on an axis.
        bool motion = false;
        // Begins a motion or an exposure: refused while an emergency stop holds.
        bool starts = false;
        // Ends the motion of its target.
        bool stops = false;
        // Number among the polls of its node.
        std::uint64_t poll = 0;
    };

    request(device &target, order what);
    ~request() override;

    [[nodiscard]] const order &what() const noexcept { return order_; }
    [[nodiscard]] device &target() const noexcept { return target_; }
    [[nodiscard]] const ref<op> &operation() const noexcept { return op_; }

    // Number of the request, never used twice.
    [[nodiscard]] std::uint64_t number() const noexcept { return number_; }

    // Object of the driver's side, kept as long as the request.
    std::shared_ptr<const void> attachment;

    // Used by the request queue.
    enum class stage { waiting, submitted, completed };
    [[nodiscard]] bool begin_submit();
    // For one that an emergency stop has overtaken on its way to the driver.
    void end_if_held_down() noexcept;
    // Ends the request where its deadline cannot be watched.
    void arm_deadline() noexcept;
    [[nodiscard]] bool completed() const {
        const std::scoped_lock lock(mutex_);
        return stage_ == stage::completed;
    }

    // Used by the driver.
    [[nodiscard]] bool should_end() const;
    [[nodiscard]] bool sleep_until(std::int64_t t_mono_ns) const;
    // Sets a descriptor when the request should end, as long as it lives; for one thread at a time.
    class alarm {
    public:
        alarm(const request &of, const wake_descriptor &rings);
        alarm(const alarm &) = delete;
        alarm &operator=(const alarm &) = delete;
        ~alarm();

    private:
        const request &of_;
        const wake_descriptor *outer_;
    };
    void accept();
    // However it is asked to end: the instrument cannot end it before.
    void takes_until(std::int64_t t_mono_ns);
    [[nodiscard]] std::int64_t takes_until() const {
        const std::scoped_lock lock(mutex_);
        return takes_until_;
    }
    void progress(const op::step &s);
    void complete(result<value> r, const ald_reading *times = nullptr);

    // Ends it for a reason; the driver is asked to leave the instrument defined.
    enum class reason {
        none,
        cancelled,
        timed_out,
        disconnected,
        closed,
        emergency_stop,
        no_memory,
        no_timer
    };
    void end(reason why) noexcept;
    // True if its instrument went away while the driver had it.
    [[nodiscard]] bool lost() const {
        const std::scoped_lock lock(mutex_);
        return lost_ && stage_ == stage::submitted;
    }
    // Ends one that its driver has not ended although it was asked to, so that the device can be
    // used again. It lives on until the driver completes it after all, or is destroyed.
    void give_up() noexcept;
    [[nodiscard]] bool given_up() const {
        const std::scoped_lock lock(mutex_);
        return given_up_;
    }
    // Waits until the driver has completed it: one that was given up counts where its instrument is
    // lost. False if that takes too long.
    [[nodiscard]] bool wait_completed(std::int64_t deadline) const;

private:
    [[nodiscard]] failure failure_of(reason why, bool open_end = false) const noexcept;
    [[nodiscard]] bool says_where_it_stands(reason why, const error &told) const;
    [[nodiscard]] failure describe_end(reason why, bool open_end) const;
    void forget_timers();
    [[nodiscard]] outcome try_deadline();
    [[nodiscard]] bool take_end(bool giving_up);
    void conclude(result<value> r, const ald_reading *times, bool giving_up);
    [[nodiscard]] std::string what_words() const;
    [[nodiscard]] bool try_grace();
    void grace_ended() noexcept;

    [[nodiscard]] static std::uint64_t next_number() noexcept;

    device &target_;
    ref<const object> keep_; // the lab: it owns the device
    order order_;
    std::uint64_t number_ = next_number();
    ref<op> op_ = make<op>();

    mutable std::mutex mutex_;
    mutable waiters waiters_;
    mutable const wake_descriptor *alarm_ = nullptr;
    stage stage_ = stage::waiting;
    reason why_ = reason::none;
    std::int64_t takes_until_ = 0;
    bool lost_ = false;
    bool given_up_ = false;
    timer::id deadline_timer_ = 0;
    timer::id grace_timer_ = 0;
};

} // namespace alidade
