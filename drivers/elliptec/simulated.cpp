#include "simulated.hpp"

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

// The numbers behind GS, by the maker's manual.
enum : int { ok = 0, unsupported = 3, out_of_range = 4, busy = 9, beyond_range = 12 };

enum class kind { rotator, stage, slider, iris };

// A motor as it says itself what it is, and what the manual says of its model. The ELL14's pulses
// are those of a captured reply, the others' those of the manual.
struct model {
    int type; // 14 for an ELL14
    kind what;
    bool stops;
    int places; // of a slider
    int slowest;
    double speed; // per second, in its unit
    int travel;   // of a slider: pulses from one place to the next
    std::int64_t pulses;
    int hardware = 1;

    [[nodiscard]] bool slides() const { return what == kind::slider; }
    [[nodiscard]] bool rotates() const { return what == kind::rotator; }
    // An ELL6B has two motors, an ELL6 one.
    [[nodiscard]] bool has_one_motor() const { return type == 6 && hardware == 1; }
    // Pulses of one of its unit.
    [[nodiscard]] double scale() const {
        return slides() ? travel : static_cast<double>(pulses) / (rotates() ? 360 : 1);
    }
    [[nodiscard]] double least() const {
        return rotates() ? -greatest() : what == kind::iris ? 1 : 0;
    }
    [[nodiscard]] double greatest() const {
        return rotates()            ? 2147483647 / scale()
               : slides()           ? places - 1
               : what == kind::iris ? 11.5
                                    : travel;
    }
};

constexpr std::array models{
    model{6, kind::slider, false, 2, 0, 4, 31, 1, 2},
    model{7, kind::stage, false, 0, 1, 180, 28, 1024},
    model{8, kind::rotator, false, 0, 1, 430, 360, 262144},
    model{9, kind::slider, false, 4, 0, 4, 31, 0},
    model{10, kind::stage, false, 0, 1, 180, 28, 1024},
    model{12, kind::slider, false, 6, 0, 4, 19, 0},
    model{14, kind::rotator, true, 0, 1, 430, 360, 143360},
    model{15, kind::iris, false, 0, 0, 10, 10, 1000},
    model{16, kind::rotator, true, 0, 50, 430, 360, 65536},
    model{17, kind::stage, false, 0, 1, 180, 28, 1024},
    model{18, kind::rotator, false, 0, 1, 430, 360, 262144},
    model{20, kind::stage, false, 0, 1, 180, 60, 1024},
    model{21, kind::rotator, true, 0, 50, 430, 360, 65536},
};

// Upper-case digits, the last ones of two's complement.
std::string hex(std::int64_t x, int digits) {
    std::string text;
    for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
        text += "0123456789ABCDEF"[(x >> shift) & 0xF];
    }
    return text;
}

// Exactly so many digits.
std::optional<std::uint32_t> from_hex(std::string_view text, std::size_t digits) {
    return text.size() == digits ? to_hexadecimal(text) : std::nullopt;
}

// A motor turns the bench's half-wave plate, or something of its own that nothing else sees.
struct motor {
    int address = 0;
    const model *kind = nullptr;
    std::string serial_number{};
    bool on_bench = false;
    int status = ok;
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
};

class bus {
public:
    static constexpr const char *domain = "elliptec";

    static result<std::unique_ptr<bus>> make(const ald_host &host, ald_link *link, ald_bench *bench,
                                             const options &given) {
        auto made = std::make_unique<bus>(host, link, bench, given);
        const std::string addresses = given.text("addresses");
        for (std::size_t i = 0; i < addresses.size(); i += 2) {
            const auto address = from_hex(std::string_view(addresses).substr(i, 1), 1);
            if (!address || (i + 1 < addresses.size() && addresses[i + 1] != ',')) {
                return fault{ALD_E_INVALID, "the addresses '" + printable(addresses) +
                                                "' are not digits 0 to F with commas between them"};
            }
            if (auto added = made->add(static_cast<int>(*address)); !added) {
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
        const auto *found = std::find_if(models.begin(), models.end(),
                                         [&](const model &known) { return known.type == type; });
        if (found == models.end()) {
            return fault{ALD_E_INVALID, "there is no model ELL" + std::to_string(type)};
        }
        const std::string digits = std::to_string(serial_ + static_cast<std::int64_t>(place));
        m.kind = found;
        m.serial_number = std::string(8 - std::min<std::size_t>(8, digits.size()), '0') + digits;
        m.on_bench = motors_.empty() && found->rotates();
        m.from = found->what == kind::iris ? found->greatest() : 0;
        m.to = m.from;
        m.jog = found->slides() ? 0 : std::llround(found->scale() * (found->rotates() ? 45 : 1));
        motors_.push_back(m);
        return done{};
    }

    [[nodiscard]] bool complete_command() const {
        if (begun_.size() < 3) {
            return false;
        }
        const auto known = commands().find(std::string_view(begun_).substr(1, 2));
        return begun_.size() == 3 + (known != commands().end() ? known->second : 0);
    }

    void carry_out(const std::string &text) {
        const auto found = std::find_if(motors_.begin(), motors_.end(), [&](const motor &m) {
            return hex(m.address, 1) == text.substr(0, 1);
        });
        if (found == motors_.end()) {
            return; // nobody listens
        }
        motor &m = *found;
        const std::string name = text.substr(1, 2);
        const std::string data = text.substr(3);
        const auto pulses = pulses_from(data);
        if (name == "in") {
            say(m, "IN", describe(m));
        } else if (name == "gs") {
            const bool works = m.moves || m.searches_until_ns != 0;
            say_status(m, works ? int{busy} : std::exchange(m.status, int{ok}));
        } else if (name == "gp") {
            say(m, "PO", hex(position(m), 8));
        } else if (name == "st") {
            stop(m);
        } else if (m.moves || m.searches_until_ns != 0) {
            say_status(m, busy);
        } else if ((name == "s1" || name == "s2") && !(name == "s2" && m.kind->has_one_motor())) {
            m.searches_until_ns = host_.mono_ns() + search_ns_; // it answers when it has ended
        } else if ((name == "i1" || name == "i2") && !(name == "i2" && m.kind->has_one_motor())) {
            say(m, name == "i1" ? "I1" : "I2", "110428FFFFFFFF00BD008B");
        } else if (name == "fw" || name == "bw") {
            jog(m, name == "fw" ? 1 : -1);
        } else if (name == "ma" && pulses) {
            move(m, static_cast<double>(*pulses));
        } else if (name == "mr" && pulses) {
            move(m, static_cast<double>(position(m) + *pulses));
        } else if (m.kind->slides() && !slider_knows(name)) {
            refuse(m, unsupported);
        } else if (name == "ho") {
            move(m, m.kind->what == kind::iris ? m.kind->greatest() * m.kind->scale() : 0);
        } else if (name == "gv") {
            say(m, "GV", hex(m.velocity, 2));
        } else if (name == "gj") {
            say(m, "GJ", hex(m.jog, 8));
        } else if (name == "go") {
            say(m, "HO", hex(m.offset, 8));
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
        if (m.kind->slides()) {
            move(m, (place(m) + direction) * m.kind->scale());
        } else if (m.jog == 0 && m.kind->stops) {
            move(m, direction * endless * m.kind->scale());
        } else {
            move(m, static_cast<double>(position(m) + direction * m.jog));
        }
    }

    void set(motor &m, const std::string &name, const std::string &data) {
        const auto pulses = pulses_from(data);
        const auto percent = from_hex(data, 2);
        const auto address = from_hex(data, 1);
        const auto slowest = static_cast<std::uint32_t>(m.kind->slowest);
        int status = ok;
        if (name == "sv" && percent && *percent >= slowest && *percent <= 100) {
            m.velocity = static_cast<int>(*percent);
        } else if (name == "sj" && pulses) {
            m.jog = *pulses;
        } else if (name == "so" && pulses) {
            m.offset = *pulses;
        } else if (name == "ca" && address) {
            m.address = static_cast<int>(*address);
        } else if (name == "sv") {
            status = out_of_range;
        } else if (!is_taken(m, name)) {
            status = unsupported;
        }
        if (status == ok) {
            say_status(m, ok);
        } else {
            refuse(m, status);
        }
    }

    // Taken as they are, without effect.
    [[nodiscard]] static bool is_taken(const motor &m, std::string_view name) {
        constexpr std::array periods{"f1", "b1", "f2", "b2"};
        const bool period = std::find(periods.begin(), periods.end(), name) != periods.end();
        const bool second = name.back() == '2' && m.kind->has_one_motor();
        return name == "us" || name == "sk" || (period && !second && m.kind->slowest <= 1);
    }

    void move(motor &m, double pulses) {
        const double where = pulses / m.kind->scale();
        if (where < m.kind->least() || where > m.kind->greatest()) {
            refuse(m, beyond_range);
            return;
        }
        const std::int64_t now = host_.mono_ns();
        // The real ones do this too: too soon, and it may go to 0.
        const double target = now - m.rested_ns < quick_ns ? 0 : where;
        const double speed = m.kind->speed * m.velocity / 100;
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
        if (!m.kind->stops) {
            refuse(m, unsupported);
            return;
        }
        halt(m);
        say_status(m, ok);
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
                say_status(m, ok);
            }
            if (!m.moves || now < m.arrives_ns) {
                continue;
            }
            m.moves = false;
            m.rested_ns = m.arrives_ns;
            if (std::erase(silent_, m.address) != 0) {
                continue; // it was stopped
            }
            if (fails_ != ok) {
                m.status = fails_;
                say_status(m, fails_);
            } else {
                say(m, "PO", hex(position(m), 8));
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
        return std::llround(place(m) * m.kind->scale());
    }

    [[nodiscard]] static std::optional<std::int64_t> pulses_from(std::string_view data) {
        const auto x = from_hex(data, 8);
        return x ? std::optional(std::int64_t{static_cast<std::int32_t>(*x)}) : std::nullopt;
    }

    [[nodiscard]] static std::string describe(const motor &m) {
        return hex(m.kind->type, 2) + m.serial_number + "2023" + "17" + hex(m.kind->hardware, 2) +
               hex(m.kind->travel, 4) + hex(m.kind->pulses, 8);
    }

    // An error stays until it is asked for.
    void refuse(motor &m, int status) {
        m.status = status;
        say_status(m, status);
    }
    void say_status(const motor &m, int status) { say(m, "GS", hex(status, 2)); }
    void say(const motor &m, std::string_view code, const std::string &data) {
        const std::string sent = hex(m.address, 1).append(code).append(data).append("\r\n");
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
