// An axis that moves at constant velocity, for trying programs out and for tests; or an axis of a
// simulated bench, which moves as the bench has it.
#include "support/host.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <mutex>
#include <new>

namespace {

using namespace drivers;

const ald_host *host = nullptr;

constexpr double ns_per_s = 1e9;
constexpr std::int64_t tick_ns = 20'000'000; // how often progress is told

enum property : std::int64_t { position, velocity, settled };

class axis {
public:
    // `bench` is NULL for an axis of its own.
    axis(ald_node *node, const options &given, std::string unit, ald_bench *bench)
        : node_(node), bench_(bench), axis_(given.text("axis")), encoder_(axis_ + ".encoder"),
          acceleration_(given.number("acceleration")), velocity_(given.number("velocity")),
          settle_s_(given.number("settle_time")), latency_s_(given.number("latency")),
          home_(given.number("home")), from_(given.number("position")), to_(from_),
          unit_(std::move(unit)) {}

    void submit(ald_request *request) {
        const ald_request_info info = describe(*host, request);
        switch (info.verb) {
        case ALD_VERB_GET: get(request, info); return;
        case ALD_VERB_SET: set(request, info); return;
        case ALD_VERB_ACT: act(request, info); return;
        default: complete(*host, request); return;
        }
    }

    void cancel(ald_request *request) {
        ald_request *ended = nullptr;
        {
            const std::scoped_lock lock(mutex_);
            if (request == motion_) {
                brake();
                ended = end_motion();
            } else if (request == asked_) {
                ended = std::exchange(asked_, nullptr);
            }
        }
        if (ended != nullptr) {
            host->complete(ended, ALD_E_CANCELLED, nullptr, nullptr);
        }
    }

private:
    void get(ald_request *request, const ald_request_info &info) {
        if (latency_s_ > 0) {
            answer_later(request);
        } else {
            answer(request, info.property);
        }
    }

    void answer(ald_request *request, std::int64_t which) {
        double here = 0;
        bool standing = false;
        double speed = 0;
        {
            const std::scoped_lock lock(mutex_);
            here = position_at(host->mono_ns());
            standing = motion_ == nullptr;
            speed = velocity_;
        }
        switch (which) {
        case velocity: complete(*host, request, speed); return;
        case settled: complete(*host, request, make_bool(*host, standing)); return;
        default: complete(*host, request, here); return;
        }
    }

    // An instrument that takes its time: the answer comes from the timer.
    void answer_later(ald_request *request) {
        ald_status begun = ALD_OK;
        {
            const std::scoped_lock lock(mutex_);
            begun = at(host->mono_ns() + static_cast<std::int64_t>(latency_s_ * ns_per_s),
                       [](void *self) { static_cast<axis *>(self)->answer_asked(); });
            // A cancel may have come before the request was known.
            if (begun == ALD_OK && host->is_cancelled(request) != 0) {
                begun = ALD_E_CANCELLED;
            }
            if (begun == ALD_OK) {
                asked_ = request;
            }
        }
        if (begun != ALD_OK) {
            host->complete(request, begun, nullptr, nullptr);
        }
    }

    void answer_asked() {
        ald_request *request = nullptr;
        {
            const std::scoped_lock lock(mutex_);
            request = std::exchange(asked_, nullptr);
        }
        if (request != nullptr) {
            answer(request, describe(*host, request).property);
        }
    }

    void set(ald_request *request, const ald_request_info &info) {
        if (info.property == position) {
            move(request, info.number);
            return;
        }
        {
            const std::scoped_lock lock(mutex_);
            velocity_ = info.number;
        }
        complete(*host, request, info.number);
    }

    void act(ald_request *request, const ald_request_info &info) {
        if (std::string_view(info.name) == "home") {
            move(request, home_);
            return;
        }
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
        complete(*host, request);
    }

    static void end_stopped(ald_request *motion) {
        refuse(*host, motion, ALD_E_CANCELLED, "device", "the axis was stopped");
    }

    // A stop that comes before the motion has begun ends it, too: nothing begins late.
    void move(ald_request *request, double target) {
        std::uint64_t stops_before = 0;
        {
            const std::scoped_lock lock(mutex_);
            stops_before = stops_;
        }
        host->accept(request);
        ald_error *why = nullptr;
        ald_status begun = ALD_OK;
        bool stopped = false;
        {
            const std::scoped_lock lock(mutex_);
            stopped = stops_ != stops_before;
            begun = stopped ? ALD_E_CANCELLED : begin(target, &why);
            if (begun == ALD_OK) {
                motion_ = request;
            }
        }
        if (stopped) {
            end_stopped(request);
        } else if (begun == ALD_OK) {
            tick();
        } else {
            host->complete(request, begun, nullptr, why);
            host->error_unref(why);
        }
    }

    // With the mutex held, as those below.
    ald_status begin(double target, ald_error **why) {
        begun_ns_ = host->mono_ns();
        from_ = position_at(begun_ns_);
        to_ = target;
        if (bench_ != nullptr) {
            return host->bench_move(bench_, axis_.c_str(), target, velocity_, acceleration_,
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
                if (how != ALD_OK || !is_at(position_at(host->mono_ns()), target)) {
                    brake(); // whatever went wrong, nothing moves on
                }
                ended = end_motion();
                there = to_;
            }
        }
        if (ended != nullptr && how == ALD_OK) {
            arrive(ended, there, target);
        } else if (ended != nullptr) {
            host->complete(ended, how, nullptr, nullptr);
        }
    }

    [[nodiscard]] static bool is_at(double there, double target) {
        return std::abs(there - target) <= 1e-9 * std::max(1.0, std::abs(target));
    }

    // An axis of the bench may be held fast, have a hard stop before the target, or have others
    // that move it.
    void arrive(ald_request *request, double there, double target) {
        if (is_at(there, target)) {
            complete(*host, request, there);
            return;
        }
        const std::string message =
            "the axis stands at " + told(there) + " " + unit_ + " instead of " + told(target) +
            " " + unit_ + ": a hard stop, something that holds it, or somebody else who moves it";
        refuse(*host, request, ALD_E_RANGE, "device", message.c_str());
    }

    static std::string told(double x) { return to_text(*host, x, ALD_NOTATION_GENERAL, 9); }

    // BUSY as long as the motion goes on.
    ald_status advance() {
        if (host->is_cancelled(motion_) != 0) { // perhaps before the motion was known
            return ALD_E_CANCELLED;
        }
        const std::int64_t now = host->mono_ns();
        const std::int64_t settles = arrives_ns_ + static_cast<std::int64_t>(settle_s_ * ns_per_s);
        if (now >= settles) {
            return ALD_OK;
        }
        host->progress(motion_, std::abs(position_at(now) - from_), std::abs(to_ - from_),
                       unit_.c_str(), now < arrives_ns_ ? "moving" : "settling");
        const ald_status again = at(std::min(now + tick_ns, settles),
                                    [](void *self) { static_cast<axis *>(self)->tick(); });
        return again == ALD_OK ? ALD_E_BUSY : again;
    }

    // The axis stands where it is now; at once, also on the bench.
    void brake() {
        if (bench_ != nullptr) {
            host->bench_halt(bench_, axis_.c_str(), std::numeric_limits<double>::infinity(),
                             nullptr, nullptr);
        }
    }
    ald_request *end_motion() {
        from_ = position_at(host->mono_ns());
        to_ = from_;
        arrives_ns_ = 0;
        return std::exchange(motion_, nullptr);
    }

    [[nodiscard]] double position_at(std::int64_t now) const {
        if (bench_ != nullptr) {
            return host->bench_get(bench_, encoder_.c_str(), now);
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
        return host->schedule(node_, t_mono_ns, fn, this, &timer, nullptr);
    }

    ald_node *node_;
    ald_bench *bench_;
    std::string axis_;
    std::string encoder_;
    double acceleration_;
    std::mutex mutex_;
    double velocity_;
    double settle_s_;
    double latency_s_;
    double home_;
    double from_;
    double to_;
    std::string unit_;
    std::int64_t begun_ns_ = 0;
    std::int64_t arrives_ns_ = 0;
    std::uint64_t stops_ = 0; // that have come
    ald_request *motion_ = nullptr;
    ald_request *asked_ = nullptr;
};

// The bench of an axis, and its unit; nothing without an axis.
ald_status find_bench(ald_node *node, const options &given, ald_bench **bench, std::string *unit,
                      ald_error **err) {
    const std::string name = given.text("axis");
    if (name.empty()) {
        return ALD_OK;
    }
    const char *known = host->bench_unit((name + ".encoder").c_str());
    if (known == nullptr) {
        *err = host->error_new(
            ALD_E_NOT_FOUND, "bench", 0,
            ("the bench has no axis '" + name + "'; ald_bench_describe lists them").c_str());
        return ALD_E_NOT_FOUND;
    }
    *unit = known;
    return host->bench_of(node, given.text("bench").c_str(), bench, err);
}

ald_status declare(ald_node *node, const options &given, const std::string &unit, ald_error **err) {
    const std::string speed_unit = unit + "/s";
    ald_schema where = record("position", ALD_TYPE_DOUBLE, unit.c_str(), "where the axis is",
                              ALD_SCHEMA_READ | ALD_SCHEMA_WRITE);
    where.min = given.number("min");
    where.max = given.number("max");
    ald_schema speed = record("velocity", ALD_TYPE_DOUBLE, speed_unit.c_str(), "how fast it moves",
                              ALD_SCHEMA_READ | ALD_SCHEMA_WRITE);
    speed.min = std::numeric_limits<double>::min();
    const ald_schema stands = record("settled", ALD_TYPE_BOOL, "", "no motion goes on");
    for (const ald_schema &s : {where, speed, stands}) {
        if (const ald_status added = host->add_property(node, &s, err); added != ALD_OK) {
            return added;
        }
    }
    for (const auto &[name, doc] : {std::pair("stop", "stop the axis at once"),
                                    std::pair("home", "go to the home position")}) {
        if (const ald_status added = host->add_action(node, name, doc, err); added != ALD_OK) {
            return added;
        }
    }
    if (const ald_status able = host->add_capability(node, "movable", 1, err); able != ALD_OK) {
        return able;
    }
    return host->set_identity(node, "alidade", "mock-movable", "0", "1", err);
}

ald_status create(ald_node *node, const ald_value *map, void **instance, ald_error **err) {
    const options given(*host, map);
    ald_bench *bench = nullptr;
    std::string unit = given.text("unit");
    if (const ald_status found = find_bench(node, given, &bench, &unit, err); found != ALD_OK) {
        return found;
    }
    if (const ald_status declared = declare(node, given, unit, err); declared != ALD_OK) {
        return declared;
    }
    *instance = new (std::nothrow) axis(node, given, unit, bench);
    return *instance != nullptr ? ALD_OK : ALD_E_NO_MEMORY;
}

void destroy(void *instance) { delete static_cast<axis *>(instance); }
void submit(void *instance, ald_request *request) {
    static_cast<axis *>(instance)->submit(request);
}
void cancel(void *instance, ald_request *request) {
    static_cast<axis *>(instance)->cancel(request);
}

ald_schema option(const char *name, ald_type type, const char *unit, const char *doc,
                  const value &initial) {
    ald_schema s = record(name, type, unit, doc);
    s.initial = initial.get();
    return s;
}

} // namespace

extern "C" const ald_driver *ald_driver_v1(const ald_host *given) {
    host = given;
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
    static const ald_driver driver{
        .struct_size = sizeof(ald_driver),
        .abi = ALD_DRIVER_ABI,
        .name = "mock-movable",
        .doc = "An axis that moves at constant velocity, for trying programs out.",
        .flags = 0,
        .options = records.data(),
        .option_stride = sizeof(ald_schema),
        .option_count = static_cast<std::int64_t>(records.size()),
        .create = create,
        .destroy = destroy,
        .submit = submit,
        .cancel = cancel,
        .discover = nullptr,
        .instruments = nullptr,
        .instrument_stride = 0,
        .instrument_count = 0,
    };
    return &driver;
}
