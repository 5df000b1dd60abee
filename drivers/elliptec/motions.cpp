// Motions: begun by one request, watched by polls, ended when the motor says so or stands.
#include "bus.hpp"

#include "support/text.hpp"

#include <algorithm>
#include <cmath>

namespace elliptec {

namespace {

using namespace drivers;

constexpr std::int64_t pause_ns = 40'000'000;
// A move that comes sooner after the last one may end at 0.
constexpr std::int64_t rest_ns = 100'000'000;
constexpr std::int64_t standing_ns = 5'000'000'000; // for the last stop, at closing
constexpr int most_misses = 5;
constexpr int digits = 4;

} // namespace

void bus::move(ald_request *request, motor &m, double target) {
    begin(request, m, "ma" + to_long(std::llround(target * m.who.scale())), target);
}

// The motion is known before anything is sent, and what a cancel or a stop has sent too early is
// sent again.
void bus::begin(ald_request *request, motor &m, const std::string &text, double target) {
    m.going.begin(request);
    m.to = target;
    m.misses = 0;
    m.arrived.reset();
    m.failed.reset();
    m.seen.reset();
    const std::int64_t earliest = m.rested_ns + rest_ns;
    if (m.rested_ns != 0 && host_.mono_ns() < earliest) {
        (void)host_.sleep_until(request, earliest);
    }
    outcome begun = done{};
    bool sent = false;
    if (!m.going.told_to_stop()) {
        sent = true;
        begun = line_.send(request, m.command(text));
    }
    const bool stopped = m.going.told_to_stop();
    if (sent && stopped) {
        (void)line_.send_now(m.command("st"));
    }
    if (!sent || (!begun && !stopped)) {
        end_motion(m, begun ? outcome(fault{ALD_E_CANCELLED, "the motor was stopped"}) : begun);
    } else {
        host_.accept(request);
        if (auto watched = watch_from(m, host_.mono_ns() + pause_ns); !watched) {
            end_motion(m, watched);
        }
    }
    m.going.release();
}

outcome bus::watch_from(motor &m, std::int64_t t_mono_ns) {
    ald_error *why = nullptr;
    const ald_status asked = host_.poll_at(m.node, t_mono_ns, &why);
    return asked == ALD_OK ? outcome(done{}) : failed(host_, asked, why);
}

// Comes on any thread, also while another request is under way.
void bus::stop(ald_request *request, motor &m) {
    m.going.add_stop(request);
    outcome told = line_.send_now(m.command("st"), line::urgency::interrupts);
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
    outcome told = line_.send_now(moving->command("st"));
    if (told) {
        told = watch_from(*moving, host_.mono_ns());
    }
    if (!told) {
        moving->going.lose(request, told.error());
    }
}

void bus::end_motion(motor &m, const outcome &how) {
    m.rested_ns = host_.mono_ns();
    m.going.end(how, std::isnan(m.to) ? std::nullopt : std::optional(here_));
}

void bus::look_after(ald_request *poll, motor &m) {
    if (m.going.hold()) {
        auto ended = watch(poll, m);
        if (!ended) {
            if (auto again = watch_from(m, host_.mono_ns() + pause_ns); !again) {
                ended = again;
            }
        }
        if (ended) {
            // A stop does its duty whatever became of the motion, unless nobody knows.
            const bool unknown = !*ended && ended->error().given;
            end_motion(m, *ended);
            m.going.end_stops(unknown ? *ended : outcome(done{}));
        }
    }
    m.going.release();
    complete(host_, poll);
}

// Nothing while it moves; how its motion ended once it stands.
std::optional<outcome> bus::watch(const ald_request *poll, motor &m) {
    auto ended = look(poll, m);
    // An error that says that it is busy, and a missing answer, are no ends.
    if (!ended || *ended) {
        m.misses = 0;
        return ended;
    }
    const fault &why = ended->error();
    const bool of_line = why.given || why.code == ALD_E_PROTOCOL;
    const bool for_good = !of_line || why.code == ALD_E_DISCONNECTED || why.code == ALD_E_CLOSED;
    return for_good || ++m.misses >= most_misses ? ended : std::nullopt;
}

std::optional<outcome> bus::look(const ald_request *poll, motor &m) {
    const std::string doing = std::isnan(m.to) ? "home" : "move";
    const auto status = ask_status(poll, m);
    // What it has said meanwhile counts, whether it answered or not.
    const auto failed_with = m.failed ? m.failed
                             : status && *status != status_ok && *status != status_busy
                                 ? std::optional(*status)
                                 : std::nullopt;
    if (failed_with) {
        return outcome(to_fault(*failed_with, m.name, doing));
    }
    if (m.arrived) {
        return arrived(m, *m.arrived);
    }
    if (!status) {
        return outcome(status.error());
    }
    if (*status == status_busy) {
        return std::nullopt;
    }
    // It is idle, and its word that it has arrived may have been lost. It stands if it is twice at
    // the same place.
    const auto here = ask_position(poll, m);
    if (m.arrived) {
        return arrived(m, *m.arrived);
    }
    if (!here && here.error().native_code == status_busy) {
        return std::nullopt;
    }
    if (!here) {
        return outcome(here.error());
    }
    const std::int64_t pulses = std::llround(here->value * m.who.scale());
    if (std::exchange(m.seen, pulses) == pulses) {
        return arrived(m, pulses);
    }
    return std::nullopt;
}

outcome bus::arrived(motor &m, std::int64_t pulses) {
    here_ = m.to_units(pulses);
    const ald_request *motion = m.going.request();
    if (motion == nullptr || !m.going.told_to_stop()) {
        return done{};
    }
    const std::string place = decimals(here_, digits) + " " + m.unit;
    if (host_.mono_ns() < describe(host_, motion).deadline_mono_ns) {
        return fault{ALD_E_CANCELLED, "'" + m.name + "' was stopped at " + place};
    }
    const std::string goal = std::isnan(m.to) ? "home" : decimals(m.to, digits) + " " + m.unit;
    return fault{ALD_E_TIMEOUT, "'" + m.name + "' had not reached " + goal +
                                    " when the time was up, and was told to stop; it stands at " +
                                    place + "; check that nothing blocks it, or allow more time"};
}

// Whatever still moves is stopped before the line is closed.
void bus::stand(const ald_request *request) {
    const std::int64_t until = host_.mono_ns() + standing_ns;
    const outcome closed = fault{ALD_E_CANCELLED, "the device was closed"};
    for (const auto &[address, m] : motors_) {
        if (m->going.hold()) {
            (void)line_.send_now(m->command("st"));
            bool moves = true;
            while (moves && host_.mono_ns() < until) {
                const auto status = ask_status(request, *m);
                moves = status && *status == status_busy &&
                        host_.sleep_until(request, host_.mono_ns() + pause_ns) == 0;
            }
            end_motion(*m, closed);
            m->going.end_stops(closed);
        }
        m->going.release();
    }
}

} // namespace elliptec
