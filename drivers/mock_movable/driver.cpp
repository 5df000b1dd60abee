// An axis that moves at constant velocity, for trying programs out and for tests.
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
    axis(ald_node *node, const options &given)
        : node_(node), velocity_(given.number("velocity")), settle_s_(given.number("settle_time")),
          latency_s_(given.number("latency")), home_(given.number("home")),
          from_(given.number("position")), to_(from_), unit_(given.text("unit")) {}

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
                ended = halt();
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
            ended = halt();
        }
        if (ended != nullptr) {
            ald_error *why = host->error_new(ALD_E_CANCELLED, "device", 0, "the axis was stopped");
            host->complete(ended, ALD_E_CANCELLED, nullptr, why);
            host->error_unref(why);
        }
        complete(*host, request);
    }

    void move(ald_request *request, double target) {
        host->accept(request);
        {
            const std::scoped_lock lock(mutex_);
            begun_ns_ = host->mono_ns();
            from_ = to_;
            to_ = target;
            arrives_ns_ =
                begun_ns_ + static_cast<std::int64_t>(std::abs(to_ - from_) / velocity_ * ns_per_s);
            motion_ = request;
        }
        tick();
    }

    void tick() {
        ald_request *ended = nullptr;
        ald_status how = ALD_OK;
        double there = 0;
        {
            // Held also while the host is told: a stop on another thread would end the request.
            const std::scoped_lock lock(mutex_);
            if (motion_ == nullptr) {
                return;
            }
            how = advance();
            if (how != ALD_E_BUSY) {
                ended = halt();
                there = to_;
            }
        }
        if (ended != nullptr && how == ALD_OK) {
            complete(*host, ended, there);
        } else if (ended != nullptr) {
            host->complete(ended, how, nullptr, nullptr);
        }
    }

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

    // With the mutex held, as those below: the axis stands where it is now.
    ald_request *halt() {
        from_ = position_at(host->mono_ns());
        to_ = from_;
        arrives_ns_ = 0;
        return std::exchange(motion_, nullptr);
    }

    [[nodiscard]] double position_at(std::int64_t now) const {
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
    ald_request *motion_ = nullptr;
    ald_request *asked_ = nullptr;
};

ald_status declare(ald_node *node, const options &given, ald_error **err) {
    const std::string unit = given.text("unit");
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
    if (const ald_status declared = declare(node, given, err); declared != ALD_OK) {
        return declared;
    }
    *instance = new (std::nothrow) axis(node, given);
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
    static const value a_hundredth = make_double(*host, 0.01);
    static std::array records{
        option("unit", ALD_TYPE_STRING, "", "unit of the axis (UCUM)", mm),
        option("min", ALD_TYPE_DOUBLE, "", "least position", minus_100),
        option("max", ALD_TYPE_DOUBLE, "", "greatest position", plus_100),
        option("position", ALD_TYPE_DOUBLE, "", "where it is at the start", zero),
        option("home", ALD_TYPE_DOUBLE, "", "where home is", zero),
        option("velocity", ALD_TYPE_DOUBLE, "", "units per second", plus_100),
        option("settle_time", ALD_TYPE_DOUBLE, "s", "from arriving to standing", a_hundredth),
        option("latency", ALD_TYPE_DOUBLE, "s", "how long an answer takes", zero),
    };
    records[5].min = std::numeric_limits<double>::min();
    records[6].min = 0;
    records[7].min = 0;
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
