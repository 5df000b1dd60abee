/**
 * @file
 * Cameras: arming, triggering, exposing. Their frames come by alidade/stream.h.
 *
 * What else a camera has are properties of its device, where it supports them: exposure (s), roi (a
 * map with x, y, width and height in pixels of the sensor), binning, gain, offset, bit_depth,
 * readout_mode, shutter_mode, temperature and cooling_target (Cel), cooling, trigger_mode
 * ("internal", "software", "external"), trigger_polarity, output_lines and frame_rate (Hz). A frame
 * carries the values that were in force.
 */
#ifndef ALIDADE_CAMERA_H
#define ALIDADE_CAMERA_H

#include <alidade/base.h>
#include <alidade/device.h>
#include <alidade/op.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Makes a camera ready: it waits for triggers, or runs freely in the trigger mode "internal". One
 * that is armed stays so.
 *
 * @param device borrowed for the call; must be triggerable.
 * @param timeout_ns nanoseconds; -1 none, -2 the device's default.
 * @param cancel borrowed for the call; may be NULL.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK; ALD_E_UNSUPPORTED if it is not triggerable; ALD_E_STATE if it is not open;
 *   ALD_E_NO_MEMORY; ALD_E_TIMEOUT; ALD_E_DISCONNECTED ...
 * @since 0.1
 */
ALD_API ald_status ald_camera_arm(ald_device *device, int64_t timeout_ns, const ald_cancel *cancel,
                                  ald_error **err) ALD_NOEXCEPT;

/**
 * Starts what `ald_camera_arm` does.
 *
 * @param device shared until the operation has ended; must be triggerable.
 * @param timeout_ns nanoseconds; -1 none, -2 the device's default.
 * @param op receives an owned operation.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK; what can be known at once, as in `ald_camera_arm`.
 * @since 0.1
 */
ALD_API ald_status ald_camera_start_arm(ald_device *device, int64_t timeout_ns, ald_op **op,
                                        ald_error **err) ALD_NOEXCEPT;

/**
 * Triggers one frame of an armed camera, in the trigger mode "software". Returns when the camera
 * has accepted the trigger; the frame comes by the stream.
 *
 * @param device borrowed for the call; must be triggerable.
 * @param timeout_ns nanoseconds; -1 none, -2 the device's default.
 * @param cancel borrowed for the call; may be NULL.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK; ALD_E_UNSUPPORTED if it is not triggerable; ALD_E_STATE if it is not armed or not
 *   in the trigger mode "software"; ALD_E_BUSY while it takes a frame; ALD_E_TIMEOUT ...
 * @since 0.1
 */
ALD_API ald_status ald_camera_trigger(ald_device *device, int64_t timeout_ns,
                                      const ald_cancel *cancel, ald_error **err) ALD_NOEXCEPT;

/**
 * Starts what `ald_camera_trigger` does.
 *
 * @param device shared until the operation has ended; must be triggerable.
 * @param timeout_ns nanoseconds; -1 none, -2 the device's default.
 * @param op receives an owned operation.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK; what can be known at once, as in `ald_camera_trigger`.
 * @since 0.1
 */
ALD_API ald_status ald_camera_start_trigger(ald_device *device, int64_t timeout_ns, ald_op **op,
                                            ald_error **err) ALD_NOEXCEPT;

/**
 * Ends what `ald_camera_arm` began. An exposure under way is given up; frames that were taken stay
 * with the streams.
 *
 * @param device borrowed for the call; must be triggerable.
 * @param timeout_ns nanoseconds; -1 none, -2 the device's default.
 * @param cancel borrowed for the call; may be NULL.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK; ALD_E_UNSUPPORTED if it is not triggerable; ALD_E_STATE if it is not open;
 *   ALD_E_TIMEOUT; ALD_E_DISCONNECTED ...
 * @since 0.1
 */
ALD_API ald_status ald_camera_disarm(ald_device *device, int64_t timeout_ns,
                                     const ald_cancel *cancel, ald_error **err) ALD_NOEXCEPT;

/**
 * Starts what `ald_camera_disarm` does.
 *
 * @param device shared until the operation has ended; must be triggerable.
 * @param timeout_ns nanoseconds; -1 none, -2 the device's default.
 * @param op receives an owned operation.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK; what can be known at once, as in `ald_camera_disarm`.
 * @since 0.1
 */
ALD_API ald_status ald_camera_start_disarm(ald_device *device, int64_t timeout_ns, ald_op **op,
                                           ald_error **err) ALD_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif
