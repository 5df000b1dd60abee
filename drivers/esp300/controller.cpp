#include "controller.hpp"

#include "support/text.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace esp300 {

namespace {

using namespace drivers;

constexpr std::string_view version_begins = "ESP30"; // ESP300 and ESP301
constexpr int most_axes = 6;
constexpr std::size_t most_errors = 64;                  // its queue holds ten
constexpr std::int64_t query_timeout_ns = 8'000'000'000; // it may say nothing for 5 s at a limit
constexpr std::int64_t motion_timeout_ns = 300'000'000'000;
constexpr std::int64_t resync_step_ns = 1'000'000'000;

enum property : std::int64_t { position, velocity, acceleration, settled, enabled, known, stage };

constexpr std::array<const char *, 12> units{
    "1", "1", "mm", "um", "[in_i]", "[mil_i]", "10*-6.[in_i]", "deg", "gon", "rad", "mrad", "urad"};

// Repeatability of the stages that such a controller drives, by their units: 2 um, 0.002 deg; 0 for
// counts and steps, of which nothing is known.
constexpr std::array<double, units.size()> repeatabilities{0,  0,    2e-3,   2,      8e-5,   8e-2,
                                                           80, 2e-3, 2.2e-3, 3.5e-5, 3.5e-2, 35};

bool is_version(std::string_view text) {
    return text.substr(0, version_begins.size()) == version_begins;
}

} // namespace

controller::controller(const ald_host &host, ald_node *node, const options &given)
    : host_(host), node_(node), uri_(given.text("uri")), axis_names_(given.texts("axis_names")),
      enable_(given.flag("enable")), home_mode_(given.integer("home_mode")),
      tolerance_(given.number("tolerance")), line_(host, {.instrument = "ESP300",
                                                          .baud = 19200,
                                                          .flow = ALD_FLOW_RTS_CTS,
                                                          .sent_end = "\r",
                                                          .terminator = "\r\n",
                                                          .latency_ns = 200'000'000}) {}

void controller::submit(ald_request *request) {
    const ald_request_info info = describe(host_, request);
    if (info.verb == ALD_VERB_OPEN) {
        open(request);
        return;
    }
    if (info.verb == ALD_VERB_CLOSE) {
        close(request);
        return;
    }
    if (info.node_data == this) {
        refuse(request, {ALD_E_UNSUPPORTED, "the controller itself does nothing; ask an axis"});
        return;
    }
    axis &a = *static_cast<axis *>(info.node_data);
    switch (info.verb) {
    case ALD_VERB_GET: get(request, info, a); return;
    case ALD_VERB_SET: set(request, info, a); return;
    case ALD_VERB_POLL: look_after(request, a); return;
    default:
        if (std::string_view(info.name) == "stop") {
            stop(request, a);
        } else {
            home(request, a);
        }
        return;
    }
}

void controller::refuse(ald_request *request, const fault &why) {
    drivers::refuse(host_, request, domain, why);
}

// Asked until the version comes: nothing else that the controller says looks like it.
ald_status controller::resync(void *self, ald_port *port, const ald_request *request,
                              ald_error **err) {
    auto &me = *static_cast<controller *>(self);
    ald_status status = ALD_OK;
    ald_error *why = nullptr;
    constexpr std::string_view question = "VE?\r";
    for (;;) {
        status = me.host_.port_write(port, request, question.data(), question.size(), err);
        if (status != ALD_OK) {
            return status;
        }
        ++me.versions_asked_;
        const std::int64_t until = me.host_.mono_ns() + resync_step_ns;
        for (;;) {
            const auto line = line::read_line_of(me.host_, port, request, until, status, &why);
            if (line && is_version(*line)) {
                me.versions_asked_ = std::max(me.versions_asked_ - 1, 0);
                return ALD_OK;
            }
            if (!line && status != ALD_E_PROTOCOL) {
                break;
            }
            me.host_.error_unref(std::exchange(why, nullptr)); // too long: not what we wait for
        }
        // A second of silence: the question may have been lost.
        const bool again = status == ALD_E_TIMEOUT &&
                           me.host_.mono_ns() < describe(me.host_, request).deadline_mono_ns;
        if (!again) {
            if (err != nullptr) {
                *err = std::exchange(why, nullptr);
            }
            me.host_.error_unref(why);
            return status;
        }
        me.host_.error_unref(std::exchange(why, nullptr));
    }
}

result<answer> controller::query(const ald_request *request, const std::string &command) {
    auto said = line_.query(request, command);
    while (said && is_version(said->text)) {
        if (versions_asked_ == 0) {
            began_anew();
            return fault{ALD_E_STATE_LOST,
                         "the controller was reset while the device was open: motors are off, "
                         "positions and settings are lost; close the device, open and home it"};
        }
        --versions_asked_; // the late answer to a question of `resync`
        said = line_.read(request, describe(host_, request).deadline_mono_ns);
    }
    return said;
}

result<measured> controller::query_number(const ald_request *request, const std::string &command) {
    const auto said = query(request, command);
    if (!said) {
        return said.error();
    }
    const auto number = to_plain_double(said->text);
    if (!number) {
        return line_.unexpected(command, said->text, "a finite number");
    }
    return measured{*number, said->t_mono_ns, said->uncertainty_ns};
}

result<bool> controller::query_flag(const ald_request *request, const std::string &command) {
    const auto said = query(request, command);
    if (!said) {
        return said.error();
    }
    const auto number = to_plain_integer(said->text);
    if (!number || (*number != 0 && *number != 1)) {
        return line_.unexpected(command, said->text, "0 or 1");
    }
    return *number == 1;
}

void controller::began_anew() {
    for (const auto &[number, a] : axes_) {
        know_position(*a, false);
    }
}

void controller::know_position(axis &a, bool is_known) {
    if (std::exchange(a.position_known, is_known) != is_known) {
        host_.publish(a.node, known, make_bool(host_, is_known).get());
    }
}

result<std::vector<entry>> controller::take_entries(const ald_request *request) {
    std::vector<entry> taken;
    while (taken.size() < most_errors) {
        const auto said = query(request, "TB?");
        if (!said) {
            return said.error();
        }
        auto e = parse_entry(said->text);
        if (!e) {
            return line_.unexpected("TB?", said->text, "code, time stamp, text");
        }
        if (e->code == 0) {
            return taken;
        }
        taken.push_back(std::move(*e));
    }
    return fault{ALD_E_PROTOCOL, "the controller's error queue never ends; reset it"};
}

outcome controller::read_errors(const ald_request *request, const std::string &doing) {
    const auto entries = take_entries(request);
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
    if (auto written = line_.write(request, text); !written) {
        return written;
    }
    outcome of_controller = read_errors(request, text);
    outcome of_axis = own_errors(a, text, !a.going.goes_on());
    return of_axis ? of_controller : of_axis;
}

void controller::open(ald_request *request) {
    auto found = find_out(request);
    if (!found) {
        line_.close();
        refuse(request, found.error());
        return;
    }
    complete(host_, request);
}

outcome controller::find_out(const ald_request *request) {
    versions_asked_ = 0;
    for (const auto &[number, a] : axes_) {
        a->going.drop();
    }
    if (auto opened = line_.open(request, uri_, resync, this); !opened) {
        return opened;
    }
    const auto said = line_.query(request, "VE?");
    if (!said) {
        return said.error();
    }
    if (!is_version(said->text)) {
        return line_.unexpected("VE?", said->text, "'ESP300 Version ...'");
    }
    version_ = printable(said->text);
    // Errors of a program before us are no errors of ours.
    if (auto old = read_errors(request, "what was sent before"); !old) {
        if (old.error().given || old.error().code == ALD_E_PROTOCOL) {
            return old;
        }
        host_.log(ALD_LOG_WARNING, domain, old.error().message.c_str());
    }
    const auto found = find_axes(request);
    if (!found) {
        return found.error();
    }
    std::size_t place = 0;
    for (const auto &[number, moves] : *found) {
        const auto a = axis_of(number);
        a->number = number;
        a->name = name_of(number, place++);
        a->errors.clear();
        a->position_known = true;
        if (auto ready = set_up(request, *a); !ready) {
            return ready;
        }
        if (moves) {
            host_.found_moving(a->node);
        }
    }
    const std::size_t space = version_.find(' ');
    constexpr std::string_view word = "Version ";
    const std::size_t firmware = version_.find(word);
    ald_error *why = nullptr;
    const ald_status named = host_.set_identity(
        node_, "Newport", version_.substr(0, space).c_str(), nullptr,
        firmware == std::string::npos ? version_.c_str()
                                      : version_.substr(firmware + word.size()).c_str(),
        &why);
    if (named != ALD_OK) {
        return failed(host_, named, why);
    }
    ald_error *late = nullptr;
    const ald_status timed = host_.set_timeouts(node_, query_timeout_ns, motion_timeout_ns, &late);
    return timed == ALD_OK ? outcome(done{}) : failed(host_, timed, late);
}

axis *controller::axis_of(int number) {
    const std::scoped_lock lock(mutex_); // `cancel` looks through them
    auto &a = axes_[number];
    if (!a) {
        a = std::make_unique<axis>(host_, domain);
    }
    return a.get();
}

std::string controller::name_of(int number, std::size_t place) const {
    return place < axis_names_.size() ? axis_names_[place] : std::to_string(number);
}

// Axes that are not there do not answer: a stop that does no harm is sent, and the error queue
// tells. It also leaves nothing moving that another program has begun.
// Whether one moves is asked before that of those that were there already, and at once after it of
// others, which need a while to come to rest.
result<std::map<int, bool>> controller::find_axes(const ald_request *request) {
    std::map<int, bool> found; // whether it was moving
    for (int number = 1; number <= most_axes; ++number) {
        const auto moves = [&]() -> result<bool> {
            const auto stands = query_flag(request, std::to_string(number) + "MD?");
            return stands ? result<bool>(!*stands) : stands.error();
        };
        result<bool> moving = false;
        const bool known = axes_.find(number) != axes_.end();
        if (known) {
            moving = moves();
        }
        const std::string stop = std::to_string(number) + "ST";
        if (auto sent = line_.write(request, stop); !sent) {
            return sent.error();
        }
        bool there = true;
        bool beyond = false;
        const auto entries = take_entries(request);
        if (!entries) {
            return entries.error();
        }
        for (const entry &e : *entries) {
            beyond = beyond || e.code == axis_out_of_range;
            there = there && !(e.axis() == number && e.kind() == not_connected);
        }
        if (beyond) {
            break;
        }
        if (there && !known) {
            moving = moves();
        }
        if (!moving) {
            return moving.error();
        }
        if (there) {
            found.emplace(number, *moving);
        }
    }
    if (found.empty()) {
        return fault{ALD_E_NOT_FOUND,
                     "the controller has no axis; connect a stage and switch it off and on"};
    }
    return found;
}

outcome controller::set_up(const ald_request *request, axis &a) {
    const std::string asked = a.command("SN?");
    const auto unit = line_.query_integer(request, asked, 0, units.size() - 1);
    if (!unit) {
        return unit.error();
    }
    a.unit = units[static_cast<std::size_t>(*unit)];
    const auto resolution = query_number(request, a.command("SU?"));
    if (!resolution) {
        return resolution.error();
    }
    a.precise = {repeatabilities[static_cast<std::size_t>(*unit)], std::abs(resolution->value),
                 tolerance_};
    if (auto declared = declare(request, a); !declared) {
        return declared;
    }
    if (!enable_) {
        return done{};
    }
    const auto on = query_flag(request, a.command("MO?"));
    if (!on) {
        return on.error();
    }
    return *on ? outcome(done{}) : command(request, a, a.command("MO"));
}

outcome controller::declare(const ald_request *request, axis &a) {
    std::array<double, 4> numbers{};
    const std::array<const char *, 4> asked{"SL?", "SR?", "VU?", "AU?"};
    for (std::size_t i = 0; i < asked.size(); ++i) {
        const auto said = query_number(request, a.command(asked[i]));
        if (!said) {
            return said.error();
        }
        numbers[i] = said->value;
    }
    const auto id = query(request, a.command("ID?"));
    if (!id) {
        return id.error();
    }
    const auto &[left, right, fastest, hardest] = numbers;
    const std::string speed = a.unit + "/s";
    const std::string force = a.unit + "/s2";
    constexpr std::uint64_t both = ALD_SCHEMA_READ | ALD_SCHEMA_WRITE;
    ald_schema where =
        record("position", ALD_TYPE_DOUBLE, a.unit.c_str(), "where the axis is", both);
    if (left < right) { // equal ones are no limits
        where.min = left;
        where.max = right;
    }
    ald_schema rate = record("velocity", ALD_TYPE_DOUBLE, speed.c_str(), "how fast it moves", both);
    ald_schema ramp = record("acceleration", ALD_TYPE_DOUBLE, force.c_str(),
                             "how fast its velocity changes at the start of a move", both);
    for (const auto &[rule, most] : {std::pair(&rate, fastest), {&ramp, hardest}}) {
        rule->min = std::numeric_limits<double>::min();
        rule->max = most > 0 ? most : none;
    }
    const value name = make_string(host_, printable(trimmed(id->text)));
    ald_schema model = record("stage", ALD_TYPE_STRING, "", "model and serial number of the stage",
                              ALD_SCHEMA_READ | ALD_SCHEMA_CONSTANT);
    ald_error *why = nullptr;
    ald_status status = host_.add_child(node_, a.name.c_str(), &a, &a.node, &why);
    for (const ald_schema &s :
         {where, rate, ramp, record("settled", ALD_TYPE_BOOL, "", "no motion goes on"),
          record("enabled", ALD_TYPE_BOOL, "", "the motor is on", both),
          record("position_known", ALD_TYPE_BOOL, "",
                 "false after a limit switch, a fault or a reset, until it was homed"),
          model}) {
        if (status == ALD_OK) {
            status = host_.add_property(a.node, &s, &why);
        }
    }
    for (const auto &[action, doc] : {std::pair("stop", "stop the axis at once"),
                                      std::pair("home", "search the home position")}) {
        if (status == ALD_OK) {
            status = host_.add_action(a.node, action, doc, 0, &why);
        }
    }
    if (status == ALD_OK) {
        status = host_.add_capability(a.node, "movable", 1, &why);
    }
    if (status != ALD_OK) {
        return failed(host_, status, why);
    }
    host_.publish(a.node, stage, name.get());
    return done{};
}

void controller::close(ald_request *request) {
    stand(request);
    line_.close();
    complete(host_, request);
}

void controller::get(ald_request *request, const ald_request_info &info, axis &a) {
    const auto number = [&](std::string_view asked) {
        const auto said = query_number(request, a.command(asked));
        if (said) {
            complete(host_, request, *said);
        } else {
            refuse(request, said.error());
        }
    };
    const auto flag = [&](std::string_view asked) {
        const auto said = query_flag(request, a.command(asked));
        if (said) {
            complete(host_, request, make_bool(host_, *said));
        } else {
            refuse(request, said.error());
        }
    };
    switch (info.property) {
    case position: number("TP?"); return;
    case velocity: number("VA?"); return;
    case acceleration: number("AC?"); return;
    case settled: flag("MD?"); return;
    case enabled: flag("MO?"); return;
    case known: complete(host_, request, make_bool(host_, a.position_known)); return;
    default: {
        const auto said = query(request, a.command("ID?"));
        if (said) {
            complete(host_, request, make_string(host_, printable(trimmed(said->text))));
        } else {
            refuse(request, said.error());
        }
        return;
    }
    }
}

void controller::set(ald_request *request, const ald_request_info &info, axis &a) {
    if (info.property == position) {
        move(request, a, info.number);
        return;
    }
    constexpr int digits = 6;
    std::string text;
    if (info.property == enabled) {
        std::int32_t on = 0;
        host_.value_get_bool(info.value, &on, nullptr);
        text = on != 0 ? "MO" : "MF";
    } else {
        text = (info.property == velocity ? "VA" : "AC") + decimals(info.number, digits);
    }
    if (auto carried_out = command(request, a, a.command(text)); !carried_out) {
        refuse(request, carried_out.error());
        return;
    }
    get(request, info, a); // what it has now
}

} // namespace esp300
