// The driver "elliptec": a bus as a device, with its motors and what they have. See
// docs/drivers/elliptec.md.
#include "driver.hpp"

#include "simulated.hpp"
#include "support/discovery.hpp"
#include "support/text.hpp"

#include <array>
#include <cmath>

namespace elliptec {

using namespace drivers;

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
    if (info.verb == ALD_VERB_POLL) {
        look_after(request, m);
        return;
    }
    if (const auto able = check_usable(m, info); !able) {
        refuse(request, able.error());
        return;
    }
    m.table.carry_out(request, info);
}

// A motor of an earlier opening may be gone or another one; one that searches hears nothing.
outcome bus::check_usable(const motor &m, const ald_request_info &info) const {
    if (m.unusable) {
        return *m.unusable;
    }
    const std::string_view name = info.name;
    if (is_service(m.doing) && m.going.goes_on() && name != "stop" && name != "settled" &&
        name != "model") {
        const std::string what = m.doing == task::search     ? "searches its frequencies"
                                 : m.doing == task::optimize ? "optimizes its motors"
                                                             : "cleans its mechanics";
        return fault{ALD_E_BUSY, "'" + m.name + "' " + what +
                                     " and answers nothing else until that has ended; wait for it"};
    }
    return done{};
}

void bus::refuse(ald_request *request, const fault &why) {
    drivers::refuse(host_, request, domain, why);
}

void bus::close(ald_request *request) {
    stand(request);
    line_.close();
    complete(host_, request);
}

std::vector<property> bus::properties_of(motor &m) {
    const model &kind = *m.kind;
    const range reach = range_of(m.who);
    const double step = kind.slides() ? 1 : 1 / scale_of(m.who);
    std::vector<property> all{
        {.name = "position",
         .unit = kind.unit(),
         .doc = kind.stops ? "where it is, as the instrument counts"
                           : "where it is, as the instrument counts; a motion cannot be stopped "
                             "and ends at its goal",
         .min = reach.min,
         .max = reach.max,
         .step = step,
         .get = [this, &m](const ald_request *request) { return ask_position(request, m); },
         .start = [this, &m](ald_request *request,
                             const setting &to) { move(request, m, to.number()); }},
    };
    if (kind.slowest > 0) {
        all.push_back(
            {.name = "velocity",
             .unit = "%",
             .doc = "part of the greatest velocity",
             .min = static_cast<double>(kind.slowest),
             .max = 100,
             .get = [this, &m](const ald_request *request) { return ask_percent(request, m); },
             .set =
                 [this, &m](const ald_request *request, const setting &to) {
                     const int percent = static_cast<int>(std::lround(to.number()));
                     return accepted(request, m, "sv" + to_byte(percent));
                 }});
    }
    if (!kind.slides()) {
        all.push_back(
            {.name = "jog_step",
             .unit = kind.unit(),
             .doc = "how far its buttons move it",
             .min = step, // after 0 they run an ELL14 until it is stopped; see `jog`
             .get = [this, &m](const ald_request *request) { return ask_jog(request, m); },
             .set =
                 [this, &m](const ald_request *request, const setting &to) {
                     const auto pulses = std::llround(to.number() * scale_of(m.who));
                     return accepted(request, m, "sj" + to_long(pulses));
                 }});
    }
    add_motor_rows(all, m);
    all.push_back({.name = "settled",
                   .type = ALD_TYPE_BOOL,
                   .doc = "no motion goes on",
                   .get = [this, &m](const ald_request *request) { return stands(request, m); }});
    all.push_back({.name = "model",
                   .type = ALD_TYPE_STRING,
                   .doc = "model and serial number",
                   .flags = ALD_SCHEMA_CONSTANT,
                   .get = [&m](auto *) {
                       return "ELL" + std::to_string(m.who.type) + " " + m.who.serial_number;
                   }});
    return all;
}

void bus::add_motor_rows(std::vector<property> &all, motor &m) {
    struct row {
        const char *name;
        const char *unit;
        const char *doc;
        double motor_data::*value;
    };
    static constexpr std::array rows{
        row{"current", "A", "the last current that was measured at", &motor_data::current},
        row{"forward_frequency", "Hz",
            "with which it moves forward:", &motor_data::forward_frequency},
        row{"backward_frequency", "Hz",
            "with which it moves backward:", &motor_data::backward_frequency},
    };
    for (int which = 1; which <= (has_one_motor(m.who) ? 1 : 2); ++which) {
        const std::string motor = "motor " + std::to_string(which);
        for (const row &r : rows) {
            all.push_back(
                {.name = "motor_" + std::to_string(which) + "_" + r.name,
                 .unit = r.unit,
                 .doc = std::string(r.doc) + " " + motor,
                 .get = [this, &m, which, r](const ald_request *request) -> result<reading> {
                     const auto told = ask_motor(request, m, which);
                     return told ? result<reading>((*told).*r.value) : told.error();
                 }});
        }
    }
}

std::vector<action> bus::actions_of(motor &m) {
    std::vector<action> all;
    if (m.kind->stops) {
        all.push_back({.name = "stop",
                       .doc = "stop it at once",
                       .start = [this, &m](ald_request *request) { stop(request, m); }});
    }
    if (!m.kind->slides()) {
        all.push_back(
            {.name = "home",
             .doc = "search the home position",
             .start = [this, &m](ald_request *request) { begin(request, m, task::home, none); }});
    }
    if (m.kind->runs_on()) {
        all.push_back(
            {.name = "jog_forward",
             .doc = "turn toward greater positions until it is stopped; at 50 to 70 % velocity",
             .start = [this, &m](ald_request *request) { jog(request, m, true); }});
        all.push_back(
            {.name = "jog_backward",
             .doc = "turn toward smaller positions until it is stopped; at 50 to 70 % velocity",
             .start = [this, &m](ald_request *request) { jog(request, m, false); }});
    }
    if (m.kind->rotates()) {
        all.push_back(
            {.name = "set_zero",
             .doc = "make the present position 0, until it is homed or opened again",
             .run = [this, &m](const ald_request *request) { return set_zero(request, m); }});
    }
    if (m.kind->optimizes()) {
        all.push_back(
            {.name = "optimize_motors",
             .doc = m.kind->optimizing_can_be_stopped()
                        ? "fine-tune the frequencies of its motors: minutes; it moves"
                        : "fine-tune the frequencies of its motors: minutes; it moves, and cannot "
                          "be interrupted",
             .flags = ALD_ACTION_MOVES,
             .start = [this, &m](ald_request *request) {
                 begin(request, m, task::optimize, none);
             }});
    }
    if (m.kind->cleans()) {
        all.push_back(
            {.name = "clean_mechanics",
             .doc = "move to and fro over its whole travel to remove dust: minutes",
             .flags = ALD_ACTION_MOVES,
             .start = [this, &m](ald_request *request) { begin(request, m, task::clean, none); }});
    }
    all.push_back(
        {.name = "save",
         .doc = "keep its settings when it is switched off",
         .run = [this, &m](const ald_request *request) { return accepted(request, m, "us"); }});
    all.push_back(
        {.name = "search_frequency",
         .doc = "find the best frequencies of its motors; it moves, and cannot be stopped",
         .flags = ALD_ACTION_MOVES,
         .start = [this, &m](ald_request *request) { begin(request, m, task::search, none); }});
    return all;
}

result<reading> bus::ask_percent(const ald_request *request, motor &m) {
    const auto percent = ask_byte(request, m, "gv", "GV");
    if (!percent) {
        return percent.error();
    }
    m.percent = *percent;
    return static_cast<double>(*percent);
}

result<reading> bus::ask_jog(const ald_request *request, motor &m) {
    const auto pulses = ask_long(request, m, "gj", "GJ", nullptr);
    if (!pulses) {
        return pulses.error();
    }
    return static_cast<double>(*pulses) / scale_of(m.who);
}

result<motor_data> bus::ask_motor(const ald_request *request, motor &m, int which) {
    const std::string text = "i" + std::to_string(which);
    const auto answer = exchange(request, m, text, "I" + std::to_string(which));
    if (!answer) {
        return answer.error();
    }
    const auto told = parse_motor_data(answer->what.data);
    if (!told) {
        return line_.unexpected(m.command(text), answer->what.data,
                                "twenty-two digits with two periods");
    }
    return *told;
}

// The protocol has no command for it but the home offset, which the maker advises to leave alone.
outcome bus::set_zero(const ald_request *request, motor &m) {
    const auto status = m.going.goes_on() ? result<int>(int{status_busy}) : ask_status(request, m);
    if (!status) {
        return status.error();
    }
    if (*status == status_busy) {
        return fault{ALD_E_BUSY, "'" + m.name + "' moves; its zero can be set once it stands"};
    }
    const auto pulses = ask_pulses(request, m);
    if (!pulses) {
        return pulses.error();
    }
    m.zero = *pulses;
    return done{};
}

result<reading> bus::stands(const ald_request *request, motor &m) {
    if (m.going.goes_on()) {
        return false;
    }
    const auto status = ask_status(request, m);
    if (!status) {
        return status.error();
    }
    return *status != status_busy;
}

} // namespace elliptec

namespace {

using namespace drivers;
using functions = driver_functions<elliptec::bus>;

// The interface boards of Thorlabs have an FT230X.
constexpr usb_id boards[] = {{0x0403, 0x6015}};

ald_status discover(ald_value **candidates, ald_error **err) {
    return guarded(*functions::host, "elliptec", err, [&] {
        return discover_serial(*functions::host, "elliptec", "Thorlabs Elliptec bus", boards,
                               candidates, err);
    });
}

} // namespace

extern "C" ALD_API const ald_driver *ald_driver_v2(const ald_host *host) {
    if (!fits(host)) {
        return nullptr;
    }
    functions::host = host;
    static const value nothing = make_list(*host);
    static const value clockwise = make_int(*host, 0);
    static std::array records{
        record("uri", ALD_TYPE_STRING, "", "where it is, as \"serial:/dev/ttyUSB0\"",
               ALD_SCHEMA_REQUIRED),
        option("addresses", ALD_TYPE_LIST, "",
               "addresses of the motors, as [\"2\", \"A\"]; without them all are asked", nothing),
        option("names", ALD_TYPE_LIST, "",
               "names of the motors in the order of their addresses, instead of these", nothing),
        option("home_direction", ALD_TYPE_INT, "",
               "where a rotator searches home: 0 clockwise, 1 counter-clockwise", clockwise),
    };
    records[3].min = 0;
    records[3].max = 1;
    static const std::array simulated{elliptec::instrument(host)};
    static const ald_driver driver = blocking_driver_table<elliptec::bus>(
        "elliptec", "Thorlabs Elliptec rotators and stages, several on one line.", records,
        discover, simulated);
    return &driver;
}
