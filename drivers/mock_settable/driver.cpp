// An output with limits, a lag and a noisy read-back, for trying programs out and for tests; or a
// quantity of a simulated bench, such as its laser's power.
#include "support/bench.hpp"
#include "support/properties.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <random>

namespace {

using namespace drivers;

constexpr std::int64_t tick_ns = 5'000'000; // between two steps of an output on its way
constexpr double settled_part = 1e-3;       // of the step that is left when it has settled

class output {
public:
    static constexpr const char *domain = "mock-settable";

    // No input or output.
    output(const ald_host &host, ald_node *node, const options &given)
        : host_(host), node_(node), table_(host, domain), quantity_(given.text("quantity")),
          bench_name_(given.text("bench")), unit_(given.text("unit")), min_(given.number("min")),
          max_(given.number("max")), lag_s_(given.number("lag")),
          resolution_(given.number("resolution")), noise_(given.number("noise")),
          random_(static_cast<std::uint64_t>(given.integer("seed"))),
          setpoint_(given.number("value")), from_(setpoint_) {}

    [[nodiscard]] ald_status declare(ald_error **err) {
        if (const ald_status found =
                find_bench(host_, node_, quantity_, bench_name_, &bench_, &unit_, err);
            found != ALD_OK) {
            return found;
        }
        if (!(min_ <= max_)) {
            return report(host_, domain,
                          {ALD_E_RANGE, "the least set-point, the option min, is above the "
                                        "greatest one, the option max"},
                          err);
        }
        if (const ald_status added = table_.add_to(node_, properties(), {}, err); added != ALD_OK) {
            return added;
        }
        if (const ald_status able = host_.add_capability(node_, "settable", 1, err);
            able != ALD_OK) {
            return able;
        }
        return host_.set_identity(node_, "alidade", "mock-settable", "0", "1", err);
    }

    void submit(ald_request *request) {
        const ald_request_info info = describe(host_, request);
        if (info.verb == ALD_VERB_OPEN) {
            find_out();
            complete(host_, request);
        } else if (info.verb == ALD_VERB_CLOSE) {
            complete(host_, request);
        } else {
            table_.carry_out(request, info);
        }
    }

    // Holds the output where it is.
    void cancel(ald_request *request) {
        bool ours = false;
        {
            const std::scoped_lock lock(mutex_);
            ours = request == setting_;
            if (ours) {
                from_ = setpoint_ = now();
                setting_ = nullptr;
                put(setpoint_);
            }
        }
        if (ours) {
            host_.complete(request, ALD_E_CANCELLED, nullptr, nullptr);
        }
    }

private:
    [[nodiscard]] std::vector<property> properties() {
        return {
            {.name = "setpoint",
             .unit = unit_,
             .doc = "what the output is to be",
             .min = min_,
             .max = max_,
             .step = resolution_ > 0 ? resolution_ : none,
             .get = [this](auto *) { return setpoint(); },
             .start = [this](ald_request *request,
                             const setting &to) { set(request, to.number()); }},
            {.name = "readback", .unit = unit_, .doc = "what the output is", .get = [this](auto *) {
                 return read();
             }}};
    }

    // Finds out where it stands: on a bench as the bench has it.
    void find_out() {
        const std::scoped_lock lock(mutex_);
        if (bench_ != nullptr) {
            from_ = setpoint_ = host_.bench_get(bench_, quantity_.c_str(), host_.mono_ns());
        }
    }

    double setpoint() {
        const std::scoped_lock lock(mutex_);
        return setpoint_;
    }
    double read() {
        const std::scoped_lock lock(mutex_);
        return now() + (noise_ > 0 ? std::normal_distribution<double>(0, noise_)(random_) : 0);
    }

    // With the mutex held, as those below: what the output is.
    [[nodiscard]] double now() const {
        if (setting_ == nullptr) {
            return setpoint_;
        }
        const double since = static_cast<double>(host_.mono_ns() - begun_ns_) * 1e-9;
        return setpoint_ + (from_ - setpoint_) * std::exp(-since / lag_s_);
    }
    void put(double level) {
        if (bench_ != nullptr) {
            host_.bench_set(bench_, quantity_.c_str(), level, nullptr);
        }
    }
    ald_status look_again() {
        std::uint64_t timer = 0;
        return host_.schedule(
            node_, std::min(host_.mono_ns() + tick_ns, settles_ns_),
            [](void *self) { static_cast<output *>(self)->tick(); }, this, &timer, nullptr);
    }

    // A newer set-point overtakes one that is on its way.
    void set(ald_request *request, double wanted) {
        const double rounded =
            resolution_ > 0 ? std::round(wanted / resolution_) * resolution_ : wanted;
        host_.accept(request);
        ald_request *overtaken = nullptr;
        ald_status begun = ALD_OK;
        bool at_once = false;
        {
            const std::scoped_lock lock(mutex_);
            from_ = now();
            overtaken = std::exchange(setting_, nullptr);
            setpoint_ = std::clamp(rounded, min_, max_);
            at_once = lag_s_ <= 0 || from_ == setpoint_;
            if (!at_once) {
                begun_ns_ = host_.mono_ns();
                settles_ns_ =
                    begun_ns_ + static_cast<std::int64_t>(-std::log(settled_part) * lag_s_ * 1e9);
                setting_ = request;
                begun = look_again();
            }
            if (at_once || begun != ALD_OK) { // without a timer: at once
                setting_ = nullptr;
                put(setpoint_);
            }
        }
        if (overtaken != nullptr) {
            refuse(host_, overtaken, ALD_E_CANCELLED, "device",
                   "a newer set-point has overtaken this one");
        }
        if (at_once || begun != ALD_OK) {
            complete(host_, request, setpoint());
        } else if (host_.is_cancelled(request) != 0) { // before it could be found
            cancel(request);
        }
    }

    // On the timer. One of a set-point that was overtaken finds a later time to settle.
    void tick() {
        ald_request *settled = nullptr;
        double level = 0;
        {
            const std::scoped_lock lock(mutex_);
            if (setting_ == nullptr) {
                return;
            }
            const bool ends = host_.mono_ns() >= settles_ns_ || look_again() != ALD_OK;
            if (ends) {
                settled = std::exchange(setting_, nullptr);
            }
            level = now();
            put(level);
        }
        if (settled != nullptr) {
            complete(host_, settled, level);
        }
    }

    const ald_host &host_;
    ald_node *node_;
    property_table table_;
    std::string quantity_;
    std::string bench_name_;
    std::string unit_;
    ald_bench *bench_ = nullptr; // none: an output of its own
    double min_;
    double max_;
    double lag_s_;
    double resolution_;
    double noise_;
    std::mutex mutex_;
    std::mt19937_64 random_;
    double setpoint_;
    double from_; // what it was when the set-point came
    std::int64_t begun_ns_ = 0;
    std::int64_t settles_ns_ = 0;
    ald_request *setting_ = nullptr; // until it has settled
};

} // namespace

extern "C" ALD_API const ald_driver *ald_driver_v2(const ald_host *host) {
    if (!fits(host)) {
        return nullptr;
    }
    driver_functions<output>::host = host;
    static const value volt = make_string(*host, "V");
    static const value zero = make_double(*host, 0);
    static const value ten = make_double(*host, 10);
    static const value seed = make_int(*host, 0);
    static const value empty = make_string(*host, "");
    static std::array records{
        option("unit", ALD_TYPE_STRING, "",
               "unit of the output (UCUM); a quantity of a bench has its own", volt),
        option("min", ALD_TYPE_DOUBLE, "", "least set-point", zero),
        option("max", ALD_TYPE_DOUBLE, "", "greatest set-point", ten),
        option("value", ALD_TYPE_DOUBLE, "", "what it is at the start", zero),
        option("resolution", ALD_TYPE_DOUBLE, "", "step of the set-points; 0 for any", zero),
        option("noise", ALD_TYPE_DOUBLE, "", "standard deviation of the read-back", zero),
        option("lag", ALD_TYPE_DOUBLE, "s", "time constant with which the output follows", zero),
        option("seed", ALD_TYPE_INT, "", "of the noise: the same seed gives the same numbers",
               seed),
        option("quantity", ALD_TYPE_STRING, "",
               "quantity of a simulated bench that it sets; empty for an output of its own", empty),
        option("bench", ALD_TYPE_STRING, "", "name of the simulated bench; empty for the lab's own",
               empty),
    };
    for (const std::size_t never_negative : {4U, 5U, 6U}) {
        records.at(never_negative).min = 0;
    }
    static const ald_driver driver = driver_table<output>(
        "mock-settable",
        "An output with limits, lag and a noisy read-back, for trying programs out.", records);
    return &driver;
}
