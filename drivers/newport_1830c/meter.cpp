#include "meter.hpp"

#include "status.hpp"
#include "support/table.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace newport_1830c {

namespace {

using namespace drivers;

enum property : std::int64_t {
    power,
    wavelength,
    units,
    range,
    filter,
    attenuator,
    zeroed,
    running,
    status
};

constexpr std::int64_t silence_ns = 300'000'000; // the meter answers within a tenth of a second
constexpr std::int64_t query_timeout_ns = 8'000'000'000; // for sixteen samples and more
constexpr std::int64_t reply_ns = 1'000'000'000;
// Timeouts of a new reading: many samples, and longer while it looks for its range.
constexpr std::int64_t over_range_ns = 500'000'000;
constexpr std::int64_t sample_ns = 2'000'000'000;
constexpr std::int64_t pause_ns = 2'000'000; // between two looks

constexpr std::int64_t errors = parameter_error | command_error;
constexpr std::int64_t too_much_light = saturated | over_range;

struct question {
    const char *text;
    std::int64_t least;
    std::int64_t greatest;
};

constexpr std::array questions{
    question{"W?", 0, 9999}, question{"U?", 1, 4}, question{"R?", 0, 8}, question{"F?", 1, 3},
    question{"A?", 0, 1},    question{"Z?", 0, 1}, question{"G?", 0, 1}, question{"Q?", 0, 255},
};

// In the order of U1 to U4, by its user's manual as four public drivers have it. Some others have
// dB and dBm the other way round.
constexpr std::array<const char *, 4> unit_names{"W", "dB", "dBm", "REL"};
constexpr std::int64_t shows_watts = 1;
constexpr std::int64_t shows_dbm = 3;
constexpr std::array<const char *, 3> filter_names{"slow", "medium", "fast"};
constexpr std::array averaged{16, 4, 1}; // samples in its running mean

template <std::size_t N>
std::int64_t place_of(const std::array<const char *, N> &names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) - names.begin();
}

constexpr const char *clear_command = "C";
constexpr std::uint64_t no_sample = ALD_READING_UNSETTLED;

std::uint64_t quality_of(std::int64_t status) {
    return ((status & too_much_light) != 0 ? std::uint64_t{ALD_READING_OVERRANGE} : 0) |
           ((status & busy) != 0 ? std::uint64_t{ALD_READING_UNSETTLED} : 0);
}

// "0633" and nothing else; no other answer has four digits.
bool is_wavelength(std::string_view text) {
    text = trimmed(text);
    return text.size() == 4 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

} // namespace

meter::meter(const ald_host &host, ald_node *node, const options &given)
    : host_(host), node_(node), uri_(given.text("uri")), line_(host, {.instrument = "1830-C",
                                                                      .baud = 9600,
                                                                      .flow = ALD_FLOW_NONE,
                                                                      .sent_end = "\n",
                                                                      .terminator = "\n",
                                                                      .latency_ns = silence_ns}) {}

void meter::submit(ald_request *request) {
    const ald_request_info info = describe(host_, request);
    switch (info.verb) {
    case ALD_VERB_OPEN: open(request); return;
    case ALD_VERB_CLOSE:
        line_.close();
        complete(host_, request);
        return;
    case ALD_VERB_GET: get(request, info.property); return;
    case ALD_VERB_SET: set(request, info); return;
    case ALD_VERB_ACT: act(request, info.name); return;
    default: complete(host_, request); return;
    }
}

void meter::refuse(ald_request *request, const fault &why) {
    drivers::refuse(host_, request, domain, why);
}

// Brings the port in step by silence, so that nothing late comes any more, then by a question whose
// answer has four digits, as no other has: answers do not tell what was asked.
ald_status meter::resync(void *self, ald_port *port, const ald_request *request, ald_error **err) {
    const ald_host &host = static_cast<meter *>(self)->host_;
    ald_error *why = nullptr;
    ald_status status = ALD_OK;
    const std::int64_t deadline = describe(host, request).deadline_mono_ns;
    for (;;) {
        do { // whatever still comes
            host.error_unref(std::exchange(why, nullptr));
            (void)line::read_line_of(host, port, request, host.mono_ns() + silence_ns, status,
                                     &why);
        } while (status == ALD_OK || status == ALD_E_PROTOCOL);
        if (status != ALD_E_TIMEOUT || host.mono_ns() >= deadline) {
            break;
        }
        host.error_unref(std::exchange(why, nullptr));
        constexpr std::string_view asked = "W?\n";
        status = host.port_write(port, request, asked.data(), asked.size(), &why);
        if (status != ALD_OK) {
            break;
        }
        const auto text =
            line::read_line_of(host, port, request, host.mono_ns() + reply_ns, status, &why);
        if (text && is_wavelength(*text)) {
            return ALD_OK;
        }
        const bool again = text || status == ALD_E_PROTOCOL || status == ALD_E_TIMEOUT;
        if (!again || host.mono_ns() >= deadline) {
            break;
        }
    }
    if (status == ALD_OK) {
        status = ALD_E_PROTOCOL;
    }
    if (err != nullptr) {
        *err = std::exchange(why, nullptr);
    }
    host.error_unref(why);
    return status;
}

result<std::int64_t> meter::ask(const ald_request *request, const char *asked) {
    const auto found = std::find_if(questions.begin(), questions.end(), [&](const question &q) {
        return std::string_view(q.text) == asked;
    });
    return line_.query_integer(request, asked, found->least, found->greatest);
}

void meter::open(ald_request *request) {
    if (auto found = find_out(request); !found) {
        line_.close();
        refuse(request, found.error());
        return;
    }
    complete(host_, request);
}

// Identifies the meter by its answer to Z?, which is all that can be known: it has no *IDN?.
outcome meter::find_out(const ald_request *request) {
    if (auto opened = line_.open(request, uri_, resync, this); !opened) {
        return opened;
    }
    if (const auto probed = ask(request, "Z?"); !probed) {
        return probed.error();
    }
    return declare();
}

outcome meter::declare() {
    constexpr std::uint64_t both = ALD_SCHEMA_READ | ALD_SCHEMA_WRITE;
    value unit_choices = make_list(host_);
    value filter_choices = make_list(host_);
    for (const char *name : unit_names) {
        host_.value_append(unit_choices.get(), make_string(host_, name).get(), nullptr);
    }
    for (const char *name : filter_names) {
        host_.value_append(filter_choices.get(), make_string(host_, name).get(), nullptr);
    }
    ald_schema nm =
        record("wavelength", ALD_TYPE_DOUBLE, "nm", "what its calibration is for", both);
    nm.min = 200;
    nm.max = 1800;
    nm.step = 1;
    ald_schema shown = record("units", ALD_TYPE_STRING, "", "what its display shows", both);
    shown.choices = unit_choices.get();
    ald_schema ranges =
        record("range", ALD_TYPE_INT, "", "0 finds the range itself, 8 is the greatest", both);
    ranges.min = 0;
    ranges.max = 8;
    ald_schema average = record("filter", ALD_TYPE_STRING, "",
                                "mean over 16 readings (slow), 4 (medium) or none (fast)", both);
    average.choices = filter_choices.get();
    ald_error *why = nullptr;
    ald_status added = ALD_OK;
    for (const ald_schema &s :
         {record("value", ALD_TYPE_DOUBLE, "W", "power of the light"), nm, shown, ranges, average,
          record("attenuator", ALD_TYPE_BOOL, "", "its calibration is for the attenuator", both),
          record("zeroed", ALD_TYPE_BOOL, "", "the light of the dark is taken off", both),
          record("running", ALD_TYPE_BOOL, "", "it measures; false holds the last reading", both),
          record("status", ALD_TYPE_INT, "", "the bits of its status byte")}) {
        if (added == ALD_OK) {
            added = host_.add_property(node_, &s, &why);
        }
    }
    for (const auto &[action, doc] :
         {std::pair("store_reference", "take the reading as reference for dB and REL"),
          std::pair("clear_status", "clear the errors in the status byte")}) {
        if (added == ALD_OK) {
            added = host_.add_action(node_, action, doc, 0, &why);
        }
    }
    for (const char *capability : {"readable", "wavelength"}) {
        if (added == ALD_OK) {
            added = host_.add_capability(node_, capability, 1, &why);
        }
    }
    if (added == ALD_OK) {
        added = host_.set_identity(node_, "Newport", "1830-C", nullptr, nullptr, &why);
    }
    if (added == ALD_OK) {
        added = host_.set_timeouts(node_, query_timeout_ns, query_timeout_ns, &why);
    }
    return added == ALD_OK ? outcome(done{}) : failed(host_, added, why);
}

void meter::tell(ald_request *request, const result<value> &what) {
    if (what) {
        complete(host_, request, *what);
    } else {
        refuse(request, what.error());
    }
}

void meter::get(ald_request *request, std::int64_t which) {
    if (which == power) {
        read(request);
        return;
    }
    const auto said = ask(request, questions.at(static_cast<std::size_t>(which - 1)).text);
    if (!said) {
        refuse(request, said.error());
        return;
    }
    switch (which) {
    case wavelength: complete(host_, request, static_cast<double>(*said)); return;
    case units:
        complete(host_, request,
                 make_string(host_, unit_names.at(static_cast<std::size_t>(*said - 1))));
        return;
    case filter:
        complete(host_, request,
                 make_string(host_, filter_names.at(static_cast<std::size_t>(*said - 1))));
        return;
    case range:
    case status: complete(host_, request, make_int(host_, *said)); return;
    default: complete(host_, request, make_bool(host_, *said == 1)); return;
    }
}

// Waits for one sample more.
result<meter::sample> meter::next_sample(const ald_request *request) {
    const std::int64_t begun = host_.mono_ns();
    for (std::int64_t since = begun;;) {
        const std::int64_t looked = host_.mono_ns();
        const auto now = ask(request, "Q?");
        if (!now) {
            return now.error();
        }
        if ((*now & reading_ready) != 0) {
            return sample{.since_ns = since, .status = *now, .is_new = true};
        }
        const std::int64_t waited = looked - begun;
        if (waited > sample_ns || (waited > over_range_ns && (*now & too_much_light) != 0)) {
            const std::uint64_t why = quality_of(*now);
            return sample{.since_ns = since, .status = *now, .quality = why != 0 ? why : no_sample};
        }
        since = looked;
        if (host_.sleep_until(request, looked + pause_ns) != 0) {
            return host_.mono_ns() < describe(host_, request).deadline_mono_ns
                       ? fault{ALD_E_CANCELLED, "cancelled while the meter took a sample"}
                       : fault{ALD_E_TIMEOUT, "the meter took no new sample before the timeout "
                                              "(status " +
                                                  std::to_string(*now) + "); allow more time"};
        }
    }
}

// Waits until all that its filter holds was taken after this call began. What was taken before may
// be of another light, and what was read before is no second measurement.
result<meter::sample> meter::new_samples(const ald_request *request) {
    const auto filter_now = ask(request, "F?");
    const auto running_now = filter_now ? ask(request, "G?") : filter_now;
    const std::int64_t begun = host_.mono_ns();
    const auto status_now = running_now ? ask(request, "Q?") : running_now;
    if (!status_now) {
        return status_now.error();
    }
    sample last{.since_ns = begun, .status = *status_now, .quality = quality_of(*status_now)};
    if (*running_now == 0) { // it holds its reading and takes no other
        return last;
    }
    for (int left = averaged.at(static_cast<std::size_t>(*filter_now - 1)); left > 0; --left) {
        // The bit goes with the reading that is there.
        if (const auto old = line_.query(request, "D?"); !old) {
            return old.error();
        }
        auto taken = next_sample(request);
        if (!taken || !taken->is_new) {
            return taken;
        }
        last.since_ns = last.is_new ? last.since_ns : taken->since_ns;
        last = {last.since_ns, taken->status, taken->quality, true};
    }
    return last;
}

void meter::read(ald_request *request) {
    const auto shown = ask(request, "U?");
    if (shown && *shown != shows_watts && *shown != shows_dbm) {
        refuse(request, {ALD_E_STATE, "the meter shows a ratio (dB or REL), not a power; set "
                                      "'units' to W or dBm"});
        return;
    }
    const auto taken = shown ? new_samples(request) : result<sample>(shown.error());
    const auto said = taken ? line_.query_number(request, "D?") : result<measured>(taken.error());
    const auto after = said ? ask(request, "Q?") : result<std::int64_t>(said.error());
    if (!after) {
        refuse(request, after.error());
        return;
    }
    measured reading = *said;
    if (*shown == shows_dbm) {
        reading.value = 1e-3 * std::pow(10.0, reading.value / 10);
    }
    // Somewhere between the last look without the first of its samples and the answer.
    const std::int64_t ended = reading.t_mono_ns + reading.uncertainty_ns;
    reading.uncertainty_ns = (ended - taken->since_ns) / 2;
    reading.t_mono_ns = taken->since_ns + reading.uncertainty_ns;
    // Add the bits that came meanwhile: they may concern the reading; earlier ones may be old.
    reading.quality = taken->quality | quality_of(*after & ~taken->status);
    complete(host_, request, reading);
}

outcome meter::change(const ald_request *request, const std::string &text, const char *asked,
                      std::int64_t wanted) {
    if (auto written = line_.write(request, text); !written) {
        return written;
    }
    const auto now = ask(request, asked);
    if (!now) {
        return now.error();
    }
    if (*now == wanted) {
        return done{};
    }
    return fault{ALD_E_RANGE, "the meter did not take '" + text + "' and answers '" + asked +
                                  "' with " + std::to_string(*now) +
                                  "; its detector or mode does not allow it"};
}

void meter::set(ald_request *request, const ald_request_info &info) {
    const options given(host_, info.value);
    std::string text;
    std::int64_t wanted = 0;
    std::int32_t on = 0;
    const char *name = "";
    std::size_t size = 0;
    switch (info.property) {
    case wavelength: {
        wanted = std::llround(info.number);
        const std::string digits = std::to_string(wanted);
        text = "W" + std::string(4 - std::min<std::size_t>(digits.size(), 4), '0') + digits;
        break;
    }
    case units:
    case filter:
        host_.value_get_string(info.value, &name, &size, nullptr);
        wanted = 1 + (info.property == units ? place_of(unit_names, {name, size})
                                             : place_of(filter_names, {name, size}));
        text = (info.property == units ? "U" : "F") + std::to_string(wanted);
        break;
    case range:
        host_.value_get_int(info.value, &wanted, nullptr);
        text = "R" + std::to_string(wanted);
        break;
    default:
        host_.value_get_bool(info.value, &on, nullptr);
        wanted = on;
        text = (info.property == attenuator ? "A"
                : info.property == zeroed   ? "Z"
                                            : "G") +
               std::to_string(wanted);
        break;
    }
    const char *asked = questions.at(static_cast<std::size_t>(info.property - 1)).text;
    if (info.property == range && wanted == 0) { // it answers with the range that it has found
        if (auto written = line_.write(request, text); !written) {
            refuse(request, written.error());
            return;
        }
    } else if (auto changed = change(request, text, asked, wanted); !changed) {
        refuse(request, changed.error());
        return;
    }
    get(request, info.property);
}

// An error bit stays until it is cleared, and would hide a new one of its kind.
outcome meter::forget_errors(const ald_request *request) {
    const auto before = ask(request, "Q?");
    if (!before || (*before & errors) == 0) {
        return before ? outcome(done{}) : before.error();
    }
    host_.log(ALD_LOG_INFO, domain,
              ("the meter had refused something before (status " + std::to_string(*before) +
               "); its error bits are cleared to see what comes")
                  .c_str());
    return line_.write(request, clear_command);
}

void meter::act(ald_request *request, std::string_view action) {
    const bool clears = action == "clear_status";
    const outcome clean = clears ? outcome(done{}) : forget_errors(request);
    const auto before = clean ? ask(request, "Q?") : result<std::int64_t>(clean.error());
    const outcome sent =
        before ? line_.write(request, clears ? clear_command : "S") : outcome(before.error());
    // Nothing answers: that it still does tells that it has come.
    const auto after = sent ? ask(request, "Q?") : result<std::int64_t>(sent.error());
    if (!after) {
        refuse(request, after.error());
        return;
    }
    const std::int64_t wrong = *after & errors & (clears ? ~std::int64_t{0} : ~*before);
    if (wrong != 0) {
        refuse(request,
               {ALD_E_STATE, "the meter refused '" + std::string(action) + "': its status is " +
                                 std::to_string(*after) + "; see its display"});
        return;
    }
    complete(host_, request);
}

} // namespace newport_1830c
