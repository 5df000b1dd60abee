/**
 * @file
 * Interface of drivers, inside and outside the source tree.
 *
 * A driver is a table of functions that `ald_driver_v2` returns; it calls nothing but the host's
 * table. The library hands it one request after the other (open, close, get, set, act) for each
 * device; it completes each exactly once, at once or later. Only an action that ends a motion
 * ("stop", "close_shutter") may come while another request is under way.
 *
 * A driver without flags is called on the thread of whoever asks and must return at once; one with
 * ALD_DRIVER_BLOCKING is called on the device's own thread, or on the asking thread while the
 * device is idle, and may take until the request's deadline. One without the flag that holds its
 * caller up for a quarter of a second is named in the log.
 *
 * What a driver hands over is checked as what callers do is. A call of the host's table that is
 * refused says why, and writes that to the log with the driver's name. An answer that does not fit
 * its property's schema (another type, none of the choices; NaN and numbers outside the limits are
 * let through, because an instrument may have no number now, or stand elsewhere), or a status that
 * is none of ALD_E_<X>, gives the caller ALD_E_PROTOCOL. A request that the driver was asked to
 * end, by its deadline, a cancel or closing, and has not completed two seconds later (or two
 * seconds after `takes_until`) is given up: its caller gets an error that names the driver, and the
 * driver may still complete it later, which frees it. An axis whose motion was given up must be
 * stopped before it moves again.
 */
#ifndef ALIDADE_DRIVER_H
#define ALIDADE_DRIVER_H

#include <alidade/base.h>
#include <alidade/buffer.h>
#include <alidade/clock.h>
#include <alidade/device.h>
#include <alidade/frame.h>
#include <alidade/log.h>
#include <alidade/number.h>
#include <alidade/readable.h>
#include <alidade/simulation.h>
#include <alidade/value.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Version of the driver ABI in these headers. It grows at the end of its tables and records only;
 * what moves a member or takes one away gets a new number. */
enum { ALD_DRIVER_ABI = 2 };

/** Oldest version of the driver ABI that a library of these headers still takes. */
enum { ALD_DRIVER_ABI_MIN = 2 };

/** A device or a child, as its driver sees it. Valid until the driver's `destroy` has returned. */
typedef struct ald_node ald_node;

/** Request: a verb for the driver to carry out. Valid until it was completed. */
typedef struct ald_request ald_request;

/** Verb of a request. */
typedef int32_t ald_verb;

/** Verb of a request. */
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
    ALD_VERB_ACT = 5,
    /** Look after the instrument: what `poll_at` asked for. Nobody waits for its end. */
    ALD_VERB_POLL = 6
};

/** A request in full. Strings and values are borrowed from the request. */
typedef struct ald_request_info {
    /** Size of this record in bytes, set by the driver. */
    uint32_t struct_size;
    /** `ALD_VERB_<X>`. */
    ald_verb verb;
    /** The device or child that it is for. */
    ald_node *node;
    /** User data that the driver gave when it added the node; the instance for the device. */
    void *node_data;
    /** Name of the property or the action; "" for open and close. */
    const char *name;
    /** Place of the property in the order in which the driver added them; -1 for none. */
    int64_t property;
    /** The value to set or the action's arguments, checked already; NULL for none. */
    const ald_value *value;
    /** The value to set, if it is one number; NaN otherwise. */
    double number;
    /** Deadline, on the monotonic clock; INT64_MAX for none. */
    int64_t deadline_mono_ns;
} ald_request_info;

/** A line to an instrument: a serial port, a socket, a simulated instrument. */
typedef struct ald_port ald_port;

/** Parity of a serial line. */
enum { ALD_PARITY_NONE = 0, ALD_PARITY_ODD = 1, ALD_PARITY_EVEN = 2 };

/** Flow control of a serial line. */
enum { ALD_FLOW_NONE = 0, ALD_FLOW_RTS_CTS = 1, ALD_FLOW_XON_XOFF = 2 };

/** Flags of a port and of what is sent on it. */
enum {
    /** For a port: a stop cuts off bytes that are on their way; without it they are sent first. */
    ALD_PORT_ABORT_WRITES = 1,
    /** For `port_send_now`: interrupt whoever waits for a reply on the port. */
    ALD_PORT_INTERRUPT = 2
};

/** Protocol of an instrument on a line. Settings of a serial line hold where there is one; what the
 * URI says goes before them. Later versions add members at the end. */
typedef struct ald_port_config {
    /** Size of this record in bytes, set by the driver. */
    uint32_t struct_size;
    /** Bits per second. */
    int32_t baud;
    /** Data bits, 5 to 8. */
    int32_t data_bits;
    /** `ALD_PARITY_<X>` */
    int32_t parity;
    /** Stop bits, 1 or 2. */
    int32_t stop_bits;
    /** `ALD_FLOW_<X>` */
    int32_t flow;
    /** `ALD_PORT_ABORT_WRITES` or 0. */
    uint64_t flags;
    /** Terminator of a line that the instrument sends; borrowed for the call. */
    const char *terminator;
    /** After that many nanoseconds of silence no late reply comes any more. */
    int64_t latency_ns;
    /** Finds out whether instrument and driver are in step again, by a query whose answer cannot be
     * mistaken, on a port that is suspect: after a timeout, a cancel, an interrupt or
     * `port_suspect`. Called before the next exchange, by the thread that wants it, with what had
     * arrived thrown away; ALD_OK ends the suspicion. NULL: `latency_ns` of silence ends it. */
    ald_status (*resync)(void *user_data, ald_port *port, const ald_request *request,
                         ald_error **err);
    /** Given to `resync`. */
    void *user_data;
    /** Terminator of each message that the driver sends, as "\r"; borrowed for the call. With it
     * `terminator=` in the URI of a line is another end, for both directions: the driver goes on
     * as it is, and the library exchanges the ends. NULL or "" for protocols whose ends are fixed,
     * which refuse that option. */
    const char *sent_end;
} ald_port_config;

/** The end of a line at which a simulated instrument sits. */
typedef struct ald_link ald_link;

/** A simulated instrument: speaks the protocol of a real one. All its functions are called by one
 * thread, one at a time, and return at once. Later versions add members at the end. */
typedef struct ald_instrument {
    /** Size of this table in bytes. */
    uint32_t struct_size;
    /** Zero. */
    uint32_t reserved;
    /** Name, as in "sim:esp300". */
    const char *name;
    /** Description of the instrument, one sentence. */
    const char *doc;
    /** Schema records of its options. */
    const ald_schema *options;
    /** Bytes from one record to the next. */
    size_t option_stride;
    /** Number of records. */
    int64_t option_count;
    /** Switches it on. `options` is complete and checked; borrowed for the call. `bench` is
     * borrowed until `destroy` has returned. */
    ald_status (*create)(ald_link *link, ald_bench *bench, const ald_value *options,
                         void **instance, ald_error **err);
    /** Switches it off. */
    void (*destroy)(void *instance);
    /** Bytes have come, as many as there were: perhaps a part of a command, perhaps several. */
    void (*receive)(void *instance, const void *data, size_t size);
    /** The time of `link_wake_at` has come. */
    void (*wake)(void *instance, int64_t t_mono_ns);
} ald_instrument;

/** Settings of a simulated camera, with which it records the light that falls on it. */
typedef struct ald_exposure {
    /** Size of this record in bytes, set by the driver. */
    uint32_t struct_size;
    /** Bits of a pixel, 8 to 16; pixels are clipped at the greatest number. */
    int32_t bit_depth;
    /** Left edge of the region, in pixels of the sensor. */
    int32_t x;
    /** Upper edge of the region, in pixels of the sensor. */
    int32_t y;
    /** Width of the region, in pixels of the sensor; a multiple of `binning_x`. */
    int32_t width;
    /** Height of the region, in pixels of the sensor; a multiple of `binning_y`. */
    int32_t height;
    /** Pixels of the sensor added up to one, horizontally. */
    int32_t binning_x;
    /** Pixels of the sensor added up to one, vertically. */
    int32_t binning_y;
    /** Width of the sensor, in pixels. */
    int32_t sensor_width;
    /** Height of the sensor, in pixels. */
    int32_t sensor_height;
    /** Begin of the exposure, on the monotonic clock, in nanoseconds. */
    int64_t t_mono_ns;
    /** Duration, in seconds. */
    double exposure;
    /** Counts per electron. */
    double gain;
    /** Counts without light. */
    double offset;
    /** Standard deviation of the read noise, in electrons per pixel read. */
    double read_noise;
    /** Dark current at the sensor's temperature, in electrons per second and pixel. */
    double dark_current;
    /** Electrons that a pixel holds. */
    double full_well;
    /** Number of the exposure: the same number gives the same noise. */
    uint64_t number;
    /** `ALD_EXPOSURE_<X>` flags. */
    uint64_t flags;
} ald_exposure;

/** Flags of an exposure. */
enum {
    /** The shutter of the camera stays closed. */
    ALD_EXPOSURE_DARK = 1,
    /** Even light instead of the sample, for calibration. */
    ALD_EXPOSURE_FLAT = 2
};

/** Destination of a node's frames. Valid until the driver's `destroy` has returned. */
typedef struct ald_frame_sink ald_frame_sink;

/** Room for one frame, taken from the pool of a sink. */
typedef struct ald_slot ald_slot;

/** Functions of the library for drivers. Later versions add members at the end. */
typedef struct ald_host {
    /** Size of this table in bytes. */
    uint32_t struct_size;
    /** Driver ABI that the library speaks. */
    int32_t abi;

    /** Adds a child; `name` as in `ald_device_new`; during `create` or open. */
    ald_status (*add_child)(ald_node *node, const char *name, void *user_data, ald_node **child,
                            ald_error **err);
    /** Says that a part of the device is there and cannot be used, and why, in place of
     * `add_child`; during open. The rest of the device opens. Told by an event "device.failed", by
     * `ald_device_describe`, by what opening a lab gives, and to whoever asks for the child. */
    ald_status (*child_failed)(ald_node *node, const char *name, const ald_error *why,
                               ald_error **err);
    /** Adds a property; during `create` or open. The record is copied. */
    ald_status (*add_property)(ald_node *node, const ald_schema *schema, ald_error **err);
    /** Adds an action; during `create` or open. `flags` are `ALD_ACTION_<X>` or 0. */
    ald_status (*add_action)(ald_node *node, const char *name, const char *doc, uint64_t flags,
                             ald_error **err);
    /** Declares a capability; during `create` or open. "readable" needs the property "value",
     * "movable" the property "position". A movable without the action "stop" cannot be stopped:
     * callers see it by `ald_device_can` of "stop", and its driver calls `takes_until` for each
     * motion. */
    ald_status (*add_capability)(ald_node *node, const char *name, int32_t version,
                                 ald_error **err);
    /** Tells who the instrument is; NULL for what is unknown; during `create` or open. */
    ald_status (*set_identity)(ald_node *node, const char *vendor, const char *model,
                               const char *serial_number, const char *firmware, ald_error **err);
    /** Sets the timeouts used where the caller gives none, each more than 0 or -1 for none;
     * `motion` also for home. */
    ald_status (*set_timeouts)(ald_node *node, int64_t query_ns, int64_t motion_ns,
                               ald_error **err);
    /** Says during open that an axis was found moving before the driver has stopped it: the event
     * `motion.found`. An axis that was moving when its line was lost is asked for its property
     * "settled" and gets the action "stop" by the library itself, right after open. */
    void (*found_moving)(ald_node *node);

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
    /** Says that the instrument cannot end a request before a monotonic time, as the motion of an
     * axis that cannot be stopped: after a cancel or a timeout the caller is held until the driver
     * has completed it, or until shortly after that time. A later call replaces it. Any thread. */
    void (*takes_until)(ald_request *request, int64_t t_mono_ns);
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

    /** `ald_clock_mono_ns` */
    int64_t (*mono_ns)(void);
    /** Calls `fn` once at a monotonic time, on the library's timer thread; it must return at once.
     * `*timer` receives a number for `unschedule`; never 0. */
    ald_status (*schedule)(ald_node *node, int64_t t_mono_ns, void (*fn)(void *user_data),
                           void *user_data, uint64_t *timer, ald_error **err);
    /** Takes a scheduled call back: 1 if it will not run, 0 if it ran or is running. */
    int32_t (*unschedule)(ald_node *node, uint64_t timer);
    /** Submits a request ALD_VERB_POLL for the node at a monotonic time, in turn with the device's
     * other requests; a call before that replaces the time. For blocking drivers: what needs the
     * instrument again and again, as a motion under way, gives the others their turn. Its deadline
     * is a second after its turn has come: what is not answered until then is asked again by the
     * next poll. */
    ald_status (*poll_at)(ald_node *node, int64_t t_mono_ns, ald_error **err);

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
    /** `ald_value_count` */
    int64_t (*value_count)(const ald_value *value);
    /** `ald_value_at` */
    ald_status (*value_at)(const ald_value *value, int64_t index, ald_value **out, ald_error **err);
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

    /** `ald_number_format`: for what goes to an instrument or a file. `printf` writes a comma where
     * the program that the driver works for has such a locale. */
    ald_status (*number_format)(double x, ald_notation notation, int32_t digits, char *text,
                                size_t capacity, size_t *size, ald_error **err);
    /** `ald_number_parse`: for what comes from one. `strtod` stops at the point, or takes a comma
     * for it, in such a locale. */
    ald_status (*number_parse)(const char *text, size_t size, double *x, size_t *used,
                               ald_error **err);

    /** `ald_clock_new`: the clock of the hardware, whose id readings and frames carry. Owned; given
     * back by `clock_unref`. */
    ald_status (*clock_new)(const char *name, ald_clock **clock, ald_error **err);
    /** `ald_clock_observe` */
    ald_status (*clock_observe)(ald_clock *clock, int64_t t_hw_ns, int64_t before_mono_ns,
                                int64_t after_mono_ns, ald_error **err);
    /** `ald_clock_to_mono` */
    ald_status (*clock_to_mono)(const ald_clock *clock, int64_t t_hw_ns, int64_t *t_mono_ns,
                                int64_t *uncertainty_ns, ald_error **err);
    /** `ald_clock_id` */
    uint64_t (*clock_id)(const ald_clock *clock);
    /** `ald_clock_unref` */
    void (*clock_unref)(const ald_clock *clock);

    /** Opens a line: "serial:/dev/ttyUSB0?baud=19200", "tcp:host:port", "rfc2217:host:port",
     * "sim:esp300". It is closed by `port_close` alone. Until the request's deadline. A line that
     * goes away disconnects the device by itself, also while nobody uses it. The functions of ports
     * are for blocking drivers, and but for `port_send_now`, `port_suspect` and `port_close` for
     * one thread at a time, inside `submit`. */
    ald_status (*port_open)(const ald_request *request, const char *uri,
                            const ald_port_config *config, ald_port **port, ald_error **err);
    /** Closes a line; NULL does nothing. */
    void (*port_close)(ald_port *port);
    /** Sends bytes, all of them. ALD_E_TIMEOUT says how many were taken. */
    ald_status (*port_write)(ald_port *port, const ald_request *request, const void *data,
                             size_t size, ald_error **err);
    /** Waits for bytes until a monotonic time, the request's deadline or its cancel, whichever
     * comes first: at least one, at most `capacity`. */
    ald_status (*port_read)(ald_port *port, const ald_request *request, int64_t deadline_mono_ns,
                            void *buffer, size_t capacity, size_t *size, ald_error **err);
    /** Waits for a line in the same way. `text` receives it without the terminator, ended by NUL;
     * ALD_E_PROTOCOL for one that is longer than `capacity` - 1 bytes or holds a NUL. */
    ald_status (*port_read_line)(ald_port *port, const ald_request *request,
                                 int64_t deadline_mono_ns, char *text, size_t capacity,
                                 size_t *size, ald_error **err);
    /** Exchanges a message for a line: sees to it that the port is not suspect, throws away what
     * has come before, sends, and waits for a line until the request's deadline, or for nothing if
     * `text` is NULL. What an instrument sends unasked is read by `port_read_line`. */
    ald_status (*port_query)(ald_port *port, const ald_request *request, const void *data,
                             size_t size, char *text, size_t capacity, size_t *text_size,
                             ald_error **err);
    /** Throws away what has arrived. */
    void (*port_discard)(ald_port *port);
    /** Says that a reply did not fit, so that the next one may not either. */
    void (*port_suspect)(ald_port *port);
    /** Sends bytes before all else, for stops: any thread, while others wait for a reply.
     * `ALD_PORT_INTERRUPT` or 0; with it the request that used the port last gets
     * ALD_E_CANCELLED from the port. */
    ald_status (*port_send_now)(ald_port *port, const void *data, size_t size, uint64_t flags,
                                ald_error **err);
    /** Lists the serial ports of this computer, without opening them: an owned list of maps with
     * uri, path, description, and where known vendor_id, product_id, manufacturer, product,
     * serial_number. */
    ald_status (*port_list)(ald_value **ports, ald_error **err);

    /** Sets the size and type of the frames of a node that has the capability "frame_producer":
     * during open, and again when it changes while no slot is taken. Any type and number of
     * dimensions; shape and strides of `view` count, its data is NULL. `*sink` receives where the
     * frames go, always the same for a node. */
    ald_status (*stream_configure)(ald_node *node, const ald_view *view, ald_frame_sink **sink,
                                   ald_error **err);
    /** Takes room for a frame: zero-filled never, 64-byte aligned. Waits until the time given where
     * a lossless stream has to catch up. ALD_E_TIMEOUT or ALD_E_WOULD_BLOCK if there is none;
     * ALD_E_NO_MEMORY, which lossless streams and the log are told by the library: the driver says
     * `frames_lost` alone. Any thread. */
    ald_status (*slot_take)(ald_frame_sink *sink, int64_t deadline_mono_ns, ald_slot **slot,
                            void **data, ald_error **err);
    /** Gives a filled slot to all streams as a frame. `seq`, `index` and `lost_before` of the
     * record are counted by the library, times that are 0 are taken to be now. `metadata` is a map
     * or NULL, borrowed for the call. Any thread. */
    void (*slot_publish)(ald_frame_sink *sink, ald_slot *slot, const ald_frame_info *info,
                         const ald_value *metadata);
    /** Gives a slot back that was not filled. Any thread. */
    void (*slot_drop)(ald_frame_sink *sink, ald_slot *slot);
    /** Says that `count` frames were lost before the next one: streams see a gap. Any thread. */
    void (*frames_lost)(ald_frame_sink *sink, int64_t count);

    /** The simulated bench of a name, or of the node's lab for NULL or ""; borrowed until the
     * driver's `destroy` has returned. */
    ald_status (*bench_of)(ald_node *node, const char *name, ald_bench **bench, ald_error **err);
    /** A quantity of the bench at a monotonic time not after now, in its unit; NaN for an unknown
     * one. */
    double (*bench_get)(const ald_bench *bench, const char *quantity, int64_t t_mono_ns);
    /** The UCUM unit of a quantity of every bench; NULL for an unknown one. */
    const char *(*bench_unit)(const char *quantity);
    /** Changes a quantity of the bench now. */
    ald_status (*bench_set)(ald_bench *bench, const char *quantity, double value, ald_error **err);
    /** Sends an axis of the bench to a position from now on, with a trapezoidal profile of velocity
     * (units per second) and acceleration (units per second squared). `arrives_mono_ns` may be
     * NULL.
     */
    ald_status (*bench_move)(ald_bench *bench, const char *axis, double position, double velocity,
                             double acceleration, int64_t *arrives_mono_ns, ald_error **err);
    /** Brings an axis of the bench to rest. `rests_mono_ns` may be NULL. */
    ald_status (*bench_halt)(ald_bench *bench, const char *axis, double deceleration,
                             int64_t *rests_mono_ns, ald_error **err);
    /** A seed for the noise of one instrument, always the same for the bench's seed and the name.
     */
    uint64_t (*bench_seed)(const ald_bench *bench, const char *who);
    /** Takes the image that a camera at the bench sees: fills `height / binning_y` rows of `width /
     * binning_x` numbers, with `stride` bytes from one row to the next. */
    ald_status (*bench_expose)(const ald_bench *bench, const ald_exposure *exposure,
                               uint16_t *pixels, size_t stride, ald_error **err);

    /** Sends bytes to whoever is at the other end of a simulated instrument's line. */
    void (*link_send)(ald_link *link, const void *data, size_t size);
    /** Calls `wake` at a monotonic time; a later call replaces an earlier one; INT64_MAX never. */
    void (*link_wake_at)(ald_link *link, int64_t t_mono_ns);

    /** Says that `count` frames were lost before the next one because the driver had no memory to
     * fill them: as `frames_lost`, and fetching from a lossless stream fails once with
     * ALD_E_NO_MEMORY. The log tells the first until there is a frame again. Any thread. */
    void (*frames_starved)(ald_frame_sink *sink, int64_t count);
} ald_host;

/** Flags of an action. */
enum {
    /** Starts a motion or an exposure: refused while an emergency stop of the lab holds. "home",
     * "jog_forward", "jog_backward", "arm", "trigger" and "open_shutter" are so without it. A
     * property whose writing starts something has ALD_SCHEMA_STARTS. What makes an instrument safe,
     * as the action "safe", has none. */
    ALD_ACTION_STARTS = 1,
    /** Moves the axis, as "home" does: starts a motion, takes the time of one, and only one goes on
     * at a time. "home", "jog_forward" and "jog_backward" are so without it. */
    ALD_ACTION_MOVES = 2
};

/** Flags of a driver. */
enum {
    /** Allows `submit` to block: the driver is called on a thread of its own. */
    ALD_DRIVER_BLOCKING = 1
};

/** A driver. Later versions add members at the end; those beyond `struct_size` count as 0. */
typedef struct ald_driver {
    /** Size of this table in bytes, as the driver's own headers have it. */
    uint32_t struct_size;
    /** Driver ABI that the driver was built for: ALD_DRIVER_ABI of its headers. A library takes
     * what its own headers name: ALD_DRIVER_ABI_MIN to ALD_DRIVER_ABI. */
    int32_t abi;
    /** Name, as in a lab's TOML file. */
    const char *name;
    /** Description of what it drives, one sentence. */
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
    /** Ends an instance. No timer is left, and no request but those that were given up: these stay
     * valid until it returns. */
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
    /** Simulated instruments that come with the driver; may be NULL. */
    const ald_instrument *instruments;
    /** Bytes from one instrument's table to the next. */
    size_t instrument_stride;
    /** Number of instruments. */
    int64_t instrument_count;
} ald_driver;

/** The one function that a driver exports, as `ald_driver_v2`: its name has the driver ABI that the
 * driver was built for, so that a library of another one refuses it without calling it. It looks at
 * `host->struct_size` to see how much of the table the library has, and gives NULL if that is not
 * enough. A driver outside the
 * tree is a shared library that is linked with nothing of alidade; `ald_driver_load` tells how it
 * is found. */
typedef const ald_driver *(*ald_driver_entry)(const ald_host *host);

#ifdef __cplusplus
}
#endif

#endif
