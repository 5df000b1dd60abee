// The part of the host's table that has to do with the simulated bench.
#pragma once

#include <alidade/driver.h>

namespace alidade::driver_bench {

ald_status bench_of(ald_node *node, const char *name, ald_bench **bench, ald_error **err) noexcept;
double bench_get(const ald_bench *bench, const char *quantity, int64_t t_mono_ns) noexcept;
const char *bench_unit(const char *quantity) noexcept;
ald_status bench_set(ald_bench *bench, const char *quantity, double value,
                     ald_error **err) noexcept;
ald_status bench_move(ald_bench *bench, const char *axis, double position, double velocity,
                      double acceleration, int64_t *arrives_mono_ns, ald_error **err) noexcept;
ald_status bench_halt(ald_bench *bench, const char *axis, double deceleration,
                      int64_t *rests_mono_ns, ald_error **err) noexcept;
uint64_t bench_seed(const ald_bench *bench, const char *who) noexcept;
ald_status bench_expose(const ald_bench *bench, const ald_exposure *exposure, uint16_t *pixels,
                        size_t stride, ald_error **err) noexcept;
void link_send(ald_link *link, const void *data, size_t size) noexcept;
void link_wake_at(ald_link *link, int64_t t_mono_ns) noexcept;

} // namespace alidade::driver_bench
