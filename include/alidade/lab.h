/**
 * @file
 * Labs: the devices and events of one experiment set-up, from a TOML file or made in code.
 *
 * ```toml
 * [lab]
 * name = "bench 3"
 *
 * [devices.computer]        # the name
 * driver = "host"           # one of ald_driver_list
 * interval = 0.5            # the driver's options
 * reopen = true             # opened again by itself when it went away; or seconds between attempts
 *
 * [drivers]                 # from outside the tree
 * path = ["drivers"]        # folders and files, relative to this file
 * ```
 *
 * Groups of presets, named positions and the safe state are in alidade/arrangement.h.
 */
#ifndef ALIDADE_LAB_H
#define ALIDADE_LAB_H

#include <alidade/base.h>
#include <alidade/device.h>
#include <alidade/op.h>
#include <alidade/queue.h>
#include <alidade/settings.h>
#include <alidade/simulation.h>
#include <alidade/value.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The devices and events of one experiment set-up. */
typedef struct ald_lab ald_lab;

/**
 * Makes an empty lab.
 *
 * @param name borrowed for the call; UTF-8, for people.
 * @param out receives an owned lab.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK, ALD_E_INVALID or ALD_E_NO_MEMORY.
 * @since 0.1
 */
ALD_API ald_status ald_lab_new(const char *name, ald_lab **out, ald_error **err) ALD_NOEXCEPT;

/**
 * Makes a lab with the devices and arrangements that settings declare, without opening them, and
 * loads the drivers that they name. Tables other than `lab`, `drivers`, `devices`, `groups`,
 * `positions` and `bench` are left to others, but for those whose names are within two edits of one
 * of these (of `lab`, within one): they are taken for misspelt.
 *
 * @param settings borrowed for the call.
 * @param out receives an owned lab.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK; ALD_E_NOT_FOUND for an unknown key, driver or option or a misspelt table,
 * ALD_E_INVALID or ALD_E_RANGE for a bad one; the error's place is "file:line:column".
 * @since 0.1
 */
ALD_API ald_status ald_lab_from_settings(const ald_settings *settings, ald_lab **out,
                                         ald_error **err) ALD_NOEXCEPT;

/**
 * Adds a device to a lab, without opening it.
 *
 * @param lab borrowed for the call.
 * @param name borrowed for the call; letters, digits, "_", "-" and ".".
 * @param driver borrowed for the call; one of `ald_driver_list`.
 * @param options borrowed for the call; a map; NULL for none.
 * @param out receives an owned device; may be NULL.
 * @param err receives an owned error on failure; may be NULL.
 * @return as `ald_device_new`; ALD_E_EXISTS if the name is taken; ALD_E_CLOSED.
 * @since 0.1
 */
ALD_API ald_status ald_lab_add(ald_lab *lab, const char *name, const char *driver,
                               const ald_value *options, ald_device **out,
                               ald_error **err) ALD_NOEXCEPT;

/**
 * Starts to open all devices of a lab at the same time, each with its own deadline. Absent ones are
 * reported and the rest work. Then all that the lab declares (safe states, presets, tolerances,
 * positions) is checked as `ald_lab_check` does it: what does not fit a device makes the operation
 * fail, with an error that names all of it. The devices stay open: opening the lab once more looks
 * again, at what was declared anew in the meantime.
 *
 * @param lab shared until the operation has ended.
 * @param timeout_ns nanoseconds for each device; -1 none, -2 the device's default.
 * @param op receives an owned operation; it gives a map from the name of each device to null, or
 *   to a map with status (a name) and message where opening failed, and unchecked: the keys of what
 *   is declared for the device and could not be checked, if there are any; status and message also
 *   under "device/child" for a part that cannot be used of a device that is open. It fails with the
 *   status of the first thing that does not fit; the error's place is where that stands in the
 *   file, or its key.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK, ALD_E_CLOSED or ALD_E_INVALID.
 * @since 0.1
 */
ALD_API ald_status ald_lab_start_open(ald_lab *lab, int64_t timeout_ns, ald_op **op,
                                      ald_error **err) ALD_NOEXCEPT;

/**
 * Opens all devices of a lab; see `ald_lab_start_open`.
 *
 * @param lab borrowed for the call.
 * @param timeout_ns nanoseconds for each device; -1 none, -2 the device's default.
 * @param cancel borrowed for the call; may be NULL.
 * @param out receives an owned map; may be NULL.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK, also when devices are absent; ALD_E_NOT_FOUND, ALD_E_RANGE, ALD_E_INVALID or
 *   ALD_E_UNSUPPORTED if something that is declared does not fit a device; ALD_E_CANCELLED;
 *   ALD_E_CLOSED.
 * @since 0.1
 */
ALD_API ald_status ald_lab_open(ald_lab *lab, int64_t timeout_ns, const ald_cancel *cancel,
                                ald_value **out, ald_error **err) ALD_NOEXCEPT;

/**
 * Checks what a lab declares (safe states, presets, tolerances, positions) against what its devices
 * turned out to be when they were opened: names of parts, properties and actions, types, limits,
 * choices, and whether a property can be written. Asks no instrument and moves nothing.
 * `ald_lab_start_open` fails for what is found; a device that is opened later, by itself too, tells
 * it by `declaration.refused` and in the log.
 *
 * @param lab borrowed for the call.
 * @param out receives an owned map with findings and unchecked. Findings is a list of maps with key
 *   (as in TOML: `positions.load."stage/x"`), where ("file:line:column", or "" for what was
 *   declared in code), device, status (a name) and message. Unchecked is a list of maps with key,
 *   where and device: of devices that were never open, and of parts that cannot be used.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK, also when something does not fit.
 * @thread any.
 * @since 0.1
 */
ALD_API ald_status ald_lab_check(const ald_lab *lab, ald_value **out, ald_error **err) ALD_NOEXCEPT;

/**
 * Returns the name of a lab.
 *
 * @param lab borrowed for the call.
 * @return a string borrowed from the lab; "" for a bad handle.
 * @since 0.1
 */
ALD_API const char *ald_lab_name(const ald_lab *lab) ALD_NOEXCEPT;

/**
 * Returns how many devices a lab has, children not counted.
 *
 * @param lab borrowed for the call.
 * @return the number; -1 for a bad handle.
 * @since 0.1
 */
ALD_API int64_t ald_lab_device_count(const ald_lab *lab) ALD_NOEXCEPT;

/**
 * Returns a device by its place.
 *
 * @param lab borrowed for the call.
 * @param index 0 to count - 1.
 * @param out receives an owned device.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK, ALD_E_INVALID or ALD_E_RANGE.
 * @since 0.1
 */
ALD_API ald_status ald_lab_device_at(const ald_lab *lab, int64_t index, ald_device **out,
                                     ald_error **err) ALD_NOEXCEPT;

/**
 * Returns a device or a child by its path: "stage" or "stage/x".
 *
 * @param lab borrowed for the call.
 * @param path borrowed for the call.
 * @param out receives an owned device.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK or ALD_E_NOT_FOUND (names the nearest).
 * @since 0.1
 */
ALD_API ald_status ald_lab_device(const ald_lab *lab, const char *path, ald_device **out,
                                  ald_error **err) ALD_NOEXCEPT;

/**
 * Returns the lab that a device belongs to; one of `ald_device_new` has a lab of its own.
 *
 * @param device borrowed for the call.
 * @param out receives an owned lab.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK or ALD_E_INVALID.
 * @since 0.1
 */
ALD_API ald_status ald_device_lab(const ald_device *device, ald_lab **out,
                                  ald_error **err) ALD_NOEXCEPT;

/**
 * Reads all readable properties of all open devices, devices at the same time.
 *
 * @param lab shared until the operation has ended.
 * @param timeout_ns nanoseconds for each device; -1 none, -2 the device's default.
 * @param op receives an owned operation; it gives what `ald_device_start_snapshot` gives, of all.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK or ALD_E_CLOSED.
 * @since 0.1
 */
ALD_API ald_status ald_lab_start_snapshot(ald_lab *lab, int64_t timeout_ns, ald_op **op,
                                          ald_error **err) ALD_NOEXCEPT;

/**
 * Subscribes a queue to the events of all devices of a lab, also of those added later.
 *
 * @param lab borrowed for the call.
 * @param queue shared until it is unsubscribed or closed, or the lab is closed.
 * @param kind only records of this kind; 0 for all.
 * @param tag put into each record.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK; ALD_E_CLOSED; ALD_E_INVALID.
 * @since 0.1
 */
ALD_API ald_status ald_lab_subscribe(ald_lab *lab, ald_queue *queue, int32_t kind, uint64_t tag,
                                     ald_error **err) ALD_NOEXCEPT;

/**
 * Ends all subscriptions of a queue with a lab.
 *
 * @param lab borrowed for the call.
 * @param queue borrowed for the call.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK; ALD_E_NOT_FOUND if it has none.
 * @since 0.1
 */
ALD_API ald_status ald_lab_unsubscribe(ald_lab *lab, ald_queue *queue,
                                       ald_error **err) ALD_NOEXCEPT;

/**
 * Stops every axis of every open device, before all that is waiting, then ends exposures and
 * disarms all cameras. Does not wait until they stand. This is no safety-rated stop.
 *
 * It latches: until `ald_lab_reset_stop` whatever starts a motion or an exposure is refused with
 * ALD_E_STATE, whoever asks for it and also if it was asked for before: moves, home, jog, arm,
 * trigger, and what drivers declare so, directly, out of presets and named positions. Steps to a
 * safe state that would start something are left out, the others are carried out. Reading,
 * stopping, disarming and all other settings go on as ever. Waits for frames of a camera that can
 * be disarmed end with ALD_E_STATE, and attached cancels are triggered (`ald_lab_attach_cancel`).
 * `ald_device_describe` lists what is refused ("starting"). The event `stop.latched` tells of it.
 *
 * @param lab borrowed for the call.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK, or the first failure; the others are still stopped, and it latches in any case.
 *   ALD_E_UNSUPPORTED if axes are in motion that cannot be stopped and go on to their goals: the
 *   message names them.
 * @since 0.1
 */
ALD_API ald_status ald_lab_emergency_stop(ald_lab *lab, ald_error **err) ALD_NOEXCEPT;

/**
 * Ends what an emergency stop holds down: motions and exposures may be started again. Nothing
 * starts by itself. The event `stop.reset` tells of it.
 *
 * @param lab borrowed for the call; one without an emergency stop stays as it is.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK or ALD_E_INVALID.
 * @since 0.1
 */
ALD_API ald_status ald_lab_reset_stop(ald_lab *lab, ald_error **err) ALD_NOEXCEPT;

/**
 * Tells whether an emergency stop holds.
 *
 * @param lab borrowed for the call.
 * @return 1 or 0; -1 for a bad handle.
 * @since 0.1
 */
ALD_API int32_t ald_lab_is_stopped(const ald_lab *lab) ALD_NOEXCEPT;

/**
 * Attaches a cancel, which an emergency stop of the lab triggers, at once if one holds: it ends
 * what works with the lab, also where nothing moves just then. `ald_cancel_why` tells it then.
 *
 * @param lab borrowed for the call.
 * @param cancel shared until it is detached or the lab is gone; one that is attached already counts
 *   once.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK, ALD_E_INVALID or ALD_E_NO_MEMORY.
 * @since 0.1
 */
ALD_API ald_status ald_lab_attach_cancel(ald_lab *lab, ald_cancel *cancel,
                                         ald_error **err) ALD_NOEXCEPT;

/**
 * Detaches a cancel from a lab. One that was triggered stays so.
 *
 * @param lab borrowed for the call.
 * @param cancel borrowed for the call.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK; ALD_E_NOT_FOUND if it is not attached.
 * @since 0.1
 */
ALD_API ald_status ald_lab_detach_cancel(ald_lab *lab, ald_cancel *cancel,
                                         ald_error **err) ALD_NOEXCEPT;

/**
 * Closes a lab and all its devices; waits for that. From one of the library's callbacks it returns
 * at once.
 *
 * @param lab borrowed for the call; NULL does nothing.
 * @since 0.1
 */
ALD_API void ald_lab_close(ald_lab *lab) ALD_NOEXCEPT;

/**
 * Starts to close a lab and all its devices; see `ald_lab_close`.
 *
 * @param lab shared until the operation has ended; one that is closed already makes an operation
 *   that ends well at once.
 * @param op receives an owned operation; cancelling it does not help once it has begun.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK; ALD_E_INVALID; ALD_E_LIMIT if no thread can be made.
 * @since 0.1
 */
ALD_API ald_status ald_lab_start_close(ald_lab *lab, ald_op **op, ald_error **err) ALD_NOEXCEPT;

/**
 * Gives the simulated bench of a lab: that of its mocks and "sim:" URIs which name no other.
 *
 * @param lab borrowed for the call.
 * @param out receives an owned bench; made now if nobody has used it yet.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK or ALD_E_NO_MEMORY.
 * @since 0.1
 */
ALD_API ald_status ald_lab_bench(ald_lab *lab, ald_bench **out, ald_error **err) ALD_NOEXCEPT;

/**
 * Takes one more reference to a lab.
 *
 * @param lab borrowed for the call; NULL does nothing.
 * @since 0.1
 */
ALD_API void ald_lab_ref(const ald_lab *lab) ALD_NOEXCEPT;

/**
 * Gives a reference to a lab back. When no handle to it or to one of its devices is left, it is
 * closed.
 *
 * @param lab owned; NULL does nothing.
 * @since 0.1
 */
ALD_API void ald_lab_unref(const ald_lab *lab) ALD_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif
