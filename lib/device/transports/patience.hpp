// How long to wait for a line: until a time, or until the request behind it should end.
#pragma once

#include "base/async/descriptor.hpp"
#include "device/request.hpp"

namespace alidade {

class patience {
public:
    enum class end { ready, woken, timed_out, cancelled };

    // Waits no longer than the request may take. `wake` may be set by others too.
    patience(const request &asked, const wake_descriptor &wake, std::int64_t deadline = never);

    [[nodiscard]] std::int64_t deadline() const noexcept { return deadline_; }
    [[nodiscard]] const request &asked() const noexcept { return asked_; }

    // Looks at the end of the request and at the time.
    [[nodiscard]] end over() const;
    // Until the descriptor has one of these events, whoever wakes us: ready, timed_out or
    // cancelled.
    [[nodiscard]] end await(int fd, short events) const { return await(fd, events, deadline_); }
    [[nodiscard]] end await(int fd, short events, std::int64_t until) const;
    // Until the descriptor has one of these events of poll, an error or a hang-up; or woken: then
    // look whether there is still reason to wait. That is forgotten here, before the look, and not
    // before each wait, which would cost a system call each.
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
