/**
 * @file
 * Devices: properties, children, and what they can do.
 *
 * A device has properties, each described by a schema record, and may have children with a stable
 * path ("stage/x"). What it can do are its capabilities; each has a header of its own, such as
 * alidade/readable.h and alidade/movable.h, and `ald_capability_list` tells of all. What a
 * capability does goes by the properties and actions that its entry there names, so there is one
 * path to the instrument, one cache and one event.
 *
 * Every verb that talks to the instrument has two forms: one that waits (`timeout_ns`, `cancel`),
 * and one that starts an operation. A device does one thing after the other; `stop` goes before
 * all that is waiting. In all calls `timeout_ns` -2 (ALD_WAIT_DEFAULT) stands for the device's own
 * default.
 *
 * Numbers are in the device's declared UCUM unit, which is fixed while it is open.
 */
#ifndef ALIDADE_DEVICE_H
#define ALIDADE_DEVICE_H

#include <alidade/base.h>
#include <alidade/op.h>
#include <alidade/queue.h>
#include <alidade/value.h>

#ifdef __cplusplus
extern "C" {
#endif

/** An instrument, or a part of one. A handle to it keeps its lab alive. */
typedef struct ald_device ald_device;

/** States of a device. */
typedef int32_t ald_device_state;

/** States of a device. */
enum {
    /** Made, and never been open. */
    ALD_DEVICE_NEW = 0,
    /** Being opened. */
    ALD_DEVICE_OPENING = 1,
    /** Open. */
    ALD_DEVICE_OPEN = 2,
    /** Gone: unplugged or not answering, and not open again yet. */
    ALD_DEVICE_DISCONNECTED = 3,
    /** Closed for good. */
    ALD_DEVICE_CLOSED = 4
};

/**
 * Lists the drivers that this process knows.
 *
 * @param out receives an owned list of maps: name, doc, options (a list of maps: name, type, unit,
 *   doc, required, and min, max, choices, initial where there are any).
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK or ALD_E_NO_MEMORY.
 * @since 0.1
 */
ALD_API ald_status ald_driver_list(ald_value **out, ald_error **err) ALD_NOEXCEPT;

/**
 * Loads a driver from a shared library outside the tree, for the life of the process. The drivers
 * of this library are there by themselves, and so are those in the folders that the environment
 * variable ALIDADE_DRIVER_PATH names (separated by colons; every `*.so` in them; what cannot be
 * loaded goes to the log) and those of a lab's TOML file (`[drivers] path = [...]`, see
 * `ald_lab_from_settings`).
 *
 * @param path borrowed for the call; the file. One that was loaded before changes nothing.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK; ALD_E_NOT_FOUND for no such file; ALD_E_INVALID for one that is no library or
 *   holds no driver; ALD_E_VERSION for a driver of another driver ABI (names both);
 *   ALD_E_EXISTS if there is another driver of that name.
 * @since 0.1
 */
ALD_API ald_status ald_driver_load(const char *path, ald_error **err) ALD_NOEXCEPT;

/**
 * Asks the drivers what is connected, without writing to unknown instruments.
 *
 * @param timeout_ns nanoseconds; -1 none, -2 is 5 s.
 * @param cancel borrowed for the call; may be NULL.
 * @param out receives an owned list of maps: driver, name, description, options.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK; ALD_E_CANCELLED; ALD_E_TIMEOUT.
 * @since 0.1
 */
ALD_API ald_status ald_driver_discover(int64_t timeout_ns, const ald_cancel *cancel,
                                       ald_value **out, ald_error **err) ALD_NOEXCEPT;

/**
 * Starts to ask the drivers what is connected; see `ald_driver_discover`.
 *
 * @param timeout_ns nanoseconds; -1 none, -2 is 5 s.
 * @param op receives an owned operation; it gives what `ald_driver_discover` gives.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK; ALD_E_INVALID; ALD_E_LIMIT if no thread can be made.
 * @since 0.1
 */
ALD_API ald_status ald_driver_start_discover(int64_t timeout_ns, ald_op **op,
                                             ald_error **err) ALD_NOEXCEPT;

/**
 * Asks whether an instrument of a driver is at the end of a line: opens it, reads who it is, closes
 * it. What is there gets bytes of that driver's protocol, whatever it is.
 *
 * @param driver borrowed for the call; one of `ald_driver_list` with the option "uri".
 * @param uri borrowed for the call; "serial:/dev/ttyUSB0".
 * @param timeout_ns nanoseconds; -1 none, -2 the driver's default.
 * @param cancel borrowed for the call; may be NULL.
 * @param out receives an owned map: driver, uri, vendor, model, serial_number, firmware.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK; ALD_E_NOT_FOUND for an unknown driver, or where there is no such line;
 *   ALD_E_UNSUPPORTED for a driver without lines; ALD_E_INVALID for a bad URI; ALD_E_BUSY,
 *   ALD_E_PERMISSION, ALD_E_PROTOCOL ... from the line; ALD_E_TIMEOUT if nothing answers;
 *   ALD_E_CANCELLED.
 * @since 0.1
 */
ALD_API ald_status ald_driver_probe(const char *driver, const char *uri, int64_t timeout_ns,
                                    const ald_cancel *cancel, ald_value **out,
                                    ald_error **err) ALD_NOEXCEPT;

/**
 * Starts to ask whether an instrument of a driver is at the end of a line; see `ald_driver_probe`.
 *
 * @param driver borrowed for the call; one of `ald_driver_list` with the option "uri".
 * @param uri borrowed for the call; "serial:/dev/ttyUSB0".
 * @param timeout_ns nanoseconds; -1 none, -2 the driver's default.
 * @param op receives an owned operation; it gives what `ald_driver_probe` gives.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK; ALD_E_NOT_FOUND for an unknown driver; ALD_E_UNSUPPORTED for one without lines;
 *   ALD_E_INVALID; ALD_E_LIMIT if no thread can be made.
 * @since 0.1
 */
ALD_API ald_status ald_driver_start_probe(const char *driver, const char *uri, int64_t timeout_ns,
                                          ald_op **op, ald_error **err) ALD_NOEXCEPT;

/**
 * Lists the capabilities that this library knows, and what a device that has one can be relied on
 * for. `ald_device_can` and `ald_device_describe` tell what a device has.
 *
 * @param out receives an owned list of maps: name, version, doc, within (the capability that
 *   devices with this one have, and that brings it by itself; null for none), properties (a list of
 *   maps: name, type, doc, readable, writable, effect) and actions (a list of maps: name, doc,
 *   required, effect). What an effect means: "starts" and "moves" are refused while an emergency
 *   stop holds; "moves" begins a motion, which lasts until it is at rest, one at a time; "stops"
 *   ends that motion before all that is waiting; "ends" ends what was started. An emergency stop
 *   carries out what "stops" and what "ends". "none" is all else.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK or ALD_E_NO_MEMORY.
 * @since 0.1
 */
ALD_API ald_status ald_capability_list(ald_value **out, ald_error **err) ALD_NOEXCEPT;

/**
 * Makes a device in a private lab, without opening it.
 *
 * @param name borrowed for the call; letters, digits, "_", "-" and ".".
 * @param driver borrowed for the call; one of `ald_driver_list`.
 * @param options borrowed for the call; a map; NULL for none.
 * @param out receives an owned device.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK; ALD_E_NOT_FOUND for an unknown driver or option (names the nearest);
 *   ALD_E_INVALID or ALD_E_RANGE for a bad option.
 * @since 0.1
 */
ALD_API ald_status ald_device_new(const char *name, const char *driver, const ald_value *options,
                                  ald_device **out, ald_error **err) ALD_NOEXCEPT;

/**
 * Opens a device. One that is open stays so; one that is disconnected is tried again.
 *
 * @param device borrowed for the call; no child.
 * @param timeout_ns nanoseconds; -1 none, -2 the device's default.
 * @param cancel borrowed for the call; may be NULL.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK; ALD_E_NOT_FOUND, ALD_E_BUSY, ALD_E_PERMISSION, ALD_E_PROTOCOL ... from the
 *   instrument; ALD_E_TIMEOUT; ALD_E_CANCELLED; ALD_E_CLOSED.
 * @since 0.1
 */
ALD_API ald_status ald_device_open(ald_device *device, int64_t timeout_ns, const ald_cancel *cancel,
                                   ald_error **err) ALD_NOEXCEPT;

/**
 * Starts to open a device; see `ald_device_open`.
 *
 * @param device shared until the operation has ended.
 * @param timeout_ns nanoseconds; -1 none, -2 the device's default.
 * @param op receives an owned operation.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK, ALD_E_INVALID or ALD_E_CLOSED.
 * @since 0.1
 */
ALD_API ald_status ald_device_start_open(ald_device *device, int64_t timeout_ns, ald_op **op,
                                         ald_error **err) ALD_NOEXCEPT;

/**
 * Closes a device: motions stop, operations are cancelled, the instrument is released. Waits for
 * that; from one of the library's callbacks it returns at once.
 *
 * @param device borrowed for the call; a child does nothing; NULL does nothing.
 * @since 0.1
 */
ALD_API void ald_device_close(ald_device *device) ALD_NOEXCEPT;

/**
 * Starts to close a device; see `ald_device_close`.
 *
 * @param device shared until the operation has ended; one that is closed already, and a child,
 *   make an operation that ends well at once.
 * @param op receives an owned operation; cancelling it does not help once it has begun.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK; ALD_E_INVALID; ALD_E_LIMIT if no thread can be made.
 * @since 0.1
 */
ALD_API ald_status ald_device_start_close(ald_device *device, ald_op **op,
                                          ald_error **err) ALD_NOEXCEPT;

/**
 * Opens a device that went away by itself, again and again until it opens or is closed.
 * Events tell of it; nothing moves by itself afterwards, and operations that ended when it went
 * away stay ended. A device that was never open is not tried.
 *
 * @param device borrowed for the call; no child.
 * @param interval_ns nanoseconds between two attempts, at least 1000000; 0 for none, as at first.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK; ALD_E_INVALID for a child; ALD_E_RANGE.
 * @since 0.1
 */
ALD_API ald_status ald_device_set_reopen(ald_device *device, int64_t interval_ns,
                                         ald_error **err) ALD_NOEXCEPT;

/**
 * Returns the state of a device. After an error that said that its line is lost it is not
 * ALD_DEVICE_OPEN until the device has been opened again.
 *
 * @param device borrowed for the call.
 * @return `ALD_DEVICE_<X>`; -1 for a bad handle.
 * @since 0.1
 */
ALD_API ald_device_state ald_device_status(const ald_device *device) ALD_NOEXCEPT;

/**
 * Returns the path of a device: its name, or "parent/child".
 *
 * @param device borrowed for the call.
 * @return a string borrowed from the device; "" for a bad handle.
 * @since 0.1
 */
ALD_API const char *ald_device_path(const ald_device *device) ALD_NOEXCEPT;

/**
 * Returns the id of a device, as the `source` of its records.
 *
 * @param device borrowed for the call.
 * @return a number from 1; 0 for a bad handle.
 * @since 0.1
 */
ALD_API uint64_t ald_device_id(const ald_device *device) ALD_NOEXCEPT;

/**
 * Describes a device.
 *
 * @param device borrowed for the call.
 * @param out receives an owned map: path, driver, state, vendor, model, serial_number, firmware,
 *   capabilities (list of names; an axis without "stop" among them cannot be stopped), children
 *   (list of names), properties (list of maps as in `ald_driver_list`), actions (list of names),
 *   failed_children (map from names of unusable parts to why), reopen (in s; null if it is not).
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK or ALD_E_INVALID.
 * @since 0.1
 */
ALD_API ald_status ald_device_describe(const ald_device *device, ald_value **out,
                                       ald_error **err) ALD_NOEXCEPT;

/**
 * Returns how many children a device has. It is known when the device is open.
 *
 * @param device borrowed for the call.
 * @return the number; -1 for a bad handle.
 * @since 0.1
 */
ALD_API int64_t ald_device_child_count(const ald_device *device) ALD_NOEXCEPT;

/**
 * Returns a child by its place.
 *
 * @param device borrowed for the call.
 * @param index 0 to count - 1.
 * @param out receives an owned device.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK, ALD_E_INVALID or ALD_E_RANGE.
 * @since 0.1
 */
ALD_API ald_status ald_device_child_at(const ald_device *device, int64_t index, ald_device **out,
                                       ald_error **err) ALD_NOEXCEPT;

/**
 * Returns a child by its path below the device: "x" or "axes/x".
 *
 * @param device borrowed for the call.
 * @param path borrowed for the call.
 * @param out receives an owned device.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK or ALD_E_NOT_FOUND (names the nearest).
 * @since 0.1
 */
ALD_API ald_status ald_device_child(const ald_device *device, const char *path, ald_device **out,
                                    ald_error **err) ALD_NOEXCEPT;

/**
 * Tells whether a device has a capability. "stop" is one of axes: 1 for those that can be stopped
 * in mid-motion, 0 for those that end a motion at its goal alone.
 *
 * @param device borrowed for the call.
 * @param name borrowed for the call; "readable", "movable", "stop" ...
 * @param version least version wanted; 1 is the first.
 * @return 1 or 0; -1 for a bad handle.
 * @since 0.1
 */
ALD_API int32_t ald_device_can(const ald_device *device, const char *name,
                               int32_t version) ALD_NOEXCEPT;

/**
 * Returns how many properties a device has.
 *
 * @param device borrowed for the call.
 * @return the number; -1 for a bad handle.
 * @since 0.1
 */
ALD_API int64_t ald_device_property_count(const ald_device *device) ALD_NOEXCEPT;

/**
 * Describes a property by its place.
 *
 * @param device borrowed for the call.
 * @param index 0 to count - 1.
 * @param schema receives the record; `struct_size` must be set; its strings are borrowed from
 *   the device; `choices` and `initial` are NULL, `ald_device_describe` gives them.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK, ALD_E_INVALID or ALD_E_RANGE.
 * @since 0.1
 */
ALD_API ald_status ald_device_property_at(const ald_device *device, int64_t index,
                                          ald_schema *schema, ald_error **err) ALD_NOEXCEPT;

/**
 * Describes a property by its name.
 *
 * @param device borrowed for the call.
 * @param name borrowed for the call.
 * @param schema receives the record; `struct_size` must be set; its strings are borrowed from
 *   the device; `choices` and `initial` are NULL, `ald_device_describe` gives them.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK, ALD_E_INVALID or ALD_E_NOT_FOUND (names the nearest).
 * @since 0.1
 */
ALD_API ald_status ald_device_property(const ald_device *device, const char *name,
                                       ald_schema *schema, ald_error **err) ALD_NOEXCEPT;

/**
 * Reads a property from the instrument.
 *
 * @param device borrowed for the call.
 * @param name borrowed for the call.
 * @param timeout_ns nanoseconds; -1 none, -2 the device's default.
 * @param cancel borrowed for the call; may be NULL.
 * @param out receives an owned value.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK; ALD_E_NOT_FOUND; ALD_E_UNSUPPORTED if it cannot be read; ALD_E_STATE if the
 * device is not open; ALD_E_TIMEOUT; ALD_E_CANCELLED; ALD_E_DISCONNECTED; ALD_E_PROTOCOL ...
 * @since 0.1
 */
ALD_API ald_status ald_device_get(ald_device *device, const char *name, int64_t timeout_ns,
                                  const ald_cancel *cancel, ald_value **out,
                                  ald_error **err) ALD_NOEXCEPT;

/**
 * Starts to read a property; see `ald_device_get`.
 *
 * @param device shared until the operation has ended.
 * @param name borrowed for the call.
 * @param timeout_ns nanoseconds; -1 none, -2 the device's default.
 * @param op receives an owned operation; it gives the value.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK; what can be known at once, as in `ald_device_get`.
 * @since 0.1
 */
ALD_API ald_status ald_device_start_get(ald_device *device, const char *name, int64_t timeout_ns,
                                        ald_op **op, ald_error **err) ALD_NOEXCEPT;

/**
 * Returns the last known value of a property, without talking to the instrument.
 *
 * @param device borrowed for the call.
 * @param name borrowed for the call.
 * @param out receives an owned value.
 * @param age_ns receives how many nanoseconds ago it was read; may be NULL.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK; ALD_E_NOT_FOUND; ALD_E_STATE if it was never read.
 * @since 0.1
 */
ALD_API ald_status ald_device_get_cached(const ald_device *device, const char *name,
                                         ald_value **out, int64_t *age_ns,
                                         ald_error **err) ALD_NOEXCEPT;

/**
 * Writes a property and reads it back. Checked against its schema record before anything is sent.
 *
 * @param device borrowed for the call.
 * @param name borrowed for the call.
 * @param value borrowed for the call.
 * @param timeout_ns nanoseconds; -1 none, -2 the device's default.
 * @param cancel borrowed for the call; may be NULL.
 * @param out receives an owned value, what the instrument has now; may be NULL.
 * @param err receives an owned error on failure; may be NULL.
 * @return as `ald_device_get`; ALD_E_INVALID for a wrong type, NaN or no choice; ALD_E_RANGE
 * outside the limits (names limit and unit); ALD_E_UNSUPPORTED if it cannot be written; ALD_E_BUSY.
 * @since 0.1
 */
ALD_API ald_status ald_device_set(ald_device *device, const char *name, const ald_value *value,
                                  int64_t timeout_ns, const ald_cancel *cancel, ald_value **out,
                                  ald_error **err) ALD_NOEXCEPT;

/**
 * Starts to write a property; see `ald_device_set`.
 *
 * @param device shared until the operation has ended.
 * @param name borrowed for the call.
 * @param value shared.
 * @param timeout_ns nanoseconds; -1 none, -2 the device's default.
 * @param op receives an owned operation; it gives what the instrument has now.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK; what can be known at once, as in `ald_device_set`.
 * @since 0.1
 */
ALD_API ald_status ald_device_start_set(ald_device *device, const char *name,
                                        const ald_value *value, int64_t timeout_ns, ald_op **op,
                                        ald_error **err) ALD_NOEXCEPT;

/**
 * Starts an action that the device's description names ("home", "zero").
 *
 * @param device shared until the operation has ended.
 * @param name borrowed for the call.
 * @param arguments shared; NULL for none.
 * @param timeout_ns nanoseconds; -1 none, -2 the device's default.
 * @param op receives an owned operation; it gives what the action gives.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK; ALD_E_NOT_FOUND (names the nearest); ALD_E_STATE if the device is not open.
 * @since 0.1
 */
ALD_API ald_status ald_device_start_action(ald_device *device, const char *name,
                                           const ald_value *arguments, int64_t timeout_ns,
                                           ald_op **op, ald_error **err) ALD_NOEXCEPT;

/**
 * Reads all readable properties of a device and its children, one after the other.
 *
 * @param device shared until the operation has ended.
 * @param timeout_ns nanoseconds for the whole; -1 none, -2 the device's default for each.
 * @param op receives an owned operation; it gives a map from "path:property" to a map with value,
 *   unit and t_wall_ns, or with error where reading failed.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK or ALD_E_STATE if the device is not open.
 * @since 0.1
 */
ALD_API ald_status ald_device_start_snapshot(ald_device *device, int64_t timeout_ns, ald_op **op,
                                             ald_error **err) ALD_NOEXCEPT;

/**
 * Subscribes a queue to the events of a device and its children.
 *
 * @param device borrowed for the call.
 * @param queue shared until it is unsubscribed or closed, or the device is closed.
 * @param kind only records of this kind; 0 for all.
 * @param tag put into each record.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK; ALD_E_CLOSED; ALD_E_INVALID.
 * @since 0.1
 */
ALD_API ald_status ald_device_subscribe(ald_device *device, ald_queue *queue, int32_t kind,
                                        uint64_t tag, ald_error **err) ALD_NOEXCEPT;

/**
 * Ends all subscriptions of a queue with a device.
 *
 * @param device borrowed for the call.
 * @param queue borrowed for the call.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK; ALD_E_NOT_FOUND if it has none.
 * @since 0.1
 */
ALD_API ald_status ald_device_unsubscribe(ald_device *device, ald_queue *queue,
                                          ald_error **err) ALD_NOEXCEPT;

/**
 * Takes one more reference to a device.
 *
 * @param device borrowed for the call; NULL does nothing.
 * @since 0.1
 */
ALD_API void ald_device_ref(const ald_device *device) ALD_NOEXCEPT;

/**
 * Gives a reference to a device back. The last one of a device in a private lab closes it.
 *
 * @param device owned; NULL does nothing.
 * @since 0.1
 */
ALD_API void ald_device_unref(const ald_device *device) ALD_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif
