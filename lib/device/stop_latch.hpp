// The emergency stop of a lab: it latches. Until it is reset nothing starts a motion or an
// exposure.
#pragma once

#include "base/async/wait.hpp"

#include <string_view>

namespace alidade {

// Cancels that are triggered when something is stopped. Each counts once.
class attached_cancels {
public:
    void add(ref<cancel_source> c);
    [[nodiscard]] outcome remove(const cancel_source &c);
    void trigger(ald_cancel_reason why) noexcept;

private:
    std::mutex mutex_;
    std::vector<ref<cancel_source>> all_;
};

class stop_latch {
public:
    // False if it held already. Whoever has a cancel attached is told before this returns.
    bool latch() noexcept;
    // False if it did not hold.
    bool reset() noexcept { return holds_.exchange(false, std::memory_order_seq_cst); }
    [[nodiscard]] bool holds() const noexcept { return holds_.load(std::memory_order_seq_cst); }
    // STATE while it holds: `what` of `path` was not started.
    [[nodiscard]] outcome check(std::string_view path, std::string_view what) const;

    // Triggered when it latches, at once if it holds.
    void attach(const ref<cancel_source> &c);
    [[nodiscard]] outcome detach(const cancel_source &c) { return cancels_.remove(c); }

private:
    std::atomic<bool> holds_{false};
    attached_cancels cancels_;
};

// Tells whether a failure is the refusal of `stop_latch::check`.
[[nodiscard]] bool is_held_down(const error &why) noexcept;

} // namespace alidade
