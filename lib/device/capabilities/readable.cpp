#include "device/capabilities/readable.hpp"

namespace alidade::capabilities::readable {

namespace {

constexpr capability::property properties[] = {
    {"value", ALD_TYPE_DOUBLE, ALD_SCHEMA_READ, "the number"},
};

} // namespace

const capability record{.name = "readable",
                        .version = 1,
                        .doc = "A number, read from the instrument with its times.",
                        .said = "readable",
                        .parts = "readable parts",
                        .properties = properties,
                        .actions = {},
                        .keep = [](const device &) -> std::unique_ptr<facet> {
                            return std::make_unique<last_number>();
                        }};

void last_number::learned(std::string_view property, const value &v, const ald_reading *times,
                          std::int64_t t_mono_ns) {
    const double *number = v.as_double();
    if (number == nullptr || property != "value") {
        return;
    }
    ald_reading r = times != nullptr ? *times : ald_reading{};
    r.struct_size = sizeof(r);
    r.value = *number;
    r.t_mono_ns = t_mono_ns;
    r.t_wall_ns = r.t_wall_ns != 0 ? r.t_wall_ns : wall_from_mono(t_mono_ns);
    {
        const std::scoped_lock lock(mutex_);
        last_ = r;
    }
    // Whoever sees one of these sees the odd version before it. No fence: ThreadSanitizer knows
    // none.
    version_.fetch_add(1, std::memory_order_relaxed);
    peeked_.store(*number, std::memory_order_release);
    peeked_t_.store(t_mono_ns, std::memory_order_release);
    version_.fetch_add(1, std::memory_order_release);
}

ald_reading last_number::reading() const {
    const std::scoped_lock lock(mutex_);
    return last_;
}

result<ref<op>> start_read(device &of, std::int64_t timeout_ns, bool here) {
    return of.check_can(record).and_then([&] { return of.start_get("value", timeout_ns, here); });
}

result<ald_reading> last_reading(const device &of) {
    const last_number *last = last_of(of);
    if (last == nullptr) {
        return of.check_can(record).map([] { return ald_reading{}; });
    }
    const ald_reading r = last->reading();
    if (r.t_mono_ns == 0) {
        return fail({.code = ALD_E_STATE, .domain = "device", .where = of.path()},
                    "'{}' was never read; read it first", of.path());
    }
    return r;
}

const char *unit(const device &of) noexcept {
    return last_of(of) != nullptr ? of.unit_of("value") : "";
}

result<alidade::reading> read(device &of, std::int64_t deadline, const cancel_source *cancel) {
    const auto started = start_read(of, time_left(deadline), cancel == nullptr);
    if (!started) {
        return failure(started.error());
    }
    return (*started)
        ->see_through(cancel)
        .and_then([&of](const value &) { return last_reading(of); })
        .map([](const ald_reading &r) {
            return alidade::reading{r.value,    r.t_mono_ns,      r.t_wall_ns, r.t_hw_ns,
                                    r.clock_id, r.uncertainty_ns, r.quality};
        });
}

} // namespace alidade::capabilities::readable
