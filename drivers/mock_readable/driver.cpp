// A sensor with a value, noise and a delay of one's choice, for trying programs out and for tests.
// The value is its own or a quantity of a simulated bench.
#include "mock_readable/simulated.hpp"
#include "support/host.hpp"

#include <array>
#include <mutex>
#include <new>
#include <random>

namespace {

using namespace drivers;

const ald_host *host = nullptr;

enum property : std::int64_t { reading, level, noise };

class sensor {
public:
    // `bench` is NULL for a value of its own.
    sensor(ald_node *node, const options &given, ald_bench *bench)
        : node_(node), bench_(bench), quantity_(given.text("quantity")),
          level_(given.number("value")), noise_(given.number("noise")),
          latency_s_(given.number("latency")),
          random_(static_cast<std::uint64_t>(given.integer("seed"))) {}

    void submit(ald_request *request) {
        const ald_request_info info = describe(*host, request);
        if (info.verb == ALD_VERB_SET) {
            set(info);
            complete(*host, request, info.number);
        } else if (info.verb != ALD_VERB_GET) {
            complete(*host, request);
        } else if (latency_s_ > 0 && info.property == reading) {
            answer_later(request);
        } else {
            answer(request, info.property);
        }
    }

    void cancel(ald_request *request) {
        bool ours = false;
        {
            const std::scoped_lock lock(mutex_);
            ours = asked_ == request;
            if (ours) {
                asked_ = nullptr;
            }
        }
        if (ours) {
            host->complete(request, ALD_E_CANCELLED, nullptr, nullptr);
        }
    }

private:
    void set(const ald_request_info &info) {
        const std::scoped_lock lock(mutex_);
        (info.property == noise ? noise_ : level_) = info.number;
    }

    void answer(ald_request *request, std::int64_t which) {
        double number = 0;
        {
            const std::scoped_lock lock(mutex_);
            number = which == noise ? noise_ : mean();
            if (which == reading && noise_ > 0) {
                number += std::normal_distribution<double>(0, noise_)(random_);
            }
        }
        complete(*host, request, number);
    }

    [[nodiscard]] double mean() const {
        return bench_ == nullptr ? level_
                                 : host->bench_get(bench_, quantity_.c_str(), host->mono_ns());
    }

    void answer_later(ald_request *request) {
        ald_status begun = ALD_OK;
        {
            const std::scoped_lock lock(mutex_);
            std::uint64_t timer = 0;
            begun = host->schedule(
                node_, host->mono_ns() + static_cast<std::int64_t>(latency_s_ * 1e9),
                [](void *self) { static_cast<sensor *>(self)->answer_asked(); }, this, &timer,
                nullptr);
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
            answer(request, reading);
        }
    }

    ald_node *node_;
    ald_bench *bench_;
    std::string quantity_;
    std::mutex mutex_;
    double level_;
    double noise_;
    double latency_s_;
    std::mt19937_64 random_;
    ald_request *asked_ = nullptr;
};

// The bench of a quantity, and its unit; nothing without a quantity.
ald_status find_bench(ald_node *node, const options &given, ald_bench **bench, std::string *unit,
                      ald_error **err) {
    const std::string quantity = given.text("quantity");
    if (quantity.empty()) {
        return ALD_OK;
    }
    const char *known = host->bench_unit(quantity.c_str());
    if (known == nullptr) {
        *err = host->error_new(
            ALD_E_NOT_FOUND, "bench", 0,
            ("the bench has no quantity '" + quantity + "'; ald_bench_describe lists them")
                .c_str());
        return ALD_E_NOT_FOUND;
    }
    *unit = known;
    return host->bench_of(node, given.text("bench").c_str(), bench, err);
}

ald_status declare(ald_node *node, const std::string &unit, bool own_level, ald_error **err) {
    const ald_schema number =
        record("value", ALD_TYPE_DOUBLE, unit.c_str(), "what the sensor reads");
    const ald_schema mean =
        record("level", ALD_TYPE_DOUBLE, unit.c_str(), "what it reads without noise",
               own_level ? ALD_SCHEMA_READ | ALD_SCHEMA_WRITE : ALD_SCHEMA_READ);
    ald_schema spread =
        record("noise", ALD_TYPE_DOUBLE, unit.c_str(), "standard deviation of the noise",
               ALD_SCHEMA_READ | ALD_SCHEMA_WRITE);
    spread.min = 0;
    for (const ald_schema &s : {number, mean, spread}) {
        if (const ald_status added = host->add_property(node, &s, err); added != ALD_OK) {
            return added;
        }
    }
    if (const ald_status able = host->add_capability(node, "readable", 1, err); able != ALD_OK) {
        return able;
    }
    return host->set_identity(node, "alidade", "mock-readable", "0", "1", err);
}

ald_status create(ald_node *node, const ald_value *map, void **instance, ald_error **err) {
    const options given(*host, map);
    ald_bench *bench = nullptr;
    std::string unit = given.text("unit");
    if (const ald_status found = find_bench(node, given, &bench, &unit, err); found != ALD_OK) {
        return found;
    }
    if (const ald_status declared = declare(node, unit, bench == nullptr, err);
        declared != ALD_OK) {
        return declared;
    }
    *instance = new (std::nothrow) sensor(node, given, bench);
    return *instance != nullptr ? ALD_OK : ALD_E_NO_MEMORY;
}

void destroy(void *instance) { delete static_cast<sensor *>(instance); }
void submit(void *instance, ald_request *request) {
    static_cast<sensor *>(instance)->submit(request);
}
void cancel(void *instance, ald_request *request) {
    static_cast<sensor *>(instance)->cancel(request);
}

ald_schema option(const char *name, ald_type type, const char *unit, const char *doc,
                  const ald_value *initial) {
    ald_schema s = record(name, type, unit, doc);
    s.initial = initial;
    return s;
}

} // namespace

extern "C" const ald_driver *ald_driver_v1(const ald_host *given) {
    host = given;
    static const value one = make_string(*host, "1");
    static const value zero = make_double(*host, 0);
    static const value seed = make_int(*host, 0);
    static const value empty = make_string(*host, "");
    static std::array records{
        option("unit", ALD_TYPE_STRING, "",
               "unit of the number (UCUM); a quantity of a bench has its own", one.get()),
        option("value", ALD_TYPE_DOUBLE, "", "what it reads without noise", zero.get()),
        option("noise", ALD_TYPE_DOUBLE, "", "standard deviation of the noise", zero.get()),
        option("seed", ALD_TYPE_INT, "", "of the noise: the same seed gives the same numbers",
               seed.get()),
        option("latency", ALD_TYPE_DOUBLE, "s", "how long an answer takes", zero.get()),
        option("quantity", ALD_TYPE_STRING, "",
               "quantity of a simulated bench that it reads; empty for a value of its own",
               empty.get()),
        option("bench", ALD_TYPE_STRING, "", "name of the simulated bench; empty for the lab's own",
               empty.get()),
    };
    records[2].min = 0;
    records[4].min = 0;
    static const ald_driver driver{
        .struct_size = sizeof(ald_driver),
        .abi = ALD_DRIVER_ABI,
        .name = "mock-readable",
        .doc = "A sensor with a value, noise and a delay of one's choice, for trying programs out.",
        .flags = 0,
        .options = records.data(),
        .option_stride = sizeof(ald_schema),
        .option_count = static_cast<std::int64_t>(records.size()),
        .create = create,
        .destroy = destroy,
        .submit = submit,
        .cancel = cancel,
        .discover = nullptr,
        .instruments = &mock_readable::meter(given),
        .instrument_stride = sizeof(ald_instrument),
        .instrument_count = 1,
    };
    return &driver;
}
