#include "simulated.hpp"

#include "support/splitter.hpp"
#include "support/table.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <functional>
#include <map>

namespace esp300 {

namespace {

using namespace drivers;

constexpr double ns_per_s = 1e9;
constexpr std::size_t longest_line = 80;
constexpr std::size_t longest_queue = 10;
constexpr int decimals_sent = 5;
constexpr int greatest_unit = 11;
constexpr double at_once = 1e9;
constexpr std::array<const char *, 3> bench_axes{"stage/x", "stage/y", "stage/z"};

// Codes of its error queue, by the controller's manual.
constexpr std::int64_t no_such_command = 6;
constexpr std::int64_t axis_out_of_range = 9;
constexpr std::int64_t axis_missing = 37;
constexpr std::int64_t parameter_missing = 38;
// Codes of an axis, behind its number.
constexpr std::int64_t out_of_range = 1;
constexpr std::int64_t hits_positive_limit = 4;
constexpr std::int64_t hits_negative_limit = 5;
constexpr std::int64_t above_soft_limit = 6;
constexpr std::int64_t below_soft_limit = 7;
constexpr std::int64_t motor_is_off = 13;

std::string_view words_of(std::int64_t code) {
    static const std::map<std::int64_t, std::string_view> of_controller{
        {0, "NO ERROR DETECTED"},
        {no_such_command, "COMMAND DOES NOT EXIST"},
        {axis_out_of_range, "AXIS NUMBER OUT OF RANGE"},
        {axis_missing, "AXIS NUMBER MISSING"},
        {parameter_missing, "COMMAND PARAMETER MISSING"},
    };
    static const std::map<std::int64_t, std::string_view> of_axis{
        {out_of_range, "PARAMETER OUT OF RANGE"},
        {hits_positive_limit, "POSITIVE HARDWARE LIMIT EXCEEDED"},
        {hits_negative_limit, "NEGATIVE HARDWARE LIMIT EXCEEDED"},
        {above_soft_limit, "POSITIVE SOFTWARE LIMIT EXCEEDED"},
        {below_soft_limit, "NEGATIVE SOFTWARE LIMIT EXCEEDED"},
        {motor_is_off, "MOTOR NOT ENABLED"},
    };
    return code < 100 ? of_controller.at(code) : of_axis.at(code % 100);
}

struct stage {
    const char *on_bench;
    bool motor = false;
    double zero = 0; // where on the bench the counter is 0
    double velocity = 5;
    double acceleration = 20;
    double deceleration = 20;
    double home_velocity = 2;
    double left = 0;
    double right = 0;
    double target = 0;
    std::int64_t begins_ns = 0; // of a motion that has not begun yet; 0 for none
    double late_velocity = 0;   // of that
    std::int64_t arrives_ns = 0;
    bool homing = false;
    std::int64_t hits = 0; // the error that the end of this motion brings
    bool stuck = false;
    std::int64_t units = 2; // as SN numbers them; lengths are in these, whatever the bench has
};

// A command taken apart: "2PA10.5" is axis 2, PA, "10.5".
struct order {
    int axis = 0;
    std::string name;
    std::string argument;
    bool asks = false;
};

order parse(std::string_view text) {
    order o;
    std::size_t i = 0;
    while (i < text.size() && text[i] >= '0' && text[i] <= '9' && i < 3) {
        o.axis = o.axis * 10 + (text[i++] - '0');
    }
    const auto upper = [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    };
    for (std::size_t letters = 0; letters < 2 && i < text.size(); ++letters) {
        o.name += upper(text[i++]);
    }
    o.argument = std::string(trimmed(text.substr(i)));
    o.asks = o.argument == "?";
    return o;
}

class controller {
public:
    static constexpr const char *domain = "esp300";

    static result<std::unique_ptr<controller>> make(const ald_host &host, ald_link *link,
                                                    ald_bench *bench, const options &given) {
        return std::make_unique<controller>(host, link, bench, given);
    }

    controller(const ald_host &host, ald_link *link, ald_bench *bench, const options &given)
        : host_(host), link_(link), bench_(bench), version_(given.text("version")),
          stall_(given.flag("stall")), limit_silence_(given.number("limit_silence")),
          banner_(given.flag("banner")), reset_(given.number("reset_time")),
          start_delay_(given.number("start_delay")), splitter_('\r', "\n", longest_line),
          began_ns_(host.mono_ns()) {
        const auto count = static_cast<std::size_t>(given.integer("axes"));
        for (std::size_t i = 0; i < count; ++i) {
            stage s{bench_axes.at(i)};
            s.left = given.number("min");
            s.right = given.number("max");
            s.motor = given.flag("enabled");
            s.units = given.integer("units");
            s.target = place(s);
            stages_.push_back(s);
        }
    }

    void receive(std::string_view bytes) {
        splitter_.feed(bytes, [this](std::string_view line) {
            while (!line.empty()) { // several commands may stand in one line
                const std::size_t end = std::min(line.find(';'), line.size());
                waiting_.emplace_back(trimmed(line.substr(0, end)));
                line.remove_prefix(std::min(end + 1, line.size()));
            }
        });
        work();
    }

    void wake() { work(); }

private:
    using handler = void (controller::*)(const order &);

    void work() {
        const std::int64_t now = host_.mono_ns();
        begin_late(now);
        arrive(now);
        while (!waiting_.empty() && now >= waits_until_ns_) {
            const std::string next = std::move(waiting_.front());
            waiting_.pop_front();
            if (!next.empty()) {
                carry_out(parse(next));
            }
        }
        if (now >= silent_until_ns_ && !held_back_.empty()) {
            host_.link_send(link_, held_back_.data(), held_back_.size());
            held_back_.clear();
        }
        std::int64_t next = INT64_MAX;
        for (const stage &s : stages_) {
            if (s.begins_ns != 0) {
                next = std::min(next, s.begins_ns);
            } else if (s.arrives_ns > now && (s.hits != 0 || s.homing)) {
                next = std::min(next, s.arrives_ns);
            }
        }
        if (!held_back_.empty()) {
            next = std::min(next, silent_until_ns_);
        }
        if (!waiting_.empty()) {
            next = std::min(next, waits_until_ns_);
        }
        host_.link_wake_at(link_, next);
    }

    void begin_late(std::int64_t now) {
        for (stage &s : stages_) {
            if (s.begins_ns != 0 && now >= s.begins_ns) {
                s.begins_ns = 0;
                set_off(s, s.target, s.late_velocity);
            }
        }
    }

    // Ends motions whose time has come.
    void arrive(std::int64_t now) {
        for (std::size_t i = 0; i < stages_.size(); ++i) {
            stage &s = stages_[i];
            if (s.stuck || s.begins_ns != 0 || now < s.arrives_ns) {
                continue;
            }
            if (std::exchange(s.homing, false)) {
                s.zero = 0;
                s.target = 0;
            }
            if (const std::int64_t hit = std::exchange(s.hits, 0); hit != 0) {
                error(static_cast<std::int64_t>(i + 1) * 100 + hit);
                s.target = place(s);
                silent_until_ns_ =
                    s.arrives_ns + static_cast<std::int64_t>(limit_silence_ * ns_per_s);
            }
        }
    }

    void carry_out(const order &o) {
        static const std::map<std::string, handler, std::less<>> of_controller{
            {"VE", &controller::tell_version}, {"TE", &controller::tell_code},
            {"TB", &controller::tell_error},   {"TS", &controller::tell_status},
            {"AB", &controller::abort},        {"RS", &controller::reset},
            {"PH", &controller::tell_limits},
        };
        static const std::map<std::string, handler, std::less<>> of_axis{
            {"TP", &controller::tell_position},
            {"PA", &controller::move_to},
            {"PR", &controller::move_by},
            {"MO", &controller::motor_on},
            {"MF", &controller::motor_off},
            {"MD", &controller::tell_done},
            {"OR", &controller::search_home},
            {"DH", &controller::define_home},
            {"WS", &controller::wait_for_stop},
            {"SN", &controller::units},
            {"SU", &controller::resolution},
            {"SH", &controller::tell_home},
            {"ID", &controller::tell_stage},
            {"VA", &controller::number<&stage::velocity>},
            {"AC", &controller::number<&stage::acceleration>},
            {"AG", &controller::number<&stage::deceleration>},
            {"OH", &controller::number<&stage::home_velocity>},
            {"SL", &controller::number<&stage::left>},
            {"SR", &controller::number<&stage::right>},
            {"VU", &controller::greatest_velocity},
            {"AU", &controller::greatest_acceleration},
            {"DP", &controller::tell_target},
        };
        if (o.name == "ST") {
            stop(o);
        } else if (const auto found = of_controller.find(o.name); found != of_controller.end()) {
            (this->*found->second)(o);
        } else if (const auto per_axis = of_axis.find(o.name); per_axis == of_axis.end()) {
            error(no_such_command);
        } else if (o.axis == 0) {
            error(axis_missing);
        } else if (static_cast<std::size_t>(o.axis) > stages_.size()) {
            error(axis_out_of_range);
        } else {
            (this->*per_axis->second)(o);
        }
    }

    void say(std::string_view text) {
        held_back_.append(text).append("\r\n"); // sent at the end of `work`, or after a silence
    }

    void error(std::int64_t code) {
        if (errors_.size() < longest_queue) {
            errors_.push_back({code, host_.mono_ns()});
        }
    }
    void axis_error(const order &o, std::int64_t kind) { error(std::int64_t{o.axis} * 100 + kind); }

    stage &of(const order &o) { return stages_[static_cast<std::size_t>(o.axis) - 1]; }
    [[nodiscard]] double bench(const stage &s, const char *what) const {
        return host_.bench_get(bench_, (std::string(s.on_bench) + what).c_str(), host_.mono_ns());
    }
    // Position that the motor's encoder shows.
    [[nodiscard]] double place(const stage &s) const { return bench(s, ".encoder"); }
    [[nodiscard]] bool moves(const stage &s) const {
        return s.stuck || host_.mono_ns() < s.arrives_ns;
    }

    void tell_version(const order &) { say(version_); }
    void tell_code(const order &) {
        say(std::to_string(errors_.empty() ? 0 : errors_.front().code));
        forget_error();
    }
    void tell_error(const order &) {
        const failure e = errors_.empty() ? failure{0, host_.mono_ns()} : errors_.front();
        // Its clock ticks every 400 us.
        say(std::to_string(e.code) + ", " + std::to_string((e.t_mono_ns - began_ns_) / 400'000) +
            ", " + std::string(words_of(e.code)));
        forget_error();
    }
    void forget_error() {
        if (!errors_.empty()) {
            errors_.pop_front();
        }
    }
    void tell_status(const order &) {
        char status = 0x40;
        for (std::size_t i = 0; i < stages_.size(); ++i) {
            status = static_cast<char>(status | (moves(stages_[i]) ? 1 << i : 0));
            status = static_cast<char>(status | (stages_[i].motor ? 0x10 : 0));
        }
        say(std::string(1, status));
    }
    void tell_limits(const order &) {
        unsigned word = 0;
        for (std::size_t i = 0; i < stages_.size(); ++i) {
            const double here = place(stages_[i]);
            word |= here >= bench(stages_[i], ".max") ? 1U << i : 0U;
            word |= here <= bench(stages_[i], ".min") ? 1U << (i + 8) : 0U;
        }
        constexpr std::string_view digits = "0123456789ABCDEF";
        std::string text;
        for (int shift = 12; shift >= 0; shift -= 4) {
            text += digits[(word >> static_cast<unsigned>(shift)) & 0xFU];
        }
        say(text + "H, 0000H");
    }

    void tell_position(const order &o) {
        const stage &s = of(o);
        say(decimals(place(s) - s.zero, decimals_sent));
    }
    void tell_target(const order &o) { say(decimals(of(o).target - of(o).zero, decimals_sent)); }
    void tell_done(const order &o) { say(moves(of(o)) ? "0" : "1"); }
    void tell_stage(const order &o) { say("SIM-STAGE, SN000" + std::to_string(o.axis)); }
    void units(const order &o) {
        if (o.asks) {
            say(std::to_string(of(o).units));
        } else if (const auto x = parameter(o)) {
            *x >= 0 && *x <= greatest_unit ? void(of(o).units = static_cast<std::int64_t>(*x))
                                           : axis_error(o, out_of_range);
        }
    }
    void resolution(const order &o) { o.asks ? say("0.00001") : void(); }
    void tell_home(const order &o) { o.asks ? say("0") : void(); }
    void greatest_velocity(const order &) { say("50"); }
    void greatest_acceleration(const order &) { say("500"); }

    template <double stage::*Member> void number(const order &o) {
        if (o.asks) {
            say(decimals(of(o).*Member, decimals_sent));
        } else if (const auto x = parameter(o)) {
            of(o).*Member = *x;
        }
    }

    std::optional<double> parameter(const order &o) {
        if (o.argument.empty()) {
            error(parameter_missing);
            return std::nullopt;
        }
        const auto x = to_plain_double(o.argument);
        if (!x) {
            axis_error(o, out_of_range);
        }
        return x;
    }

    void motor_on(const order &o) { o.asks ? say(of(o).motor ? "1" : "0") : switch_motor(o, true); }
    void motor_off(const order &o) {
        o.asks ? say(of(o).motor ? "0" : "1") : switch_motor(o, false);
    }
    void switch_motor(const order &o, bool on) {
        of(o).motor = on;
        if (!on) {
            halt(of(o));
        }
    }

    void move_to(const order &o) {
        if (o.asks) {
            tell_target(o);
        } else if (const auto x = parameter(o)) {
            move(o, *x + of(o).zero);
        }
    }
    void move_by(const order &o) {
        if (const auto x = parameter(o)) {
            move(o, place(of(o)) + *x);
        }
    }
    void move(const order &o, double target) {
        stage &s = of(o);
        const double counted = target - s.zero;
        if (!s.motor) {
            axis_error(o, motor_is_off);
        } else if (s.left < s.right && counted > s.right) {
            axis_error(o, above_soft_limit);
        } else if (s.left < s.right && counted < s.left) {
            axis_error(o, below_soft_limit);
        } else {
            s.target = target;
            go(s, target, s.velocity); // the bench ends it at a hard stop
            s.hits = target > bench(s, ".max")   ? hits_positive_limit
                     : target < bench(s, ".min") ? hits_negative_limit
                                                 : 0;
        }
    }
    void search_home(const order &o) {
        if (!of(o).motor) {
            axis_error(o, motor_is_off);
            return;
        }
        of(o).homing = true;
        of(o).target = 0;
        go(of(o), 0, of(o).home_velocity); // the bench's own zero
    }
    void go(stage &s, double where, double velocity) {
        if (stall_ || bench(s, ".stuck") != 0) {
            s.stuck = true;
            return;
        }
        if (start_delay_ > 0) { // until then it says that it stands
            s.begins_ns = host_.mono_ns() + static_cast<std::int64_t>(start_delay_ * ns_per_s);
            s.late_velocity = velocity;
            return;
        }
        set_off(s, where, velocity);
    }
    void set_off(stage &s, double where, double velocity) {
        std::int64_t arrives = 0;
        if (host_.bench_move(bench_, s.on_bench, where, velocity, s.acceleration, &arrives,
                             nullptr) == ALD_OK) {
            s.arrives_ns = arrives;
        }
    }

    void stop(const order &o) {
        if (o.axis == 0) {
            abort(o);
        } else if (static_cast<std::size_t>(o.axis) > stages_.size()) {
            error(axis_out_of_range);
        } else {
            halt(of(o));
        }
    }
    void abort(const order &) {
        for (stage &s : stages_) {
            halt(s);
        }
    }
    void halt(stage &s) {
        s.stuck = false;
        s.begins_ns = 0;
        s.homing = false;
        s.hits = 0;
        std::int64_t rests = 0;
        if (moves(s) &&
            host_.bench_halt(bench_, s.on_bench, s.deceleration, &rests, nullptr) == ALD_OK) {
            s.arrives_ns = rests;
        }
    }

    void define_home(const order &o) {
        const auto x = o.argument.empty() ? std::optional(0.0) : parameter(o);
        if (x) {
            of(o).zero = place(of(o)) - *x;
        }
    }

    // Later commands wait until the axis stands, and then some milliseconds.
    void wait_for_stop(const order &o) {
        const auto ms = o.argument.empty() ? std::optional(0.0) : parameter(o);
        if (ms) {
            waits_until_ns_ = std::max(host_.mono_ns(), of(o).arrives_ns) +
                              static_cast<std::int64_t>(std::clamp(*ms, 0.0, 60000.0) * 1e6);
        }
    }

    // As after switching it on: motors off, and the counters begin at 0 where the stages stand.
    void reset(const order &) {
        for (stage &s : stages_) {
            s.deceleration = at_once; // without current it stops where it is
            halt(s);
            s.deceleration = stage{s.on_bench}.deceleration;
            s.motor = false;
            s.zero = place(s);
            s.velocity = stage{s.on_bench}.velocity;
        }
        errors_.clear();
        waiting_.clear();
        if (banner_) {
            say(version_);
        }
        silent_until_ns_ = host_.mono_ns() + static_cast<std::int64_t>(reset_ * ns_per_s);
    }

    struct failure {
        std::int64_t code;
        std::int64_t t_mono_ns;
    };

    const ald_host &host_;
    ald_link *link_;
    ald_bench *bench_;
    std::string version_;
    bool stall_;
    double limit_silence_;
    bool banner_;
    double reset_;
    double start_delay_;
    splitter splitter_;
    std::int64_t began_ns_;
    std::vector<stage> stages_;
    std::deque<failure> errors_;
    std::deque<std::string> waiting_;
    std::int64_t waits_until_ns_ = 0;
    std::string held_back_;
    std::int64_t silent_until_ns_ = 0;
};

} // namespace

ald_instrument instrument(const ald_host *host) {
    instrument_functions<controller>::host = host;
    static const value three = make_int(*host, 3);
    static const value two = make_int(*host, 2);
    static const value version = make_string(*host, "ESP300 Version 3.04 07/27/01");
    static const value no = make_bool(*host, false);
    static const value zero = make_double(*host, 0);
    static const value soft_min = make_double(*host, -25);
    static const value soft_max = make_double(*host, 25);
    static std::array records{
        option("axes", ALD_TYPE_INT, "", "how many axes it has", three),
        option("version", ALD_TYPE_STRING, "", "what it answers to VE?", version),
        option("enabled", ALD_TYPE_BOOL, "", "motors are on from the start", no),
        option("min", ALD_TYPE_DOUBLE, "mm", "software limit", soft_min),
        option("max", ALD_TYPE_DOUBLE, "mm", "software limit", soft_max),
        option("limit_silence", ALD_TYPE_DOUBLE, "s", "how long it is silent after a limit", zero),
        option("stall", ALD_TYPE_BOOL, "", "stages do not move, and moves never end", no),
        option("banner", ALD_TYPE_BOOL, "", "it says its version after a reset", no),
        option("reset_time", ALD_TYPE_DOUBLE, "s", "how long it is silent after a reset", zero),
        option("start_delay", ALD_TYPE_DOUBLE, "s",
               "how long it says that an axis stands before that begins to move", zero),
        option("units", ALD_TYPE_INT, "", "what SN? says: 2 mm, 4 inch, 7 degree, 8 gradian", two),
    };
    records[10].min = 0;
    records[10].max = greatest_unit;
    records[0].min = 1;
    records[0].max = 3;
    for (const std::size_t times : {5U, 8U, 9U}) {
        records[times].min = 0;
        records[times].max = 60;
    }
    return instrument_table<controller>(
        "esp300", "Newport ESP300 with stages at the bench's stage/x, stage/y and stage/z.",
        records);
}

} // namespace esp300
