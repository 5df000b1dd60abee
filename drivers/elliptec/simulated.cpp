#include "simulated.hpp"

#include "support/table.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <vector>

namespace elliptec {

namespace {

using namespace drivers;

constexpr std::int64_t quick_ns = 100'000'000; // too soon after a motion for the next one
constexpr double acceleration = 4000;
constexpr std::int64_t forgets_ns = 2'000'000'000; // half a command, by page 5 of the manual
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

    // Continuous motion after a jog step of 0: pages 34 and 36.
    [[nodiscard]] bool runs_on() const { return type == 14; }
    // Periods of its motors can be set, and optimizing them interrupted: pages 15 and 47.
    [[nodiscard]] bool can_be_tuned() const { return type != 16 && type != 21; }
    // `om` and `cm`: pages 45 and 46.
    [[nodiscard]] bool optimizes() const { return type >= 14; }
    [[nodiscard]] bool cleans() const { return optimizes() && what != kind::iris; }

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
    return text.size() == digits ? drivers::to_hexadecimal(text) : std::nullopt;
}

enum class service { none, search, optimize, clean };

// Periods that a motor works with: of a first and a second one, forward and backward.
constexpr std::array period_names{"f1", "b1", "f2", "b2"};
constexpr std::array<std::uint32_t, 4> factory_periods{0xBD, 0x8B, 0xBD, 0x8B};

std::optional<std::size_t> period_of(std::string_view name) {
    const auto *const found = std::find(period_names.begin(), period_names.end(), name);
    return found != period_names.end()
               ? std::optional(static_cast<std::size_t>(found - period_names.begin()))
               : std::nullopt;
}

// A motor turns the bench's half-wave plate, or something of its own that nothing else sees.
struct motor {
    int address = 0;
    std::optional<int> group{}; // the address that it listens to until its next motion has ended
    const model *kind = nullptr;
    std::string serial_number{};
    bool on_bench = false;
    int status = ok;
    int velocity = 100;
    std::int64_t jog = 0;
    std::int64_t offset = 0;
    std::array<std::uint32_t, 4> periods = factory_periods;
    bool moves = false;
    std::int64_t arrives_ns = 0;
    std::int64_t rested_ns = INT64_MIN / 2;
    // Way of a motor that is not on the bench, at an even speed.
    double from = 0;
    double to = 0;
    std::int64_t begins_ns = 0;
    service serves = service::none;
    std::int64_t serves_until_ns = 0;
    std::int64_t isolated_until_ns = 0;

    [[nodiscard]] bool is_busy() const { return moves || serves != service::none; }
    [[nodiscard]] bool listens_to(char digit) const {
        return hex(group.value_or(address), 1)[0] == digit;
    }
    // False for a command to a second motor where there is one alone.
    [[nodiscard]] bool has_motor_of(std::string_view name) const {
        return name.back() != '2' || !kind->has_one_motor();
    }
    // The end of its travel, or of a turn, that is further away.
    [[nodiscard]] double far_end(double place) const {
        const double least = kind->rotates() ? 0 : kind->least();
        const double greatest = kind->rotates() ? 360 : kind->greatest();
        return place < (least + greatest) / 2 ? greatest : least;
    }
    // The first digit of a period must be 8; 8FFF stands for that of the factory. Page 15.
    [[nodiscard]] bool tune(std::size_t which, std::optional<std::uint32_t> period) {
        if (!period || (*period & 0xF000U) != 0x8000U) {
            return false;
        }
        const std::uint32_t given = *period & 0xFFFU;
        periods.at(which) = given == 0xFFF ? factory_periods.at(which) : given;
        return true;
    }
    // Loop on, motor at work or not, its current, two ramps that are not defined, and its periods.
    [[nodiscard]] std::string motor_data(std::size_t which) const {
        return std::string("1") + (moves ? "1" : "0") + "0428FFFFFFFF" +
               hex(periods.at(2 * which), 4) + hex(periods.at(2 * which + 1), 4);
    }
    [[nodiscard]] std::string identity() const {
        return hex(kind->type, 2) + serial_number + "2023" + "17" + hex(kind->hardware, 2) +
               hex(kind->travel, 4) + hex(kind->pulses, 8);
    }
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
          service_ns_(static_cast<std::int64_t>(given.number("service_time") * 1e9)),
          minute_ns_(static_cast<std::int64_t>(given.number("minute") * 1e9)),
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

    // Motors of one group hear the same command, and answer in the order of their addresses.
    void carry_out(const std::string &text) {
        std::vector<motor *> heard;
        for (motor &m : motors_) {
            if (m.listens_to(text[0]) && host_.mono_ns() >= m.isolated_until_ns) {
                heard.push_back(&m);
            }
        }
        std::sort(heard.begin(), heard.end(),
                  [](const motor *a, const motor *b) { return a->address < b->address; });
        for (motor *m : heard) {
            obey(*m, text.substr(1, 2), text.substr(3));
        }
    }

    void obey(motor &m, const std::string &name, const std::string &data) {
        if (name == "gs") {
            say_status(m, m.is_busy() ? int{busy} : std::exchange(m.status, int{ok}));
        } else if (name == "st") {
            stop(m);
        } else if (m.serves == service::optimize || m.serves == service::clean ||
                   (m.is_busy() && name != "in" && name != "gp")) {
            say_status(m, busy); // while it serves to whatever it is told
        } else if (name == "in") {
            say(m, "IN", m.identity());
        } else if (name == "gp") {
            say(m, "PO", hex(position(m), 8));
        } else if ((m.kind->slides() && !slider_knows(name)) || !m.has_motor_of(name)) {
            refuse(m, unsupported);
        } else if (!start(m, name, data) && !tell(m, name)) {
            set(m, name, data);
        }
    }

    // False for what begins nothing.
    bool start(motor &m, std::string_view name, std::string_view data) {
        const auto pulses = pulses_from(data);
        if (name == "s1" || name == "s2") {
            begin(m, service::search, search_ns_);
        } else if (name == "om" && m.kind->optimizes()) {
            begin(m, service::optimize, service_ns_);
        } else if (name == "cm" && m.kind->cleans()) {
            begin(m, service::clean, service_ns_);
            drive(m, m.far_end(place(m)));
        } else if (name == "fw" || name == "bw") {
            jog(m, name == "fw" ? 1 : -1);
        } else if (name == "ma" && pulses) {
            move(m, static_cast<double>(*pulses));
        } else if (name == "mr" && pulses) {
            move(m, static_cast<double>(position(m) + *pulses));
        } else if (name == "ho") {
            move(m, m.kind->what == kind::iris ? m.kind->greatest() * m.kind->scale() : 0);
        } else {
            return false;
        }
        return true;
    }

    // A search answers once, when it has ended; the long ones say at once that they have begun.
    void begin(motor &m, service what, std::int64_t takes_ns) {
        m.serves = what;
        m.serves_until_ns = host_.mono_ns() + takes_ns;
        if (what != service::search) {
            say_status(m, busy);
        }
    }

    // False for what asks nothing.
    bool tell(const motor &m, std::string_view name) {
        if (name == "i1" || name == "i2") {
            say(m, name == "i1" ? "I1" : "I2", m.motor_data(name == "i1" ? 0 : 1));
        } else if (name == "gv") {
            say(m, "GV", hex(m.velocity, 2));
        } else if (name == "gj") {
            say(m, "GJ", hex(m.jog, 8));
        } else if (name == "go") {
            say(m, "HO", hex(m.offset, 8));
        } else {
            return false;
        }
        return true;
    }

    // The manual's pages say of these that they do not apply to sliders.
    [[nodiscard]] static bool slider_knows(std::string_view name) {
        constexpr std::array others{"ho", "go", "so", "gj", "sj", "gv", "sv"};
        return std::find(others.begin(), others.end(), name) == others.end();
    }

    void jog(motor &m, int direction) {
        if (m.kind->slides()) {
            move(m, (place(m) + direction) * m.kind->scale());
        } else if (m.jog == 0 && m.kind->runs_on()) {
            drive(m, direction * m.kind->greatest()); // hours away: until it is stopped
        } else {
            move(m, static_cast<double>(position(m) + direction * m.jog));
        }
    }

    void set(motor &m, const std::string &name, const std::string &data) {
        const auto pulses = pulses_from(data);
        const auto byte = from_hex(data, 2);
        const auto address = from_hex(data, 1);
        const auto slowest = static_cast<std::uint32_t>(m.kind->slowest);
        int status = ok;
        if (name == "sv" && byte && *byte >= slowest && *byte <= 100) {
            m.velocity = static_cast<int>(*byte);
        } else if (name == "sj" && pulses) {
            m.jog = *pulses;
        } else if (name == "so" && pulses) {
            m.offset = *pulses;
        } else if (name == "ca" && address) {
            m.address = static_cast<int>(*address);
        } else if (name == "ga" && address) {
            m.group = static_cast<int>(*address);
            say_as(*m.group, "GS", hex(ok, 2));
            return;
        } else if (name == "is" && byte) {
            m.isolated_until_ns = host_.mono_ns() + *byte * minute_ns_;
            return; // page 20 knows no answer
        } else if (const auto period = period_of(name); period && m.kind->can_be_tuned()) {
            status = m.tune(*period, from_hex(data, 4)) ? ok : out_of_range;
        } else if (name == "sv") {
            status = out_of_range;
        } else if (name != "us" && name != "sk") {
            status = unsupported;
        }
        if (status == ok) {
            say_status(m, ok);
        } else {
            refuse(m, status);
        }
    }

    void move(motor &m, double pulses) {
        const double where = pulses / m.kind->scale();
        if (where < m.kind->least() || where > m.kind->greatest()) {
            refuse(m, beyond_range);
            return;
        }
        // The real ones do this too: too soon, and it may go to 0.
        drive(m, host_.mono_ns() - m.rested_ns < quick_ns ? 0 : where);
    }

    void drive(motor &m, double target) {
        const std::int64_t now = host_.mono_ns();
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

    // Pages 38 and 47.
    void stop(motor &m) {
        const bool ends =
            m.serves == service::clean || (m.serves == service::optimize && m.kind->can_be_tuned());
        if (m.serves == service::optimize && !ends) {
            say_status(m, busy);
            return;
        }
        if (!ends && !m.kind->stops) {
            refuse(m, unsupported);
            return;
        }
        m.serves = ends ? service::none : m.serves;
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
            if (m.serves != service::none && !m.moves && now >= m.serves_until_ns) {
                m.serves = service::none;
                say_status(m, ok);
            }
            if (m.moves && now >= m.arrives_ns) {
                arrive(m, now);
            }
        }
    }

    void arrive(motor &m, std::int64_t now) {
        m.moves = false;
        m.rested_ns = m.arrives_ns;
        if (m.serves == service::clean && now < m.serves_until_ns) {
            drive(m, m.far_end(place(m)));
            return;
        }
        if (std::erase(silent_, m.address) != 0) {
            return; // it was stopped
        }
        m.group.reset();
        if (m.serves == service::clean) {
            m.serves = service::none;
            say_status(m, ok);
        } else if (fails_ != ok) {
            m.status = fails_;
            say_status(m, fails_);
        } else {
            say(m, "PO", hex(position(m), 8));
        }
    }

    void wake_next() {
        std::int64_t next = INT64_MAX;
        for (const motor &m : motors_) {
            next = m.moves ? std::min(next, m.arrives_ns) : next;
            const bool serves = m.serves != service::none && !m.moves;
            next = serves ? std::min(next, m.serves_until_ns) : next;
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

    // An error stays until it is asked for.
    void refuse(motor &m, int status) {
        m.status = status;
        say_status(m, status);
    }
    void say_status(const motor &m, int status) { say(m, "GS", hex(status, 2)); }
    void say(const motor &m, std::string_view code, const std::string &data) {
        say_as(m.address, code, data);
    }
    void say_as(int address, std::string_view code, const std::string &data) {
        const std::string sent = hex(address, 1).append(code).append(data).append("\r\n");
        host_.link_send(link_, sent.data(), sent.size());
    }

    const ald_host &host_;
    ald_link *link_;
    ald_bench *bench_;
    int model_;
    std::string models_;
    std::int64_t serial_;
    std::int64_t search_ns_;
    std::int64_t service_ns_;
    std::int64_t minute_ns_;
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
    static const value a_minute = make_double(*host, 60);
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
        option("service_time", ALD_TYPE_DOUBLE, "s",
               "how long optimizing the motors and cleaning the mechanics take", a_minute),
        option("minute", ALD_TYPE_DOUBLE, "s", "how long a minute of isolation is", a_minute),
    };
    records[1].min = 6;
    records[1].max = 21;
    records[2].min = 0;
    records[2].max = 99999999;
    records[3].min = 0;
    records[3].max = 13;
    for (std::size_t time = 5; time < records.size(); ++time) {
        records[time].min = 0;
    }
    return instrument_table<bus>(
        "elliptec",
        "Thorlabs Elliptec bus with motors of any model, the first rotator "
        "with the bench's half-wave plate.",
        records);
}

} // namespace elliptec
