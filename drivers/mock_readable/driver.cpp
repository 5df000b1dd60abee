// A sensor with a value, noise and a delay of one's choice, for trying programs out and for tests.
// The value is its own or a quantity of a simulated bench.
#include "mock_readable/simulated.hpp"
#include "support/bench.hpp"
#include "support/delay.hpp"
#include "support/properties.hpp"
#include "support/table.hpp"

#include <random>

namespace {

using namespace drivers;

class sensor {
public:
    static constexpr const char *domain = "mock-readable";

    // No input or output.
    sensor(const ald_host &host, ald_node *node, const options &given)
        : host_(host), node_(node), table_(host, domain), quantity_(given.text("quantity")),
          bench_name_(given.text("bench")), unit_(given.text("unit")),
          latency_s_(given.number("latency")), level_(given.number("value")),
          noise_(given.number("noise")),
          random_(static_cast<std::uint64_t>(given.integer("seed"))) {}

    [[nodiscard]] ald_status declare(ald_error **err) {
        if (const ald_status found =
                find_bench(host_, node_, quantity_, bench_name_, &bench_, &unit_, err);
            found != ALD_OK) {
            return found;
        }
        if (const ald_status added = table_.add_to(node_, properties(), {}, err); added != ALD_OK) {
            return added;
        }
        if (const ald_status able = host_.add_capability(node_, "readable", 1, err);
            able != ALD_OK) {
            return able;
        }
        return host_.set_identity(node_, "alidade", "mock-readable", "0", "1", err);
    }

    void submit(ald_request *request) {
        const ald_request_info info = describe(host_, request);
        const bool reads = info.verb == ALD_VERB_GET && std::string_view(info.name) == "value";
        if (info.verb == ALD_VERB_OPEN || info.verb == ALD_VERB_CLOSE) {
            complete(host_, request);
        } else if (reads && latency_s_ > 0) {
            delay_.keep(request, latency_s_);
        } else {
            table_.carry_out(request, info);
        }
    }

    void cancel(ald_request *request) { delay_.cancel(request); }

private:
    [[nodiscard]] std::vector<property> properties() {
        std::vector<property> all{
            {.name = "value",
             .unit = unit_,
             .doc = "what the sensor reads",
             .get = [this](auto *) { return read(); }},
            {.name = "level",
             .unit = unit_,
             .doc = "what it reads without noise",
             .get = [this](auto *) { return level(); }},
            {.name = "noise",
             .unit = unit_,
             .doc = "standard deviation of the noise",
             .min = 0,
             .get = [this](auto *) { return noise(); },
             .set = [this](auto *, const setting &to) { return change(noise_, to); }},
        };
        if (bench_ == nullptr) {
            all[1].set = [this](auto *, const setting &to) { return change(level_, to); };
        }
        return all;
    }

    double read() {
        const std::scoped_lock lock(mutex_);
        return mean() + (noise_ > 0 ? std::normal_distribution<double>(0, noise_)(random_) : 0);
    }
    double level() {
        const std::scoped_lock lock(mutex_);
        return mean();
    }
    double noise() {
        const std::scoped_lock lock(mutex_);
        return noise_;
    }
    outcome change(double &what, const setting &to) {
        const std::scoped_lock lock(mutex_);
        what = to.number();
        return done{};
    }
    // With the mutex held.
    [[nodiscard]] double mean() const {
        return bench_ == nullptr ? level_
                                 : host_.bench_get(bench_, quantity_.c_str(), host_.mono_ns());
    }

    const ald_host &host_;
    ald_node *node_;
    property_table table_;
    delay delay_{host_, node_, [this](ald_request *request) {
                     table_.carry_out(request, describe(host_, request));
                 }};
    std::string quantity_;
    std::string bench_name_;
    std::string unit_;
    ald_bench *bench_ = nullptr; // none: a value of its own
    double latency_s_;
    std::mutex mutex_;
    double level_;
    double noise_;
    std::mt19937_64 random_;
};

} // namespace

extern "C" ALD_API const ald_driver *ald_driver_v2(const ald_host *host) {
    if (!fits(host)) {
        return nullptr;
    }
    driver_functions<sensor>::host = host;
    static const value one = make_string(*host, "1");
    static const value zero = make_double(*host, 0);
    static const value seed = make_int(*host, 0);
    static const value empty = make_string(*host, "");
    static std::array records{
        option("unit", ALD_TYPE_STRING, "",
               "unit of the number (UCUM); a quantity of a bench has its own", one),
        option("value", ALD_TYPE_DOUBLE, "", "what it reads without noise", zero),
        option("noise", ALD_TYPE_DOUBLE, "", "standard deviation of the noise", zero),
        option("seed", ALD_TYPE_INT, "", "of the noise: the same seed gives the same numbers",
               seed),
        option("latency", ALD_TYPE_DOUBLE, "s", "how long an answer takes", zero),
        option("quantity", ALD_TYPE_STRING, "",
               "quantity of a simulated bench that it reads; empty for a value of its own", empty),
        option("bench", ALD_TYPE_STRING, "", "name of the simulated bench; empty for the lab's own",
               empty),
    };
    records[2].min = 0;
    records[4].min = 0;
    static const std::array simulated{mock_readable::instrument(host)};
    static const ald_driver driver = driver_table<sensor>(
        "mock-readable",
        "A sensor with a value, noise and a delay of one's choice, for trying programs out.",
        records, simulated);
    return &driver;
}
