/**
 * @file
 * Axes: moves, jogs, home, stop, position, its zero and limits.
 *
 * A device with the capability "movable" is one axis, and has the property "position": writing it
 * moves the axis. One that can be stopped in mid-motion has "stop" too. A stage with several axes
 * has one child for each.
 */
#ifndef ALIDADE_MOVABLE_H
#define ALIDADE_MOVABLE_H

#include <alidade/base.h>
#include <alidade/device.h>
#include <alidade/op.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Moves an axis to a position. Returns when the motion has ended and settled. A cancelled or timed
 * out move stops the axis and waits until it stands. An axis that cannot be stopped
 * (`ald_device_can` of "stop" gives 0) goes on to its goal, and the call waits for that; the error
 * says where it stands.
 *
 * @param device borrowed for the call; must be movable.
 * @param position where to, in the axis's unit.
 * @param timeout_ns nanoseconds; -1 none, -2 the device's default for motions.
 * @param cancel borrowed for the call; may be NULL.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK; ALD_E_RANGE outside the limits (names limit and unit); ALD_E_INVALID for NaN;
 *   ALD_E_BUSY while another motion of this axis goes on; ALD_E_STATE if it is not open;
 *   ALD_E_CANCELLED if it was cancelled or stopped; ALD_E_TIMEOUT; ALD_E_UNSUPPORTED if the device
 * is not movable; what the instrument reports.
 * @since 0.1
 */
ALD_API ald_status ald_movable_move_abs(ald_device *device, double position, int64_t timeout_ns,
                                        const ald_cancel *cancel, ald_error **err) ALD_NOEXCEPT;

/**
 * Starts to move an axis to a position; see `ald_movable_move_abs`. The operation begins to run
 * when the instrument has accepted the move.
 *
 * @param device shared until the operation has ended; must be movable.
 * @param position where to, in the axis's unit.
 * @param timeout_ns nanoseconds; -1 none, -2 the device's default for motions.
 * @param op receives an owned operation; it gives the position reached.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK; what can be known at once, as in `ald_movable_move_abs`.
 * @since 0.1
 */
ALD_API ald_status ald_movable_start_move_abs(ald_device *device, double position,
                                              int64_t timeout_ns, ald_op **op,
                                              ald_error **err) ALD_NOEXCEPT;

/**
 * Moves an axis by a distance from where it stands; see `ald_movable_move_abs`.
 *
 * It begins at the position that the axis was sent to, as long as it stands there, so that steps
 * add up exactly, whatever the instrument rounds readings to: within two resolutions (the `step` of
 * "position") of that or of where its motion ended. After home, a stop, an action of the axis, a
 * motion by others or a new opening it begins at the reading.
 *
 * @param device borrowed for the call; must be movable.
 * @param distance how far, in the axis's unit; negative goes back.
 * @param timeout_ns nanoseconds; -1 none, -2 the device's default for motions.
 * @param cancel borrowed for the call; may be NULL.
 * @param err receives an owned error on failure; may be NULL.
 * @return as `ald_movable_move_abs`; the limits are those of where it would come to stand;
 *   ALD_E_RANGE for less than the axis's resolution, but for 0 (names it).
 * @since 0.1
 */
ALD_API ald_status ald_movable_move_rel(ald_device *device, double distance, int64_t timeout_ns,
                                        const ald_cancel *cancel, ald_error **err) ALD_NOEXCEPT;

/**
 * Starts to move an axis by a distance; see `ald_movable_move_rel` and
 * `ald_movable_start_move_abs`.
 *
 * @param device shared until the operation has ended; must be movable.
 * @param distance how far, in the axis's unit; negative goes back.
 * @param timeout_ns nanoseconds; -1 none, -2 the device's default for motions.
 * @param op receives an owned operation; it gives the position reached.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK; what can be known at once, as in `ald_movable_move_rel`.
 * @since 0.1
 */
ALD_API ald_status ald_movable_start_move_rel(ald_device *device, double distance,
                                              int64_t timeout_ns, ald_op **op,
                                              ald_error **err) ALD_NOEXCEPT;

/**
 * Brings an axis to its home position; see `ald_movable_move_abs`.
 *
 * @param device borrowed for the call; must be movable.
 * @param timeout_ns nanoseconds; -1 none, -2 the device's default for motions.
 * @param cancel borrowed for the call; may be NULL.
 * @param err receives an owned error on failure; may be NULL.
 * @return as `ald_movable_move_abs`; ALD_E_UNSUPPORTED if the axis has no home.
 * @since 0.1
 */
ALD_API ald_status ald_movable_home(ald_device *device, int64_t timeout_ns,
                                    const ald_cancel *cancel, ald_error **err) ALD_NOEXCEPT;

/**
 * Starts to bring an axis to its home position; see `ald_movable_start_move_abs`.
 *
 * @param device shared until the operation has ended; must be movable.
 * @param timeout_ns nanoseconds; -1 none, -2 the device's default for motions.
 * @param op receives an owned operation; it gives the position reached.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK; what can be known at once, as in `ald_movable_home`.
 * @since 0.1
 */
ALD_API ald_status ald_movable_start_home(ald_device *device, int64_t timeout_ns, ald_op **op,
                                          ald_error **err) ALD_NOEXCEPT;

/**
 * Moves an axis on and on in one direction, at its velocity, until it is stopped or has come to the
 * end of its travel. A jog that is cancelled or times out stops the axis and waits until it
 * stands; so do a stop, an emergency stop, a safe state, closing, and `ald_shutdown`. Nothing stops
 * it when the process is killed: keep the timeout as short as the jog may last.
 *
 * @param device borrowed for the call; must be movable.
 * @param direction more than 0: toward greater positions; less than 0: toward smaller ones.
 * @param timeout_ns nanoseconds; -1 none, -2 the device's default for motions.
 * @param cancel borrowed for the call; may be NULL.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK when it stands at the end of its travel; ALD_E_CANCELLED if it was cancelled or
 *   stopped; ALD_E_INVALID for the direction 0; ALD_E_UNSUPPORTED if the axis cannot jog; else as
 *   `ald_movable_move_abs`.
 * @since 0.1
 */
ALD_API ald_status ald_movable_jog(ald_device *device, int32_t direction, int64_t timeout_ns,
                                   const ald_cancel *cancel, ald_error **err) ALD_NOEXCEPT;

/**
 * Starts to move an axis on and on in one direction; see `ald_movable_jog`. Giving the operation
 * back does not stop the axis: `ald_movable_stop`, `ald_op_cancel` and the timeout do.
 *
 * @param device shared until the operation has ended; must be movable.
 * @param direction more than 0: toward greater positions; less than 0: toward smaller ones.
 * @param timeout_ns nanoseconds; -1 none, -2 the device's default for motions.
 * @param op receives an owned operation; it gives the position at the end of the travel.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK; what can be known at once, as in `ald_movable_jog`.
 * @since 0.1
 */
ALD_API ald_status ald_movable_start_jog(ald_device *device, int32_t direction, int64_t timeout_ns,
                                         ald_op **op, ald_error **err) ALD_NOEXCEPT;

/**
 * Makes the present position of an axis its position 0, and reads it back. Nothing moves. The
 * limits stay the same numbers, so they lie elsewhere on the instrument afterwards; so do positions
 * that were remembered.
 *
 * @param device borrowed for the call; must be movable.
 * @param timeout_ns nanoseconds; -1 none, -2 the device's default.
 * @param cancel borrowed for the call; may be NULL.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK; ALD_E_BUSY while the axis moves; ALD_E_UNSUPPORTED if its zero cannot be set;
 *   ALD_E_STATE if it is not open; ALD_E_TIMEOUT; ALD_E_CANCELLED; what the instrument reports.
 * @since 0.1
 */
ALD_API ald_status ald_movable_set_zero(ald_device *device, int64_t timeout_ns,
                                        const ald_cancel *cancel, ald_error **err) ALD_NOEXCEPT;

/**
 * Starts to make the present position of an axis its position 0; see `ald_movable_set_zero`.
 *
 * @param device shared until the operation has ended; must be movable.
 * @param timeout_ns nanoseconds; -1 none, -2 the device's default.
 * @param op receives an owned operation; it gives the position that was read back.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK; what can be known at once, as in `ald_movable_set_zero`.
 * @since 0.1
 */
ALD_API ald_status ald_movable_start_set_zero(ald_device *device, int64_t timeout_ns, ald_op **op,
                                              ald_error **err) ALD_NOEXCEPT;

/**
 * Stops an axis and waits until it stands. Goes before all that is waiting; the motion that it
 * ends, if any, gives ALD_E_CANCELLED. This is no safety-rated stop. Not every axis can be stopped:
 * ask `ald_device_can` for "stop" before you rely on it.
 *
 * @param device borrowed for the call; must be movable.
 * @param timeout_ns nanoseconds; -1 none, -2 the device's default.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK when the axis stands; ALD_E_UNSUPPORTED if it cannot be stopped, and what is said
 *   where the instrument refuses to: the axis moves on then, and its motion stays under way;
 *   ALD_E_TIMEOUT if it does not come to stand; ALD_E_DISCONNECTED ...
 * @since 0.1
 */
ALD_API ald_status ald_movable_stop(ald_device *device, int64_t timeout_ns,
                                    ald_error **err) ALD_NOEXCEPT;

/**
 * Starts to stop an axis; see `ald_movable_stop`.
 *
 * @param device shared until the operation has ended; must be movable.
 * @param timeout_ns nanoseconds; -1 none, -2 the device's default.
 * @param op receives an owned operation.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK; what can be known at once, as in `ald_movable_stop`.
 * @since 0.1
 */
ALD_API ald_status ald_movable_start_stop(ald_device *device, int64_t timeout_ns, ald_op **op,
                                          ald_error **err) ALD_NOEXCEPT;

/**
 * Attaches a cancel to an axis, which triggers it whenever it is told to stop, by whomever in this
 * process: it ends what works with the axis, also while that stands. `ald_cancel_why` tells it
 * then.
 *
 * @param device borrowed for the call; must be movable.
 * @param cancel shared until it is detached or the device is gone; one that is attached already
 *   counts once.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK; ALD_E_UNSUPPORTED if it is not movable; ALD_E_INVALID or ALD_E_NO_MEMORY.
 * @since 0.1
 */
ALD_API ald_status ald_movable_attach_cancel(ald_device *device, ald_cancel *cancel,
                                             ald_error **err) ALD_NOEXCEPT;

/**
 * Detaches a cancel from an axis. One that was triggered stays so.
 *
 * @param device borrowed for the call.
 * @param cancel borrowed for the call.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK; ALD_E_NOT_FOUND if it is not attached.
 * @since 0.1
 */
ALD_API ald_status ald_movable_detach_cancel(ald_device *device, ald_cancel *cancel,
                                             ald_error **err) ALD_NOEXCEPT;

/**
 * Waits until no motion of an axis goes on.
 *
 * @param device borrowed for the call; must be movable.
 * @param timeout_ns nanoseconds; -1 none, -2 the default for motions; the motion goes on.
 * @param cancel borrowed for the call; may be NULL; the motion goes on.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK; how the motion failed; ALD_E_TIMEOUT; ALD_E_CANCELLED.
 * @since 0.1
 */
ALD_API ald_status ald_movable_wait_settled(ald_device *device, int64_t timeout_ns,
                                            const ald_cancel *cancel, ald_error **err) ALD_NOEXCEPT;

/**
 * Starts to wait until no motion of an axis goes on; see `ald_movable_wait_settled`.
 *
 * @param device shared until the operation has ended; must be movable.
 * @param timeout_ns nanoseconds; -1 none, -2 the default for motions; the motion goes on.
 * @param op receives an owned operation; cancelling it leaves the motion alone.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK; ALD_E_INVALID or ALD_E_UNSUPPORTED.
 * @since 0.1
 */
ALD_API ald_status ald_movable_start_wait_settled(ald_device *device, int64_t timeout_ns,
                                                  ald_op **op, ald_error **err) ALD_NOEXCEPT;

/**
 * Reads the position of an axis.
 *
 * @param device borrowed for the call; must be movable.
 * @param timeout_ns nanoseconds; -1 none, -2 the device's default.
 * @param cancel borrowed for the call; may be NULL.
 * @param position receives the position, in the axis's unit.
 * @param err receives an owned error on failure; may be NULL.
 * @return as `ald_device_get`; ALD_E_UNSUPPORTED if it is not movable.
 * @since 0.1
 */
ALD_API ald_status ald_movable_position(ald_device *device, int64_t timeout_ns,
                                        const ald_cancel *cancel, double *position,
                                        ald_error **err) ALD_NOEXCEPT;

/**
 * Starts to read the position of an axis; see `ald_movable_position`.
 *
 * @param device shared until the operation has ended; must be movable.
 * @param timeout_ns nanoseconds; -1 none, -2 the device's default.
 * @param op receives an owned operation; it gives the position.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK; what can be known at once, as in `ald_movable_position`.
 * @since 0.1
 */
ALD_API ald_status ald_movable_start_position(ald_device *device, int64_t timeout_ns, ald_op **op,
                                              ald_error **err) ALD_NOEXCEPT;

/**
 * Returns the limits of an axis, in its unit.
 *
 * @param device borrowed for the call; must be movable.
 * @param min receives the least position; -inf for no limit.
 * @param max receives the greatest position; inf for no limit.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK or ALD_E_UNSUPPORTED if it is not movable.
 * @since 0.1
 */
ALD_API ald_status ald_movable_limits(const ald_device *device, double *min, double *max,
                                      ald_error **err) ALD_NOEXCEPT;

/**
 * Returns the UCUM unit of an axis.
 *
 * @param device borrowed for the call.
 * @return a string borrowed from the device; "" for a bad handle or a device that is not movable.
 * @since 0.1
 */
ALD_API const char *ald_movable_unit(const ald_device *device) ALD_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif
