#include "driver/bench.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"
#include "device/lab.hpp"
#include "driver/instruments.hpp"
#include "driver/tokens.hpp"
#include "sim/instrument.hpp"

#include <limits>

namespace alidade::driver_bench {

namespace {

result<ref<bench_object>> find_bench(device &node, const char *name) {
    if (name == nullptr || *name == '\0') {
        return node.owner().bench();
    }
    return text(name, "name of the bench").and_then(optical_bench::named).map([](auto found) {
        return make<bench_object>(std::move(found));
    });
}

void put(std::int64_t *to, std::int64_t t) {
    if (to != nullptr) {
        *to = t;
    }
}

// Runs `body(bench)` for a function of the host table that can fail.
template <class Body>
ald_status with_bench(const ald_bench *bench, ald_error **err, Body &&body) noexcept {
    return for_driver(err, [&]() -> outcome {
        if (bench == nullptr) {
            return fail(ALD_E_INVALID, "simulation", "the bench that a driver gave is NULL");
        }
        return body(*behind_bench(bench).content);
    });
}

} // namespace

ald_status bench_of(ald_node *node, const char *name, ald_bench **bench, ald_error **err) noexcept {
    return call(err, in(), out(bench), [&]() -> outcome {
        device &d = behind_node(node);
        return find_bench(d, name).map([&](const ref<bench_object> &found) {
            d.keep(std::make_shared<ref<bench_object>>(found));
            *bench = bench_for_driver(*found);
        });
    });
}

double bench_get(const ald_bench *bench, const char *quantity, int64_t t_mono_ns) noexcept {
    return quantity != nullptr ? behind_bench(bench).content->at(quantity, t_mono_ns)
                               : std::numeric_limits<double>::quiet_NaN();
}

const char *bench_unit(const char *quantity) noexcept {
    try {
        const auto known = bench_table::find(quantity != nullptr ? quantity : "");
        return known ? (*known)->unit.c_str() : nullptr;
    } catch (...) { // no memory to say that there is none
        return nullptr;
    }
}

ald_status bench_set(ald_bench *bench, const char *quantity, double value,
                     ald_error **err) noexcept {
    return with_bench(bench, err, [&](auto &b) {
        return text(quantity, "name of the quantity").and_then([&](const std::string &name) {
            return b.set(name, value, mono_ns());
        });
    });
}

ald_status bench_move(ald_bench *bench, const char *axis, double position, double velocity,
                      double acceleration, int64_t *arrives_mono_ns, ald_error **err) noexcept {
    return with_bench(bench, err, [&](auto &b) {
        return text(axis, "name of the axis")
            .and_then([&](const std::string &name) {
                return b.move(name, position, velocity, acceleration, mono_ns());
            })
            .map([&](std::int64_t t) { put(arrives_mono_ns, t); });
    });
}

ald_status bench_halt(ald_bench *bench, const char *axis, double deceleration,
                      int64_t *rests_mono_ns, ald_error **err) noexcept {
    return with_bench(bench, err, [&](auto &b) {
        return text(axis, "name of the axis")
            .and_then(
                [&](const std::string &name) { return b.halt(name, deceleration, mono_ns()); })
            .map([&](std::int64_t t) { put(rests_mono_ns, t); });
    });
}

uint64_t bench_seed(const ald_bench *bench, const char *who) noexcept {
    return behind_bench(bench).content->seed_of(who != nullptr ? who : "");
}

ald_status bench_expose(const ald_bench *bench, const ald_exposure *exposure, uint16_t *pixels,
                        size_t stride, ald_error **err) noexcept {
    return with_bench(bench, err, [&](auto &b) {
        return get_record(exposure, ald_exposure{}, "exposure")
            .and_then([&](const auto &how) -> outcome {
                if (pixels == nullptr) {
                    return fail(ALD_E_INVALID, "simulation",
                                "the pixels that bench_expose was given are NULL");
                }
                return b.expose(how, pixels, stride);
            });
    });
}

void link_send(ald_link *link, const void *data, size_t size) noexcept {
    try {
        behind_link(link).send({static_cast<const std::uint8_t *>(data), size});
    } catch (...) {
        log::write(ALD_LOG_ERROR, "simulation", "a simulated instrument lost bytes: no memory");
    }
}

void link_wake_at(ald_link *link, int64_t t_mono_ns) noexcept {
    try {
        behind_link(link).wake_at(t_mono_ns);
    } catch (...) {
        log::write(ALD_LOG_ERROR, "simulation", "a simulated instrument sleeps on: no memory");
    }
}

} // namespace alidade::driver_bench
