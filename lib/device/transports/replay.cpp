#include "device/transports/replay.hpp"

#include "base/clock.hpp"
#include "device/transports/transcript.hpp"

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <sys/timerfd.h>

namespace alidade {

namespace {

class replay_transport final : public transport {
public:
    replay_transport(const std::string &path, descriptor timer,
                     std::vector<transcript_entry> entries)
        : transport("replay:" + path, std::move(timer)), path_(path), entries_(std::move(entries)),
          played_ns_(mono_ns()) {
        std::erase_if(entries_, [](const transcript_entry &e) {
            return e.mark == '!' && e.bytes.compare(0, 5, "lost:") != 0;
        });
        const std::scoped_lock lock(mutex_);
        arm();
    }

    [[nodiscard]] result<std::size_t> read(std::span<char> to) override {
        const std::scoped_lock lock(mutex_);
        while (now_at_ == 0 && next_ < entries_.size() && entries_[next_].mark == '<' &&
               mono_ns() >= due()) {
            due_ += entries_[next_].bytes;
            advance();
        }
        if (due_.empty() && next_ < entries_.size() && entries_[next_].mark == '!') {
            return closed_by_peer();
        }
        const std::size_t count = due_.copy(to.data(), to.size());
        due_.erase(0, count);
        arm();
        return count;
    }

    [[nodiscard]] result<std::size_t> write(std::string_view bytes) override {
        const std::scoped_lock lock(mutex_);
        for (const char c : bytes) {
            // We may be quicker than then: what had come before this was sent has come.
            for (; next_ < entries_.size() && entries_[next_].mark == '<'; advance()) {
                due_ += entries_[next_].bytes;
            }
            if (next_ == entries_.size() || entries_[next_].mark == '!' ||
                entries_[next_].bytes[now_at_] != c) {
                return mismatch(bytes);
            }
            if (++now_at_ == entries_[next_].bytes.size()) {
                advance();
            }
        }
        arm();
        return bytes.size();
    }

private:
    [[nodiscard]] failure mismatch(std::string_view got) const {
        if (next_ == entries_.size()) {
            return fail({.code = ALD_E_PROTOCOL, .domain = "line", .where = path_},
                        "the transcript '{}' is at its end; got '{}'", path_, escaped_bytes(got));
        }
        const transcript_entry &expected = entries_[next_];
        return fail({.code = ALD_E_PROTOCOL,
                     .domain = "line",
                     .where = fmt::format("{}:{}", path_, expected.line)},
                    "the transcript '{}' goes on differently: expected '{}', got '{}'", path_,
                    expected.mark == '>' ? escaped_bytes(expected.bytes) : "the end of the line",
                    escaped_bytes(got));
    }

    void advance() {
        recorded_ns_ = entries_[next_].t_ns;
        played_ns_ = mono_ns();
        now_at_ = 0;
        ++next_;
    }
    [[nodiscard]] std::int64_t due() const {
        return played_ns_ + std::max<std::int64_t>(entries_[next_].t_ns - recorded_ns_, 0);
    }
    // Makes the descriptor readable when there is something to read.
    void arm() {
        itimerspec at{};
        std::int64_t when = never;
        if (!due_.empty()) {
            when = 1;
        } else if (next_ < entries_.size() && entries_[next_].mark != '>') {
            when = std::max<std::int64_t>(due(), 1);
        }
        if (when != never) {
            at.it_value = {static_cast<time_t>(when / 1'000'000'000),
                           static_cast<long>(when % 1'000'000'000)};
        }
        (void)timerfd_settime(fd(), TFD_TIMER_ABSTIME, &at, nullptr);
    }

    std::string path_;
    std::mutex mutex_;
    std::vector<transcript_entry> entries_; // bytes, and where the line was lost
    std::size_t next_ = 0;
    std::size_t now_at_ = 0; // in the bytes of a message that is being sent
    std::int64_t recorded_ns_ = 0;
    std::int64_t played_ns_;
    std::string due_;
};

} // namespace

result<std::unique_ptr<transport>> open_replay(const line_uri &uri) {
    auto entries = read_transcript(uri.address);
    if (!entries) {
        return failure(std::move(entries.error()));
    }
    descriptor timer(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
    if (!timer.open()) {
        return fail_errno(errno, "line", "opening '" + uri.text + "'");
    }
    return std::make_unique<replay_transport>(uri.address, std::move(timer), std::move(*entries));
}

} // namespace alidade
