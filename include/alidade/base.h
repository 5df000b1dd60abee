/**
 * @file
 * Versions, statuses, errors, handles and the end of the library.
 *
 * Words used in every header of the library:
 * - *owned*: the caller must give the handle back with its `_unref` function.
 * - *borrowed for the call*: the library does not keep it after the call.
 * - *borrowed from X*: valid as long as X is.
 * - *shared*: both sides may go on using it; it is reference counted.
 *
 * Every function may be called from any thread unless its `@thread` line says otherwise.
 * On failure pointer outputs are NULL and other outputs are untouched. `err`, the last parameter of
 * a function that can fail, then receives an owned `ald_error`; it may be NULL. The version that a
 * name came in is in docs/symbols-in-versions.
 */
#ifndef ALIDADE_BASE_H
#define ALIDADE_BASE_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define ALD_API __attribute__((visibility("default")))
#else
#define ALD_API
#endif

#ifdef __cplusplus
#define ALD_NOEXCEPT noexcept
extern "C" {
#else
#define ALD_NOEXCEPT
#endif

/** Result of a fallible function: 0 is success, negative values are `ALD_E_<X>`. */
typedef int32_t ald_status;

/** Status codes. They are frozen: a code never changes its number or its meaning. */
enum {
    /** Success. */
    ALD_OK = 0,
    /** A defect of the library itself; please report it. */
    ALD_E_INTERNAL = -1,
    /** A bad argument: NULL, garbage, a stale or wrong-kind handle, a wrong type, an unknown flag.
     */
    ALD_E_INVALID = -2,
    /** The object was closed. */
    ALD_E_CLOSED = -3,
    /** The call or the operation was cancelled. */
    ALD_E_CANCELLED = -4,
    /** The deadline passed. */
    ALD_E_TIMEOUT = -5,
    /** Nothing more will come. */
    ALD_E_END = -6,
    /** Nothing there now, and the call was asked not to wait. */
    ALD_E_WOULD_BLOCK = -7,
    /** No such thing; the message names the nearest known name. */
    ALD_E_NOT_FOUND = -8,
    /** The name is taken. */
    ALD_E_EXISTS = -9,
    /** Another user or another operation holds it. */
    ALD_E_BUSY = -10,
    /** Not allowed in the state that the object is in. */
    ALD_E_STATE = -11,
    /** Outside the limits; the message names limit and unit. */
    ALD_E_RANGE = -12,
    /** A resource cap was reached. */
    ALD_E_LIMIT = -13,
    /** Memory ran out. */
    ALD_E_NO_MEMORY = -14,
    /** The disk is full. */
    ALD_E_NO_SPACE = -15,
    /** The operating system reported an input or output error. */
    ALD_E_IO = -16,
    /** Stored data are damaged or not of the expected format. */
    ALD_E_CORRUPT = -17,
    /** Data on the wire are damaged or not of the expected protocol. */
    ALD_E_PROTOCOL = -18,
    /** Not supported by this object, this build or this machine. */
    ALD_E_UNSUPPORTED = -19,
    /** Two versions do not fit. */
    ALD_E_VERSION = -20,
    /** The operating system or the other side denied access. */
    ALD_E_PERMISSION = -21,
    /** A policy of this set-up forbids it. */
    ALD_E_POLICY = -22,
    /** The device or the peer is gone. */
    ALD_E_DISCONNECTED = -23,
    /** The device was reset and has lost its settings. */
    ALD_E_STATE_LOST = -24,
    /** A callback of the application failed; bindings raise the application's own exception again.
     */
    ALD_E_CALLBACK = -25,
    /** The process is a forked child of the one that made the object. */
    ALD_E_FORKED = -26
};

/** Error: what went wrong, in full. Immutable; made by the library or by `ald_error_new`. */
typedef struct ald_error ald_error;

/**
 * Returns the version of the library, "major.minor.patch".
 *
 * @return a static string.
 */
ALD_API const char *ald_version(void) ALD_NOEXCEPT;

/**
 * Returns the version of the ABI. A binding generated for another one must refuse to load.
 *
 * @return a number that grows with each incompatible change; the one of these headers is `ALD_ABI`.
 */
ALD_API int32_t ald_abi_version(void) ALD_NOEXCEPT;

/** Timeouts with a meaning of their own. */
enum {
    /** Look, do not wait. */
    ALD_WAIT_NOT = 0,
    /** Wait without limit. */
    ALD_WAIT_FOREVER = -1,
    /** The object's own default; allowed where the function's documentation says so. */
    ALD_WAIT_DEFAULT = -2
};

/** ABI version of these headers. */
enum { ALD_ABI = 2 };

/**
 * Tells whether the library was built with an optional part.
 *
 * @param name borrowed for the call; one of the names that `ald_feature_names` lists.
 * @return 1 if it has it, 0 if not or if the name is NULL or unknown.
 */
ALD_API int32_t ald_has_feature(const char *name) ALD_NOEXCEPT;

/**
 * Lists the optional parts that this build has: rooms ("kernels", "sim"), "serialport" and others.
 *
 * @return a static string, names separated by spaces.
 */
ALD_API const char *ald_feature_names(void) ALD_NOEXCEPT;

/**
 * Names a status: "ALD_E_TIMEOUT" for -5.
 *
 * @param status any number.
 * @return a static string; "ALD_E_UNKNOWN" for a number that is no status.
 */
ALD_API const char *ald_status_name(ald_status status) ALD_NOEXCEPT;

/**
 * Closes every object and ends every thread of the library.
 *
 * Operations in flight are cancelled, and every open object is closed, also those that no caller
 * has a handle to, as a probe's. Handles stay valid tokens: using them afterwards gives
 * ALD_E_CLOSED, `_unref` goes on working. The library can be used again afterwards; new objects
 * start it anew. Bindings call this function at exit.
 *
 * Descriptors are closed, and handles that callers hold stay theirs. What the library itself keeps
 * are the values in the records of drivers' and simulated instruments' options, which are made once
 * and counted by `ald_handle_count`.
 *
 * @param timeout_ns nanoseconds to wait for callbacks and threads to end; -1 waits without limit.
 * @return ALD_OK, ALD_E_TIMEOUT if something was still running (the message names it), or
 *   ALD_E_STATE from one of the library's own threads or callbacks.
 */
ALD_API ald_status ald_shutdown(int64_t timeout_ns, ald_error **err) ALD_NOEXCEPT;

/**
 * Makes an error, for callbacks and drivers that report what went wrong.
 *
 * @param code a negative status.
 * @param domain borrowed for the call; who speaks ("serial", "usb", "scpi", "python", ...); NULL is
 * "application".
 * @param native_code the code of the operating system or the instrument; 0 if there is none.
 * @param message borrowed for the call; one line of UTF-8: what was wrong, what was expected, what
 * to do.
 * @param where borrowed for the call; file and line, byte offset or device and command; NULL if
 * unknown.
 * @param traceback borrowed for the call; several lines; NULL if there is none.
 * @param cause the error behind this one; shared; NULL if there is none.
 * @param out receives an owned error.
 * @return ALD_OK; ALD_E_INVALID if `code` is no failure or `message` is NULL or not UTF-8.
 */
ALD_API ald_status ald_error_new(ald_status code, const char *domain, int64_t native_code,
                                 const char *message, const char *where, const char *traceback,
                                 const ald_error *cause, ald_error **out,
                                 ald_error **err) ALD_NOEXCEPT;

/**
 * Returns the status that the error belongs to.
 *
 * @param error borrowed for the call.
 * @return a negative status; ALD_E_INVALID for a bad handle.
 */
ALD_API ald_status ald_error_code(const ald_error *error) ALD_NOEXCEPT;

/**
 * Returns the message: one line of UTF-8.
 *
 * @param error borrowed for the call.
 * @return a string borrowed from the error; "" for a bad handle.
 */
ALD_API const char *ald_error_message(const ald_error *error) ALD_NOEXCEPT;

/**
 * Returns who reported the error, for example "serial", "settings" or "device".
 *
 * @param error borrowed for the call.
 * @return a string borrowed from the error; "" for a bad handle.
 */
ALD_API const char *ald_error_domain(const ald_error *error) ALD_NOEXCEPT;

/**
 * Returns the code that the operating system or the instrument gave.
 *
 * @param error borrowed for the call.
 * @return the number; 0 if there is none or the handle is bad.
 */
ALD_API int64_t ald_error_native_code(const ald_error *error) ALD_NOEXCEPT;

/**
 * Returns the place: "lab.toml:12:3", "byte 17" or "stage/x: position".
 *
 * @param error borrowed for the call.
 * @return a string borrowed from the error; "" if unknown or for a bad handle.
 */
ALD_API const char *ald_error_where(const ald_error *error) ALD_NOEXCEPT;

/**
 * Returns the traceback of a script or a callback, several lines.
 *
 * @param error borrowed for the call.
 * @return a string borrowed from the error; "" if there is none or for a bad handle.
 */
ALD_API const char *ald_error_traceback(const ald_error *error) ALD_NOEXCEPT;

/**
 * Returns the error behind this one.
 *
 * @param error borrowed for the call.
 * @return an owned error; NULL if there is none or for a bad handle.
 */
ALD_API ald_error *ald_error_cause(const ald_error *error) ALD_NOEXCEPT;

/**
 * Takes one more reference to an error.
 *
 * @param error borrowed for the call; NULL does nothing.
 */
ALD_API void ald_error_ref(const ald_error *error) ALD_NOEXCEPT;

/**
 * Gives a reference to an error back.
 *
 * @param error owned; NULL does nothing.
 */
ALD_API void ald_error_unref(const ald_error *error) ALD_NOEXCEPT;

/** Kinds of handles, as `ald_handle_kind` tells them. */
typedef int32_t ald_kind;

/** Kinds of handles. */
enum {
    /** No handle: NULL, garbage or stale. */
    ALD_KIND_NONE = 0,
    /* lib/gen writes the kinds from here; a number never changes */
    /** `ald_error` */
    ALD_KIND_ERROR = 1,
    /** `ald_value` */
    ALD_KIND_VALUE = 2,
    /** `ald_buffer` */
    ALD_KIND_BUFFER = 3,
    /** `ald_cancel` */
    ALD_KIND_CANCEL = 4,
    /** `ald_op` */
    ALD_KIND_OP = 5,
    /** `ald_queue` */
    ALD_KIND_QUEUE = 6,
    /** `ald_clock` */
    ALD_KIND_CLOCK = 7,
    /** `ald_settings` */
    ALD_KIND_SETTINGS = 8,
    /** `ald_callable` */
    ALD_KIND_CALLABLE = 9,
    /** `ald_source` */
    ALD_KIND_SOURCE = 10,
    /** `ald_lab` */
    ALD_KIND_LAB = 11,
    /** `ald_device` */
    ALD_KIND_DEVICE = 12,
    /** `ald_frame_stream` */
    ALD_KIND_FRAME_STREAM = 13,
    /** `ald_bench` */
    ALD_KIND_BENCH = 14,
    /** `ald_simulation` */
    ALD_KIND_SIMULATION = 15,
    /** `ald_frame` */
    ALD_KIND_FRAME = 16
    /* to here */
};

/**
 * Tells what kind of object a handle stands for, without touching memory behind it.
 *
 * @param handle any bit pattern.
 * @return `ALD_KIND_<X>`; ALD_KIND_NONE for a bad handle: NULL, garbage or stale.
 */
ALD_API ald_kind ald_handle_kind(const void *handle) ALD_NOEXCEPT;

/**
 * Takes one more reference to an object of any kind.
 *
 * A million references to one object are more than are counted: it then stays open until
 * `ald_shutdown`, and the log says so once.
 *
 * @param handle borrowed for the call; NULL does nothing.
 */
ALD_API void ald_handle_ref(const void *handle) ALD_NOEXCEPT;

/**
 * Gives a reference to an object of any kind back.
 *
 * With the last one the handle becomes stale. The object is closed, unless something else holds it:
 * a part of it that has a handle of its own, a value or a waiting record that refers to it.
 *
 * @param handle owned; NULL does nothing.
 */
ALD_API void ald_handle_unref(const void *handle) ALD_NOEXCEPT;

/**
 * Gives many references back at once.
 *
 * @param handles `count` owned handles of any kinds; NULLs among them do nothing.
 * @param count number of handles.
 */
ALD_API void ald_handle_unref_many(const void *const *handles, int64_t count) ALD_NOEXCEPT;

/**
 * Gives the reference that stands in a place back, and puts NULL there.
 *
 * For languages and attributes that clean up a place with what came into it, as
 * `__attribute__((cleanup(ald_handle_clear))) ald_op *op = NULL;` does in GNU C.
 *
 * @param place the address of a pointer to an owned handle of any kind, or to NULL; borrowed for
 *   the call; NULL does nothing.
 * @thread One thread at a time may use a place.
 */
ALD_API void ald_handle_clear(void *place) ALD_NOEXCEPT;

/**
 * Counts the objects that are alive, for leak checks.
 *
 * @return the number of handles that have not been given back yet.
 */
ALD_API int64_t ald_handle_count(void) ALD_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif
