// The bus at work: one motor is asked, and what the others say meanwhile is heard too.
#include "driver.hpp"

#include "support/text.hpp"

#include <algorithm>

namespace elliptec {

namespace {

using namespace drivers;

constexpr std::int64_t listening_ns = 500'000'000;

} // namespace

ald_status bus::resync(void *self, ald_port *port, const ald_request *request, ald_error **err) {
    return static_cast<bus *>(self)->come_in_step(port, request, err);
}

// A motor is asked for its number until it comes: the one that the request is for, so that one that
// is gone is no harm to the others. Lines carry address and kind, so that what comes before is no
// harm and is heard.
ald_status bus::come_in_step(ald_port *port, const ald_request *request, ald_error **err) {
    if (spoken_to_ == nullptr) {
        return ALD_OK; // the search matches its answers itself
    }
    const ald_request_info info = describe(host_, request);
    const std::int64_t deadline = info.deadline_mono_ns;
    const motor &asked =
        info.node_data == this ? *spoken_to_ : *static_cast<motor *>(info.node_data);
    const std::string question = clear + asked.command("in");
    ald_error *why = nullptr;
    for (;;) {
        ald_status status = host_.port_write(port, request, question.data(), question.size(), err);
        if (status != ALD_OK) {
            return status;
        }
        const std::int64_t until = host_.mono_ns() + reply_ns;
        do {
            host_.error_unref(std::exchange(why, nullptr));
            const auto text = line::read_line_of(host_, port, request, until, status, &why);
            const auto heard = text ? parse(*text) : std::nullopt;
            if (!heard) {
                continue;
            }
            const auto who = heard->code == "IN" ? parse_identity(heard->data) : std::nullopt;
            const bool ours = heard->address == asked.address;
            if (ours && who && who->serial_number == asked.who.serial_number) {
                return ALD_OK;
            }
            if (ours && asked.going.goes_on() && is_status(*heard, status_busy)) {
                return ALD_OK; // one that moves may say no more
            }
            overhear(*heard);
        } while (status == ALD_OK || status == ALD_E_PROTOCOL);
        if (status != ALD_E_TIMEOUT || host_.mono_ns() >= deadline) {
            if (err != nullptr) {
                *err = std::exchange(why, nullptr);
            }
            host_.error_unref(why);
            return status;
        }
        host_.error_unref(std::exchange(why, nullptr));
    }
}

result<bus::said> bus::exchange(const ald_request *request, motor &m, const std::string &text,
                                std::string_view kind) {
    const std::string asked = m.command(text);
    if (auto sent = line_.send(request, asked); !sent) {
        return sent.error();
    }
    // Not before: coming in step again may have taken long.
    const std::int64_t before = host_.mono_ns();
    const std::int64_t until =
        std::min(describe(host_, request).deadline_mono_ns, before + reply_ns);
    bool is_busy = false;
    for (;;) {
        const auto line = line_.read(request, until);
        if (!line && is_busy && line.error().code == ALD_E_TIMEOUT) {
            return to_fault(status_busy, m.name, asked);
        }
        if (!line) {
            return line.error();
        }
        const auto heard = parse(line->text);
        if (!heard) {
            return line_.unexpected(asked, line->text, "an answer of the motor");
        }
        const bool ours = heard->address == m.address;
        if (ours && m.stop_sent && m.going.goes_on() && is_status(*heard, status_unsupported)) {
            overhear(*heard); // the answer to the stop
            continue;
        }
        if (ours && heard->code == kind) {
            const std::int64_t half = (host_.mono_ns() - before) / 2;
            return said{*heard, before + half, half};
        }
        const auto status = heard->code == "GS" ? parse_byte(heard->data) : std::nullopt;
        // A stop answers too, and shifts the answers to what was asked before it.
        if (ours && status == status_busy && m.going.goes_on()) {
            is_busy = true;
        } else if (ours && status && *status != status_ok) {
            line_.doubt(); // it may have said so by itself, and the answer may still come
            return to_fault(*status, m.name, asked);
        } else {
            overhear(*heard);
        }
    }
}

void bus::overhear(const message &heard) {
    const auto found = motors_.find(heard.address);
    if (found == motors_.end()) {
        return;
    }
    motor &m = *found->second;
    const auto pulses = parse_long(heard.data);
    const auto status = parse_byte(heard.data);
    if (heard.code == "PO" && pulses && m.going.goes_on()) {
        m.arrived = *pulses;
    } else if (heard.code == "GS" && status && m.going.goes_on()) {
        m.found = m.found || *status == status_ok;
        if (*status != status_ok && *status != status_busy) {
            m.failed = *status;
        }
    } else if ((heard.code == "PO" || heard.code == "BO") && pulses && m.node != nullptr) {
        m.last_seen = *pulses;
        if (const auto where = m.to_units(*pulses)) {
            m.table.publish("position", make_double(host_, *where));
        }
    }
}

result<std::int64_t> bus::ask_long(const ald_request *request, motor &m, const char *text,
                                   const char *kind, said *when) {
    const auto answer = exchange(request, m, text, kind);
    if (!answer) {
        return answer.error();
    }
    const auto x = parse_long(answer->what.data);
    if (!x) {
        return line_.unexpected(m.command(text), answer->what.data, "eight digits");
    }
    if (when != nullptr) {
        *when = *answer;
    }
    return *x;
}

result<std::int64_t> bus::ask_pulses(const ald_request *request, motor &m, said *when) {
    auto pulses = ask_long(request, m, "gp", "PO", when);
    if (pulses) {
        m.last_seen = *pulses;
    }
    return pulses;
}

result<measured> bus::ask_position(const ald_request *request, motor &m) {
    said when{};
    const auto pulses = ask_pulses(request, m, &when);
    if (!pulses) {
        return pulses.error();
    }
    const auto where = m.to_units(*pulses);
    if (!where) {
        return between_places(m, *pulses);
    }
    return measured{*where, when.t_mono_ns, when.uncertainty_ns};
}

result<int> bus::ask_byte(const ald_request *request, motor &m, const char *text,
                          const char *kind) {
    const auto answer = exchange(request, m, text, kind);
    if (!answer) {
        return answer.error();
    }
    const auto x = parse_byte(answer->what.data);
    if (!x) {
        return line_.unexpected(m.command(text), answer->what.data, "two digits");
    }
    return *x;
}

result<int> bus::ask_status(const ald_request *request, motor &m) {
    return ask_byte(request, m, "gs", "GS");
}

outcome bus::accepted(const ald_request *request, motor &m, const std::string &text) {
    const auto status = ask_byte(request, m, text.c_str(), "GS");
    if (!status) {
        return status.error();
    }
    return *status == status_ok ? outcome(done{}) : to_fault(*status, m.name, m.command(text));
}

// Listens for motors that speak unasked: somebody may press their buttons at any time.
void bus::listen(ald_request *poll) {
    hear_all(poll);
    (void)host_.poll_at(node_, host_.mono_ns() + listening_ns, nullptr);
    complete(host_, poll);
}

void bus::hear_all(const ald_request *request) {
    for (auto line = line_.read(request, host_.mono_ns()); line;
         line = line_.read(request, host_.mono_ns())) {
        if (const auto heard = parse(line->text)) {
            overhear(*heard);
        }
    }
}

} // namespace elliptec
