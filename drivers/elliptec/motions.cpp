// Motions: begun by one request, watched by polls, ended when the motor says so or stands.
#include "driver.hpp"

#include "support/text.hpp"

#include <algorithm>
#include <cmath>

namespace elliptec {

namespace {

using namespace drivers;

constexpr std::int64_t s = 1'000'000'000;
constexpr std::int64_t pause_ns = 40'000'000;
// A move that comes sooner after the last one may end at 0.
constexpr std::int64_t rest_ns = 100'000'000;
constexpr std::int64_t standing_ns = 5 * s; // for the last stop, at closing
constexpr std::int64_t lookahead_ns = 2 * s;
constexpr std::int64_t service_pause_ns = 500'000'000; // the line is for the motor that serves
// Velocity, in per cent, with which an ELL14 may run on without overheating.
constexpr int least_jog = 50;
constexpr int most_jog = 70;
constexpr int most_misses = 5;
constexpr int digits = 4;
constexpr double greatest_pulses = 2147483647;

// Motors are slower than their data sheets when they are old, cold or loaded.
constexpr double slower = 10;
constexpr double delay_s = 5;

std::string text_of(const motor &m, double where) {
    return m.kind->slides() ? "place " + decimals(where, 0)
                            : decimals(where, digits) + " " + m.kind->unit();
}

// A service ends by `st` also where a motion does not.
bool can_be_stopped(const motor &m) {
    return m.doing == task::clean ||
           (m.doing == task::optimize ? m.kind->optimizing_can_be_stopped()
                                      : m.kind->stops && m.doing != task::search);
}

const char *name_of_service(task service) {
    return service == task::search     ? "search"
           : service == task::optimize ? "optimizing"
                                       : "cleaning";
}

// Tells faults of the line from those of the motor.
bool is_of_line(const fault &why) { return why.given || why.code == ALD_E_PROTOCOL; }

std::optional<double> goal_of(const motor &m) {
    return m.doing == task::home ? home_of(*m.kind) : std::optional(m.to);
}

// Time limit of a motion that nobody can stop.
std::int64_t longest_ns(const motor &m) {
    const range reach = range_of(m.who);
    const double whole = m.kind->rotates() ? 360 : reach.max - reach.min;
    const double way = m.doing == task::move ? std::abs(m.to - m.from) : whole;
    const double speed = m.kind->speed * (m.kind->slowest > 0 ? m.percent : 100) / 100;
    const double needed = (way / speed * slower + delay_s) * static_cast<double>(s);
    return is_service(m.doing) ? motion_timeout_ns
                               : static_cast<std::int64_t>(
                                     std::min(needed, static_cast<double>(motion_timeout_ns)));
}

// Words the failure of a motor that nobody has seen standing, and that is no longer watched.
fault lost_sight(const motor &m, const fault &why) {
    return not_seen_to_stand("'" + m.name + "'", why,
                             can_be_stopped(m) ? "was told to stop" : "cannot be stopped");
}

// Tells whether answers failed to come, or to make sense, though the line itself is there.
bool is_given_up(const motor &m, const outcome &how) {
    if (how || m.stands) {
        return false;
    }
    const fault &why = how.error();
    return is_of_line(why) && why.code != ALD_E_DISCONNECTED && why.code != ALD_E_CLOSED;
}

fault cannot_stop(const motor &m, const std::string &why) {
    return {ALD_E_UNSUPPORTED, "'" + m.name + "' " + why +
                                   " and moves on to its goal; wait until it has settled, and keep "
                                   "clear of it"};
}

// Words how a motion ended that was told to end before.
fault told_and_stands(const motor &m, bool in_time, const std::string &place) {
    const ald_status code = in_time ? ALD_E_CANCELLED : ALD_E_TIMEOUT;
    if (is_service(m.doing) && !can_be_stopped(m)) {
        return {code, std::string("the ") + name_of_service(m.doing) + " of '" + m.name +
                          "' cannot be interrupted; it has ended, and what it found may not be "
                          "the best"};
    }
    if (is_service(m.doing)) {
        return {code, std::string("the ") + name_of_service(m.doing) + " of '" + m.name + "' " +
                          (in_time ? "was interrupted"
                                   : "takes minutes and had not ended when the "
                                     "time was up; allow more time") +
                          "; it stands"};
    }
    if (m.doing == task::jog && !in_time) {
        return {code, "'" + m.name +
                          "' jogged until its time was up; it was told to stop, and "
                          "stands at " +
                          place};
    }
    const auto where = goal_of(m);
    const std::string goal = m.doing == task::home ? "home" : text_of(m, where.value_or(0));
    const std::string how = !m.kind->stops ? "it cannot be stopped, went on"
                            : m.refused    ? "it refused to stop, went on"
                                           : "it was told to stop";
    if (!in_time) {
        return {ALD_E_TIMEOUT, "'" + m.name + "' had not reached " + goal +
                                   " when the time was up; " + how + ", and stands at " + place +
                                   "; check that nothing blocks it, or allow more time"};
    }
    return {ALD_E_CANCELLED, m.kind->stops && !m.refused
                                 ? "'" + m.name + "' was stopped at " + place
                                 : "the motion of '" + m.name + "' to " + goal +
                                       " was cancelled; " + how + ", and stands at " + place};
}

} // namespace

void bus::move(ald_request *request, motor &m, double target) {
    if (m.kind->slides() && target != std::round(target)) {
        refuse(request, {ALD_E_RANGE, "'" + m.name + "' has the places 0 to " +
                                          std::to_string(m.kind->places - 1) + "; " +
                                          decimals(target, digits) + " is none of them"});
        return;
    }
    const double pulses = std::round(target * scale_of(m.who)) + static_cast<double>(m.zero);
    if (std::abs(pulses) > greatest_pulses) {
        refuse(request, {ALD_E_RANGE, "'" + m.name + "' counts no further than " +
                                          decimals(greatest_pulses, 0) +
                                          " pulses; home it, or set its zero elsewhere"});
        return;
    }
    begin(request, m, task::move, target);
}

void bus::jog(ald_request *request, motor &m, bool forward) {
    m.forward = forward;
    const range reach = range_of(m.who);
    begin(request, m, task::jog, forward ? reach.max : reach.min);
}

// A motor runs on while its jog step is 0, which is given back to it as soon as it stands.
outcome bus::prepare_jog(const ald_request *request, motor &m) {
    const auto percent = ask_byte(request, m, "gv", "GV");
    if (!percent) {
        return percent.error();
    }
    if (*percent < least_jog || *percent > most_jog) {
        return fault{ALD_E_STATE, "'" + m.name +
                                      "' would overheat or stall: it jogs at a velocity of " +
                                      std::to_string(least_jog) + " to " +
                                      std::to_string(most_jog) + " % alone, and has " +
                                      std::to_string(*percent) + " %; set 'velocity' first"};
    }
    if (!m.kept_step) {
        const auto step = ask_long(request, m, "gj", "GJ", nullptr);
        if (!step) {
            return step.error();
        }
        m.kept_step = *step;
    }
    return accepted(request, m, "sj" + to_long(0));
}

// Tries again after the next motion where it fails.
void bus::give_step_back(const ald_request *request, motor &m) {
    if (m.kept_step && accepted(request, m, "sj" + to_long(*m.kept_step))) {
        m.kept_step.reset();
    }
}

// The motion is known before anything is sent, and what a cancel or a stop has sent too early is
// sent again.
void bus::begin(ald_request *request, motor &m, task what, double target) {
    m.stop_sent = false;
    m.going.begin(request);
    m.doing = what;
    m.to = target;
    m.search = 1;
    m.sent = false;
    m.waits = false;
    m.misses = 0;
    m.told_ns = 0;
    m.refused = false;
    m.failed.reset();
    m.broken.reset();
    outcome begun = prepare(request, m);
    const bool is_there =
        begun && m.kind->slides() && what == task::move && m.place == static_cast<int>(target);
    const std::int64_t earliest = m.rested_ns + rest_ns;
    if (begun && m.rested_ns != 0 && host_.mono_ns() < earliest) {
        (void)host_.sleep_until(request, earliest);
    }
    if (begun && !is_there && !m.going.told_to_stop()) {
        begun = send_next(request, m);
    }
    const bool stopped = m.going.told_to_stop();
    if (m.sent && stopped && can_be_stopped(m)) {
        (void)tell_to_stop(m);
    }
    if (is_there && !stopped) {
        here_ = target;
        end_motion(m, done{});
    } else if (!m.sent || (!begun && !stopped)) {
        if (!m.sent) {
            give_step_back(request, m);
        }
        end_motion(m, begun ? outcome(fault{ALD_E_CANCELLED, "the motor was stopped"}) : begun);
    } else {
        if (!can_be_stopped(m)) {
            host_.takes_until(request, host_.mono_ns() + longest_ns(m));
        }
        host_.accept(request);
        if (auto watched = watch_from(m, host_.mono_ns() + pause_ns); !watched) {
            end_motion(m, watched);
        }
    }
    m.going.release();
}

// Finds out where it stands, and clears an old error, which is none of this motion.
outcome bus::prepare(const ald_request *request, motor &m) {
    if (m.unclear.exchange(false)) {
        if (const auto status = ask_status(request, m); !status) {
            return status.error();
        }
        m.failed.reset();
    }
    if (m.kind->slides() || !m.last_seen) {
        if (const auto pulses = ask_pulses(request, m); !pulses) {
            return pulses.error();
        }
    }
    if (m.doing == task::home) {
        m.zero = 0; // home is 0 by definition
    }
    m.from = m.where(*m.last_seen);
    if (m.doing == task::jog) {
        return prepare_jog(request, m);
    }
    if (m.kind->slides()) { // one that was left between two places goes to the next one
        const auto place = place_of(*m.kind, *m.last_seen);
        m.place = place.value_or(
            static_cast<int>(m.from < m.to ? std::floor(m.from) : std::ceil(m.from)));
    }
    return done{};
}

// The first command of a motion, or the next one of one that has several.
outcome bus::send_next(const ald_request *request, motor &m) {
    m.sent = true;
    m.begun_ns = host_.mono_ns();
    m.waits = false;
    m.found = false;
    m.arrived.reset();
    m.seen.reset();
    std::string text;
    double from = m.from;
    double goal = goal_of(m).value_or(m.from);
    if (m.doing == task::home) {
        text = "ho" + std::to_string(home_direction_);
    } else if (m.doing == task::search) {
        text = "s" + std::to_string(m.search);
    } else if (is_service(m.doing)) {
        text = m.doing == task::optimize ? "om" : "cm";
    } else if (m.doing == task::jog) {
        text = m.forward ? "fw" : "bw";
    } else if (m.kind->slides()) {
        const bool forward = m.place < static_cast<int>(m.to);
        m.next = m.place + (forward ? 1 : -1);
        text = forward ? "fw" : "bw";
        from = m.place;
        goal = m.next;
    } else {
        text = "ma" + to_long(std::llround(m.to * scale_of(m.who)) + m.zero);
    }
    m.arriving = arrival(from, goal,
                         {.repeatability = m.kind->repeatability,
                          .resolution = m.kind->slides() ? 0 : 1 / scale_of(m.who)},
                         host_.mono_ns());
    if (m.doing == task::home) {
        m.arriving.searches();
    }
    return line_.send(request, m.command(text));
}

outcome bus::watch_from(motor &m, std::int64_t t_mono_ns) {
    ald_error *why = nullptr;
    const ald_status asked = host_.poll_at(m.node, t_mono_ns, &why);
    return asked == ALD_OK ? outcome(done{}) : failed(host_, asked, why);
}

outcome bus::tell_to_stop(motor &m) {
    m.stop_sent = true;
    m.unclear = true;
    return line_.send_now(clear + m.command("st"));
}

// Comes on any thread, also while another request is under way.
void bus::stop(ald_request *request, motor &m) {
    if (!m.kind->stops) { // another model was here when the device was opened first
        refuse(request, cannot_stop(m, "cannot be stopped"));
        return;
    }
    m.going.add_stop(request);
    // Stop without an interrupt of what others wait for: the port would drop a refusal of the stop.
    outcome told = tell_to_stop(m);
    if (told) {
        told = watch_from(m, host_.mono_ns());
    }
    if (told) {
        m.going.check_stop(request);
    } else {
        m.going.end_stops(told);
    }
}

void bus::cancel(ald_request *request) {
    motor *moving = nullptr;
    {
        const std::scoped_lock lock(mutex_);
        for (const auto &[address, m] : motors_) {
            if (m->going.cancel(request)) {
                moving = m.get();
            }
        }
    }
    if (moving == nullptr) {
        return; // a query: the port ends it
    }
    outcome told = done{};
    if (can_be_stopped(*moving)) {
        told = tell_to_stop(*moving);
    }
    if (told) {
        told = watch_from(*moving, host_.mono_ns());
    }
    if (!told) {
        moving->going.lose(request, told.error());
    }
}

// Tells a motor whose motion ends elsewhere than at its goal to stop, if it can.
void bus::end_motion(motor &m, const outcome &how) {
    if (!how && m.sent && can_be_stopped(m) && !m.going.told_to_stop()) {
        (void)tell_to_stop(m);
        line_.doubt(); // its answer is not the one to the next question
    }
    m.rested_ns = host_.mono_ns();
    m.going.end(how, m.doing == task::move ? std::optional(here_) : std::nullopt);
}

void bus::look_after(ald_request *poll, motor &m) {
    if (m.going.hold()) {
        auto ended = watch(poll, m);
        if (!ended) {
            const bool serves = is_service(m.doing) && m.going.goes_on();
            const std::int64_t pause = serves ? service_pause_ns : pause_ns;
            if (auto again = watch_from(m, host_.mono_ns() + pause); !again) {
                ended = again;
            }
        }
        if (ended) {
            m.misses = 0;
            if (m.stands) {
                give_step_back(poll, m);
            }
            const bool known = *ended || m.stands; // where it stands, whatever became of the motion
            const outcome lost = known ? outcome(done{}) : lost_sight(m, ended->error());
            end_motion(m, is_given_up(m, *ended) ? lost : *ended);
            m.going.end_stops(lost);
        }
    }
    m.going.release();
    complete(host_, poll);
}

// Nothing while it moves; how its motion ended once it stands.
std::optional<outcome> bus::watch(const ald_request *poll, motor &m) {
    m.stands = false;
    const bool serves = is_service(m.doing) && m.going.goes_on();
    auto ended = !serves                   ? look(poll, m)
                 : m.doing == task::search ? look_at_search(poll, m)
                                           : look_at_service(poll, m);
    // An error that says that it is busy, and a missing answer, are no ends.
    if (!ended || *ended) {
        m.misses = 0;
        return ended;
    }
    const fault &why = ended->error();
    const bool for_good =
        !is_of_line(why) || why.code == ALD_E_DISCONNECTED || why.code == ALD_E_CLOSED;
    return for_good || ++m.misses >= most_misses ? ended : std::nullopt;
}

std::optional<outcome> bus::look(const ald_request *poll, motor &m) {
    if (m.waits && m.going.told_to_stop()) {
        return arrived(m, *m.last_seen);
    }
    if (m.waits) {
        if (host_.mono_ns() < m.rested_ns + rest_ns) {
            return std::nullopt;
        }
        const auto sent = send_next(poll, m);
        return sent ? std::nullopt : std::optional(sent);
    }
    const auto status = ask_status(poll, m);
    // Count an error that it has told of meanwhile, whether it answered or not.
    const auto failed_with = m.failed ? m.failed
                             : status && *status != status_ok && *status != status_busy
                                 ? std::optional(*status)
                                 : std::nullopt;
    m.failed.reset();
    if (failed_with == status_unsupported && m.stop_sent) {
        refuse_to_stop(m, *failed_with);
        return still_going(m);
    }
    if (failed_with) {
        const std::string doing = m.doing == task::home ? "home" : "move";
        const fault why = to_fault(*failed_with, m.name, doing);
        if (!m.going.told_to_stop()) {
            return outcome(why);
        }
        m.broken = why; // it has yet to be seen to stand
    } else if (m.arrived && judge(m, *m.arrived) == arrival::verdict::reached) {
        return reached(m, *m.arrived);
    }
    if (!status) {
        return outcome(status.error());
    }
    if (*status == status_busy) {
        m.arriving.moves();
        return still_going(m);
    }
    return look_at_place(poll, m);
}

// Judges an idle motor by its place, since the message of its arrival may have been lost. It stands
// if it is twice at the same place; elsewhere than at its goal it may not have begun to move.
std::optional<outcome> bus::look_at_place(const ald_request *poll, motor &m) {
    const auto here = ask_pulses(poll, m);
    if (m.arrived && judge(m, *m.arrived) == arrival::verdict::reached) {
        return reached(m, *m.arrived);
    }
    if (!here && here.error().native_code == status_busy) {
        return still_going(m);
    }
    if (!here) {
        return outcome(here.error());
    }
    if (std::exchange(m.seen, *here) != *here) {
        return std::nullopt;
    }
    const bool stands = !m.going.goes_on() || m.going.told_to_stop() ||
                        judge(m, *here) != arrival::verdict::not_begun;
    return stands ? reached(m, *here) : std::nullopt;
}

// The answer comes when the search has ended; until then the motor may hear nothing.
std::optional<outcome> bus::look_at_search(const ald_request *poll, motor &m) {
    hear_all(poll);
    const bool told = m.going.told_to_stop();
    if (told && !m.found && !m.failed) {
        const auto status = ask_status(poll, m);
        m.found = m.found || (status && *status == status_ok);
        if (status && *status != status_ok && *status != status_busy) {
            m.failed = *status;
        }
    }
    if (m.failed) {
        return outcome(to_fault(*m.failed, m.name, m.command("s" + std::to_string(m.search))));
    }
    if (!m.found) {
        return still_going(m);
    }
    m.stands = true;
    if (told) {
        const bool in_time = host_.mono_ns() < describe(host_, m.going.request()).deadline_mono_ns;
        return outcome(told_and_stands(m, in_time, ""));
    }
    if (m.search == 2 || has_one_motor(m.who)) {
        return outcome(done{});
    }
    m.search = 2;
    const auto sent = send_next(poll, m);
    return sent ? std::nullopt : std::optional(sent);
}

// Optimizing and cleaning tell their status at any time, and say by themselves when they have
// ended.
std::optional<outcome> bus::look_at_service(const ald_request *poll, motor &m) {
    hear_all(poll);
    const auto status = m.found || m.failed ? result<int>(int{status_ok}) : ask_status(poll, m);
    if (m.failed || (status && *status != status_ok && *status != status_busy)) {
        return outcome(to_fault(m.failed.value_or(*status), m.name, name_of_service(m.doing)));
    }
    if (!status) {
        return outcome(status.error());
    }
    ald_request *motion = m.going.request();
    if (*status == status_busy && !m.found) {
        const auto seconds = static_cast<double>(host_.mono_ns() - m.begun_ns) / s;
        host_.progress(motion, seconds, -1, "s", name_of_service(m.doing));
        return still_going(m);
    }
    m.stands = true;
    line_.doubt(); // two answers may have come, of which one is left
    if (!m.going.told_to_stop()) {
        return outcome(done{});
    }
    const bool in_time = host_.mono_ns() < describe(host_, motion).deadline_mono_ns;
    return outcome(told_and_stands(m, in_time, ""));
}

// Lets a motor that was told to stop move on for as long as it may take, and no longer.
std::optional<bus::outcome> bus::still_going(motor &m) {
    if (!m.going.told_to_stop()) {
        return std::nullopt;
    }
    const std::int64_t now = host_.mono_ns();
    m.told_ns = m.told_ns != 0 ? m.told_ns : now;
    if (now - m.told_ns > motion_timeout_ns) {
        return outcome(fault{ALD_E_TIMEOUT, "'" + m.name +
                                                "' says that it still moves, long after it was "
                                                "to stand; look at it, and switch its supply off"});
    }
    ald_request *motion = m.going.request();
    if (motion != nullptr && (!can_be_stopped(m) || m.refused)) {
        host_.takes_until(motion, now + lookahead_ns);
    }
    return std::nullopt;
}

void bus::refuse_to_stop(motor &m, int status) {
    m.refused = true;
    m.going.end_stops(cannot_stop(m, "refused to stop (status " + to_byte(status) +
                                         ", not supported: its firmware does not know it)"));
}

// The end of a motion, or of a step of one.
std::optional<outcome> bus::reached(motor &m, std::int64_t pulses) {
    m.last_seen = pulses;
    const auto place = m.kind->slides() ? place_of(*m.kind, pulses) : std::nullopt;
    const bool more = m.going.goes_on() && m.doing == task::move && place == m.next &&
                      m.next != static_cast<int>(m.to);
    if (place) {
        m.place = *place;
    }
    if (!more || m.broken || m.going.told_to_stop()) {
        return arrived(m, pulses);
    }
    m.waits = true;
    m.rested_ns = host_.mono_ns();
    return std::nullopt;
}

arrival::verdict bus::judge(const motor &m, std::int64_t pulses) const {
    const double here = m.where(pulses);
    const auto how = m.arriving.judge(here, host_.mono_ns());
    // Where it stands at home is not known of all.
    const bool anywhere = m.doing == task::home && !goal_of(m);
    return anywhere && how == arrival::verdict::missed ? arrival::verdict::reached : how;
}

outcome bus::arrived(motor &m, std::int64_t pulses) {
    m.stands = true;
    const ald_request *motion = m.going.request();
    if (m.broken) {
        return *m.broken;
    }
    if (motion == nullptr) {
        return done{};
    }
    const auto here = m.to_units(pulses);
    if (!here) {
        return between_places(m, pulses);
    }
    here_ = *here;
    if (m.going.told_to_stop()) {
        const bool in_time = host_.mono_ns() < describe(host_, motion).deadline_mono_ns;
        return told_and_stands(m, in_time, text_of(m, here_));
    }
    if (judge(m, pulses) == arrival::verdict::reached) {
        return done{};
    }
    if (m.doing == task::jog) {
        return fault{ALD_E_STATE, "'" + m.name + "' stands at " + text_of(m, here_) +
                                      " though nobody has stopped its jog here; somebody else may "
                                      "have, or something holds it"};
    }
    return m.arriving.missed(m.name, here_, m.kind->unit());
}

fault between_places(const motor &m, std::int64_t pulses) {
    return {ALD_E_STATE, "'" + m.name + "' stands between two of its places, at " +
                             std::to_string(pulses) + " pulses; move it to one of them"};
}

// Stops all that moves, before the line is closed.
void bus::stand(const ald_request *request) {
    const std::int64_t until = host_.mono_ns() + standing_ns;
    const outcome closed = fault{ALD_E_CANCELLED, "the device was closed"};
    for (const auto &[address, m] : motors_) {
        if (m->going.hold()) {
            if (can_be_stopped(*m)) {
                (void)tell_to_stop(*m);
            }
            bool moves = true;
            while (moves && host_.mono_ns() < until) {
                const auto status = ask_status(request, *m);
                moves = status && *status == status_busy &&
                        host_.sleep_until(request, host_.mono_ns() + pause_ns) == 0;
            }
            if (!moves) {
                give_step_back(request, *m);
            }
            m->sent = false; // it has been told already
            end_motion(*m, closed);
            m->going.end_stops(closed);
        }
        m->going.release();
    }
}

} // namespace elliptec
