// An axis that moves at constant velocity, for trying programs out and for tests; or an axis of a
// simulated bench, which moves as the bench has it.
#include "support/delay.hpp"
#include "support/properties.hpp"
#include "support/table.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

namespace {

using namespace drivers;

constexpr double ns_per_s = 1e9;
constexpr std::int64_t tick_ns = 20'000'000; // how often progress is told

class axis {
public:
    static constexpr const char *domain = "mock-movable";

    // No input or output.
    axis(const ald_host &host, ald_node *node, const options &given)
        : host_(host), node_(node), table_(host, domain), axis_(given.text("axis")),
          encoder_(axis_ + ".encoder"), bench_name_(given.text("bench")), unit_(given.text("unit")),
          min_(given.number("min")), max_(given.number("max")),
          acceleration_(given.number("acceleration")), settle_s_(given.number("settle_time")),
          latency_s_(given.number("latency")), home_(given.number("home")),
          velocity_(given.number("velocity")), from_(given.number("position")), to_(from_) {}

    [[nodiscard]] ald_status declare(ald_error **err) {
        if (const ald_status found = find_bench(err); found != ALD_OK) {
            return found;
        }
        if (const ald_status added = table_.add_to(node_, properties(), actions(), err);
            added != ALD_OK) {
            return added;
        }
        if (const ald_status able = host_.add_capability(node_, "movable", 1, err);
            able != ALD_OK) {
            return able;
        }
        return host_.set_identity(node_, "alidade", "mock-movable", "0", "1", err);
    }

    void submit(ald_request *request) {
        const ald_request_info info = describe(host_, request);
        if (info.verb == ALD_VERB_OPEN || info.verb == ALD_VERB_CLOSE) {
            complete(host_, request);
        } else if (info.verb == ALD_VERB_GET && latency_s_ > 0) {
            delay_.keep(request, latency_s_);
        } else {
            table_.carry_out(request, info);
        }
    }

    void cancel(ald_request *request) {
        ald_request *ended = nullptr;
        {
            const std::scoped_lock lock(mutex_);
            if (request == motion_) {
                brake();
                ended = end_motion();
            }
        }
        if (ended != nullptr) {
            host_.complete(ended, ALD_E_CANCELLED, nullptr, nullptr);
        } else {
            delay_.cancel(request);
        }
    }

private:
    // The bench of an axis, and its unit; nothing without an axis.
    [[nodiscard]] ald_status find_bench(ald_error **err) {
        if (axis_.empty()) {
            return ALD_OK;
        }
        const char *known = host_.bench_unit(encoder_.c_str());
        if (known == nullptr) {
            return report(host_, "bench",
                          {ALD_E_NOT_FOUND,
                           "the bench has no axis '" + axis_ + "'; ald_bench_describe lists them"},
                          err);
        }
        unit_ = known;
        return host_.bench_of(node_, bench_name_.c_str(), &bench_, err);
    }

    [[nodiscard]] std::vector<property> properties() {
        return {
            {.name = "position",
             .unit = unit_,
             .doc = "where the axis is",
             .min = min_,
             .max = max_,
             .get = [this](auto *) { return here(); },
             .start =
                 [this](ald_request *request, const setting &to) {
                     move(request, [this, x = to.number()] { return x + zero_; });
                 }},
            {.name = "velocity",
             .unit = unit_ + "/s",
             .doc = "how fast it moves",
             .min = std::numeric_limits<double>::min(),
             .get = [this](auto *) { return velocity(); },
             .set = [this](auto *, const setting &to) { return change_velocity(to.number()); }},
            {.name = "settled",
             .type = ALD_TYPE_BOOL,
             .doc = "no motion goes on",
             .get = [this](auto *) { return stands(); }},
        };
    }

    [[nodiscard]] std::vector<action> actions() {
        return {
            {.name = "stop",
             .doc = "stop the axis at once",
             .run = [this](auto *) { return stop(); }},
            {.name = "home",
             .doc = "go to the home position",
             .start = [this](ald_request *request) { move(request, [this] { return home_; }); }},
            {.name = "jog_forward",
             .doc = "go to the greatest position, until it is stopped",
             .start =
                 [this](ald_request *request) {
                     move(request, [this] { return end_of_travel(true); });
                 }},
            {.name = "jog_backward",
             .doc = "go to the least position, until it is stopped",
             .start =
                 [this](ald_request *request) {
                     move(request, [this] { return end_of_travel(false); });
                 }},
            {.name = "set_zero",
             .doc = "make the present position 0",
             .run = [this](auto *) { return set_zero(); }},
        };
    }

    double here() {
        const std::scoped_lock lock(mutex_);
        return position_at(host_.mono_ns()) - zero_;
    }
    double velocity() {
        const std::scoped_lock lock(mutex_);
        return velocity_;
    }
    bool stands() {
        const std::scoped_lock lock(mutex_);
        return motion_ == nullptr;
    }

    outcome change_velocity(double to) {
        const std::scoped_lock lock(mutex_);
        velocity_ = to;
        return done{};
    }

    outcome set_zero() {
        const std::scoped_lock lock(mutex_);
        if (motion_ != nullptr) {
            return fault{ALD_E_BUSY, "the axis moves; its zero can be set once it stands"};
        }
        zero_ = position_at(host_.mono_ns());
        return done{};
    }

    outcome stop() {
        ald_request *ended = nullptr;
        {
            const std::scoped_lock lock(mutex_);
            ++stops_;
            brake();
            ended = end_motion();
        }
        if (ended != nullptr) {
            end_stopped(ended);
        }
        return done{};
    }

    void end_stopped(ald_request *motion) {
        refuse(host_, motion, ALD_E_CANCELLED, "device", "the axis was stopped");
    }

    // A stop that comes before the motion has begun ends it, too: nothing begins late. `target` is
    // asked with the mutex held, and counts from where the axis was at the start.
    void move(ald_request *request, const std::function<double()> &target) {
        std::uint64_t stops_before = 0;
        {
            const std::scoped_lock lock(mutex_);
            stops_before = stops_;
        }
        host_.accept(request);
        ald_error *why = nullptr;
        ald_status begun = ALD_OK;
        bool stopped = false;
        {
            const std::scoped_lock lock(mutex_);
            stopped = stops_ != stops_before;
            begun = stopped ? ALD_E_CANCELLED : begin(target(), &why);
            if (begun == ALD_OK) {
                motion_ = request;
            }
        }
        if (stopped) {
            end_stopped(request);
        } else if (begun == ALD_OK) {
            tick();
        } else {
            host_.complete(request, begun, nullptr, why);
            host_.error_unref(why);
        }
    }

    // With the mutex held, as those below. Where there is no limit it is a day away.
    [[nodiscard]] double end_of_travel(bool forward) const {
        const double from = position_at(host_.mono_ns());
        const double day = velocity_ * 86400;
        return forward ? std::clamp(max_ + zero_, from, from + day)
                       : std::clamp(min_ + zero_, from - day, from);
    }
    ald_status begin(double target, ald_error **why) {
        begun_ns_ = host_.mono_ns();
        from_ = position_at(begun_ns_);
        to_ = target;
        if (bench_ != nullptr) {
            return host_.bench_move(bench_, axis_.c_str(), target, velocity_, acceleration_,
                                    &arrives_ns_, why);
        }
        arrives_ns_ =
            begun_ns_ + static_cast<std::int64_t>(std::abs(to_ - from_) / velocity_ * ns_per_s);
        return ALD_OK;
    }

    void tick() {
        ald_request *ended = nullptr;
        ald_status how = ALD_OK;
        double there = 0;
        double target = 0;
        {
            // Held also while the host is told: a stop on another thread would end the request.
            const std::scoped_lock lock(mutex_);
            if (motion_ == nullptr) {
                return;
            }
            how = advance();
            if (how != ALD_E_BUSY) {
                target = to_;
                if (how != ALD_OK || !is_at(position_at(host_.mono_ns()), target)) {
                    brake(); // whatever went wrong, nothing moves on
                }
                ended = end_motion();
                there = to_ - zero_;
                target -= zero_;
            }
        }
        if (ended != nullptr && how == ALD_OK) {
            arrive(ended, there, target);
        } else if (ended != nullptr) {
            host_.complete(ended, how, nullptr, nullptr);
        }
    }

    [[nodiscard]] static bool is_at(double there, double target) {
        return std::abs(there - target) <= 1e-9 * std::max(1.0, std::abs(target));
    }

    // An axis of the bench may be held fast, have a hard stop before the target, or have others
    // that move it.
    void arrive(ald_request *request, double there, double target) {
        if (is_at(there, target)) {
            complete(host_, request, there);
            return;
        }
        const std::string message =
            "the axis stands at " + told(there) + " " + unit_ + " instead of " + told(target) +
            " " + unit_ + ": a hard stop, something that holds it, or somebody else who moves it";
        refuse(host_, request, ALD_E_RANGE, "device", message.c_str());
    }

    [[nodiscard]] std::string told(double x) const {
        return to_text(host_, x, ALD_NOTATION_GENERAL, 9);
    }

    // BUSY as long as the motion goes on.
    ald_status advance() {
        if (host_.is_cancelled(motion_) != 0) { // perhaps before the motion was known
            return ALD_E_CANCELLED;
        }
        const std::int64_t now = host_.mono_ns();
        const std::int64_t settles = arrives_ns_ + static_cast<std::int64_t>(settle_s_ * ns_per_s);
        if (now >= settles) {
            return ALD_OK;
        }
        host_.progress(motion_, std::abs(position_at(now) - from_), std::abs(to_ - from_),
                       unit_.c_str(), now < arrives_ns_ ? "moving" : "settling");
        const ald_status again = at(std::min(now + tick_ns, settles),
                                    [](void *self) { static_cast<axis *>(self)->tick(); });
        return again == ALD_OK ? ALD_E_BUSY : again;
    }

    // The axis stands where it is now; at once, also on the bench.
    void brake() {
        if (bench_ != nullptr) {
            host_.bench_halt(bench_, axis_.c_str(), std::numeric_limits<double>::infinity(),
                             nullptr, nullptr);
        }
    }
    ald_request *end_motion() {
        from_ = position_at(host_.mono_ns());
        to_ = from_;
        arrives_ns_ = 0;
        return std::exchange(motion_, nullptr);
    }

    [[nodiscard]] double position_at(std::int64_t now) const {
        if (bench_ != nullptr) {
            return host_.bench_get(bench_, encoder_.c_str(), now);
        }
        if (now >= arrives_ns_) {
            return to_;
        }
        const double part =
            static_cast<double>(now - begun_ns_) / static_cast<double>(arrives_ns_ - begun_ns_);
        return from_ + (to_ - from_) * part;
    }

    ald_status at(std::int64_t t_mono_ns, void (*fn)(void *)) {
        std::uint64_t timer = 0;
        return host_.schedule(node_, t_mono_ns, fn, this, &timer, nullptr);
    }

    const ald_host &host_;
    ald_node *node_;
    property_table table_;
    delay delay_{host_, node_, [this](ald_request *request) {
                     table_.carry_out(request, describe(host_, request));
                 }};
    ald_bench *bench_ = nullptr; // none: an axis of its own
    std::string axis_;
    std::string encoder_;
    std::string bench_name_;
    std::string unit_;
    double min_;
    double max_;
    double acceleration_;
    double settle_s_;
    double latency_s_;
    double home_;
    std::mutex mutex_;
    double velocity_;
    double from_; // as that below, from where the axis was at the start
    double to_;
    double zero_ = 0; // where position 0 is
    std::int64_t begun_ns_ = 0;
    std::int64_t arrives_ns_ = 0;
    std::uint64_t stops_ = 0; // that have come
    ald_request *motion_ = nullptr;
};

} // namespace

extern "C" ALD_API const ald_driver *ald_driver_v2(const ald_host *host) {
    if (!fits(host)) {
        return nullptr;
    }
    driver_functions<axis>::host = host;
    static const value mm = make_string(*host, "mm");
    static const value minus_100 = make_double(*host, -100);
    static const value plus_100 = make_double(*host, 100);
    static const value zero = make_double(*host, 0);
    static const value thousand = make_double(*host, 1000);
    static const value empty = make_string(*host, "");
    static const value a_hundredth = make_double(*host, 0.01);
    static std::array records{
        option("unit", ALD_TYPE_STRING, "", "unit of the axis (UCUM); one of a bench has its own",
               mm),
        option("min", ALD_TYPE_DOUBLE, "", "least position", minus_100),
        option("max", ALD_TYPE_DOUBLE, "", "greatest position", plus_100),
        option("position", ALD_TYPE_DOUBLE, "", "where it is at the start", zero),
        option("home", ALD_TYPE_DOUBLE, "", "where home is", zero),
        option("velocity", ALD_TYPE_DOUBLE, "", "units per second", plus_100),
        option("settle_time", ALD_TYPE_DOUBLE, "s", "from arriving to standing", a_hundredth),
        option("latency", ALD_TYPE_DOUBLE, "s", "how long an answer takes", zero),
        option("axis", ALD_TYPE_STRING, "",
               "axis of a simulated bench that it moves; empty for one of its own", empty),
        option("bench", ALD_TYPE_STRING, "", "name of the simulated bench; empty for the lab's own",
               empty),
        option("acceleration", ALD_TYPE_DOUBLE, "",
               "units per second squared; of an axis of a bench alone", thousand),
    };
    records[5].min = std::numeric_limits<double>::min();
    records[6].min = 0;
    records[7].min = 0;
    records[10].min = std::numeric_limits<double>::min();
    static const ald_driver driver = driver_table<axis>(
        "mock-movable", "An axis that moves at constant velocity, for trying programs out.",
        records);
    return &driver;
}
