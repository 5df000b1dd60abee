/**
 * @file
 * Devices that give a number, with the times at which it was measured.
 *
 * A device with the capability "readable" has the property "value"; its unit is that of the number.
 */
#ifndef ALIDADE_READABLE_H
#define ALIDADE_READABLE_H

#include <alidade/base.h>
#include <alidade/device.h>
#include <alidade/op.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Flags that tell how good a reading is. */
enum {
    /** The instrument was outside its range. */
    ALD_READING_OVERRANGE = 1,
    /** The instrument had not settled yet. */
    ALD_READING_UNSETTLED = 2
};

/** A number with its times. */
typedef struct ald_reading {
    /** Size of this record in bytes, set by `ald_reading_init`. */
    uint32_t struct_size;
    /** Zero. */
    uint32_t reserved;
    /**
     * The number, in the device's unit.
     * @default NaN
     */
    double value;
    /** Time of the measurement, on the monotonic clock, in nanoseconds. */
    int64_t t_mono_ns;
    /** Time of the measurement, UTC, in nanoseconds since 1970. */
    int64_t t_wall_ns;
    /** Time of the measurement, by the hardware's own count, in nanoseconds; 0 if it has none. */
    int64_t t_hw_ns;
    /** Id of the hardware's clock; 0 if it has none. */
    uint64_t clock_id;
    /** Half width within which t_mono_ns lies, in nanoseconds. */
    int64_t uncertainty_ns;
    /** `ALD_READING_<X>` flags; 0 is good. */
    uint64_t quality;
} ald_reading;

/**
 * Fills a reading: NaN, no times.
 *
 * @param reading borrowed for the call; NULL does nothing.
 * @param struct_size sizeof(ald_reading) of the caller.
 * @since 0.1
 */
ALD_API void ald_reading_init(ald_reading *reading, uint32_t struct_size) ALD_NOEXCEPT;

/**
 * Reads a number from a readable device.
 *
 * @param device borrowed for the call; must be readable.
 * @param timeout_ns nanoseconds; -1 none, -2 the device's default.
 * @param cancel borrowed for the call; may be NULL.
 * @param reading receives the number and its times; `struct_size` must be set.
 * @param err receives an owned error on failure; may be NULL.
 * @return as `ald_device_get`; ALD_E_UNSUPPORTED if it is not readable.
 * @since 0.1
 */
ALD_API ald_status ald_readable_read(ald_device *device, int64_t timeout_ns,
                                     const ald_cancel *cancel, ald_reading *reading,
                                     ald_error **err) ALD_NOEXCEPT;

/**
 * Starts to read a number; see `ald_readable_read`. Its times are in `ald_readable_last`
 * afterwards.
 *
 * @param device shared until the operation has ended; must be readable.
 * @param timeout_ns nanoseconds; -1 none, -2 the device's default.
 * @param op receives an owned operation; it gives the number.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK; what can be known at once, as in `ald_readable_read`.
 * @since 0.1
 */
ALD_API ald_status ald_readable_start_read(ald_device *device, int64_t timeout_ns, ald_op **op,
                                           ald_error **err) ALD_NOEXCEPT;

/**
 * Returns the last number that was read, without talking to the instrument.
 *
 * @param device borrowed for the call; must be readable.
 * @param reading receives the number and its times; `struct_size` must be set.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK; ALD_E_STATE if nothing was read yet; ALD_E_UNSUPPORTED if it is not readable.
 * @since 0.1
 */
ALD_API ald_status ald_readable_last(const ald_device *device, ald_reading *reading,
                                     ald_error **err) ALD_NOEXCEPT;

/**
 * Returns the last numbers of many readable devices at once.
 *
 * @param devices `count` devices, borrowed for the call.
 * @param count number of devices.
 * @param values receives `count` float64, NaN where nothing was read yet.
 * @param stride bytes from one number to the next.
 * @param t_mono_ns receives `count` int64 times, 0 where nothing was read yet; may be NULL.
 * @param t_stride bytes from one time to the next.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK; ALD_E_INVALID or ALD_E_UNSUPPORTED (names the place in `devices`).
 * @since 0.1
 */
ALD_API ald_status ald_readable_last_many(const ald_device *const *devices, int64_t count,
                                          double *values, size_t stride, int64_t *t_mono_ns,
                                          size_t t_stride, ald_error **err) ALD_NOEXCEPT;

/**
 * Returns the UCUM unit of a readable device.
 *
 * @param device borrowed for the call.
 * @return a string borrowed from the device, "1" for a plain number; "" for a bad handle or a
 *   device that is not readable.
 * @since 0.1
 */
ALD_API const char *ald_readable_unit(const ald_device *device) ALD_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif
