// Motions: begun by one request, watched by polls, ended when the axis stands.
#include "driver.hpp"

#include "support/text.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace esp300 {

namespace {

using namespace drivers;

constexpr std::int64_t first_pause_ns = 10'000'000;
constexpr std::int64_t longest_pause_ns = 50'000'000;
constexpr int most_misses = 5;
constexpr std::int64_t standing_ns = 5'000'000'000; // for the last stop, at closing
constexpr int digits = 6;
constexpr double no_end = 1e12; // further than any axis goes

const char *word_of(axis::task doing) {
    constexpr std::array names{"move", "home", "jog"};
    return names.at(static_cast<std::size_t>(doing));
}

const char *phase_of(axis::task doing) {
    constexpr std::array phases{"moving", "homing", "jogging"};
    return phases.at(static_cast<std::size_t>(doing));
}

std::string with_unit(double x, const std::string &unit) {
    return decimals(x, digits) + (unit == "1" ? "" : " " + unit);
}

bool is_for_good(const fault &why) {
    return why.code == ALD_E_DISCONNECTED || why.code == ALD_E_CLOSED ||
           why.code == ALD_E_STATE_LOST;
}

// Outcome of a motion for its caller: one that was given up may still move.
outcome how_moved(const axis &a, const outcome &ended) {
    return a.stands || ended || is_for_good(ended.error())
               ? ended
               : not_seen_to_stand("axis '" + a.name + "'", ended.error());
}

// A stop does its duty whatever became of the motion, unless nobody has seen the axis stand, or the
// controller refused it.
outcome how_stopped(const axis &a, const outcome &ended) {
    if (!a.stands && !ended) {
        return not_seen_to_stand("axis '" + a.name + "'", ended.error());
    }
    return !ended && refuses(ended.error().native_code) ? ended : outcome(done{});
}

} // namespace

void controller::move(ald_request *request, axis &a, double target) {
    a.doing = axis::task::move;
    a.to = target;
    begin(request, a, a.command("PA" + decimals(target, digits)), target);
}

// Homes an axis. Its place at home is the controller's preset, but for the mode that goes to 0.
void controller::home(ald_request *request, axis &a) {
    double goal = 0;
    if (home_mode_ != 0) {
        const auto preset = wire_.ask_number(request, a.command("SH?"));
        if (!preset) {
            refuse(request, preset.error());
            return;
        }
        goal = preset->value;
    }
    a.doing = axis::task::home;
    a.to = none;
    begin(request, a, a.command("OR" + std::to_string(home_mode_)), goal);
}

// Goes to the software limit where there is one: so the controller itself ends the jog of a program
// that was killed. Without limits nothing but a stop, a limit switch or the timeout does.
void controller::jog(ald_request *request, axis &a, bool forward) {
    a.doing = axis::task::jog;
    if (!a.limited()) {
        a.to = none;
        begin(request, a, a.command(forward ? "MV+" : "MV-"), forward ? no_end : -no_end);
        return;
    }
    const double limit = forward ? a.right : a.left;
    const auto here = wire_.ask_number(request, a.command("TP?"));
    if (!here) {
        refuse(request, here.error());
    } else if (forward ? here->value > limit : here->value < limit) {
        refuse(request,
               {ALD_E_RANGE, "axis '" + a.name + "' is at " + with_unit(here->value, a.unit) +
                                 ", beyond its limit of " + with_unit(limit, a.unit) +
                                 "; move it back"});
    } else {
        a.to = limit;
        begin(request, a, a.command("PA" + decimals(limit, digits)), limit);
    }
}

// The motion is known before anything is sent, and what a cancel or a stop has sent too early is
// sent again.
void controller::begin(ald_request *request, axis &a, const std::string &text, double goal) {
    (void)own_errors(a, text, true); // those of before are no errors of this motion
    a.going.begin(request);
    a.misses = 0;
    a.pause_ns = first_pause_ns;
    outcome begun = done{};
    bool sent = false;
    bool stopped = false;
    if (!a.going.told_to_stop()) {
        const auto here = wire_.ask_number(request, a.command("TP?"));
        begun = here ? outcome(done{}) : here.error();
        a.from = here ? here->value : a.from;
    }
    if (begun && !a.going.told_to_stop()) {
        sent = true;
        a.arriving = arrival(a.from, goal, a.precise, host_.mono_ns());
        if (a.doing == axis::task::home) {
            a.arriving.searches();
        }
        begun = wire_.tell(request, text);
        // A stop may have gone out just before it; asking for errors may take long.
        stopped = a.going.told_to_stop();
        if (stopped) {
            (void)wire_.tell_now(a.command("ST"));
        }
        begun = begun ? taken(request, a, text) : begun;
    }
    if (sent && !stopped && (a.going.told_to_stop() || !begun)) { // perhaps it was not accepted
        (void)wire_.tell_now(a.command("ST"));
    }
    stopped = a.going.told_to_stop();
    if (!sent || (!begun && !stopped)) {
        end_motion(a, begun ? outcome(fault{ALD_E_CANCELLED, "the axis was stopped"}) : begun);
    } else {
        host_.accept(request);
        if (auto watched = watch_from(a, host_.mono_ns() + first_pause_ns); !watched) {
            (void)wire_.tell_now(a.command("ST"));
            end_motion(a, watched);
        }
    }
    a.going.release();
}

outcome controller::watch_from(axis &a, std::int64_t t_mono_ns) {
    ald_error *why = nullptr;
    const ald_status asked = host_.poll_at(a.node, t_mono_ns, &why);
    return asked == ALD_OK ? outcome(done{}) : failed(host_, asked, why);
}

// Comes on any thread, also while another request is under way.
void controller::stop(ald_request *request, axis &a) {
    a.going.add_stop(request);
    outcome told = wire_.tell_now(a.command("ST"), protocol::urgency::interrupts);
    if (told) {
        told = watch_from(a, host_.mono_ns());
    }
    if (told) {
        a.going.check_stop(request);
    } else {
        a.going.end_stops(told);
    }
}

void controller::cancel(ald_request *request) {
    axis *moving = nullptr;
    {
        const std::scoped_lock lock(mutex_);
        for (const auto &[number, a] : axes_) {
            if (a->going.cancel(request)) {
                moving = a.get();
            }
        }
    }
    if (moving == nullptr) {
        return; // a query: the port ends it
    }
    // Others keep what they have asked for. A poll may wait for an answer that was lost, and would
    // keep us from seeing that the axis stands.
    const auto urgency =
        watching_ ? protocol::urgency::interrupts : protocol::urgency::waits_for_none;
    outcome told = wire_.tell_now(moving->command("ST"), urgency);
    if (told) {
        told = watch_from(*moving, host_.mono_ns());
    }
    if (!told) {
        moving->going.lose(request, told.error());
    }
}

// Stops an axis whose motion failed, lest it move on or begin late; not if it was told already.
void controller::end_motion(axis &a, const outcome &how) {
    if (!how && !a.going.told_to_stop()) {
        (void)wire_.tell_now(a.command("ST"));
    }
    a.going.end(how, a.doing == axis::task::home ? std::nullopt : std::optional(here_));
}

void controller::look_after(ald_request *poll, axis &a) {
    if (a.going.hold()) {
        watching_ = true;
        auto ended = watch(poll, a);
        watching_ = false;
        if (!ended) {
            a.pause_ns = std::min(a.pause_ns * 3 / 2, longest_pause_ns);
            if (auto again = watch_from(a, host_.mono_ns() + a.pause_ns); !again) {
                ended = again;
            }
        }
        if (ended) {
            a.misses = 0;
            end_motion(a, how_moved(a, *ended));
            a.going.end_stops(how_stopped(a, *ended));
        }
    }
    a.going.release();
    complete(host_, poll);
}

std::optional<outcome> controller::watch(const ald_request *poll, axis &a) {
    a.stands = false;
    const auto stands = wire_.ask_flag(poll, a.command("MD?"));
    std::optional<fault> why;
    if (!stands) {
        why = stands.error();
    } else if (!*stands) {
        a.arriving.moves();
        const auto told = tell_progress(poll, a);
        if (told) {
            a.misses = 0;
            return std::nullopt;
        }
        why = told.error();
    } else {
        const auto here = wire_.ask_number(poll, a.command("TP?"));
        if (here) {
            here_ = here->value;
            auto how = how_it_ended(poll, a, here->value);
            if (!how) {
                a.misses = 0;
                return std::nullopt;
            }
            // Where asking failed it is asked again.
            if (*how || !(how->error().given || how->error().code == ALD_E_PROTOCOL)) {
                a.stands = true;
                return how;
            }
            why = how->error();
        } else {
            why = here.error();
        }
    }
    const bool for_good = is_for_good(*why);
    // Silence may be that of a limit switch. The motion's own timeout ends it.
    const bool keeps_waiting = why->code == ALD_E_TIMEOUT && !a.going.told_to_stop();
    if (!for_good && (keeps_waiting || ++a.misses < most_misses)) {
        return std::nullopt;
    }
    if (!for_good) {
        (void)wire_.tell_now(a.command("ST"));
        know_position(a, false);
    }
    return outcome(*why);
}

outcome controller::tell_progress(const ald_request *poll, axis &a) {
    const auto here = wire_.ask_number(poll, a.command("TP?"));
    if (!here) {
        return here.error();
    }
    ald_request *motion = a.going.request();
    if (motion != nullptr) {
        host_.progress(motion, std::abs(here->value - a.from),
                       a.doing == axis::task::move ? std::abs(a.to - a.from) : -1, a.unit.c_str(),
                       phase_of(a.doing));
    }
    return done{};
}

std::optional<outcome> controller::how_it_ended(const ald_request *poll, axis &a, double here) {
    const std::string doing = word_of(a.doing);
    auto of_controller = read_errors(poll, doing);
    if (!of_controller &&
        (of_controller.error().given || of_controller.error().code == ALD_E_PROTOCOL)) {
        return of_controller;
    }
    const auto on = wire_.ask_flag(poll, a.command("MO?"));
    if (!on) {
        return outcome(on.error());
    }
    const ald_request *motion = a.going.request();
    const bool stopping = a.going.told_to_stop();
    outcome own = own_errors(a, doing, true);
    if (motion == nullptr) { // a stop of an axis that had nothing to do
        return !of_controller && refuses(of_controller.error().native_code) ? of_controller : own;
    }
    if (!own) {
        return own;
    }
    if (!of_controller) {
        return of_controller;
    }
    if (stopping) {
        const bool in_time = host_.mono_ns() < describe(host_, motion).deadline_mono_ns;
        return outcome(in_time
                           ? fault{ALD_E_CANCELLED, "the axis '" + a.name + "' was stopped at " +
                                                        with_unit(here, a.unit)}
                           : not_in_time(a, here));
    }
    if (!*on) {
        began_anew();
        // Nothing in the error queue, the motor off, and the counter at 0 though it was elsewhere.
        const double far = std::max(std::abs(a.from), std::isnan(a.to) ? 0 : std::abs(a.to));
        if (std::abs(here) < 1e-3 * far) {
            return outcome(
                fault{ALD_E_STATE_LOST,
                      "the controller was reset during the " + doing + " of axis '" + a.name +
                          "': motors are off, positions and settings are lost; close the "
                          "device, open and home it"});
        }
        return outcome(fault{ALD_E_STATE, "the motor of axis '" + a.name + "' went off at " +
                                              with_unit(here, a.unit) +
                                              "; find out why, set 'enabled' to true and home it"});
    }
    return judge(a, here);
}

// The controller may say that an axis stands before it has begun to move.
std::optional<outcome> controller::judge(axis &a, double here) {
    switch (a.arriving.judge(here, host_.mono_ns())) {
    case arrival::verdict::not_begun: return std::nullopt;
    case arrival::verdict::missed:
        return outcome(a.doing == axis::task::jog ? jog_ended(a, here)
                                                  : a.arriving.missed(a.name, here, a.unit));
    default: break;
    }
    if (a.doing == axis::task::home) {
        know_position(a, true);
    }
    return outcome(done{});
}

fault controller::jog_ended(const axis &a, double here) {
    return {ALD_E_STATE, "the axis '" + a.name + "' does not jog on, and stands at " +
                             with_unit(here, a.unit) +
                             ": somebody else has stopped it, something holds it, or it has not "
                             "begun; check the axis and who else controls it"};
}

fault controller::not_in_time(const axis &a, double here) const {
    if (a.doing == axis::task::jog) {
        return {ALD_E_TIMEOUT, "the time of the jog of axis '" + a.name +
                                   "' was up, and it was stopped at " + with_unit(here, a.unit)};
    }
    const std::string goal = a.doing == axis::task::home ? "home" : with_unit(a.to, a.unit);
    return {ALD_E_TIMEOUT, "the axis '" + a.name + "' had not reached " + goal +
                               " when the time was up, and was stopped at " +
                               with_unit(here, a.unit) +
                               "; check that nothing blocks it, or allow more time"};
}

// Stops all that moves, before the line is closed.
void controller::stand(const ald_request *request) {
    const std::int64_t until = host_.mono_ns() + standing_ns;
    const outcome closed = fault{ALD_E_CANCELLED, "the device was closed"};
    for (const auto &[number, a] : axes_) {
        if (a->going.hold()) {
            (void)wire_.tell_now(a->command("ST"));
            bool moves = true;
            while (moves && host_.mono_ns() < until) {
                const auto stands = wire_.ask_flag(request, a->command("MD?"));
                moves = stands && !*stands &&
                        host_.sleep_until(request, host_.mono_ns() + first_pause_ns) == 0;
            }
            end_motion(*a, closed);
            a->going.end_stops(closed);
        }
        a->going.release();
    }
}

} // namespace esp300
