/**
 * @file
 * Arrangements of a lab: groups of presets, named positions, and the safe state.
 *
 * ```toml
 * [groups.objective.presets.x20]    # one of several ways in which things go together
 * "turret:position" = 2.0           # "path:property" = value
 * "camera:exposure" = 0.05
 *
 * [groups.objective.tolerances]     # how near a number has to be to count as that of a preset
 * "turret:position" = 0.1
 *
 * [positions.load]                  # a place for the axes to go to
 * "stage/x" = 10.0
 * "stage/y" = 0.0
 *
 * [devices.stage]
 * driver = "esp300"
 * safe_state = [                    # what to do, in this order, to be safe
 *   { act = "home", child = "x", timeout = 60.0 },
 *   { set = "velocity", to = 1.0, child = "x" },
 * ]
 * ```
 *
 * What is known of a device is checked when something is arranged. Before a device was opened for
 * the first time its parts and properties may be unknown; then the check is made when it is opened
 * (`ald_lab_check`), and once more when the arrangement is used, before anything is sent.
 */
#ifndef ALIDADE_ARRANGEMENT_H
#define ALIDADE_ARRANGEMENT_H

#include <alidade/base.h>
#include <alidade/device.h>
#include <alidade/lab.h>
#include <alidade/op.h>
#include <alidade/value.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Gives a lab a group of presets, or replaces one: sets of properties that are switched as one.
 *
 * @param lab borrowed for the call.
 * @param name borrowed for the call; name of the group, not empty.
 * @param presets borrowed for the call; a map from the name of each preset to a map from
 *   "path:property" to the value there.
 * @param tolerances borrowed for the call; a map from "path:property" to how far a number may be
 *   from that of a preset, in the property's unit, and still count as it; NULL for none. Where
 *   there is none it is half a step of the property; without a step a millionth of the distance
 *   of its limits, or of the number if it has no limits, and nothing for an int64.
 * @return ALD_OK; ALD_E_NOT_FOUND for an unknown device or property (names the nearest);
 *   ALD_E_UNSUPPORTED for one that cannot be written; ALD_E_INVALID or ALD_E_RANGE for a bad value;
 *   ALD_E_CLOSED.
 */
ALD_API ald_status ald_lab_set_group(ald_lab *lab, const char *name, const ald_value *presets,
                                     const ald_value *tolerances, ald_error **err) ALD_NOEXCEPT;

/**
 * Takes a group of presets away.
 *
 * @param lab borrowed for the call.
 * @param name borrowed for the call; name of the group.
 * @return ALD_OK or ALD_E_NOT_FOUND (names the nearest).
 */
ALD_API ald_status ald_lab_remove_group(ald_lab *lab, const char *name,
                                        ald_error **err) ALD_NOEXCEPT;

/**
 * Describes the groups of presets of a lab.
 *
 * @param lab borrowed for the call.
 * @param out receives an owned map from the name of each group to a map with presets and
 *   tolerances, as in `ald_lab_set_group`.
 * @return ALD_OK or ALD_E_INVALID.
 */
ALD_API ald_status ald_lab_groups(const ald_lab *lab, ald_value **out,
                                  ald_error **err) ALD_NOEXCEPT;

/**
 * Switches a group to one of its presets. Properties of different instruments are set at the same
 * time, those of one instrument (its parts among them) in the order of the preset, each after the
 * one before; an axis has settled then. All is checked before anything is sent. When one fails,
 * what is under way comes to its end, nothing more is set, and the error tells what has been set.
 *
 * @param lab borrowed for the call.
 * @param group borrowed for the call; name of the group.
 * @param preset borrowed for the call; name of the preset.
 * @param timeout_ns nanoseconds for all of it; -1 none, -2 the default of each device for each
 *   property.
 * @param cancel borrowed for the call; may be NULL; what is under way is cancelled.
 * @param out receives an owned map from "path:property" to what the instrument has now; may be
 *   NULL.
 * @param err receives an owned error on failure; may be NULL; its place is the property that
 * failed.
 * @return ALD_OK; ALD_E_NOT_FOUND for an unknown group, preset, device or property (names the
 *   nearest); ALD_E_STATE or ALD_E_DISCONNECTED if a device is not open; as `ald_device_set`;
 *   ALD_E_CANCELLED; ALD_E_CLOSED.
 */
ALD_API ald_status ald_lab_apply(ald_lab *lab, const char *group, const char *preset,
                                 int64_t timeout_ns, const ald_cancel *cancel, ald_value **out,
                                 ald_error **err) ALD_NOEXCEPT;

/**
 * Starts to switch a group to one of its presets; see `ald_lab_apply`.
 *
 * @param lab shared until the operation has ended.
 * @param group borrowed for the call; name of the group.
 * @param preset borrowed for the call; name of the preset.
 * @param timeout_ns nanoseconds for all of it; -1 none, -2 the default of each device for each
 *   property.
 * @param op receives an owned operation; it gives the map of `ald_lab_apply`.
 * @return ALD_OK; what can be known at once, as in `ald_lab_apply`.
 */
ALD_API ald_status ald_lab_start_apply(ald_lab *lab, const char *group, const char *preset,
                                       int64_t timeout_ns, ald_op **op,
                                       ald_error **err) ALD_NOEXCEPT;

/**
 * Tells to which of its presets a group is switched: reads its properties from the instruments and
 * compares. The first preset that fits in the order in which they were given; what cannot be read
 * does not count.
 *
 * @param lab borrowed for the call.
 * @param group borrowed for the call; name of the group.
 * @param timeout_ns nanoseconds for all of it; -1 none, -2 the default of each device for each
 *   property.
 * @param cancel borrowed for the call; may be NULL.
 * @param out receives an owned value: the preset's name, or null if none fits.
 * @return ALD_OK; ALD_E_NOT_FOUND for an unknown group (names the nearest); as `ald_device_get`;
 *   ALD_E_CLOSED.
 */
ALD_API ald_status ald_lab_current(ald_lab *lab, const char *group, int64_t timeout_ns,
                                   const ald_cancel *cancel, ald_value **out,
                                   ald_error **err) ALD_NOEXCEPT;

/**
 * Starts to find out to which of its presets a group is switched; see `ald_lab_current`.
 *
 * @param lab shared until the operation has ended.
 * @param group borrowed for the call; name of the group.
 * @param timeout_ns nanoseconds for all of it; -1 none, -2 the default of each device for each
 *   property.
 * @param op receives an owned operation; it gives the preset's name, or null if none fits.
 * @return ALD_OK; what can be known at once, as in `ald_lab_current`.
 */
ALD_API ald_status ald_lab_start_current(ald_lab *lab, const char *group, int64_t timeout_ns,
                                         ald_op **op, ald_error **err) ALD_NOEXCEPT;

/**
 * Gives a lab a named position, or replaces one.
 *
 * @param lab borrowed for the call.
 * @param name borrowed for the call; name of the position, not empty.
 * @param axes borrowed for the call; a map from the path of each axis to where it is there, in the
 *   axis's unit.
 * @return ALD_OK; ALD_E_NOT_FOUND for an unknown axis (names the nearest); ALD_E_UNSUPPORTED for
 *   what is not movable; ALD_E_RANGE outside its limits; ALD_E_INVALID; ALD_E_CLOSED.
 */
ALD_API ald_status ald_lab_set_position(ald_lab *lab, const char *name, const ald_value *axes,
                                        ald_error **err) ALD_NOEXCEPT;

/**
 * Forgets a named position.
 *
 * @param lab borrowed for the call.
 * @param name borrowed for the call; name of the position.
 * @return ALD_OK or ALD_E_NOT_FOUND (names the nearest).
 */
ALD_API ald_status ald_lab_forget_position(ald_lab *lab, const char *name,
                                           ald_error **err) ALD_NOEXCEPT;

/**
 * Describes the named positions of a lab.
 *
 * @param lab borrowed for the call.
 * @param out receives an owned map from the name of each position to a map from the path of each
 *   axis to where it is there, in the axis's unit.
 * @return ALD_OK or ALD_E_INVALID.
 */
ALD_API ald_status ald_lab_positions(const ald_lab *lab, ald_value **out,
                                     ald_error **err) ALD_NOEXCEPT;

/**
 * Remembers where axes are now as a named position.
 *
 * @param lab borrowed for the call.
 * @param name borrowed for the call; name of the position, not empty; one that there is already is
 *   replaced.
 * @param axes borrowed for the call; a list of paths; NULL or an empty one for all axes of the open
 *   devices.
 * @param timeout_ns nanoseconds for all of it; -1 none, -2 the default of each device.
 * @param cancel borrowed for the call; may be NULL.
 * @param out receives an owned map from the path of each axis to where it is; may be NULL.
 * @return ALD_OK; ALD_E_NOT_FOUND for an unknown axis (names the nearest); ALD_E_UNSUPPORTED for
 *   what is not movable; ALD_E_STATE if there is no axis; ALD_E_RANGE if one stands outside its
 *   limits; as `ald_movable_position`; ALD_E_CLOSED.
 */
ALD_API ald_status ald_lab_remember_position(ald_lab *lab, const char *name, const ald_value *axes,
                                             int64_t timeout_ns, const ald_cancel *cancel,
                                             ald_value **out, ald_error **err) ALD_NOEXCEPT;

/**
 * Starts to remember where axes are now; see `ald_lab_remember_position`.
 *
 * @param lab shared until the operation has ended.
 * @param name borrowed for the call; name of the position, not empty; one that there is already is
 *   replaced.
 * @param axes borrowed for the call; a list of paths; NULL or an empty one for all axes of the open
 *   devices.
 * @param timeout_ns nanoseconds for all of it; -1 none, -2 the default of each device.
 * @param op receives an owned operation; it gives the map of `ald_lab_remember_position`.
 * @return ALD_OK; what can be known at once, as in `ald_lab_remember_position`.
 */
ALD_API ald_status ald_lab_start_remember_position(ald_lab *lab, const char *name,
                                                   const ald_value *axes, int64_t timeout_ns,
                                                   ald_op **op, ald_error **err) ALD_NOEXCEPT;

/**
 * Brings all axes of a named position there at the same time, and waits until they have settled.
 * All is checked against the limits before anything moves. When one fails, or at a cancel, all
 * others of them stop.
 *
 * @param lab borrowed for the call.
 * @param position borrowed for the call; name of the position.
 * @param timeout_ns nanoseconds for all of it; -1 none, -2 the default of each device for motions.
 * @param cancel borrowed for the call; may be NULL.
 * @param out receives an owned map from the path of each axis to the position reached; may be NULL.
 * @param err receives an owned error on failure; may be NULL; its place is the axis that failed.
 * @return ALD_OK; ALD_E_NOT_FOUND for an unknown position or axis (names the nearest);
 *   ALD_E_RANGE outside the limits; as `ald_movable_move_abs`; ALD_E_CLOSED.
 */
ALD_API ald_status ald_lab_go_to(ald_lab *lab, const char *position, int64_t timeout_ns,
                                 const ald_cancel *cancel, ald_value **out,
                                 ald_error **err) ALD_NOEXCEPT;

/**
 * Starts to bring all axes of a named position there; see `ald_lab_go_to`.
 *
 * @param lab shared until the operation has ended.
 * @param position borrowed for the call; name of the position.
 * @param timeout_ns nanoseconds for all of it; -1 none, -2 the default of each device for motions.
 * @param op receives an owned operation; it gives the map of `ald_lab_go_to`.
 * @return ALD_OK; what can be known at once, as in `ald_lab_go_to`.
 */
ALD_API ald_status ald_lab_start_go_to(ald_lab *lab, const char *position, int64_t timeout_ns,
                                       ald_op **op, ald_error **err) ALD_NOEXCEPT;

/**
 * Declares what brings a device to its safe state, after its axes have stopped.
 *
 * @param device borrowed for the call; no child.
 * @param steps borrowed for the call; a list of maps, in order: set (a property) and to (a value),
 *   or act (an action) and maybe arguments (a map); and maybe child (the part that has it) and
 *   timeout (seconds, a double). NULL for the driver's own: the action "safe" of the device and
 *   of its parts, as far as they have it.
 * @return ALD_OK; ALD_E_NOT_FOUND for an unknown key, child, property or action; ALD_E_UNSUPPORTED,
 *   ALD_E_INVALID or ALD_E_RANGE for a bad step.
 */
ALD_API ald_status ald_device_set_safe_state(ald_device *device, const ald_value *steps,
                                             ald_error **err) ALD_NOEXCEPT;

/**
 * Brings a device to its safe state: its axes stop, and then the steps are carried out in order,
 * each with its own deadline. One that fails does not keep the others from being tried; it is
 * reported in the end. While an emergency stop holds, steps that would start a motion or an
 * exposure are left out, which is no failure: the event `step.skipped` and the result of
 * `ald_device_start_safe_state` name them. This is no safety-rated function.
 *
 * @param device borrowed for the call; a child stands for the whole device.
 * @param timeout_ns nanoseconds for each step that declares none; -1 none, -2 the device's default.
 * @param cancel borrowed for the call; may be NULL; no step is begun after it.
 * @param err receives an owned error on failure; may be NULL; its message names all steps that
 *   failed.
 * @return ALD_OK if all went well; ALD_E_STATE if it is not open; how the first step failed;
 *   ALD_E_CANCELLED.
 */
ALD_API ald_status ald_device_safe_state(ald_device *device, int64_t timeout_ns,
                                         const ald_cancel *cancel, ald_error **err) ALD_NOEXCEPT;

/**
 * Starts to bring a device to its safe state; see `ald_device_safe_state`.
 *
 * @param device shared until the operation has ended; a child stands for the whole device.
 * @param timeout_ns nanoseconds for each step that declares none; -1 none, -2 the device's default.
 * @param op receives an owned operation; it gives a map with left_out, a list of the names of the
 *   steps that were left out because an emergency stop holds.
 * @return ALD_OK; what can be known at once, as in `ald_device_safe_state`.
 */
ALD_API ald_status ald_device_start_safe_state(ald_device *device, int64_t timeout_ns, ald_op **op,
                                               ald_error **err) ALD_NOEXCEPT;

/**
 * Brings all open devices of a lab to their safe states at the same time: all axes stop first; see
 * `ald_device_safe_state`. A device that is gone and has declared steps counts as one that failed.
 *
 * @param lab borrowed for the call.
 * @param timeout_ns nanoseconds for each step that declares none; -1 none, -2 the default of each
 *   device.
 * @param cancel borrowed for the call; may be NULL; no step is begun after it.
 * @param err receives an owned error on failure; may be NULL; its message names all steps that
 *   failed.
 * @return ALD_OK if all went well; how the first step failed; ALD_E_CANCELLED; ALD_E_CLOSED.
 */
ALD_API ald_status ald_lab_safe_state(ald_lab *lab, int64_t timeout_ns, const ald_cancel *cancel,
                                      ald_error **err) ALD_NOEXCEPT;

/**
 * Starts to bring all open devices of a lab to their safe states; see `ald_lab_safe_state`.
 *
 * @param lab shared until the operation has ended.
 * @param timeout_ns nanoseconds for each step that declares none; -1 none, -2 the default of each
 *   device.
 * @param op receives an owned operation; it gives what `ald_device_start_safe_state` gives, of all.
 * @return ALD_OK, ALD_E_INVALID or ALD_E_CLOSED.
 */
ALD_API ald_status ald_lab_start_safe_state(ald_lab *lab, int64_t timeout_ns, ald_op **op,
                                            ald_error **err) ALD_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif
