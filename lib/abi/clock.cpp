#include "base/clock.hpp"

#include "base/boundary/guard.hpp"

using namespace alidade;

int64_t ald_clock_mono_ns(void) noexcept { return mono_ns(); }

int64_t ald_clock_wall_ns(void) noexcept { return wall_from_mono(mono_ns()); }

int64_t ald_clock_wall_from_mono(int64_t t_mono_ns) noexcept { return wall_from_mono(t_mono_ns); }

int64_t ald_clock_wall_error_ns(void) noexcept { return wall_error_ns(); }

ald_status ald_clock_new(const char *name, ald_clock **out_clock, ald_error **err) noexcept {
    return call(err, in(), out(out_clock), [&]() -> outcome {
        auto copy = text(name, "name of the clock");
        if (!copy) {
            return failure(std::move(copy.error()));
        }
        return give(out_clock, make<hardware_clock>(std::move(*copy)));
    });
}

ald_status ald_clock_observe(ald_clock *clock, int64_t t_hw_ns, int64_t before_mono_ns,
                             int64_t after_mono_ns, ald_error **err) noexcept {
    return call(err, in(clock), out(), [&](hardware_clock &c) {
        return c.observe(t_hw_ns, before_mono_ns, after_mono_ns);
    });
}

ald_status ald_clock_to_mono(const ald_clock *clock, int64_t t_hw_ns, int64_t *t_mono_ns,
                             int64_t *uncertainty_ns, ald_error **err) noexcept {
    return call(err, in(clock), out(t_mono_ns), [&](const hardware_clock &c) -> outcome {
        const auto mapped = c.to_mono(t_hw_ns);
        if (!mapped) {
            return failure(mapped.error());
        }
        *t_mono_ns = mapped->t_mono_ns;
        if (uncertainty_ns != nullptr) {
            *uncertainty_ns = mapped->uncertainty_ns;
        }
        return {};
    });
}

uint64_t ald_clock_id(const ald_clock *clock) noexcept {
    return look(clock, uint64_t{0}, [](auto &c) { return c.id(); });
}

const char *ald_clock_name(const ald_clock *clock) noexcept {
    return look(clock, "", [](auto &c) { return c.name().c_str(); });
}
