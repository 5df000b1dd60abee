/**
 * @file
 * The clocks of a lab: one monotonic, one wall, and one for each piece of hardware that has its
 * own.
 *
 * The monotonic clock is CLOCK_MONOTONIC in nanoseconds. Wall time (UTC, nanoseconds since
 * 1970-01-01) is derived from it at the first use of the library and is never stepped afterwards;
 * `ald_clock_wall_error_ns` tells how far the system's wall clock has gone from it since.
 */
#ifndef ALIDADE_CLOCK_H
#define ALIDADE_CLOCK_H

#include <alidade/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A hardware clock: learns from pairs of times how its ticks map to the monotonic clock. */
typedef struct ald_clock ald_clock;

/**
 * Reads the monotonic clock.
 *
 * @return nanoseconds since an arbitrary point; never goes back.
 */
ALD_API int64_t ald_clock_mono_ns(void) ALD_NOEXCEPT;

/**
 * Reads the wall clock: UTC derived from the monotonic clock.
 *
 * @return nanoseconds since 1970-01-01 00:00 UTC; never goes back.
 */
ALD_API int64_t ald_clock_wall_ns(void) ALD_NOEXCEPT;

/**
 * Converts a monotonic time to wall time.
 *
 * @param t_mono_ns nanoseconds on the monotonic clock.
 * @return nanoseconds since 1970-01-01 00:00 UTC.
 */
ALD_API int64_t ald_clock_wall_from_mono(int64_t t_mono_ns) ALD_NOEXCEPT;

/**
 * Tells how far the system's wall clock has gone from the library's.
 *
 * @return system minus library, in nanoseconds.
 */
ALD_API int64_t ald_clock_wall_error_ns(void) ALD_NOEXCEPT;

/**
 * Makes a hardware clock.
 *
 * @param name borrowed for the call; UTF-8, for people.
 * @param out receives an owned clock.
 * @return ALD_OK, ALD_E_INVALID or ALD_E_NO_MEMORY.
 */
ALD_API ald_status ald_clock_new(const char *name, ald_clock **out, ald_error **err) ALD_NOEXCEPT;

/**
 * Teaches a hardware clock one pair of times: the hardware said `t_hw_ns` at some moment between
 * `before_mono_ns` and `after_mono_ns`. The last 64 pairs are fitted by a line, weighted by the
 * width of their windows.
 *
 * @param clock borrowed for the call.
 * @param t_hw_ns nanoseconds by the hardware's own count.
 * @param before_mono_ns monotonic time just before the hardware was asked.
 * @param after_mono_ns monotonic time just after it had answered.
 * @return ALD_OK; ALD_E_INVALID if the window is negative; ALD_E_STATE_LOST if the hardware's count
 *   went back: what was learnt before is forgotten, the new pair is kept.
 */
ALD_API ald_status ald_clock_observe(ald_clock *clock, int64_t t_hw_ns, int64_t before_mono_ns,
                                     int64_t after_mono_ns, ald_error **err) ALD_NOEXCEPT;

/**
 * Converts a hardware time to monotonic time.
 *
 * @param clock borrowed for the call.
 * @param t_hw_ns nanoseconds by the hardware's own count.
 * @param t_mono_ns receives nanoseconds on the monotonic clock.
 * @param uncertainty_ns receives the half width within which it lies; may be NULL.
 * @return ALD_OK; ALD_E_STATE before the first pair.
 */
ALD_API ald_status ald_clock_to_mono(const ald_clock *clock, int64_t t_hw_ns, int64_t *t_mono_ns,
                                     int64_t *uncertainty_ns, ald_error **err) ALD_NOEXCEPT;

/**
 * Returns the id of a hardware clock, as readings and frames carry it.
 *
 * @param clock borrowed for the call.
 * @return a number from 1, never used twice in a process; 0 for a bad handle.
 */
ALD_API uint64_t ald_clock_id(const ald_clock *clock) ALD_NOEXCEPT;

/**
 * Returns the name of a hardware clock.
 *
 * @param clock borrowed for the call.
 * @return a string borrowed from the clock; "" for a bad handle.
 */
ALD_API const char *ald_clock_name(const ald_clock *clock) ALD_NOEXCEPT;

/**
 * Takes one more reference to a clock.
 *
 * @param clock borrowed for the call; NULL does nothing.
 */
ALD_API void ald_clock_ref(const ald_clock *clock) ALD_NOEXCEPT;

/**
 * Gives a reference to a clock back.
 *
 * @param clock owned; NULL does nothing.
 */
ALD_API void ald_clock_unref(const ald_clock *clock) ALD_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif
