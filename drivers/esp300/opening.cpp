// Opening a controller: which axes there are, and what each of them has.
#include "driver.hpp"

#include "support/text.hpp"

#include <array>
#include <cmath>

namespace esp300 {

namespace {

using namespace drivers;

constexpr int most_axes = 6;
constexpr std::int64_t query_timeout_ns = 8'000'000'000; // it may say nothing for 5 s at a limit
constexpr std::int64_t motion_timeout_ns = 300'000'000'000;

constexpr std::array<const char *, 12> units{
    "1", "1", "mm", "um", "[in_i]", "[mil_i]", "10*-6.[in_i]", "deg", "gon", "rad", "mrad", "urad"};

// Repeatability of the stages that such a controller drives, by their units: 2 um, 0.002 deg; 0 for
// counts and steps, of which nothing is known.
constexpr std::array<double, units.size()> repeatabilities{0,  0,    2e-3,   2,      8e-5,   8e-2,
                                                           80, 2e-3, 2.2e-3, 3.5e-5, 3.5e-2, 35};

} // namespace

void controller::open(ald_request *request) {
    auto found = find_out(request);
    if (!found) {
        wire_.close();
        refuse(request, found.error());
        return;
    }
    complete(host_, request);
}

outcome controller::find_out(const ald_request *request) {
    for (const auto &[number, a] : axes_) {
        a->going.drop();
    }
    const auto version = wire_.open(request, uri_);
    if (!version) {
        return version.error();
    }
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
    return tell_who(*version);
}

outcome controller::tell_who(const std::string &version) {
    constexpr std::string_view word = "Version ";
    const std::string model = version.substr(0, version.find(' '));
    const std::size_t firmware = version.find(word);
    const std::string rest =
        firmware == std::string::npos ? version : version.substr(firmware + word.size());
    return called(host_, [&](ald_error **err) {
        const ald_status named =
            host_.set_identity(node_, "Newport", model.c_str(), nullptr, rest.c_str(), err);
        return named == ALD_OK ? host_.set_timeouts(node_, query_timeout_ns, motion_timeout_ns, err)
                               : named;
    });
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
            const auto stands = wire_.ask_flag(request, std::to_string(number) + "MD?");
            return stands ? result<bool>(!*stands) : stands.error();
        };
        result<bool> moving = false;
        const bool known = axes_.find(number) != axes_.end();
        if (known) {
            moving = moves();
        }
        const std::string stop = std::to_string(number) + "ST";
        if (auto sent = wire_.tell(request, stop); !sent) {
            return sent.error();
        }
        bool there = true;
        bool beyond = false;
        const auto entries = wire_.take_errors(request);
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
    const auto unit = wire_.ask_integer(request, asked, 0, units.size() - 1);
    if (!unit) {
        return unit.error();
    }
    a.unit = units[static_cast<std::size_t>(*unit)];
    const auto resolution = wire_.ask_number(request, a.command("SU?"));
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
    const auto on = wire_.ask_flag(request, a.command("MO?"));
    if (!on) {
        return on.error();
    }
    return *on ? outcome(done{}) : command(request, a, a.command("MO"));
}

outcome controller::declare(const ald_request *request, axis &a) {
    limits most;
    for (const auto &[question, to] :
         {std::pair("SL?", &a.left), std::pair("SR?", &a.right), std::pair("VU?", &most.velocity),
          std::pair("AU?", &most.acceleration)}) {
        const auto said = wire_.ask_number(request, a.command(question));
        if (!said) {
            return said.error();
        }
        *to = said->value;
    }
    const auto stage = wire_.ask_text(request, a.command("ID?"));
    if (!stage) {
        return stage.error();
    }
    auto declared = called(host_, [&](ald_error **err) {
        ald_status status = host_.add_child(node_, a.name.c_str(), &a, &a.node, err);
        if (status == ALD_OK) {
            status = a.table.add_to(a.node, properties_of(a, most), actions_of(a), err);
        }
        return status == ALD_OK ? host_.add_capability(a.node, "movable", 1, err) : status;
    });
    if (declared) {
        a.table.publish("stage", make_string(host_, *stage));
    }
    return declared;
}

} // namespace esp300
