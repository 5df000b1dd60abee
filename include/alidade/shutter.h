/**
 * @file
 * Shutters: let light through or block it.
 *
 * A device with the capability "shutter" has the property "shutter_state" and the actions
 * "open_shutter" and "close_shutter". Closed is safe: closing goes before all that is waiting and
 * ends an opening that is under way. An emergency stop and the safe state of a lab close every
 * shutter, and while an emergency stop holds none opens. This is no safety-rated interlock.
 */
#ifndef ALIDADE_SHUTTER_H
#define ALIDADE_SHUTTER_H

#include <alidade/base.h>
#include <alidade/device.h>
#include <alidade/op.h>

#ifdef __cplusplus
extern "C" {
#endif

/** States of a shutter. */
typedef int32_t ald_shutter_state;

/** States of a shutter. */
enum {
    /** Blocks the light. */
    ALD_SHUTTER_CLOSED = 0,
    /** On its way to open. */
    ALD_SHUTTER_OPENING = 1,
    /** Lets the light through. */
    ALD_SHUTTER_OPEN = 2,
    /** On its way to closed. */
    ALD_SHUTTER_CLOSING = 3
};

/**
 * Opens a shutter and waits until it is open. One that is open stays so. A call that is cancelled
 * or out of time closes the shutter again and waits for that.
 *
 * @param device borrowed for the call; must be a shutter.
 * @param timeout_ns nanoseconds; -1 none, -2 the device's default for motions.
 * @param cancel borrowed for the call; may be NULL.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK; ALD_E_UNSUPPORTED if the device is no shutter; ALD_E_STATE if it is not open, or
 *   while an emergency stop holds; ALD_E_BUSY while it opens or closes already; ALD_E_CANCELLED if
 *   it was cancelled or closed; ALD_E_TIMEOUT; what the instrument reports.
 * @since 0.1
 */
ALD_API ald_status ald_shutter_open(ald_device *device, int64_t timeout_ns,
                                    const ald_cancel *cancel, ald_error **err) ALD_NOEXCEPT;

/**
 * Starts to open a shutter; see `ald_shutter_open`.
 *
 * @param device shared until the operation has ended; must be a shutter.
 * @param timeout_ns nanoseconds; -1 none, -2 the device's default for motions.
 * @param op receives an owned operation; cancelling it closes the shutter.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK; what can be known at once, as in `ald_shutter_open`.
 * @since 0.1
 */
ALD_API ald_status ald_shutter_start_open(ald_device *device, int64_t timeout_ns, ald_op **op,
                                          ald_error **err) ALD_NOEXCEPT;

/**
 * Closes a shutter and waits until it is closed. Goes before all that is waiting, and cannot be
 * cancelled; an opening that it ends gives ALD_E_CANCELLED.
 *
 * @param device borrowed for the call; must be a shutter.
 * @param timeout_ns nanoseconds; -1 none, -2 the device's default.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK when it is closed; ALD_E_UNSUPPORTED if the device is no shutter; ALD_E_STATE if
 *   it is not open; ALD_E_TIMEOUT; ALD_E_DISCONNECTED; what the instrument reports.
 * @since 0.1
 */
ALD_API ald_status ald_shutter_close(ald_device *device, int64_t timeout_ns,
                                     ald_error **err) ALD_NOEXCEPT;

/**
 * Starts to close a shutter; see `ald_shutter_close`.
 *
 * @param device shared until the operation has ended; must be a shutter.
 * @param timeout_ns nanoseconds; -1 none, -2 the device's default.
 * @param op receives an owned operation.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK; what can be known at once, as in `ald_shutter_close`.
 * @since 0.1
 */
ALD_API ald_status ald_shutter_start_close(ald_device *device, int64_t timeout_ns, ald_op **op,
                                           ald_error **err) ALD_NOEXCEPT;

/**
 * Reads the state of a shutter.
 *
 * @param device borrowed for the call; must be a shutter.
 * @param timeout_ns nanoseconds; -1 none, -2 the device's default.
 * @param cancel borrowed for the call; may be NULL.
 * @param state receives `ALD_SHUTTER_<X>`.
 * @param err receives an owned error on failure; may be NULL.
 * @return as `ald_device_get`; ALD_E_UNSUPPORTED if the device is no shutter; ALD_E_PROTOCOL if
 *   the instrument says what is no state.
 * @since 0.1
 */
ALD_API ald_status ald_shutter_read_state(ald_device *device, int64_t timeout_ns,
                                          const ald_cancel *cancel, ald_shutter_state *state,
                                          ald_error **err) ALD_NOEXCEPT;

/**
 * Starts to read the state of a shutter; see `ald_shutter_read_state`.
 *
 * @param device shared until the operation has ended; must be a shutter.
 * @param timeout_ns nanoseconds; -1 none, -2 the device's default.
 * @param op receives an owned operation; it gives "closed", "opening", "open" or "closing".
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK; what can be known at once, as in `ald_shutter_read_state`.
 * @since 0.1
 */
ALD_API ald_status ald_shutter_start_read_state(ald_device *device, int64_t timeout_ns, ald_op **op,
                                                ald_error **err) ALD_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif
