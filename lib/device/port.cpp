#include "device/port.hpp"

#include "base/log.hpp"
#include "device/transports/open.hpp"
#include "device/transports/transcript.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <poll.h>

namespace alidade {

namespace {

// As much as is read or thrown away at a time, so that a line that never stops cannot hold us.
constexpr std::size_t chunk = 4096;
constexpr std::size_t most_discarded = 1 << 20;

constexpr std::size_t most_shown = 60;

// Bytes of a line as a message can show them.
std::string shown(std::string_view bytes) {
    return escaped_bytes(bytes.substr(0, most_shown)) + (bytes.size() > most_shown ? "..." : "");
}

} // namespace

// A call inside a port. The port is not closed while there is one.
class port::visit {
public:
    explicit visit(port &to) : port_(to) {
        const std::scoped_lock lock(port_.mutex_);
        ++port_.inside_;
    }
    visit(const visit &) = delete;
    visit &operator=(const visit &) = delete;
    ~visit() {
        const std::scoped_lock lock(port_.mutex_);
        if (--port_.inside_ == 0) {
            port_.left_.notify_all();
        }
    }

private:
    port &port_;
};

port::port(const request &asked, speech how)
    : owner_(asked.target()), keep_(owner_.keep_alive()), opening_(owner_.opening_number()),
      how_(std::move(how)), current_(asked.number()) {}

result<std::unique_ptr<port>> port::open(const request &asked, std::string_view uri, speech how) {
    if (how.terminator.empty() || how.terminator.size() > 8) {
        return fail({.code = ALD_E_INVALID, .domain = "line", .where = std::string(uri)},
                    "the terminator of a line has 1 to 8 bytes, not {}", how.terminator.size());
    }
    const auto parsed = parse_line_uri(uri);
    if (!parsed) {
        return failure(parsed.error());
    }
    const auto settings = serial_settings_of(*parsed, how.settings);
    const auto text = text_settings_of(*parsed);
    if (!settings || !text) {
        return failure(!settings ? settings.error() : text.error());
    }
    auto made = std::unique_ptr<port>(new port(asked, std::move(how)));
    if (!made->wake_.usable()) {
        return fail_errno(EMFILE, "line", "opening '" + parsed->text + "'");
    }
    if (auto ended = made->end_lines_with(*parsed, text->terminator); !ended) {
        return failure(std::move(ended.error()));
    }
    const line_wait how_long(asked, made->wake_);
    auto line = transports::open({*parsed, *settings, how_long, asked.target(), text->echo});
    if (!line) {
        return failure(std::move(line.error()));
    }
    if (auto started = made->start(std::move(*line)); !started) {
        return failure(std::move(started.error()));
    }
    return made;
}

outcome port::end_lines_with(const line_uri &uri, const std::string &terminator) {
    if (!terminator.empty() && how_.sent_end.empty()) {
        return fail({.code = ALD_E_UNSUPPORTED, .domain = "uri", .where = uri.text},
                    "the protocol of the instrument has its own ends of lines; leave 'terminator' "
                    "out of '{}'",
                    uri.text);
    }
    if (!terminator.empty()) {
        how_.terminator = end_of_lines_ = terminator;
    }
    return {};
}

// A message as it goes out: the line may want another end than the driver gives.
std::string port::with_its_end(std::string_view bytes) const {
    const std::string &end = how_.sent_end;
    const bool ends = bytes.size() >= end.size() && bytes.substr(bytes.size() - end.size()) == end;
    return end_of_lines_.empty() || !ends
               ? std::string(bytes)
               : std::string(bytes.substr(0, bytes.size() - end.size())) + end_of_lines_;
}

outcome port::start(std::unique_ptr<transport> line) {
    line_ = std::move(line);
    output_ = std::make_unique<port_output>(*line_, wake_, how_.cuts);
    const auto tell = [&owner = owner_, keep = keep_, opening = opening_, name = line_->name()] {
        owner.line_lost(opening, name);
    };
    auto watched = runtime::instance().lines().watch(line_->fd(), tell);
    if (!watched) {
        return failure(std::move(watched.error()));
    }
    watch_ = *watched;
    return {};
}

port::~port() {
    {
        std::unique_lock lock(mutex_);
        closing_ = true;
        wake_.set();
        left_.wait(lock, [this] { return inside_ == 0; });
    }
    if (watch_ != 0) {
        runtime::instance().lines().forget(watch_);
    }
}

// Fails if a call has to end: the port is being closed, or a stop has interrupted the request.
outcome port::may_go_on(const request &asked) {
    const std::scoped_lock lock(mutex_);
    current_ = asked.number();
    if (closing_) {
        return fail({.code = ALD_E_CLOSED, .domain = "line", .where = owner_.path()},
                    "the line '{}' was closed", line_->name());
    }
    if (interrupted_ == current_) {
        return fail({.code = ALD_E_CANCELLED, .domain = "line", .where = owner_.path()},
                    "a stop interrupted what '{}' was doing on '{}'", owner_.path(), line_->name());
    }
    return {};
}

void port::doubt(const char *why) {
    {
        const std::scoped_lock lock(mutex_);
        awaits_reply_ = false;
        if (resyncing_ == std::this_thread::get_id()) {
            return; // the driver is about to find out
        }
        ++doubts_;
        suspect_since_ = mono_ns();
        if (std::exchange(suspect_, true)) {
            return;
        }
    }
    line_->note(fmt::format("suspect: {}", why));
}

void port::answered(bool yes) {
    const std::scoped_lock lock(mutex_);
    awaits_reply_ = !yes;
}

failure port::gone(const failure &why) {
    owner_.line_failed(opening_, line_->name());
    runtime::instance().lines().report(watch_);
    return failure(located(why.value(), owner_.path()));
}

result<std::size_t> port::receive() {
    std::array<char, chunk> fresh; // NOLINT(*-member-init): filled by read
    auto count = line_->read(fresh);
    if (!count && count.error()->code() == ALD_E_PROTOCOL) {
        inbox_.clear();
        doubt("something else came back");
        return failure(located(count.error(), owner_.path()));
    }
    if (!count) {
        return gone(failure(count.error()));
    }
    inbox_.append(fresh.data(), *count);
    heard_.append(fresh.data(),
                  std::min(*count, most_shown + 1 - std::min(heard_.size(), most_shown + 1)));
    return count;
}

outcome port::drop_input() {
    std::size_t dropped = 0;
    auto more = receive();
    for (; more && *more > 0 && dropped < most_discarded; more = receive()) {
        dropped += *more;
        inbox_.clear();
    }
    inbox_.clear();
    return more ? outcome() : failure(more.error());
}

// Bytes that are there already come before a timeout and a cancel, once: a line that never falls
// silent must not hold us. It waits first: a reply is hardly ever there at once.
outcome port::receive_more(const line_wait &how_long) {
    for (;;) {
        if (auto going_on = may_go_on(how_long.asked()); !going_on) {
            doubt("a stop interrupted an exchange");
            return going_on;
        }
        const line_wait::end over = how_long.over();
        if (over == line_wait::end::ready &&
            how_long.wait(line_->fd(), POLLIN) != line_wait::end::ready) {
            continue;
        }
        if (over == line_wait::end::ready || is_first_after(how_long)) {
            const auto count = receive();
            if (!count || *count > 0) {
                return count ? outcome() : failure(count.error());
            }
        }
        if (over != line_wait::end::ready) {
            return nothing_came(over == line_wait::end::timed_out ? "timeout" : "cancel");
        }
    }
}

// Tells whether this is the first look since the request, or its wait, should have ended.
bool port::is_first_after(const line_wait &how_long) {
    const request &asked = how_long.asked();
    const std::pair now(asked.number(), asked.should_end() ? 0 : how_long.deadline());
    return std::exchange(last_end_, now) != now;
}

// A reply may still come, and nothing would tell it from the next one.
failure port::nothing_came(const char *what) {
    bool awaited = !inbox_.empty();
    {
        const std::scoped_lock lock(mutex_);
        awaited = awaited || awaits_reply_;
    }
    const bool cancelled = std::string_view(what) == "cancel";
    error_detail at{.code = cancelled ? ALD_E_CANCELLED : ALD_E_TIMEOUT,
                    .domain = "line",
                    .where = owner_.path()};
    const std::string asked = last_sent_.empty() ? "" : fmt::format(" to '{}'", shown(last_sent_));
    const std::string half =
        inbox_.empty() ? "" : fmt::format(" ('{}' came, not a whole line)", shown(inbox_));
    line_->note(fmt::format("{}: no answer{}{}", what, asked, half));
    if (awaited) {
        doubt(what);
    }
    if (cancelled) {
        return fail(std::move(at), "cancelled while '{}' was waited for{}", line_->name(), half);
    }
    if (!inbox_.empty()) {
        const double waited = static_cast<double>(mono_ns() - sent_at_) * 1e-9;
        return fail(std::move(at),
                    "'{}' gave no answer{} in {:.3g} s; these bytes came without the terminator "
                    "'{}': '{}'; check the baud rate and the terminator",
                    line_->name(), asked, waited, escaped_bytes(how_.terminator), shown(inbox_));
    }
    return fail(std::move(at),
                "'{}' did not answer{} before the timeout; check that the instrument is on and "
                "that the settings of the line are right",
                line_->name(), asked);
}

// Words the failure where bytes came, and not as the driver knows them.
failure port::nothing_fitted(const failure &why) {
    const ald_status code = why.value()->code();
    if (heard_.empty() || (code != ALD_E_TIMEOUT && code != ALD_E_PROTOCOL)) {
        return why;
    }
    return fail({.code = ALD_E_PROTOCOL, .domain = "line", .where = owner_.path()},
                "'{}' gave no answer to '{}' that its driver understands; these bytes came: '{}'; "
                "check that it is the right instrument, and the baud rate and the terminator",
                line_->name(), shown(last_sent_), shown(heard_));
}

outcome port::wait_for_silence(const request &asked) {
    const line_wait how_long(asked, wake_);
    std::int64_t since = 0;
    {
        const std::scoped_lock lock(mutex_);
        since = suspect_since_;
    }
    for (;;) {
        if (auto going_on = may_go_on(asked); !going_on) {
            return going_on;
        }
        const auto count = receive();
        if (!count) {
            return failure(count.error());
        }
        inbox_.clear();
        const std::int64_t now = mono_ns();
        since = *count > 0 ? now : since;
        const std::int64_t quiet_at = since + how_.latency_ns;
        if (now >= quiet_at) {
            return {};
        }
        const line_wait::end over = how_long.over();
        if (over == line_wait::end::cancelled) {
            return fail({.code = ALD_E_CANCELLED, .domain = "line", .where = owner_.path()},
                        "cancelled while '{}' came to rest", line_->name());
        }
        if (over == line_wait::end::timed_out) {
            return fail({.code = ALD_E_TIMEOUT, .domain = "line", .where = owner_.path()},
                        "'{}' did not come to rest before the timeout: late answers may still come "
                        "until it has been silent for {} ms; allow more time{}",
                        line_->name(), how_.latency_ns / 1'000'000,
                        heard_.empty() ? "" : fmt::format("; '{}' came", shown(heard_)));
        }
        (void)how_long.wait(line_->fd(), POLLIN, std::min(quiet_at, how_long.deadline()));
    }
}

// Sees to it that the next answer is the one to the next question.
outcome port::trust(const request &asked) {
    std::uint64_t doubts = 0;
    {
        const std::scoped_lock lock(mutex_);
        if (!suspect_ || resyncing_ == std::this_thread::get_id()) {
            return {};
        }
        doubts = doubts_;
        if (how_.resync) {
            resyncing_ = std::this_thread::get_id();
        }
    }
    outcome in_step;
    if (how_.resync) {
        (void)drop_input();
        heard_.clear();
        line_->forget();
        in_step = how_.resync(*this, asked);
        if (!in_step) {
            in_step = nothing_fitted(failure(in_step.error()));
        }
    } else {
        heard_.clear();
        in_step = wait_for_silence(asked);
        line_->forget();
    }
    {
        const std::scoped_lock lock(mutex_);
        resyncing_ = {};
        suspect_ = !in_step || doubts_ != doubts;
    }
    line_->note(in_step ? "resync: in step again"
                        : fmt::format("resync: {}", in_step.error()->detail().message));
    return in_step;
}

bool port::resyncs() {
    const std::scoped_lock lock(mutex_);
    return resyncing_ == std::this_thread::get_id();
}

outcome port::send(const request &asked, std::string_view given) {
    const std::string bytes = with_its_end(given);
    last_sent_ = bytes;
    sent_at_ = mono_ns();
    if (!resyncs()) { // otherwise all that has come since it began counts
        heard_.clear();
    }
    answered(false);
    std::size_t taken = 0;
    const line_wait how_long(asked, wake_);
    auto sent = output_->write(how_long, bytes, taken);
    if (sent) {
        return {};
    }
    if (sent.error()->code() == ALD_E_DISCONNECTED) {
        return gone(failure(sent.error()));
    }
    line_->note(sent.error()->detail().message);
    if (taken > 0) {
        doubt("a message went out in part");
    }
    return failure(located(sent.error(), owner_.path()));
}

outcome port::write(const request &asked, std::string_view bytes) {
    const visit inside(*this);
    return may_go_on(asked).and_then([&] { return trust(asked); }).and_then([&] {
        return send(asked, bytes);
    });
}

result<std::size_t> port::read(const request &asked, std::int64_t deadline, std::span<char> to) {
    const visit inside(*this);
    if (to.empty()) {
        return fail({.code = ALD_E_INVALID, .domain = "line", .where = owner_.path()},
                    "there is no room to read into");
    }
    if (inbox_.empty()) {
        const line_wait how_long(asked, wake_, deadline);
        if (auto more = receive_more(how_long); !more) {
            return failure(std::move(more.error()));
        }
    }
    const std::size_t count = inbox_.copy(to.data(), to.size());
    inbox_.erase(0, count);
    answered(true);
    return count;
}

// The rest of it may be anything.
failure port::misfit(const char *why, std::string_view line) {
    doubt(why);
    return fail({.code = ALD_E_PROTOCOL, .domain = "line", .where = owner_.path()},
                "'{}' sent a line that {}: '{}'", line_->name(), why, shown(line));
}

result<std::size_t> port::take_line(const request &asked, std::int64_t deadline,
                                    std::span<char> to) {
    if (to.empty()) {
        return fail({.code = ALD_E_INVALID, .domain = "line", .where = owner_.path()},
                    "there is no room to read into");
    }
    const std::string &end = how_.terminator;
    const line_wait how_long(asked, wake_, deadline);
    for (std::size_t looked = 0;;) {
        const std::size_t found = inbox_.find(end, looked);
        // A terminator may have come in part.
        const std::size_t size = found != std::string::npos
                                     ? found
                                     : inbox_.size() - std::min(inbox_.size(), end.size() - 1);
        if (size >= to.size()) {
            // Gone, or a resync would meet it again and again.
            return misfit("is longer than its driver allows", std::exchange(inbox_, {}));
        }
        if (found != std::string::npos) {
            const std::string line = inbox_.substr(0, size);
            inbox_.erase(0, size + end.size());
            if (line.find('\0') != std::string::npos) {
                return misfit("holds a NUL", line);
            }
            std::memcpy(to.data(), line.c_str(), size + 1);
            answered(true);
            return size;
        }
        looked = size;
        if (auto more = receive_more(how_long); !more) {
            return failure(std::move(more.error()));
        }
    }
}

result<std::size_t> port::read_line(const request &asked, std::int64_t deadline,
                                    std::span<char> to) {
    const visit inside(*this);
    return take_line(asked, deadline, to);
}

result<std::size_t> port::query(const request &asked, std::string_view bytes, std::span<char> to) {
    const visit inside(*this);
    auto sent = may_go_on(asked)
                    .and_then([&] { return trust(asked); })
                    .and_then([&] { return drop_input(); }) // it is no answer to this
                    .and_then([&] { return send(asked, bytes); });
    if (!sent) {
        return failure(std::move(sent.error()));
    }
    if (to.data() == nullptr) {
        answered(true);
        return 0;
    }
    return take_line(asked, never, to);
}

void port::discard() {
    const visit inside(*this);
    (void)drop_input();
}

void port::suspect() {
    const visit inside(*this);
    doubt("the driver says so");
}

outcome port::send_now(std::string_view bytes, bool interrupt) {
    const visit inside(*this);
    if (interrupt) {
        bool awaited = false;
        {
            const std::scoped_lock lock(mutex_);
            interrupted_ = current_;
            awaited = awaits_reply_;
            wake_.set();
        }
        if (awaited) {
            doubt("a stop interrupted an exchange");
        }
    }
    const auto sent = output_->send_now(with_its_end(bytes));
    if (!sent) {
        return sent.error()->code() == ALD_E_DISCONNECTED
                   ? gone(failure(sent.error()))
                   : failure(located(sent.error(), owner_.path()));
    }
    if (*sent) {
        doubt("a stop cut off a message");
    }
    return {};
}

} // namespace alidade
