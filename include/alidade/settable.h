/**
 * @file
 * Outputs: a set-point, a read-back, limits and a unit.
 *
 * A device with the capability "settable" puts something out: a voltage, a power, a temperature.
 * It has the properties "setpoint" (what the output is to be) and "readback" (what it is); both are
 * in the unit of the set-point. An emergency stop leaves outputs alone, because what is safe
 * differs: a lab declares it as a step of its safe state, or the driver has an action "safe".
 */
#ifndef ALIDADE_SETTABLE_H
#define ALIDADE_SETTABLE_H

#include <alidade/base.h>
#include <alidade/device.h>
#include <alidade/op.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Sets an output and waits until it has settled there. A call that is cancelled or out of time
 * holds the output where it is; one that a newer set-point overtakes ends with ALD_E_CANCELLED.
 *
 * @param device borrowed for the call; must be settable.
 * @param setpoint what the output is to be, in the device's unit.
 * @param timeout_ns nanoseconds; -1 none, -2 the device's default.
 * @param cancel borrowed for the call; may be NULL.
 * @param actual receives the set-point that the instrument has now, which may be rounded to what
 *   it can do; may be NULL.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK; ALD_E_RANGE outside the limits (names limit and unit); ALD_E_INVALID for NaN;
 *   ALD_E_UNSUPPORTED if the device is not settable; ALD_E_STATE if it is not open;
 *   ALD_E_CANCELLED; ALD_E_TIMEOUT; what the instrument reports.
 * @since 0.1
 */
ALD_API ald_status ald_settable_set(ald_device *device, double setpoint, int64_t timeout_ns,
                                    const ald_cancel *cancel, double *actual,
                                    ald_error **err) ALD_NOEXCEPT;

/**
 * Starts to set an output; see `ald_settable_set`.
 *
 * @param device shared until the operation has ended; must be settable.
 * @param setpoint what the output is to be, in the device's unit.
 * @param timeout_ns nanoseconds; -1 none, -2 the device's default.
 * @param op receives an owned operation; it gives the set-point that the instrument has.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK; what can be known at once, as in `ald_settable_set`.
 * @since 0.1
 */
ALD_API ald_status ald_settable_start_set(ald_device *device, double setpoint, int64_t timeout_ns,
                                          ald_op **op, ald_error **err) ALD_NOEXCEPT;

/**
 * Reads the set-point of an output.
 *
 * @param device borrowed for the call; must be settable.
 * @param timeout_ns nanoseconds; -1 none, -2 the device's default.
 * @param cancel borrowed for the call; may be NULL.
 * @param setpoint receives the set-point, in the device's unit.
 * @param err receives an owned error on failure; may be NULL.
 * @return as `ald_device_get`; ALD_E_UNSUPPORTED if the device is not settable.
 * @since 0.1
 */
ALD_API ald_status ald_settable_setpoint(ald_device *device, int64_t timeout_ns,
                                         const ald_cancel *cancel, double *setpoint,
                                         ald_error **err) ALD_NOEXCEPT;

/**
 * Starts to read the set-point of an output; see `ald_settable_setpoint`.
 *
 * @param device shared until the operation has ended; must be settable.
 * @param timeout_ns nanoseconds; -1 none, -2 the device's default.
 * @param op receives an owned operation; it gives the set-point.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK; what can be known at once, as in `ald_settable_setpoint`.
 * @since 0.1
 */
ALD_API ald_status ald_settable_start_setpoint(ald_device *device, int64_t timeout_ns, ald_op **op,
                                               ald_error **err) ALD_NOEXCEPT;

/**
 * Reads what an output is.
 *
 * @param device borrowed for the call; must be settable.
 * @param timeout_ns nanoseconds; -1 none, -2 the device's default.
 * @param cancel borrowed for the call; may be NULL.
 * @param readback receives what the output is, in the device's unit.
 * @param err receives an owned error on failure; may be NULL.
 * @return as `ald_device_get`; ALD_E_UNSUPPORTED if the device is not settable.
 * @since 0.1
 */
ALD_API ald_status ald_settable_readback(ald_device *device, int64_t timeout_ns,
                                         const ald_cancel *cancel, double *readback,
                                         ald_error **err) ALD_NOEXCEPT;

/**
 * Starts to read what an output is; see `ald_settable_readback`.
 *
 * @param device shared until the operation has ended; must be settable.
 * @param timeout_ns nanoseconds; -1 none, -2 the device's default.
 * @param op receives an owned operation; it gives what the output is.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK; what can be known at once, as in `ald_settable_readback`.
 * @since 0.1
 */
ALD_API ald_status ald_settable_start_readback(ald_device *device, int64_t timeout_ns, ald_op **op,
                                               ald_error **err) ALD_NOEXCEPT;

/**
 * Returns the limits of a set-point, in the device's unit.
 *
 * @param device borrowed for the call; must be settable.
 * @param min receives the least set-point; -inf for no limit.
 * @param max receives the greatest set-point; inf for no limit.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK or ALD_E_UNSUPPORTED if the device is not settable.
 * @since 0.1
 */
ALD_API ald_status ald_settable_limits(const ald_device *device, double *min, double *max,
                                       ald_error **err) ALD_NOEXCEPT;

/**
 * Returns the UCUM unit of an output.
 *
 * @param device borrowed for the call.
 * @return a string borrowed from the device, "1" for a plain number; "" for a bad handle or a
 *   device that is not settable.
 * @since 0.1
 */
ALD_API const char *ald_settable_unit(const ald_device *device) ALD_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif
