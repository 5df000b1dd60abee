// The driver "newport-1830c": the meter as a device; every number is asked for, every setting read
// back. See docs/drivers/newport-1830c.md.
#include "protocol.hpp"
#include "simulated.hpp"
#include "support/discovery.hpp"
#include "support/properties.hpp"
#include "support/table.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

namespace newport_1830c {

namespace {

using namespace drivers;

constexpr std::int64_t query_timeout_ns = 8'000'000'000; // for sixteen samples and more
// Timeouts of a new reading: many samples, and longer while it looks for its range.
constexpr std::int64_t over_range_ns = 500'000'000;
constexpr std::int64_t sample_ns = 2'000'000'000;
constexpr std::int64_t pause_ns = 2'000'000; // between two looks

constexpr std::int64_t errors = parameter_error | command_error;
constexpr std::int64_t too_much_light = saturated | over_range;

// In the order of U1 to U4, by its user's manual as four public drivers have it. Some others have
// dB and dBm the other way round.
constexpr std::array<const char *, 4> unit_names{"W", "dB", "dBm", "REL"};
constexpr std::int64_t shows_watts = 1;
constexpr std::int64_t shows_dbm = 3;
constexpr std::array<const char *, 3> filter_names{"slow", "medium", "fast"};
constexpr std::array averaged{16, 4, 1}; // samples in its running mean
constexpr std::array<const char *, 3> backlight_names{"off", "medium", "high"}; // K0 to K2

constexpr std::int64_t calibrated_ns = 60'000'000'000; // by when it has calibrated itself
constexpr std::int64_t calibration_pause_ns = 20'000'000;

constexpr const char *clear_command = "C";

const char *command_of(std::string_view action) {
    if (action == "clear_status") {
        return clear_command;
    }
    return action == "calibrate" ? "O" : "S";
}

constexpr std::uint64_t no_sample = ALD_READING_UNSETTLED;

std::uint64_t quality_of(std::int64_t status) {
    return ((status & too_much_light) != 0 ? std::uint64_t{ALD_READING_OVERRANGE} : 0) |
           ((status & busy) != 0 ? std::uint64_t{ALD_READING_UNSETTLED} : 0);
}

class meter {
public:
    static constexpr const char *domain = "newport-1830c";

    // No input or output.
    meter(const ald_host &host, ald_node *node, const options &given)
        : host_(host), node_(node), uri_(given.text("uri")), wire_(host), table_(host, domain) {}

    void submit(ald_request *request);
    void cancel(ald_request *) {} // the port ends what it waits for

private:
    // Sample that the meter has measured, not before `since_ns`.
    struct sample {
        std::int64_t since_ns = 0;
        std::int64_t status = 0;
        std::uint64_t quality = 0;
        bool is_new = false;
    };

    void open(ald_request *request);
    outcome declare();
    std::vector<property> properties();
    property numbered(const char *name, char letter, const char *doc);
    property named(const char *name, char letter, std::span<const char *const> names,
                   const char *doc, std::int64_t first = 1);
    property switched(const char *name, char letter, const char *doc);
    std::vector<action> actions();
    result<measured> read(const ald_request *request);
    result<sample> next_sample(const ald_request *request);
    result<sample> new_samples(const ald_request *request);
    outcome forget_errors(const ald_request *request);
    outcome carry_out(const ald_request *request, const std::string &action);
    outcome calibrate(const ald_request *request);

    const ald_host &host_;
    ald_node *node_;
    std::string uri_;
    protocol wire_;
    property_table table_;
};

void meter::submit(ald_request *request) {
    const ald_request_info info = describe(host_, request);
    if (info.verb == ALD_VERB_OPEN) {
        open(request);
    } else if (info.verb == ALD_VERB_CLOSE) {
        wire_.close();
        complete(host_, request);
    } else {
        table_.carry_out(request, info);
    }
}

void meter::open(ald_request *request) {
    outcome opened = wire_.open(request, uri_);
    if (opened) {
        opened = declare();
    }
    if (!opened) {
        wire_.close();
        refuse(host_, request, domain, opened.error());
        return;
    }
    complete(host_, request);
}

outcome meter::declare() {
    return called(host_, [&](ald_error **err) {
        ald_status status = table_.add_to(node_, properties(), actions(), err);
        for (const char *capability : {"readable", "wavelength"}) {
            status = status == ALD_OK ? host_.add_capability(node_, capability, 1, err) : status;
        }
        if (status == ALD_OK) {
            status = host_.set_identity(node_, "Newport", "1830-C", nullptr, nullptr, err);
        }
        return status == ALD_OK ? host_.set_timeouts(node_, query_timeout_ns, query_timeout_ns, err)
                                : status;
    });
}

// A setting that is a number to the meter, as "R8": asked by "R?".
property meter::numbered(const char *name, char letter, const char *doc) {
    const std::string command(1, letter);
    return {.name = name,
            .type = ALD_TYPE_INT,
            .doc = doc,
            .get = [this, question = command + "?"](
                       const ald_request *request) { return wire_.ask(request, question); },
            .set =
                [this, command](const ald_request *request, const setting &to) {
                    const std::string sent = command + std::to_string(to.integer());
                    return wire_.change(request, sent, command + "?", to.integer());
                }};
}

// Property that is a word here, and the place of that word, from `first`, to the meter.
property meter::named(const char *name, char letter, std::span<const char *const> names,
                      const char *doc, std::int64_t first) {
    const std::string command(1, letter);
    return {.name = name,
            .type = ALD_TYPE_STRING,
            .doc = doc,
            .choices = {names.begin(), names.end()},
            .get = [this, names, first,
                    question = command + "?"](const ald_request *request) -> result<reading> {
                const auto place = wire_.ask(request, question);
                if (!place) {
                    return place.error();
                }
                return std::string(names[static_cast<std::size_t>(*place - first)]);
            },
            .set =
                [this, names, command, first](const ald_request *request, const setting &to) {
                    const std::int64_t place =
                        first + (std::find(names.begin(), names.end(), to.text()) - names.begin());
                    return wire_.change(request, command + std::to_string(place), command + "?",
                                        place);
                }};
}

// Property that is on or off.
property meter::switched(const char *name, char letter, const char *doc) {
    const std::string command(1, letter);
    return {.name = name,
            .type = ALD_TYPE_BOOL,
            .doc = doc,
            .get = [this, question = command + "?"](const ald_request *request) -> result<reading> {
                const auto on = wire_.ask(request, question);
                if (!on) {
                    return on.error();
                }
                return *on == 1;
            },
            .set =
                [this, command](const ald_request *request, const setting &to) {
                    const std::int64_t on = to.flag() ? 1 : 0;
                    return wire_.change(request, command + std::to_string(on), command + "?", on);
                }};
}

std::vector<property> meter::properties() {
    property range = numbered("range", 'R', "0 finds the range itself, 8 is the greatest");
    range.min = 0;
    range.max = 8;
    range.set = [this, fixed = range.set](const ald_request *request, const setting &to) {
        // It answers 0 with the range that it has found.
        return to.integer() == 0 ? wire_.tell(request, "R0") : fixed(request, to);
    };
    property status = numbered("status", 'Q', "the bits of its status byte");
    status.set = nullptr;
    return {
        {.name = "value",
         .unit = "W",
         .doc = "power of the light",
         .get = [this](const ald_request *request) { return read(request); }},
        {.name = "wavelength",
         .unit = "nm",
         .doc = "what its calibration is for",
         .min = 200,
         .max = 1800,
         .step = 1,
         .get = [this](const ald_request *request) -> result<reading> {
             const auto nm = wire_.ask(request, "W?");
             if (!nm) {
                 return nm.error();
             }
             return static_cast<double>(*nm);
         },
         .set =
             [this](const ald_request *request, const setting &to) {
                 const std::int64_t nm = std::llround(to.number());
                 const std::string digits = std::to_string(10'000 + nm).substr(1);
                 return wire_.change(request, "W" + digits, "W?", nm);
             }},
        named("units", 'U', unit_names, "what its display shows"),
        range,
        named("filter", 'F', filter_names,
              "mean over 16 readings (slow), 4 (medium) or none (fast)"),
        switched("attenuator", 'A', "its calibration is for the attenuator"),
        switched("zeroed", 'Z', "the light of the dark is taken off"),
        switched("running", 'G', "it measures; false holds the last reading"),
        named("backlight", 'K', backlight_names, "light of its keys and its display", 0),
        switched("locked", 'L', "its keys do nothing"),
        status,
    };
}

std::vector<action> meter::actions() {
    return {
        {.name = "store_reference",
         .doc = "take the reading as reference for dB and REL",
         .run =
             [this](const ald_request *request) { return carry_out(request, "store_reference"); }},
        {.name = "clear_status",
         .doc = "clear the errors in the status byte",
         .run = [this](const ald_request *request) { return carry_out(request, "clear_status"); }},
        {.name = "calibrate",
         .doc = "measure the offsets of its amplifiers, with the detector disconnected meanwhile",
         .run = [this](const ald_request *request) { return calibrate(request); }},
    };
}

// Waits for one sample more.
result<meter::sample> meter::next_sample(const ald_request *request) {
    const std::int64_t begun = host_.mono_ns();
    for (std::int64_t since = begun;;) {
        const std::int64_t looked = host_.mono_ns();
        const auto now = wire_.ask(request, "Q?");
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
    const auto filter_now = wire_.ask(request, "F?");
    const auto running_now = filter_now ? wire_.ask(request, "G?") : filter_now;
    const std::int64_t begun = host_.mono_ns();
    const auto status_now = running_now ? wire_.ask(request, "Q?") : running_now;
    if (!status_now) {
        return status_now.error();
    }
    sample last{.since_ns = begun, .status = *status_now, .quality = quality_of(*status_now)};
    if (*running_now == 0) { // it holds its reading and takes no other
        return last;
    }
    for (int left = averaged.at(static_cast<std::size_t>(*filter_now - 1)); left > 0; --left) {
        // The bit goes with the reading that is there.
        if (const auto old = wire_.ask_reading(request); !old) {
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

result<measured> meter::read(const ald_request *request) {
    const auto shown = wire_.ask(request, "U?");
    if (shown && *shown != shows_watts && *shown != shows_dbm) {
        return fault{ALD_E_STATE, "the meter shows a ratio (dB or REL), not a power; set 'units' "
                                  "to W or dBm"};
    }
    const auto taken = shown ? new_samples(request) : result<sample>(shown.error());
    auto reading = taken ? wire_.ask_reading(request) : result<measured>(taken.error());
    const auto after = reading ? wire_.ask(request, "Q?") : result<std::int64_t>(reading.error());
    if (!after) {
        return after.error();
    }
    if (*shown == shows_dbm) {
        reading->value = 1e-3 * std::pow(10.0, reading->value / 10);
    }
    // Somewhere between the last look without the first of its samples and the answer.
    const std::int64_t ended = reading->t_mono_ns + reading->uncertainty_ns;
    reading->uncertainty_ns = (ended - taken->since_ns) / 2;
    reading->t_mono_ns = taken->since_ns + reading->uncertainty_ns;
    // Add the bits that came meanwhile: they may concern the reading; earlier ones may be old.
    reading->quality = taken->quality | quality_of(*after & ~taken->status);
    return reading;
}

// An error bit stays until it is cleared, and would hide a new one of its kind.
outcome meter::forget_errors(const ald_request *request) {
    const auto before = wire_.ask(request, "Q?");
    if (!before || (*before & errors) == 0) {
        return before ? outcome(done{}) : before.error();
    }
    host_.log(ALD_LOG_INFO, domain,
              ("the meter had refused something before (status " + std::to_string(*before) +
               "); its error bits are cleared to see what comes")
                  .c_str());
    return wire_.tell(request, clear_command);
}

outcome meter::carry_out(const ald_request *request, const std::string &action) {
    const bool clears = action == "clear_status";
    const outcome clean = clears ? outcome(done{}) : forget_errors(request);
    const auto before = clean ? wire_.ask(request, "Q?") : result<std::int64_t>(clean.error());
    const outcome sent = before ? wire_.tell(request, command_of(action)) : outcome(before.error());
    // Nothing answers: that it still does tells that it has come.
    const auto after = sent ? wire_.ask(request, "Q?") : result<std::int64_t>(sent.error());
    if (!after) {
        return after.error();
    }
    const std::int64_t wrong = *after & errors & (clears ? ~std::int64_t{0} : ~*before);
    if (wrong != 0) {
        return fault{ALD_E_STATE, "the meter refused '" + action + "': its status is " +
                                      std::to_string(*after) + "; see its display"};
    }
    return done{};
}

// The meter is busy while it calibrates itself; readings of that time are none.
outcome meter::calibrate(const ald_request *request) {
    if (auto begun = carry_out(request, "calibrate"); !begun) {
        return begun;
    }
    const std::int64_t until = host_.mono_ns() + calibrated_ns;
    for (;;) {
        const auto now = wire_.ask(request, "Q?");
        if (!now) {
            return now.error();
        }
        if ((*now & busy) == 0) {
            return done{};
        }
        const std::int64_t looked = host_.mono_ns();
        if (looked > until) {
            return fault{ALD_E_TIMEOUT,
                         "the meter has been busy with its calibration for a minute; "
                         "look at its display"};
        }
        if (host_.sleep_until(request, looked + calibration_pause_ns) != 0) {
            return fault{looked < describe(host_, request).deadline_mono_ns ? ALD_E_CANCELLED
                                                                            : ALD_E_TIMEOUT,
                         "the meter goes on with its calibration; readings are flagged until it "
                         "has ended"};
        }
    }
}

using functions = driver_functions<meter>;

ald_status discover(ald_value **candidates, ald_error **err) {
    return guarded(*functions::host, "newport-1830c", err, [&] {
        return discover_serial(*functions::host, "power_meter", "Newport 1830-C", serial_adapters,
                               candidates, err);
    });
}

} // namespace

} // namespace newport_1830c

extern "C" ALD_API const ald_driver *ald_driver_v2(const ald_host *host) {
    using namespace drivers;
    using namespace newport_1830c;
    if (!fits(host)) {
        return nullptr;
    }
    functions::host = host;
    static const std::array records{
        record("uri", ALD_TYPE_STRING, "", "where it is, as \"serial:/dev/ttyUSB0\"",
               ALD_SCHEMA_REQUIRED),
    };
    static const std::array simulated{instrument(host)};
    static const ald_driver driver = blocking_driver_table<meter>(
        "newport-1830c", "Newport 1830-C optical power meter.", records, discover, simulated);
    return &driver;
}
