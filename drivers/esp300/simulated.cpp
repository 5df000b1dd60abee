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
constexpr std::int64_t parameter_out_of_range = 7;
constexpr std::int64_t axis_out_of_range = 9;
constexpr std::int64_t axis_missing = 37;
constexpr std::int64_t parameter_missing = 38;
// Codes of an axis, behind its number.
constexpr std::int64_t out_of_range = 1;
constexpr std::int64_t hits_positive_limit = 4;
constexpr std::int64_t hits_negative_limit = 5;
constexpr std::int64_t above_soft_limit = 6;
constexpr std::int64_t below_soft_limit = 7;
constexpr std::int64_t too_fast = 10;
constexpr std::int64_t accelerates_too_much = 11;
constexpr std::int64_t motor_is_off = 13;

constexpr double endless = 1e9;                      // where MV goes without software limits
constexpr std::int64_t position_look_ns = 2'000'000; // between two looks of WP
constexpr std::int64_t velocity_span_ns = 1'000'000; // over which TV measures

std::string_view words_of(std::int64_t code) {
    static const std::map<std::int64_t, std::string_view> of_controller{
        {0, "NO ERROR DETECTED"},
        {no_such_command, "COMMAND DOES NOT EXIST"},
        {parameter_out_of_range, "PARAMETER OUT OF RANGE"},
        {axis_out_of_range, "AXIS NUMBER OUT OF RANGE"},
        {axis_missing, "AXIS NUMBER MISSING"},
        {parameter_missing, "COMMAND PARAMETER MISSING"},
    };
    static const std::map<std::int64_t, std::string_view> of_axis{
        {out_of_range, "PARAMETER OUT OF RANGE"},
        {hits_positive_limit, "POSITIVE HARDWARE LIMIT DETECTED"},
        {hits_negative_limit, "NEGATIVE HARDWARE LIMIT DETECTED"},
        {above_soft_limit, "POSITIVE SOFTWARE LIMIT DETECTED"},
        {below_soft_limit, "NEGATIVE SOFTWARE LIMIT DETECTED"},
        {too_fast, "MAXIMUM VELOCITY EXCEEDED"},
        {accelerates_too_much, "MAXIMUM ACCELERATION EXCEEDED"},
        {motor_is_off, "MOTOR NOT ENABLED"},
    };
    return code < 100 ? of_controller.at(code) : of_axis.at(code % 100);
}

// Settings of an axis: SM keeps them while it is switched off.
struct settings {
    double velocity = 5;
    double acceleration = 20;
    double deceleration = 20;
    double emergency_deceleration = 40;
    double home_velocity = 2;
    double greatest_velocity = 50;
    double greatest_acceleration = 500;
    double left = 0;
    double right = 0;
    double preset = 0;                  // where it is at home
    std::string limit_switches = "24H"; // what ZH says of them
    std::int64_t units = 2; // as SN numbers them; lengths are in these, whatever the bench has
};

struct stage {
    const char *on_bench;
    settings now{};
    settings saved{};
    bool motor = false;
    double zero = 0;    // where on the bench the counter is 0
    double defined = 0; // what DH called the place that it was given at last
    double target = 0;
    std::int64_t begins_ns = 0; // of a motion that has not begun yet; 0 for none
    double late_velocity = 0;   // of that
    std::int64_t arrives_ns = 0;
    bool homing = false;
    std::int64_t hits = 0; // the error that the end of this motion brings
    bool stuck = false;
};

// A command taken apart: "2PA10.5" and "2 PA 10.5" are axis 2, PA, "10.5".
struct order {
    int axis = 0;
    std::string name;
    std::string argument;
    bool asks = false;
};

order parse(std::string_view text) {
    order o;
    if (text.front() == '*') { // of IEEE 488.2: no axis, and longer names
        o.name = std::string(text.substr(0, text.find('?')));
        o.asks = text.back() == '?';
        return o;
    }
    std::size_t i = 0;
    while (i < text.size() && text[i] >= '0' && text[i] <= '9' && i < 3) {
        o.axis = o.axis * 10 + (text[i++] - '0');
    }
    while (i < text.size() && text[i] == ' ') {
        ++i;
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
            s.now.left = given.number("min");
            s.now.right = given.number("max");
            s.now.units = given.integer("units");
            s.saved = s.now;
            s.motor = given.flag("enabled");
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
        while (!waiting_.empty() && now >= waits_until_ns_ && !waits_for_position()) {
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
            next = std::min(next, std::max(waits_until_ns_, awaited_ ? now + position_look_ns : 0));
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
                s.zero = -s.now.preset;
                s.target = 0;
            }
            if (const std::int64_t hit = std::exchange(s.hits, 0); hit != 0) {
                error(static_cast<std::int64_t>(i + 1) * 100 + hit);
                s.target = place(s);
                if (hit == hits_positive_limit || hit == hits_negative_limit) {
                    silent_until_ns_ =
                        s.arrives_ns + static_cast<std::int64_t>(limit_silence_ * ns_per_s);
                }
            }
        }
    }

    void carry_out(const order &o) {
        static const std::map<std::string, handler, std::less<>> of_controller{
            {"VE", &controller::tell_version}, {"TE", &controller::tell_code},
            {"TB", &controller::tell_error},   {"TS", &controller::tell_status},
            {"AB", &controller::abort},        {"RS", &controller::reset},
            {"PH", &controller::tell_limits},  {"*IDN", &controller::tell_version},
            {"SM", &controller::save},         {"LC", &controller::lock_keypad},
            {"WT", &controller::wait},
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
            {"WP", &controller::wait_for_position},
            {"MV", &controller::move_on},
            {"TV", &controller::tell_velocity},
            {"ZH", &controller::limit_switches},
            {"SN", &controller::units},
            {"SU", &controller::resolution},
            {"SH", &controller::number<&settings::preset>},
            {"ID", &controller::tell_stage},
            {"VA", &controller::velocity<&settings::velocity>},
            {"OH", &controller::velocity<&settings::home_velocity>},
            {"AC", &controller::acceleration<&settings::acceleration>},
            {"AG", &controller::acceleration<&settings::deceleration>},
            {"AE", &controller::acceleration<&settings::emergency_deceleration>},
            {"SL", &controller::number<&settings::left>},
            {"SR", &controller::number<&settings::right>},
            {"VU", &controller::number<&settings::greatest_velocity>},
            {"AU", &controller::number<&settings::greatest_acceleration>},
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
            say(std::to_string(of(o).now.units));
        } else if (const auto x = parameter(o)) {
            *x >= 0 && *x <= greatest_unit ? void(of(o).now.units = static_cast<std::int64_t>(*x))
                                           : axis_error(o, out_of_range);
        }
    }
    void resolution(const order &o) { o.asks ? say("0.00001") : void(); }

    template <double settings::*Member> void number(const order &o) {
        if (o.asks) {
            say(decimals(of(o).now.*Member, decimals_sent));
        } else if (const auto x = parameter(o)) {
            of(o).now.*Member = *x;
        }
    }
    // Takes a number up to what `limit` says; beyond it there is an error of its own.
    template <double settings::*Member>
    void limited(const order &o, double settings::*limit, std::int64_t beyond) {
        if (o.asks) {
            number<Member>(o);
        } else if (const auto x = parameter(o)) {
            if (*x > of(o).now.*limit) {
                axis_error(o, beyond);
            } else if (*x < 0) {
                axis_error(o, out_of_range);
            } else {
                of(o).now.*Member = *x;
            }
        }
    }
    template <double settings::*Member> void velocity(const order &o) {
        limited<Member>(o, &settings::greatest_velocity, too_fast);
    }
    template <double settings::*Member> void acceleration(const order &o) {
        limited<Member>(o, &settings::greatest_acceleration, accelerates_too_much);
    }

    void tell_velocity(const order &o) {
        const std::string encoder = std::string(of(o).on_bench) + ".encoder";
        const std::int64_t now = host_.mono_ns();
        const double way = host_.bench_get(bench_, encoder.c_str(), now) -
                           host_.bench_get(bench_, encoder.c_str(), now - velocity_span_ns);
        say(decimals(moves(of(o)) ? way * ns_per_s / velocity_span_ns : 0.0, decimals_sent));
    }
    void limit_switches(const order &o) {
        if (o.asks) {
            say(of(o).now.limit_switches);
        } else if (o.argument.empty()) {
            error(parameter_missing);
        } else {
            of(o).now.limit_switches = o.argument;
        }
    }
    // 0 unlocks its keys, 1 leaves the stop alone, 2 none.
    void lock_keypad(const order &o) {
        if (o.asks) {
            say(std::to_string(keypad_));
        } else if (const auto x = parameter(o)) {
            *x == 0 || *x == 1 || *x == 2 ? void(keypad_ = static_cast<int>(*x))
                                          : error(parameter_out_of_range);
        }
    }
    void save(const order &) {
        for (stage &s : stages_) {
            s.saved = s.now;
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
        } else if (is_limited(s) && counted > s.now.right) {
            axis_error(o, above_soft_limit);
        } else if (is_limited(s) && counted < s.now.left) {
            axis_error(o, below_soft_limit);
        } else {
            begin(s, target, 0);
        }
    }
    [[nodiscard]] static bool is_limited(const stage &s) { return s.now.left < s.now.right; }
    // The bench ends it at a hard stop; `hits` is the error that its end brings otherwise.
    void begin(stage &s, double target, std::int64_t hits) {
        s.target = target;
        go(s, target, s.now.velocity);
        s.hits = target > bench(s, ".max")   ? hits_positive_limit
                 : target < bench(s, ".min") ? hits_negative_limit
                                             : hits;
    }
    // Moves on and on, until it is stopped or a limit ends it.
    void move_on(const order &o) {
        stage &s = of(o);
        const bool forward = o.argument.empty() || o.argument == "+";
        if (o.asks) {
            tell_done(o);
        } else if (!forward && o.argument != "-") {
            axis_error(o, out_of_range);
        } else if (!s.motor) {
            axis_error(o, motor_is_off);
        } else {
            const double limit = forward ? s.now.right : s.now.left;
            const double end = is_limited(s) ? limit + s.zero : (forward ? endless : -endless);
            begin(s, end, forward ? above_soft_limit : below_soft_limit);
        }
    }
    void search_home(const order &o) {
        if (!of(o).motor) {
            axis_error(o, motor_is_off);
            return;
        }
        stage &s = of(o);
        s.homing = o.argument != "0"; // which goes to where the counter is 0 alone
        s.target = s.homing ? 0 : s.zero;
        go(s, s.target, s.now.home_velocity); // home is the bench's own zero
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
        if (host_.bench_move(bench_, s.on_bench, where, velocity, s.now.acceleration, &arrives,
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
            host_.bench_halt(bench_, s.on_bench, s.now.deceleration, &rests, nullptr) == ALD_OK) {
            s.arrives_ns = rests;
        }
    }

    void define_home(const order &o) {
        if (o.asks) {
            say(decimals(of(o).defined, decimals_sent));
        } else if (const auto x = o.argument.empty() ? std::optional(0.0) : parameter(o)) {
            of(o).defined = *x;
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

    void wait(const order &o) {
        if (const auto ms = parameter(o)) {
            waits_until_ns_ =
                host_.mono_ns() + static_cast<std::int64_t>(std::clamp(*ms, 0.0, 60000.0) * 1e6);
        }
    }
    // Later commands wait until the axis has passed a position.
    void wait_for_position(const order &o) {
        if (const auto x = parameter(o)) {
            const double there = *x + of(o).zero;
            awaited_ = awaited{&of(o), there, place(of(o)) < there};
        }
    }
    // False also once the axis stands elsewhere.
    bool waits_for_position() {
        if (awaited_) {
            const double here = place(*awaited_->of);
            const bool passed =
                awaited_->from_below ? here >= awaited_->place : here <= awaited_->place;
            if (passed || !moves(*awaited_->of)) {
                awaited_.reset();
            }
        }
        return awaited_.has_value();
    }

    // As after switching it on: motors off, and the counters begin at 0 where the stages stand.
    void reset(const order &) {
        for (stage &s : stages_) {
            s.now.deceleration = at_once; // without current it stops where it is
            halt(s);
            s.now = s.saved;
            s.motor = false;
            s.zero = place(s);
        }
        errors_.clear();
        waiting_.clear();
        awaited_.reset();
        keypad_ = 0;
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
    struct awaited {
        stage *of;
        double place;
        bool from_below;
    };
    std::optional<awaited> awaited_{};
    int keypad_ = 0;
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
