#include "bus.hpp"

#include "support/text.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace elliptec {

namespace {

using namespace drivers;

enum property : std::int64_t { position, velocity, jog_step, settled, model };

constexpr int addresses = 16;
constexpr std::int64_t search_ns = 150'000'000; // how long an answer to `in` may take
constexpr std::int64_t reply_ns = 1'500'000'000;
constexpr std::int64_t query_timeout_ns = 8'000'000'000;
constexpr std::int64_t motion_timeout_ns = 60'000'000'000;
constexpr std::int64_t listening_ns = 500'000'000;
constexpr double greatest_pulses = 2147483647;

} // namespace

bus::bus(const ald_host &host, ald_node *node, const options &given)
    : host_(host), node_(node), uri_(given.text("uri")), addresses_(given.texts("addresses")),
      names_(given.texts("names")),
      home_direction_(static_cast<int>(given.integer("home_direction"))),
      line_(host, {.instrument = "Elliptec bus",
                   .baud = 9600,
                   .flow = ALD_FLOW_NONE,
                   .sent_end = "",
                   .terminator = "\r\n",
                   .latency_ns = 200'000'000}) {}

void bus::submit(ald_request *request) {
    const ald_request_info info = describe(host_, request);
    if (info.verb == ALD_VERB_OPEN) {
        open(request);
        return;
    }
    if (info.verb == ALD_VERB_CLOSE) {
        close(request);
        return;
    }
    if (info.verb == ALD_VERB_POLL && info.node_data == this) {
        listen(request);
        return;
    }
    if (info.node_data == this) {
        refuse(request, {ALD_E_UNSUPPORTED, "the bus itself does nothing; ask a motor"});
        return;
    }
    motor &m = *static_cast<motor *>(info.node_data);
    switch (info.verb) {
    case ALD_VERB_GET: get(request, info, m); return;
    case ALD_VERB_SET: set(request, info, m); return;
    case ALD_VERB_POLL: look_after(request, m); return;
    default: act(request, info.name, m); return;
    }
}

void bus::refuse(ald_request *request, const fault &why) {
    drivers::refuse(host_, request, domain, why);
}

ald_status bus::resync(void *self, ald_port *port, const ald_request *request, ald_error **err) {
    return static_cast<bus *>(self)->come_in_step(port, request, err);
}

// A motor is asked for its number until it comes. Lines carry address and kind, so that what comes
// before is no harm and is heard.
ald_status bus::come_in_step(ald_port *port, const ald_request *request, ald_error **err) {
    if (spoken_to_ == nullptr) {
        return ALD_OK; // the search matches its answers itself
    }
    const std::int64_t deadline = describe(host_, request).deadline_mono_ns;
    const std::string question = spoken_to_->command("in");
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
            if (who && heard->address == spoken_to_->address &&
                who->serial_number == spoken_to_->who.serial_number) {
                return ALD_OK;
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
        if (*status != status_ok && *status != status_busy) {
            m.failed = *status;
        }
    } else if ((heard.code == "PO" || heard.code == "BO") && pulses && m.node != nullptr) {
        host_.publish(m.node, position, make_double(host_, m.to_units(*pulses)).get());
    }
}

result<measured> bus::ask_position(const ald_request *request, motor &m) {
    const auto answer = exchange(request, m, "gp", "PO");
    if (!answer) {
        return answer.error();
    }
    const auto pulses = parse_long(answer->what.data);
    if (!pulses) {
        return line_.unexpected(m.command("gp"), answer->what.data, "eight digits");
    }
    return measured{m.to_units(*pulses), answer->t_mono_ns, answer->uncertainty_ns};
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

void bus::open(ald_request *request) {
    if (auto found = find_out(request); !found) {
        line_.close();
        refuse(request, found.error());
        return;
    }
    complete(host_, request);
}

outcome bus::find_out(const ald_request *request) {
    spoken_to_ = nullptr;
    present_.clear();
    for (const auto &[address, m] : motors_) {
        m->going.drop();
    }
    if (auto opened = line_.open(request, uri_, resync, this); !opened) {
        return opened;
    }
    if (auto found = find_motors(request); !found) {
        return found;
    }
    std::sort(present_.begin(), present_.end());
    spoken_to_ = &motor_at(present_.front());
    std::size_t place = 0;
    for (const int address : present_) {
        motor &m = motor_at(address);
        m.name = place < names_.size() ? names_[place] : std::string(1, address_digit(address));
        ++place;
        if (auto declared = declare(m); !declared) {
            return declared;
        }
    }
    ald_error *why = nullptr;
    ald_status status =
        host_.set_identity(node_, "Thorlabs", "Elliptec bus", nullptr, nullptr, &why);
    if (status == ALD_OK) {
        status = host_.set_timeouts(node_, query_timeout_ns, motion_timeout_ns, &why);
    }
    if (status == ALD_OK) {
        status = host_.poll_at(node_, host_.mono_ns() + listening_ns, &why);
    }
    return status == ALD_OK ? outcome(done{}) : failed(host_, status, why);
}

// Somebody may press the buttons of a motor while nobody asks it anything.
void bus::listen(ald_request *poll) {
    for (auto line = line_.read(poll, host_.mono_ns()); line;
         line = line_.read(poll, host_.mono_ns())) {
        if (const auto heard = parse(line->text)) {
            overhear(*heard);
        }
    }
    (void)host_.poll_at(node_, host_.mono_ns() + listening_ns, nullptr);
    complete(host_, poll);
}

// Motors that are named must be there; otherwise every address is asked.
outcome bus::find_motors(const ald_request *request) {
    for (const std::string &text : addresses_) {
        const auto address = parse_address(text);
        if (!address) {
            return fault{ALD_E_INVALID, "'" + printable(text) +
                                            "' is no address of a motor; give one digit, 0 to F"};
        }
        if (auto known = identify(request, *address); !known) {
            return known;
        }
        if (std::find(present_.begin(), present_.end(), *address) == present_.end()) {
            return fault{ALD_E_NOT_FOUND, "no motor answers at address " + text +
                                              "; check its address, its supply and the cable"};
        }
    }
    for (int address = 0; addresses_.empty() && address < addresses; ++address) {
        if (auto known = identify(request, address); !known) {
            return known;
        }
    }
    if (present_.empty()) {
        return fault{ALD_E_NOT_FOUND, "no motor answers on the line '" + uri_ +
                                          "'; check supply and cable, and that the line is the "
                                          "right one"};
    }
    return done{};
}

// A late answer names its address, and is as good.
outcome bus::identify(const ald_request *request, int address) {
    const std::string asked = std::string(1, address_digit(address)) + "in";
    if (auto sent = line_.send(request, asked); !sent) {
        return sent;
    }
    const std::int64_t until =
        std::min(describe(host_, request).deadline_mono_ns,
                 host_.mono_ns() + (addresses_.empty() ? search_ns : reply_ns));
    while (std::find(present_.begin(), present_.end(), address) == present_.end()) {
        const auto line = line_.read(request, until);
        if (!line) {
            const bool silence = line.error().code == ALD_E_TIMEOUT && host_.mono_ns() >= until &&
                                 until < describe(host_, request).deadline_mono_ns;
            return silence ? outcome(done{}) : line.error();
        }
        const auto heard = parse(line->text);
        if (!heard) {
            return line_.unexpected(asked, line->text, "an answer of a motor");
        }
        if (heard->code == "IN") {
            if (auto known = know(*heard); !known) {
                return known;
            }
        }
    }
    return done{};
}

outcome bus::know(const message &in) {
    const auto who = parse_identity(in.data);
    if (!who) {
        return line_.unexpected(std::string(1, address_digit(in.address)) + "in", in.data,
                                "the thirty characters of a motor's identity");
    }
    motor &m = motor_at(in.address);
    m.who = *who;
    m.unit = who->rotates() ? "deg" : "mm";
    if (std::find(present_.begin(), present_.end(), in.address) == present_.end()) {
        present_.push_back(in.address);
    }
    return done{};
}

motor &bus::motor_at(int address) {
    const std::scoped_lock lock(mutex_); // `cancel` looks through them
    auto &m = motors_[address];
    if (!m) {
        m = std::make_unique<motor>(host_, domain, address);
    }
    return *m;
}

outcome bus::declare(motor &m) {
    constexpr std::uint64_t both = ALD_SCHEMA_READ | ALD_SCHEMA_WRITE;
    ald_schema where = record("position", ALD_TYPE_DOUBLE, m.unit.c_str(),
                              "where it is, as the instrument counts", both);
    const double reach = greatest_pulses / m.who.scale();
    where.min = m.who.rotates() ? -reach : 0;
    where.max = m.who.rotates() ? reach : m.who.travel;
    where.step = 1 / m.who.scale();
    ald_schema speed =
        record("velocity", ALD_TYPE_DOUBLE, "%", "part of the greatest velocity", both);
    speed.min = 1;
    speed.max = 100;
    ald_schema jog =
        record("jog_step", ALD_TYPE_DOUBLE, m.unit.c_str(), "how far its buttons move it", both);
    jog.min = 0;
    const ald_schema kind = record("model", ALD_TYPE_STRING, "", "model and serial number",
                                   ALD_SCHEMA_READ | ALD_SCHEMA_CONSTANT);
    ald_error *why = nullptr;
    ald_status status = host_.add_child(node_, m.name.c_str(), &m, &m.node, &why);
    for (const ald_schema &s :
         {where, speed, jog, record("settled", ALD_TYPE_BOOL, "", "no motion goes on"), kind}) {
        if (status == ALD_OK) {
            status = host_.add_property(m.node, &s, &why);
        }
    }
    for (const auto &[action, doc] :
         {std::pair("stop", "stop it at once"), std::pair("home", "search the home position"),
          std::pair("save", "keep its settings when it is switched off"),
          std::pair("search_frequency", "find the best frequencies of its motors; it moves")}) {
        if (status == ALD_OK) {
            status = host_.add_action(m.node, action, doc, &why);
        }
    }
    if (status == ALD_OK) {
        status = host_.add_capability(m.node, "movable", 1, &why);
    }
    if (status == ALD_OK) {
        status =
            host_.set_identity(m.node, "Thorlabs", ("ELL" + std::to_string(m.who.type)).c_str(),
                               m.who.serial_number.c_str(), m.who.firmware.c_str(), &why);
    }
    return status == ALD_OK ? outcome(done{}) : failed(host_, status, why);
}

void bus::close(ald_request *request) {
    stand(request);
    line_.close();
    complete(host_, request);
}

void bus::get(ald_request *request, const ald_request_info &info, motor &m) {
    const auto tell = [&](const auto &what, const auto &convert) {
        if (what) {
            complete(host_, request, convert(*what));
        } else {
            refuse(request, what.error());
        }
    };
    switch (info.property) {
    case position: tell(ask_position(request, m), [](const measured &p) { return p; }); return;
    case velocity:
        tell(ask_byte(request, m, "gv", "GV"),
             [](int percent) { return static_cast<double>(percent); });
        return;
    case jog_step: {
        const auto answer = exchange(request, m, "gj", "GJ");
        const auto pulses = answer ? parse_long(answer->what.data) : std::nullopt;
        if (answer && !pulses) {
            refuse(request, line_.unexpected(m.command("gj"), answer->what.data, "eight digits"));
            return;
        }
        tell(answer, [&](const said &) { return m.to_units(*pulses); });
        return;
    }
    case settled: {
        if (m.going.goes_on()) {
            complete(host_, request, make_bool(host_, false));
            return;
        }
        tell(ask_status(request, m),
             [&](int status) { return make_bool(host_, status != status_busy); });
        return;
    }
    default:
        complete(
            host_, request,
            make_string(host_, "ELL" + std::to_string(m.who.type) + " " + m.who.serial_number));
        return;
    }
}

void bus::set(ald_request *request, const ald_request_info &info, motor &m) {
    if (info.property == position) {
        move(request, m, info.number);
        return;
    }
    const std::string text = info.property == velocity
                                 ? "sv" + to_byte(static_cast<int>(std::lround(info.number)))
                                 : "sj" + to_long(std::llround(info.number * m.who.scale()));
    if (const auto taken = exchange(request, m, text, "GS"); !taken) {
        refuse(request, taken.error());
        return;
    }
    get(request, info, m); // what it has now
}

void bus::act(ald_request *request, std::string_view action, motor &m) {
    if (action == "stop") {
        stop(request, m);
        return;
    }
    if (action == "home") {
        begin(request, m, "ho" + std::to_string(home_direction_), none);
        return;
    }
    const auto taken = exchange(request, m, action == "save" ? "us" : "s1", "GS");
    const auto status = taken ? parse_byte(taken->what.data) : std::nullopt;
    if (!taken) {
        refuse(request, taken.error());
    } else if (!status) {
        refuse(request, line_.unexpected(m.command("us"), taken->what.data, "two digits"));
    } else if (*status != status_ok) {
        refuse(request, to_fault(*status, m.name, std::string(action)));
    } else {
        complete(host_, request);
    }
}

} // namespace elliptec
