// Waits for bytes of a line, until a deadline or until the request behind it is to end.
#pragma once

#include "base/async/descriptor.hpp"
#include "device/request.hpp"

namespace alidade {

class line_wait {
public:
    enum class end { ready, woken, timed_out, cancelled };

    // Waits no longer than the request may take. `wake` may be set by others too.
    line_wait(const request &asked, const wake_descriptor &wake, std::int64_t deadline = never);

    [[nodiscard]] std::int64_t deadline() const noexcept { return deadline_; }
    [[nodiscard]] const request &asked() const noexcept { return asked_; }

    // Tells whether the deadline has passed or the request is to end, without waiting.
    [[nodiscard]] end over() const;
    // Waits until the descriptor has one of these events, whatever wakes it in between: ready,
    // timed_out or cancelled.
    [[nodiscard]] end await(int fd, short events) const { return await(fd, events, deadline_); }
    [[nodiscard]] end await(int fd, short events, std::int64_t until) const;
    // Waits until the descriptor has one of these events of poll, an error or a hang-up; or woken:
    // then the caller looks whether to go on. The wake-up is cleared here, before that look, and
    // not before each wait, which would cost a system call each.
    [[nodiscard]] end wait(int fd, short events) const { return wait(fd, events, deadline_); }
    [[nodiscard]] end wait(int fd, short events, std::int64_t until) const;

private:
    const request &asked_;
    const wake_descriptor &wake_;
    std::int64_t deadline_;
    request::alarm alarm_;
};

// Waits for a descriptor alone. False at the deadline.
[[nodiscard]] bool wait_for_descriptor(int fd, short events, std::int64_t deadline);

} // namespace alidade
