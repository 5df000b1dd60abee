#include "device/port_output.hpp"

#include <poll.h>

namespace alidade {

namespace {

// Time in which a line may take no bytes before an urgent message is given up.
constexpr std::int64_t urgent_ns = 1'000'000'000;

} // namespace

// The right to send. Urgent messages get it first.
class port_output::turn {
public:
    turn(port_output &of, std::int64_t deadline, bool urgent) : of_(of), urgent_(urgent) {
        std::unique_lock lock(of_.mutex_);
        if (urgent_) {
            ++of_.urgent_;
            of_.cut_ = of_.cuts_ && of_.busy_;
            of_.wake_.set();
        }
        had_ = wait_until(of_.free_, lock, deadline,
                          [this] { return !of_.busy_ && (urgent_ || of_.urgent_ == 0); });
        if (had_) {
            of_.busy_ = true;
            cut_ = std::exchange(of_.cut_, false);
        }
    }
    turn(const turn &) = delete;
    turn &operator=(const turn &) = delete;
    ~turn() {
        const std::scoped_lock lock(of_.mutex_);
        of_.urgent_ -= urgent_ ? 1 : 0;
        of_.busy_ = of_.busy_ && !had_;
        of_.free_.notify_all();
    }
    [[nodiscard]] bool had() const noexcept { return had_; }
    // Whether a writer was told to stop for this turn.
    [[nodiscard]] bool cut_a_writer() const noexcept { return cut_; }

private:
    port_output &of_;
    bool urgent_;
    bool had_ = false;
    bool cut_ = false;
};

// Gives the line what it takes now. True when it has everything.
result<bool> port_output::push(std::string_view bytes, std::size_t &taken) {
    while (taken < bytes.size()) {
        const auto more = line_.write(bytes.substr(taken));
        if (!more) {
            return failure(more.error());
        }
        if (*more == 0) {
            return false;
        }
        taken += *more;
    }
    return line_.flush();
}

failure port_output::stalled(std::size_t taken, std::size_t size) const {
    return fail({.code = ALD_E_TIMEOUT, .domain = "line", .where = line_.name()},
                "'{}' took {} of {} bytes before the timeout; the instrument or the flow control "
                "holds the line",
                line_.name(), taken, size);
}

outcome port_output::write(const line_wait &how_long, std::string_view bytes, std::size_t &taken) {
    const turn mine(*this, how_long.deadline(), false);
    if (!mine.had()) {
        return stalled(taken, bytes.size());
    }
    for (;;) {
        {
            const std::scoped_lock lock(mutex_);
            if (cut_) {
                return fail({.code = ALD_E_CANCELLED, .domain = "line", .where = line_.name()},
                            "a stop cut off what was being sent to '{}'", line_.name());
            }
        }
        const auto all = push(bytes, taken);
        if (!all || *all) {
            return all ? outcome() : failure(all.error());
        }
        const line_wait::end over = how_long.over();
        if (over == line_wait::end::cancelled) {
            return fail({.code = ALD_E_CANCELLED, .domain = "line", .where = line_.name()},
                        "cancelled when '{}' had taken {} of {} bytes", line_.name(), taken,
                        bytes.size());
        }
        if (over == line_wait::end::timed_out) {
            return stalled(taken, bytes.size());
        }
        (void)how_long.wait(line_.fd(), POLLOUT);
    }
}

result<bool> port_output::send_now(std::string_view bytes) {
    const std::int64_t deadline = mono_ns() + urgent_ns;
    const turn mine(*this, deadline, true);
    std::size_t taken = 0;
    if (!mine.had()) {
        return stalled(taken, bytes.size());
    }
    const bool cut = (cuts_ && line_.cut()) || mine.cut_a_writer();
    for (;;) {
        const auto all = push(bytes, taken);
        if (!all) {
            return failure(all.error());
        }
        if (*all) {
            return cut;
        }
        if (!wait_for_descriptor(line_.fd(), POLLOUT, deadline)) {
            return stalled(taken, bytes.size());
        }
    }
}

} // namespace alidade
