/**
 * @file
 * What a driver needs, inside and outside the source tree.
 *
 * A driver is a table of functions that `ald_driver_v1` returns; it calls nothing but the host's
 * table. The library hands it one request after the other (open, close, get, set, act) for each
 * device; it completes each exactly once, at once or later. Only the action "stop" may come while
 * another request is under way.
 *
 * A driver without flags is called on the thread of whoever asks and must return at once; one with
 * ALD_DRIVER_BLOCKING is called on the device's own thread, or on the asking thread while the
 * device is idle, and may take until the request's deadline.
 */
#ifndef ALIDADE_DRIVER_H
#define ALIDADE_DRIVER_H

#include <alidade/base.h>
#include <alidade/device.h>
#include <alidade/log.h>
#include <alidade/value.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Version of the driver ABI in these headers. */
enum { ALD_DRIVER_ABI = 1 };

/** A device or a child, as its driver sees it. Valid until the driver's `destroy` has returned. */
typedef struct ald_node ald_node;

/** Something that the driver is asked to do. Valid until it was completed. */
typedef struct ald_request ald_request;

/** What a request asks for. */
typedef int32_t ald_verb;

/** What a request asks for. */
enum {
    /** Open the device: find it, check that it is the right one, add children and properties. */
    ALD_VERB_OPEN = 1,
    /** Leave the instrument safe and release it. */
    ALD_VERB_CLOSE = 2,
    /** Read a property. */
    ALD_VERB_GET = 3,
    /** Write a property and read it back. A motion is the setting of "position". */
    ALD_VERB_SET = 4,
    /** Carry an action out ("home", "stop"). */
    ALD_VERB_ACT = 5
};

/** A request in full. Strings and values are borrowed from the request. */
typedef struct ald_request_info {
    /** Size of this record in bytes, set by the driver. */
    uint32_t struct_size;
    /** `ALD_VERB_<X>`. */
    ald_verb verb;
    /** The device or child that it is for. */
    ald_node *node;
    /** What the driver gave as `user_data` when it added the node; the instance for the device. */
    void *node_data;
    /** Name of the property or the action; "" for open and close. */
    const char *name;
    /** Place of the property in the order in which the driver added them; -1 for none. */
    int64_t property;
    /** The value to set or the action's arguments, checked already; NULL for none. */
    const ald_value *value;
    /** The value to set, if it is one number; NaN otherwise. */
    double number;
    /** When it must have ended, on the monotonic clock; INT64_MAX for never. */
    int64_t deadline_mono_ns;
} ald_request_info;

/** Functions of the library for drivers. Later versions add members at the end. */
typedef struct ald_host {
    /** Size of this table in bytes. */
    uint32_t struct_size;
    /** Driver ABI that the library speaks. */
    int32_t abi;

    /** Adds a child; `name` as in `ald_device_new`; during `create` or open. */
    ald_status (*add_child)(ald_node *node, const char *name, void *user_data, ald_node **child,
                            ald_error **err);
    /** Adds a property; during `create` or open. The record is copied. */
    ald_status (*add_property)(ald_node *node, const ald_schema *schema, ald_error **err);
    /** Adds an action; during `create` or open. */
    ald_status (*add_action)(ald_node *node, const char *name, const char *doc, ald_error **err);
    /** Declares a capability; during `create` or open. "readable" needs the property "value",
     * "movable" the property "position" and the action "stop". */
    ald_status (*add_capability)(ald_node *node, const char *name, int32_t version,
                                 ald_error **err);
    /** Tells who the instrument is; NULL for what is unknown; during `create` or open. */
    ald_status (*set_identity)(ald_node *node, const char *vendor, const char *model,
                               const char *serial_number, const char *firmware, ald_error **err);
    /** Sets the timeouts used where the caller gives none; `motion` also for home. */
    ald_status (*set_timeouts)(ald_node *node, int64_t query_ns, int64_t motion_ns,
                               ald_error **err);

    /** Reads a request. `info->struct_size` must be set. */
    void (*describe)(const ald_request *request, ald_request_info *info);
    /** Tells whether the request should end now: 1 or 0. */
    int32_t (*is_cancelled)(const ald_request *request);
    /** Sleeps until a monotonic time, or until the request should end: then 1. For blocking
     * drivers. */
    int32_t (*sleep_until)(const ald_request *request, int64_t t_mono_ns);
    /** Says that the instrument has accepted the request; the next one may come before it is
     * completed. */
    void (*accept)(ald_request *request);
    /** Tells how far a request is; `unit` and `phase` may be NULL. */
    void (*progress)(ald_request *request, double done, double total, const char *unit,
                     const char *phase);
    /** Completes a request with a value (shared; NULL for null), or with a failure (`error` shared;
     * NULL makes one of the status). */
    void (*complete)(ald_request *request, ald_status status, const ald_value *value,
                     const ald_error *error);
    /** Completes a request with a number and its times. Times that are 0 are taken to be now. */
    void (*complete_reading)(ald_request *request, const ald_reading *reading);

    /** Tells that a property has changed by itself. */
    void (*publish)(ald_node *node, int64_t property, const ald_value *value);
    /** Tells that the device is gone. Requests that are not completed end with ALD_E_DISCONNECTED.
     */
    void (*disconnected)(ald_node *node, const char *why);

    /** Calls `fn` once at a monotonic time, on the library's timer thread; it must return at once.
     * `*timer` receives a number for `unschedule`; never 0. */
    ald_status (*schedule)(ald_node *node, int64_t t_mono_ns, void (*fn)(void *user_data),
                           void *user_data, uint64_t *timer, ald_error **err);
    /** Takes a scheduled call back: 1 if it will not run, 0 if it ran or is running. */
    int32_t (*unschedule)(ald_node *node, uint64_t timer);

    /** `ald_clock_mono_ns` */
    int64_t (*mono_ns)(void);
    /** `ald_log_write`, without the error. */
    void (*log)(ald_log_level level, const char *domain, const char *message);
    /** `ald_error_new`, without where, traceback and cause; may give NULL. */
    ald_error *(*error_new)(ald_status code, const char *domain, int64_t native_code,
                            const char *message);
    /** `ald_error_unref` */
    void (*error_unref)(const ald_error *error);
    /** `ald_value_new_bool` */
    ald_status (*value_new_bool)(int32_t x, ald_value **out, ald_error **err);
    /** `ald_value_new_int` */
    ald_status (*value_new_int)(int64_t x, ald_value **out, ald_error **err);
    /** `ald_value_new_double` */
    ald_status (*value_new_double)(double x, ald_value **out, ald_error **err);
    /** `ald_value_new_string` */
    ald_status (*value_new_string)(const char *text, size_t size, ald_value **out, ald_error **err);
    /** `ald_value_new_list` */
    ald_status (*value_new_list)(ald_value **out, ald_error **err);
    /** `ald_value_new_map` */
    ald_status (*value_new_map)(ald_value **out, ald_error **err);
    /** `ald_value_append` */
    ald_status (*value_append)(ald_value *value, const ald_value *item, ald_error **err);
    /** `ald_value_set` */
    ald_status (*value_set)(ald_value *value, const char *key, size_t key_size,
                            const ald_value *item, ald_error **err);
    /** `ald_value_type` */
    ald_type (*value_type)(const ald_value *value);
    /** `ald_value_get` */
    ald_status (*value_get)(const ald_value *value, const char *key, ald_value **out,
                            ald_error **err);
    /** `ald_value_get_bool` */
    ald_status (*value_get_bool)(const ald_value *value, int32_t *out, ald_error **err);
    /** `ald_value_get_int` */
    ald_status (*value_get_int)(const ald_value *value, int64_t *out, ald_error **err);
    /** `ald_value_get_double` */
    ald_status (*value_get_double)(const ald_value *value, double *out, ald_error **err);
    /** `ald_value_get_string` */
    ald_status (*value_get_string)(const ald_value *value, const char **text, size_t *size,
                                   ald_error **err);
    /** `ald_value_unref` */
    void (*value_unref)(const ald_value *value);
} ald_host;

/** Flags of a driver. */
enum {
    /** Its `submit` may take long. */
    ALD_DRIVER_BLOCKING = 1
};

/** A driver. Later versions add members at the end. */
typedef struct ald_driver {
    /** Size of this table in bytes. */
    uint32_t struct_size;
    /** Driver ABI that the driver was written for, ALD_DRIVER_ABI. */
    int32_t abi;
    /** Name, as in a lab's TOML file. */
    const char *name;
    /** What it drives, one sentence. */
    const char *doc;
    /** `ALD_DRIVER_<X>` flags. */
    uint64_t flags;
    /** Schema records of its options. */
    const ald_schema *options;
    /** Bytes from one record to the next. */
    size_t option_stride;
    /** Number of records. */
    int64_t option_count;
    /** Makes an instance. No input or output. `options` is a complete map, checked and with initial
     * values filled in; borrowed for the call. */
    ald_status (*create)(ald_node *node, const ald_value *options, void **instance,
                         ald_error **err);
    /** Ends an instance. No request and no timer is left. */
    void (*destroy)(void *instance);
    /** Takes a request; completes it now or later. A `cancel` may come on another thread before
     * `submit` has returned, or even before it was called: look at `is_cancelled` once `cancel`
     * would find the request. */
    void (*submit)(void *instance, ald_request *request);
    /** Asks for the end of a request that was taken and not completed, and for the instrument to be
     * left defined: a motion stops. It is completed when that is reached. Any thread; returns at
     * once. May be NULL for a driver that looks at `is_cancelled`. */
    void (*cancel)(void *instance, ald_request *request);
    /** Lists what is connected: a list of maps with name, description and options. May be NULL. */
    ald_status (*discover)(ald_value **candidates, ald_error **err);
} ald_driver;

/** The one function that a driver exports, as `ald_driver_v1`. Gives NULL if the host does not fit.
 */
typedef const ald_driver *(*ald_driver_entry)(const ald_host *host);

#ifdef __cplusplus
}
#endif

#endif
