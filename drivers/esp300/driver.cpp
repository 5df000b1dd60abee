// The driver "esp300": the controller as a device, with its axes and what they have. See
// docs/drivers/esp300.md.
#include "driver.hpp"

#include "simulated.hpp"
#include "support/discovery.hpp"
#include "support/text.hpp"

namespace esp300 {

using namespace drivers;

controller::controller(const ald_host &host, ald_node *node, const options &given)
    : host_(host), node_(node), uri_(given.text("uri")), axis_names_(given.texts("axis_names")),
      enable_(given.flag("enable")), home_mode_(given.integer("home_mode")),
      tolerance_(given.number("tolerance")), wire_(host, [this] { began_anew(); }) {}

void controller::submit(ald_request *request) {
    const ald_request_info info = describe(host_, request);
    if (info.verb == ALD_VERB_OPEN) {
        open(request);
    } else if (info.verb == ALD_VERB_CLOSE) {
        close(request);
    } else if (info.node_data == this) {
        refuse(request, {ALD_E_UNSUPPORTED, "the controller itself does nothing; ask an axis"});
    } else if (info.verb == ALD_VERB_POLL) {
        look_after(request, *static_cast<axis *>(info.node_data));
    } else {
        static_cast<axis *>(info.node_data)->table.carry_out(request, info);
    }
}

void controller::refuse(ald_request *request, const fault &why) {
    drivers::refuse(host_, request, domain, why);
}

void controller::close(ald_request *request) {
    stand(request);
    wire_.close();
    complete(host_, request);
}

std::vector<property> controller::properties_of(axis &a, const limits &most) {
    constexpr int digits = 6;
    constexpr double least = std::numeric_limits<double>::min();
    const bool limited = most.left < most.right; // equal ones are no limits
    const auto number = [this, &a](const char *question) {
        return [this, &a, question](const ald_request *request) {
            return wire_.ask_number(request, a.command(question));
        };
    };
    const auto flag = [this, &a](const char *question) {
        return [this, &a, question](const ald_request *request) {
            return wire_.ask_flag(request, a.command(question));
        };
    };
    const auto set_number = [this, &a](const char *text) {
        return [this, &a, text](const ald_request *request, const setting &to) {
            return command(request, a, a.command(text + decimals(to.number(), digits)));
        };
    };
    return {
        {.name = "position",
         .unit = a.unit,
         .doc = "where the axis is",
         .min = limited ? most.left : none,
         .max = limited ? most.right : none,
         .step = a.precise.resolution > 0 ? a.precise.resolution : none,
         .get = number("TP?"),
         .start = [this, &a](ald_request *request,
                             const setting &to) { move(request, a, to.number()); }},
        {.name = "velocity",
         .unit = a.unit + "/s",
         .doc = "how fast it moves",
         .min = least,
         .max = most.velocity > 0 ? most.velocity : none,
         .get = number("VA?"),
         .set = set_number("VA")},
        {.name = "acceleration",
         .unit = a.unit + "/s2",
         .doc = "how fast its velocity changes at the start of a move",
         .min = least,
         .max = most.acceleration > 0 ? most.acceleration : none,
         .get = number("AC?"),
         .set = set_number("AC")},
        {.name = "settled", .type = ALD_TYPE_BOOL, .doc = "no motion goes on", .get = flag("MD?")},
        {.name = "enabled",
         .type = ALD_TYPE_BOOL,
         .doc = "the motor is on",
         .get = flag("MO?"),
         .set =
             [this, &a](const ald_request *request, const setting &to) {
                 return command(request, a, a.command(to.flag() ? "MO" : "MF"));
             }},
        {.name = "position_known",
         .type = ALD_TYPE_BOOL,
         .doc = "false after a limit switch, a fault or a reset, until it was homed",
         .get = [&a](auto *) { return a.position_known; }},
        {.name = "stage",
         .type = ALD_TYPE_STRING,
         .doc = "model and serial number of the stage",
         .flags = ALD_SCHEMA_CONSTANT,
         .get =
             [this, &a](const ald_request *request) {
                 return wire_.ask_text(request, a.command("ID?"));
             }},
    };
}

std::vector<action> controller::actions_of(axis &a) {
    return {
        {.name = "stop",
         .doc = "stop the axis at once",
         .start = [this, &a](ald_request *request) { stop(request, a); }},
        {.name = "home",
         .doc = "search the home position",
         .start = [this, &a](ald_request *request) { home(request, a); }},
    };
}

void controller::began_anew() {
    for (const auto &[number, a] : axes_) {
        know_position(*a, false);
    }
}

void controller::know_position(axis &a, bool is_known) {
    if (std::exchange(a.position_known, is_known) != is_known) {
        a.table.publish("position_known", make_bool(host_, is_known));
    }
}

outcome controller::read_errors(const ald_request *request, const std::string &doing) {
    const auto entries = wire_.take_errors(request);
    if (!entries) {
        return entries.error();
    }
    outcome first = done{};
    for (const entry &e : *entries) {
        const auto owner = axes_.find(e.axis());
        if (owner != axes_.end()) {
            owner->second->errors.push_back(e);
        } else if (first) {
            first = to_fault(e, "the controller", doing);
        }
    }
    return first;
}

outcome controller::own_errors(axis &a, const std::string &doing, bool all) {
    outcome first = done{};
    std::vector<entry> kept;
    for (const entry &e : std::exchange(a.errors, {})) {
        if (loses_position(e)) {
            know_position(a, false);
            if (!all) {
                kept.push_back(e);
                continue;
            }
        }
        if (first) {
            first = to_fault(e, "axis '" + a.name + "'", doing);
        }
    }
    a.errors = std::move(kept);
    return first;
}

outcome controller::command(const ald_request *request, axis &a, const std::string &text) {
    if (auto written = wire_.tell(request, text); !written) {
        return written;
    }
    return taken(request, a, text);
}

outcome controller::taken(const ald_request *request, axis &a, const std::string &text) {
    outcome of_controller = read_errors(request, text);
    outcome of_axis = own_errors(a, text, !a.going.goes_on());
    return of_axis ? of_controller : of_axis;
}

} // namespace esp300

namespace {

using namespace drivers;
using functions = driver_functions<esp300::controller>;

ald_status discover(ald_value **candidates, ald_error **err) {
    return guarded(*functions::host, "esp300", err, [&] {
        return discover_serial(*functions::host, "esp300", "Newport ESP300", serial_adapters,
                               candidates, err);
    });
}

} // namespace

extern "C" ALD_API const ald_driver *ald_driver_v2(const ald_host *host) {
    if (!fits(host)) {
        return nullptr;
    }
    functions::host = host;
    static const value yes = make_bool(*host, true);
    static const value no_names = make_list(*host);
    static const value zero = make_double(*host, 0);
    static const value one = make_int(*host, 1);
    static std::array records{
        record("uri", ALD_TYPE_STRING, "", "where it is, as \"serial:/dev/ttyUSB0\"",
               ALD_SCHEMA_REQUIRED),
        option("axis_names", ALD_TYPE_LIST, "", "names of the axes instead of their numbers",
               no_names),
        option("enable", ALD_TYPE_BOOL, "", "switch the motors on when it is opened", yes),
        option("home_mode", ALD_TYPE_INT, "", "how home is searched, the number behind OR", one),
        option("tolerance", ALD_TYPE_DOUBLE, "",
               "how far from its goal a move may end, in the axis's unit; 0: the greatest of 2 um "
               "or 0.002 deg, 20 steps of the encoder and 1 % of the distance",
               zero),
    };
    records[3].min = 0;
    records[3].max = 6;
    records[4].min = 0;
    static const std::array simulated{esp300::instrument(host)};
    static const ald_driver driver = blocking_driver_table<esp300::controller>(
        "esp300", "Newport ESP300 and ESP301 motion controllers.", records, discover, simulated);
    return &driver;
}
