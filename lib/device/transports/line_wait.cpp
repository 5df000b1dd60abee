#include "device/transports/line_wait.hpp"

#include <poll.h>

#include <array>
#include <cerrno>

namespace alidade {

namespace {

// Polls until a deadline, through signals. Returns the number of descriptors with an event.
int poll_until(std::span<pollfd> fds, std::int64_t deadline) {
    for (;;) {
        timespec left{};
        if (deadline != never) {
            const std::int64_t ns = std::max<std::int64_t>(deadline - mono_ns(), 0);
            left = {static_cast<time_t>(ns / 1'000'000'000), static_cast<long>(ns % 1'000'000'000)};
        }
        const int count =
            ppoll(fds.data(), fds.size(), deadline != never ? &left : nullptr, nullptr);
        if (count >= 0 || errno != EINTR) {
            return count;
        }
    }
}

} // namespace

line_wait::line_wait(const request &asked, const wake_descriptor &wake, std::int64_t deadline)
    : asked_(asked), wake_(wake), deadline_(std::min(deadline, asked.what().deadline)),
      alarm_(asked, wake) {}

// The time comes first: a request whose deadline has passed is asked to end for that reason.
line_wait::end line_wait::over() const {
    if (deadline_ != never && mono_ns() >= deadline_) {
        return end::timed_out;
    }
    return asked_.should_end() ? end::cancelled : end::ready;
}

line_wait::end line_wait::wait(int fd, short events, std::int64_t until) const {
    std::array<pollfd, 2> fds{pollfd{fd, events, 0}, pollfd{wake_.get(), POLLIN, 0}};
    if (poll_until(fds, until) == 0) {
        return end::timed_out;
    }
    if (fds[1].revents != 0) {
        wake_.clear();
        return end::woken;
    }
    return end::ready;
}

line_wait::end line_wait::await(int fd, short events, std::int64_t until) const {
    for (;;) {
        if (const end now = over(); now != end::ready) {
            return now;
        }
        if (const end now = wait(fd, events, std::min(until, deadline_)); now != end::woken) {
            return now;
        }
    }
}

bool wait_for_descriptor(int fd, short events, std::int64_t deadline) {
    std::array<pollfd, 1> fds{pollfd{fd, events, 0}};
    return poll_until(fds, deadline) != 0;
}

} // namespace alidade
