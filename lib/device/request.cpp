#include "device/request.hpp"

#include "base/log.hpp"
#include "device/device.hpp"
#include "device/driver_fault.hpp"
#include "device/lab.hpp"
#include "device/prompt_call.hpp"

#include <array>

namespace alidade {

namespace {

// Grace in which a driver has to leave the instrument defined before the caller is let go, unless
// it has said that the instrument takes longer.
constexpr std::int64_t grace_ns = 2'000'000'000;

// Time in which a poll may keep its turn from other requests when an answer is lost.
constexpr std::int64_t poll_ns = 1'000'000'000;

} // namespace

request::request(device &target, order what)
    : object(ALD_KIND_NONE), target_(target), keep_(target.keep_alive()), order_(std::move(what)) {
    // The operation must not own us and we own it: the control holds us only until the end.
    op_->set_control([self = ref<request>::share(this)](op::ask what_is_asked) {
        if (what_is_asked == op::ask::cancel) {
            self->end(reason::cancelled);
        }
    });
}

request::~request() = default;

std::uint64_t request::next_number() noexcept {
    static std::atomic<std::uint64_t> last{0};
    return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

bool request::begin_submit() {
    if (order_.verb == ALD_VERB_POLL) { // however long it has waited for its turn
        order_.deadline = mono_ns() + poll_ns;
        arm_deadline();
    }
    reason why{};
    {
        const std::scoped_lock lock(mutex_);
        stage_ = stage::submitted;
        why = why_;
    }
    if (why == reason::none && order_.verb == ALD_VERB_POLL && !target_.wants_poll(order_.poll)) {
        why = reason::cancelled;
    }
    if (why != reason::none) {
        complete(failure_of(why));
        return false;
    }
    // It may have waited since before an emergency stop.
    auto free =
        order_.starts ? target_.owner().latch().check(target_.path(), order_.name) : outcome();
    if (!free) {
        complete(failure(std::move(free.error())));
        return false;
    }
    return true;
}

void request::end_if_held_down() noexcept {
    if (order_.starts && target_.owner().latch().holds()) {
        end(reason::emergency_stop);
    }
}

void request::arm_deadline() noexcept {
    // Whoever closes a device watches the time: at the end of the process there are no timers left.
    if (order_.deadline == never || order_.verb == ALD_VERB_CLOSE) {
        return;
    }
    reason why = reason::no_timer;
    try {
        const auto armed = try_deadline();
        if (armed) {
            return;
        }
        log::write(ALD_LOG_ERROR, "device", armed.error()->detail().message);
    } catch (...) {
        why = reason::no_memory;
    }
    end(why);
}

outcome request::try_deadline() {
    const std::scoped_lock lock(mutex_);
    if (stage_ == stage::completed) {
        return {};
    }
    return runtime::instance()
        .timers()
        .schedule(order_.deadline,
                  [self = ref<request>::share(this)] { self->end(reason::timed_out); })
        .map([this](timer::id armed) { deadline_timer_ = armed; });
}

bool request::should_end() const {
    const std::scoped_lock lock(mutex_);
    return why_ != reason::none;
}

bool request::sleep_until(std::int64_t t_mono_ns) const {
    return wait_for(mutex_, waiters_, t_mono_ns, nullptr,
                    [this] { return why_ != reason::none; }) == wait_end::ready;
}

request::alarm::alarm(const request &of, const wake_descriptor &rings) : of_(of) {
    const std::scoped_lock lock(of_.mutex_);
    outer_ = std::exchange(of_.alarm_, &rings);
    if (of_.why_ != reason::none) {
        rings.set();
    }
}

request::alarm::~alarm() {
    const std::scoped_lock lock(of_.mutex_);
    of_.alarm_ = outer_;
}

bool request::wait_completed(std::int64_t deadline) const {
    return wait_for(mutex_, waiters_, deadline, nullptr, [this] {
               return stage_ == stage::completed && (!given_up_ || lost_);
           }) == wait_end::ready;
}

void request::accept() {
    const auto self = ref<request>::share(this);
    op_->begin();
    target_.requests().turn_ended(*this);
}

void request::takes_until(std::int64_t t_mono_ns) {
    bool waits = false;
    {
        const std::scoped_lock lock(mutex_);
        takes_until_ = t_mono_ns;
        waits = grace_timer_ != 0; // it was asked to end already
    }
    if (waits) {
        forget_timers();
        (void)try_grace();
    }
}

void request::progress(const op::step &s) {
    (void)op_->advance(s); // an operation that has ended has no use for it
}

void request::complete(result<value> r, const ald_reading *times) {
    const auto self = ref<request>::share(this);
    const prompt_call::back_in_library now;
    if (take_end(false)) {
        conclude(std::move(r), times, false);
        return;
    }
    if (order_.motion) { // one that was given up
        target_.motion_ended(*op_, order_, r, false);
    }
    target_.requests().turn_ended(*this);
}

void request::give_up() noexcept {
    const auto self = ref<request>::share(this);
    if (!take_end(true)) {
        return;
    }
    reason why{};
    bool is_lost = false;
    {
        const std::scoped_lock lock(mutex_);
        why = why_;
        is_lost = lost_;
    }
    conclude(is_lost ? failure_of(reason::disconnected) : failure_of(why, true), nullptr, !is_lost);
}

// False if it has ended already.
bool request::take_end(bool giving_up) {
    const std::scoped_lock lock(mutex_);
    if (stage_ == stage::completed) {
        if (!giving_up && !std::exchange(given_up_, false)) {
            log_fault(target_, "completed a request twice: " + what_words());
        }
        waiters_.wake_all(); // who closes the device waits for one that was given up
        return false;
    }
    stage_ = stage::completed;
    given_up_ = giving_up;
    waiters_.wake_all();
    return true;
}

// `giving_up`: the driver has neither ended it nor lost its instrument.
void request::conclude(result<value> r, const ald_reading *times, bool giving_up) {
    forget_timers();
    reason why{};
    {
        const std::scoped_lock lock(mutex_);
        why = why_;
    }
    try {
        if (r) {
            r = target_.check_answer(order_, *r);
        }
        if (r) {
            target_.learn(order_, *r, times);
        } else if (!giving_up && why != reason::none && r.error()->code() == ALD_E_CANCELLED &&
                   !says_where_it_stands(why, *r.error())) {
            r = failure_of(why);
        }
    } catch (...) {
        r = failure(out_of_memory());
    }
    if (order_.motion) {
        target_.motion_ended(*op_, order_, r, giving_up);
    } else if (order_.stops) {
        target_.owe_stop(!r);
    }
    if (order_.verb == ALD_VERB_OPEN) {
        target_.opening_ended(*this, std::move(r));
    } else {
        op_->finish(std::move(r));
    }
    target_.requests().turn_ended(*this);
}

// Tells whether the driver of a cancelled motion says itself where it stands, beyond the status.
bool request::says_where_it_stands(reason why, const error &told) const {
    return why == reason::cancelled && order_.motion && told.detail().domain != "device";
}

void request::end(reason why) noexcept {
    const auto self = ref<request>::share(this);
    stage now{};
    bool asked = false;
    {
        const std::scoped_lock lock(mutex_);
        lost_ = lost_ || why == reason::disconnected;
        if (stage_ == stage::completed) {
            return;
        }
        asked = why_ != reason::none;
        why_ = asked ? why_ : why;
        now = stage_;
        waiters_.wake_all();
        if (alarm_ != nullptr) {
            alarm_->set();
        }
    }
    if (asked) { // the driver was asked already; what it waits for may never come now
        if (why == reason::disconnected && now == stage::submitted) {
            op_->finish(failure_of(why));
        }
        return;
    }
    if (now == stage::waiting) {
        if (target_.requests().take_out(*this)) {
            complete(failure_of(why));
        }
        return; // or it is just being submitted, and `begin_submit` sees the reason
    }
    if (why == reason::disconnected) {
        op_->finish(failure_of(why));
    }
    target_.requests().cancel(*this);
    bool waits = false;
    try {
        waits = try_grace();
    } catch (...) { // no memory for a timer
    }
    if (!waits) {
        op_->finish(failure_of(why, true)); // rather too early than never
    }
}

// False where nobody can wait for the driver.
bool request::try_grace() {
    const std::scoped_lock lock(mutex_);
    if (stage_ == stage::completed || grace_timer_ != 0) {
        return true;
    }
    auto armed = runtime::instance().timers().schedule(
        (lost_ ? mono_ns() : std::max(mono_ns(), takes_until_)) + grace_ns,
        [self = ref<request>::share(this)] { self->grace_ended(); });
    if (armed) {
        grace_timer_ = *armed;
    }
    return armed.has_value();
}

void request::grace_ended() noexcept {
    {
        const std::scoped_lock lock(mutex_);
        grace_timer_ = 0;
        if (stage_ == stage::completed) {
            return;
        }
    }
    try {
        log_fault(target_, fmt::format("has not ended what it was asked to end {} s ago, which is "
                                       "given up: {}",
                                       grace_ns / 1'000'000'000, what_words()));
    } catch (...) { // no memory to say so
    }
    give_up();
}

// Words for what was asked of the driver: "set 'position'".
std::string request::what_words() const {
    static constexpr std::array verbs{"", "open", "close", "get '", "set '", "act '", "poll"};
    const std::string_view verb = verbs[static_cast<std::size_t>(order_.verb)];
    return verb.ends_with('\'') ? fmt::format("{}{}'", verb, order_.name) : std::string(verb);
}

void request::forget_timers() {
    timer::id deadline = 0;
    timer::id grace = 0;
    {
        const std::scoped_lock lock(mutex_);
        deadline = std::exchange(deadline_timer_, 0);
        grace = std::exchange(grace_timer_, 0);
    }
    for (const timer::id armed : {deadline, grace}) {
        if (armed != 0) {
            runtime::instance().timers().unschedule(armed);
        }
    }
}

failure request::failure_of(reason why, bool open_end) const noexcept {
    try {
        return describe_end(why, open_end);
    } catch (...) { // no memory to say it in words
        return failure(out_of_memory());
    }
}

// `open_end`: the driver has not said that what it was doing has ended.
failure request::describe_end(reason why, bool open_end) const {
    error_detail detail{.domain = "device", .where = target_.path()};
    if (!order_.name.empty()) {
        detail.where += ": " + order_.name;
    }
    const std::string moves =
        (open_end && order_.motion ? "; whether it stands is not known: it may still move" : "") +
        (open_end ? "; its driver '" + target_.driver_name() + "' did not end it" : std::string());
    switch (why) {
    case reason::timed_out:
        detail.code = ALD_E_TIMEOUT;
        return fail(
            std::move(detail),
            "'{}' did not do it before the timeout; check the instrument or allow more time{}",
            target_.path(), moves);
    case reason::disconnected:
        detail.code = ALD_E_DISCONNECTED;
        return fail(std::move(detail), "'{}' is gone; connect it and open it again",
                    target_.path());
    case reason::emergency_stop:
        detail.code = ALD_E_CANCELLED;
        return fail(std::move(detail), "what '{}' was doing was ended by an emergency stop",
                    target_.path());
    case reason::no_memory: return failure(out_of_memory());
    case reason::no_timer:
        detail.code = ALD_E_LIMIT;
        return fail(std::move(detail),
                    "no timer can be had for the timeout of what '{}' was to do; end some threads "
                    "or raise the limit",
                    target_.path());
    case reason::closed:
        detail.code = ALD_E_CLOSED;
        return fail(std::move(detail), "'{}' was closed{}", target_.path(), moves);
    default:
        detail.code = ALD_E_CANCELLED;
        return fail(std::move(detail), "what '{}' was doing was cancelled{}", target_.path(),
                    moves);
    }
}

} // namespace alidade
