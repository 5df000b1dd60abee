#include "simulated.hpp"

#include "models.hpp"
#include "support/table.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <vector>

namespace elliptec {

namespace {

using namespace drivers;

constexpr std::int64_t quick_ns = 100'000'000; // too soon after a motion for the next one
constexpr double acceleration = 4000;
constexpr double endless = 1e6;                    // of an ELL14 that runs until it is stopped
constexpr std::int64_t forgets_ns = 2'000'000'000; // half a command
constexpr std::size_t longest = 16;

// Commands, with the number of characters that follow their two letters.
const std::map<std::string, std::size_t, std::less<>> &commands() {
    static const std::map<std::string, std::size_t, std::less<>> known{
        {"in", 0}, {"gs", 0}, {"gp", 0}, {"gv", 0}, {"go", 0}, {"gj", 0}, {"us", 0},
        {"s1", 0}, {"s2", 0}, {"c1", 0}, {"c2", 0}, {"sk", 0}, {"om", 0}, {"cm", 0},
        {"st", 0}, {"i1", 0}, {"i2", 0}, {"fw", 0}, {"bw", 0}, {"ho", 1}, {"ah", 1},
        {"ca", 1}, {"ga", 1}, {"is", 2}, {"sv", 2}, {"f1", 4}, {"f2", 4}, {"b1", 4},
        {"b2", 4}, {"ma", 8}, {"mr", 8}, {"so", 8}, {"sj", 8},
    };
    return known;
}

// A motor turns the bench's half-wave plate, or something of its own that nothing else sees.
struct motor {
    int address = 0;
    identity who{};
    bool on_bench = false;
    int status = status_ok;
    int velocity = 100;
    std::int64_t jog = 0;
    std::int64_t offset = 0;
    bool moves = false;
    std::int64_t arrives_ns = 0;
    std::int64_t rested_ns = INT64_MIN / 2;
    // Way of a motor that is not on the bench, at an even speed.
    double from = 0;
    double to = 0;
    std::int64_t begins_ns = 0;
    std::int64_t searches_until_ns = 0; // its frequencies; 0: it does not

    [[nodiscard]] const model &kind() const { return *find_model(who.type); }
};

class bus {
public:
    static constexpr const char *domain = "elliptec";

    static result<std::unique_ptr<bus>> make(const ald_host &host, ald_link *link, ald_bench *bench,
                                             const options &given) {
        auto made = std::make_unique<bus>(host, link, bench, given);
        const std::string addresses = given.text("addresses");
        for (std::size_t i = 0; i < addresses.size(); i += 2) {
            const auto address = parse_address(std::string_view(addresses).substr(i, 1));
            if (!address || (i + 1 < addresses.size() && addresses[i + 1] != ',')) {
                return fault{ALD_E_INVALID, "the addresses '" + printable(addresses) +
                                                "' are not digits 0 to F with commas between them"};
            }
            if (auto added = made->add(*address); !added) {
                return added.error();
            }
        }
        return made;
    }

    bus(const ald_host &host, ald_link *link, ald_bench *bench, const options &given)
        : host_(host), link_(link), bench_(bench), model_(static_cast<int>(given.integer("model"))),
          models_(given.text("models")), serial_(given.integer("serial_number")),
          search_ns_(static_cast<std::int64_t>(given.number("search_time") * 1e9)),
          fails_(static_cast<int>(given.integer("fails"))) {}

    void receive(std::string_view bytes) {
        arrive();
        const std::int64_t now = host_.mono_ns();
        if (now - last_byte_ns_ > forgets_ns) {
            begun_.clear();
        }
        last_byte_ns_ = now;
        for (const char c : bytes) {
            if (c == '\r' || c == '\n') {
                begun_.clear();
                continue;
            }
            begun_ += c;
            if (complete_command()) {
                carry_out(std::exchange(begun_, {}));
            } else if (begun_.size() > longest) {
                begun_.clear();
            }
        }
        wake_next();
    }

    void wake() {
        arrive();
        wake_next();
    }

private:
    outcome add(int address) {
        motor m{.address = address};
        const std::size_t place = motors_.size();
        int type = model_;
        std::string_view left = models_;
        for (std::size_t i = 0; !left.empty() && i <= place; ++i) {
            const std::string_view one = left.substr(0, left.find(','));
            left.remove_prefix(std::min(left.size(), one.size() + 1));
            type = i == place ? to_number<int>(one).value_or(0) : type;
        }
        const model *kind = find_model(type);
        if (kind == nullptr) {
            return fault{ALD_E_INVALID, "there is no model ELL" + std::to_string(type)};
        }
        const std::string digits = std::to_string(serial_ + static_cast<std::int64_t>(place));
        m.who = identity_of(*kind);
        m.who.serial_number =
            std::string(8 - std::min<std::size_t>(8, digits.size()), '0') + digits;
        m.on_bench = motors_.empty() && kind->rotates();
        m.from = kind->what == model::kind::iris ? range_of(m.who).max : 0;
        m.to = m.from;
        m.jog = kind->slides() ? 0 : std::llround(scale_of(m.who) * (kind->rotates() ? 45 : 1));
        motors_.push_back(m);
        return done{};
    }

    // The ELL14's pulses are those of a captured reply, the others' those of the manual.
    [[nodiscard]] static identity identity_of(const model &kind) {
        identity who{.type = kind.type, .year = 2023, .firmware = "17", .hardware = 1};
        switch (kind.what) {
        case model::kind::rotator:
            who.travel = 360;
            who.pulses = kind.slowest > 1 ? 65536 : kind.type == 14 ? 143360 : 262144;
            break;
        case model::kind::stage:
            who.travel = kind.type == 20 ? 60 : 28;
            who.pulses = 1024;
            break;
        case model::kind::slider:
            who.hardware = kind.type == 6 ? 2 : 1; // an ELL6B has two motors
            who.travel = kind.pitch;
            who.pulses = kind.type == 6 ? 1 : 0;
            break;
        default: who.travel = 10; who.pulses = 1000;
        }
        return who;
    }

    [[nodiscard]] bool complete_command() const {
        if (begun_.size() < 3) {
            return false;
        }
        const auto known = commands().find(std::string_view(begun_).substr(1, 2));
        return begun_.size() == 3 + (known != commands().end() ? known->second : 0);
    }

    void carry_out(const std::string &text) {
        const auto address = parse_address(std::string_view(text).substr(0, 1));
        const auto found = std::find_if(motors_.begin(), motors_.end(), [&](const motor &m) {
            return address && m.address == *address;
        });
        if (found == motors_.end()) {
            return; // nobody listens
        }
        motor &m = *found;
        const std::string name = text.substr(1, 2);
        const std::string data = text.substr(3);
        const auto pulses = parse_long(data);
        if (name == "in") {
            say(m, "IN", describe(m.who));
        } else if (name == "gs") {
            const bool busy = m.moves || m.searches_until_ns != 0;
            say_status(m, busy ? status_busy : std::exchange(m.status, int{status_ok}));
        } else if (name == "gp") {
            say(m, "PO", to_long(position(m)));
        } else if (name == "st") {
            stop(m);
        } else if (m.moves || m.searches_until_ns != 0) {
            say_status(m, status_busy);
        } else if ((name == "s1" || name == "s2") && !(name == "s2" && has_one_motor(m.who))) {
            m.searches_until_ns = host_.mono_ns() + search_ns_; // it answers when it has ended
        } else if ((name == "i1" || name == "i2") && !(name == "i2" && has_one_motor(m.who))) {
            say(m, name == "i1" ? "I1" : "I2", "110428FFFFFFFF00BD008B");
        } else if (name == "fw" || name == "bw") {
            jog(m, name == "fw" ? 1 : -1);
        } else if (name == "ma" && pulses) {
            move(m, static_cast<double>(*pulses));
        } else if (name == "mr" && pulses) {
            move(m, static_cast<double>(position(m) + *pulses));
        } else if (m.kind().slides() && !slider_knows(name)) {
            refuse(m, status_unsupported);
        } else if (name == "ho") {
            move(m, m.kind().what == model::kind::iris ? range_of(m.who).max * scale_of(m.who) : 0);
        } else if (name == "gv") {
            say(m, "GV", to_byte(m.velocity));
        } else if (name == "gj") {
            say(m, "GJ", to_long(m.jog));
        } else if (name == "go") {
            say(m, "HO", to_long(m.offset));
        } else {
            set(m, name, data);
        }
    }

    // The manual's pages say of these that they do not apply to sliders.
    [[nodiscard]] static bool slider_knows(std::string_view name) {
        constexpr std::array others{"ho", "go", "so", "gj", "sj", "gv", "sv"};
        return std::find(others.begin(), others.end(), name) == others.end();
    }

    void jog(motor &m, int direction) {
        if (m.kind().slides()) {
            move(m, (place(m) + direction) * scale_of(m.who));
        } else if (m.jog == 0 && m.kind().stops) {
            move(m, direction * endless * scale_of(m.who));
        } else {
            move(m, static_cast<double>(position(m) + direction * m.jog));
        }
    }

    void set(motor &m, const std::string &name, const std::string &data) {
        const auto pulses = parse_long(data);
        const auto byte = parse_byte(data);
        const auto address = parse_address(data);
        int status = status_ok;
        if (name == "sv" && byte && *byte >= m.kind().slowest && *byte <= 100) {
            m.velocity = *byte;
        } else if (name == "sj" && pulses) {
            m.jog = *pulses;
        } else if (name == "so" && pulses) {
            m.offset = *pulses;
        } else if (name == "ca" && address) {
            m.address = *address;
        } else if (name == "sv") {
            status = status_out_of_range;
        } else if (!is_taken(m, name)) {
            status = status_unsupported;
        }
        if (status == status_ok) {
            say_status(m, status_ok);
        } else {
            refuse(m, status);
        }
    }

    // Taken as they are, without effect.
    [[nodiscard]] static bool is_taken(const motor &m, std::string_view name) {
        constexpr std::array periods{"f1", "b1", "f2", "b2"};
        const bool period = std::find(periods.begin(), periods.end(), name) != periods.end();
        const bool second = name.back() == '2' && has_one_motor(m.who);
        return name == "us" || name == "sk" || (period && !second && m.kind().slowest <= 1);
    }

    void move(motor &m, double pulses) {
        const double where = pulses / scale_of(m.who);
        const range reach = range_of(m.who);
        if (where < reach.min || where > reach.max) {
            refuse(m, status_range);
            return;
        }
        const std::int64_t now = host_.mono_ns();
        // The real ones do this too: too soon, and it may go to 0.
        const double target = now - m.rested_ns < quick_ns ? 0 : where;
        const double speed = m.kind().speed * m.velocity / 100;
        m.moves = true;
        if (m.on_bench) {
            host_.bench_move(bench_, "waveplate", target, speed, acceleration, &m.arrives_ns,
                             nullptr);
        } else {
            m.from = place(m);
            m.to = target;
            m.begins_ns = now;
            m.arrives_ns = now + static_cast<std::int64_t>(std::abs(m.to - m.from) / speed * 1e9);
        }
    }

    void stop(motor &m) {
        if (!m.kind().stops) {
            refuse(m, status_unsupported);
            return;
        }
        halt(m);
        say_status(m, status_ok);
    }
    void halt(motor &m) {
        if (!std::exchange(m.moves, false)) {
            return;
        }
        const std::int64_t now = host_.mono_ns();
        if (m.on_bench) {
            host_.bench_halt(bench_, "waveplate", acceleration, &m.arrives_ns, nullptr);
            m.moves = true; // until it stands
            silent_.push_back(m.address);
        } else {
            m.to = place(m);
            m.from = m.to;
            m.arrives_ns = now;
            m.rested_ns = now;
        }
    }

    // Ends motions whose time has come: each motor says where it stands.
    void arrive() {
        const std::int64_t now = host_.mono_ns();
        for (motor &m : motors_) {
            if (m.searches_until_ns != 0 && now >= m.searches_until_ns) {
                m.searches_until_ns = 0;
                say_status(m, status_ok);
            }
            if (!m.moves || now < m.arrives_ns) {
                continue;
            }
            m.moves = false;
            m.rested_ns = m.arrives_ns;
            if (std::erase(silent_, m.address) != 0) {
                continue; // it was stopped
            }
            if (fails_ != status_ok) {
                m.status = fails_;
                say_status(m, fails_);
            } else {
                say(m, "PO", to_long(position(m)));
            }
        }
    }

    void wake_next() {
        std::int64_t next = INT64_MAX;
        for (const motor &m : motors_) {
            next = m.moves ? std::min(next, m.arrives_ns) : next;
            next = m.searches_until_ns != 0 ? std::min(next, m.searches_until_ns) : next;
        }
        host_.link_wake_at(link_, next);
    }

    [[nodiscard]] double place(const motor &m) const {
        const std::int64_t now = host_.mono_ns();
        if (m.on_bench) {
            return host_.bench_get(bench_, "waveplate.encoder", now);
        }
        if (now >= m.arrives_ns) {
            return m.to;
        }
        const double part = static_cast<double>(now - m.begins_ns) /
                            static_cast<double>(m.arrives_ns - m.begins_ns);
        return m.from + (m.to - m.from) * part;
    }
    [[nodiscard]] std::int64_t position(const motor &m) const {
        return std::llround(place(m) * scale_of(m.who));
    }

    [[nodiscard]] static std::string describe(const identity &who) {
        const std::string year = std::to_string(who.year);
        return to_byte(who.type) + who.serial_number + year + who.firmware + to_byte(who.hardware) +
               to_long(who.travel).substr(4) + to_long(who.pulses);
    }

    // An error stays until it is asked for.
    void refuse(motor &m, int status) {
        m.status = status;
        say_status(m, status);
    }
    void say_status(const motor &m, int status) { say(m, "GS", to_byte(status)); }
    void say(const motor &m, std::string_view code, const std::string &data) {
        const std::string sent =
            std::string(1, address_digit(m.address)).append(code).append(data).append("\r\n");
        host_.link_send(link_, sent.data(), sent.size());
    }

    const ald_host &host_;
    ald_link *link_;
    ald_bench *bench_;
    int model_;
    std::string models_;
    std::int64_t serial_;
    std::int64_t search_ns_;
    int fails_;
    std::string begun_;
    std::int64_t last_byte_ns_ = 0;
    std::vector<motor> motors_;
    std::vector<int> silent_; // addresses of those that were stopped and run out
};

} // namespace

ald_instrument instrument(const ald_host *host) {
    instrument_functions<bus>::host = host;
    static const value addresses = make_string(*host, "0");
    static const value model = make_int(*host, 14);
    static const value serial = make_int(*host, 11400517);
    static const value none_fails = make_int(*host, 0);
    static const value all_alike = make_string(*host, "");
    static const value some_time = make_double(*host, 3);
    static std::array records{
        option("addresses", ALD_TYPE_STRING, "",
               "of the motors, as \"0,2,A\"; the first turns the bench's half-wave plate",
               addresses),
        option("model", ALD_TYPE_INT, "",
               "6, 9, 12: sliders; 8, 14, 16, 18, 21: rotators; "
               "7, 10, 17, 20: stages; 15: an iris",
               model),
        option("serial_number", ALD_TYPE_INT, "", "of the first; the others follow", serial),
        option("fails", ALD_TYPE_INT, "", "status with which every motion ends; 0: none fails",
               none_fails),
        option("models", ALD_TYPE_STRING, "",
               "one for each address instead of `model`, as \"14,20,9\"", all_alike),
        option("search_time", ALD_TYPE_DOUBLE, "s", "how long a search for frequencies takes",
               some_time),
    };
    records[1].min = 6;
    records[1].max = 21;
    records[2].min = 0;
    records[2].max = 99999999;
    records[3].min = 0;
    records[3].max = 13;
    records[5].min = 0;
    return instrument_table<bus>(
        "elliptec",
        "Thorlabs Elliptec bus with motors of any model, the first rotator "
        "with the bench's half-wave plate.",
        records);
}

} // namespace elliptec
