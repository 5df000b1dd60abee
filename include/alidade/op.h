/**
 * @file
 * Cancelling, and long work that can be waited for, watched, paused and cancelled.
 *
 * Every operation ends exactly once: done, failed or cancelled. Waiting for one with a timeout
 * never cancels it; giving its handle back does not either.
 */
#ifndef ALIDADE_OP_H
#define ALIDADE_OP_H

#include <alidade/base.h>
#include <alidade/queue.h>
#include <alidade/value.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Cancellation token: triggering it ends every call that holds it with ALD_E_CANCELLED; it cannot
 * be reset. */
typedef struct ald_cancel ald_cancel;

/** An operation: work that goes on by itself. */
typedef struct ald_op ald_op;

/**
 * Makes a cancel object.
 *
 * @param out receives an owned cancel.
 * @return ALD_OK or ALD_E_NO_MEMORY.
 */
ALD_API ald_status ald_cancel_new(ald_cancel **out, ald_error **err) ALD_NOEXCEPT;

/**
 * Ends all calls that wait with this cancel, now and later, with ALD_E_CANCELLED.
 *
 * @param cancel borrowed for the call; NULL does nothing.
 * @thread any, and signal handlers.
 */
ALD_API void ald_cancel_trigger(ald_cancel *cancel) ALD_NOEXCEPT;

/**
 * Tells whether a cancel was triggered.
 *
 * @param cancel borrowed for the call.
 * @return 1 or 0; -1 for a bad handle.
 */
ALD_API int32_t ald_cancel_is_triggered(const ald_cancel *cancel) ALD_NOEXCEPT;

/** Reason why a cancel was triggered; of several reasons the greatest. */
typedef int32_t ald_cancel_reason;

/** Reason why a cancel was triggered; of several reasons the greatest. */
enum {
    /** Not triggered. */
    ALD_CANCEL_NOT = 0,
    /** Triggered by `ald_cancel_trigger`. */
    ALD_CANCEL_TRIGGERED = 1,
    /** An axis that it is attached to was told to stop; see `ald_movable_attach_cancel`. */
    ALD_CANCEL_AXIS_STOPPED = 2,
    /** An emergency stop of a lab that it is attached to; see `ald_lab_attach_cancel`. */
    ALD_CANCEL_EMERGENCY_STOP = 3
};

/**
 * Tells why a cancel was triggered.
 *
 * @param cancel borrowed for the call.
 * @return `ALD_CANCEL_<X>`; -1 for a bad handle.
 * @thread any, and signal handlers.
 */
ALD_API ald_cancel_reason ald_cancel_why(const ald_cancel *cancel) ALD_NOEXCEPT;

/**
 * Waits until a cancel is triggered: a pause that can be ended early.
 *
 * @param cancel borrowed for the call.
 * @param timeout_ns nanoseconds; -1 none, 0 looks only.
 * @return ALD_OK if it is triggered; ALD_E_TIMEOUT; ALD_E_INVALID.
 */
ALD_API ald_status ald_cancel_wait(const ald_cancel *cancel, int64_t timeout_ns,
                                   ald_error **err) ALD_NOEXCEPT;

/**
 * Gives a file descriptor that is readable once a cancel is triggered, for event loops. Nobody
 * reads it.
 *
 * @param cancel borrowed for the call; one of `ald_cancel_new`.
 * @param fd receives a descriptor borrowed from the cancel; the same at each call.
 * @return ALD_OK; ALD_E_LIMIT if the process has no descriptor left; ALD_E_UNSUPPORTED for a cancel
 *   that the library gave to a callback.
 */
ALD_API ald_status ald_cancel_fd(ald_cancel *cancel, int32_t *fd, ald_error **err) ALD_NOEXCEPT;

/**
 * Takes one more reference to a cancel.
 *
 * @param cancel borrowed for the call; NULL does nothing.
 */
ALD_API void ald_cancel_ref(const ald_cancel *cancel) ALD_NOEXCEPT;

/**
 * Gives a reference to a cancel back.
 *
 * @param cancel owned; NULL does nothing.
 */
ALD_API void ald_cancel_unref(const ald_cancel *cancel) ALD_NOEXCEPT;

/** States of an operation. */
typedef int32_t ald_op_state;

/** States of an operation; the last three are ends. */
enum {
    /** Not begun: waiting for its turn, or for the instrument to accept it. */
    ALD_OP_PENDING = 0,
    /** Begun; a motion is RUNNING as soon as the instrument accepted it. */
    ALD_OP_RUNNING = 1,
    /** Held by `ald_op_pause`. */
    ALD_OP_PAUSED = 2,
    /** Ended well. */
    ALD_OP_DONE = 3,
    /** Ended with an error. */
    ALD_OP_FAILED = 4,
    /** Ended because it was cancelled. */
    ALD_OP_CANCELLED = 5
};

/** Flags of an operation, and what it is asked to do. */
enum {
    /** `ald_op_pause` is allowed. */
    ALD_OP_PAUSABLE = 1,
    /** Asked to end soon. */
    ALD_OP_ASKED_CANCEL = 2,
    /** Asked to hold. */
    ALD_OP_ASKED_PAUSE = 4
};

/** Progress of an operation. */
typedef struct ald_progress {
    /** Size of this record in bytes, set by `ald_progress_init`. */
    uint32_t struct_size;
    /** State, `ALD_OP_<X>`. */
    ald_op_state state;
    /** Amount done, in units. */
    double done;
    /**
     * All there is to do, in units; -1 if unknown.
     * @default -1
     */
    double total;
    /**
     * Units per second, averaged; NaN if unknown.
     * @default NaN
     */
    double rate;
    /**
     * Seconds still to go; NaN if unknown.
     * @default NaN
     */
    double eta;
    /** Seconds since it began to run. */
    double elapsed;
    /** Unit of done and total ("mm", "By", "1"); NUL-terminated. */
    char unit[16];
    /** Phase, what is being done now ("moving", "settling"); NUL-terminated. */
    char phase[48];
} ald_progress;

/**
 * Fills a progress record: pending, nothing done, total unknown.
 *
 * @param progress borrowed for the call; NULL does nothing.
 * @param struct_size sizeof(ald_progress) of the caller.
 */
ALD_API void ald_progress_init(ald_progress *progress, uint32_t struct_size) ALD_NOEXCEPT;

/**
 * Waits until an operation has ended, well or not.
 *
 * @param op borrowed for the call.
 * @param timeout_ns nanoseconds; -1 waits without limit, 0 only looks.
 * @param cancel ends the wait, not the operation; borrowed for the call; may be NULL.
 * @return ALD_OK once it has ended (`ald_op_result` tells how); ALD_E_TIMEOUT; ALD_E_CANCELLED.
 */
ALD_API ald_status ald_op_wait(const ald_op *op, int64_t timeout_ns, const ald_cancel *cancel,
                               ald_error **err) ALD_NOEXCEPT;

/**
 * Waits until an operation is no longer pending: a motion was accepted, or it has ended.
 *
 * @param op borrowed for the call.
 * @param timeout_ns nanoseconds; -1 waits without limit, 0 only looks.
 * @param cancel ends the wait, not the operation; borrowed for the call; may be NULL.
 * @return ALD_OK; ALD_E_TIMEOUT; ALD_E_CANCELLED.
 */
ALD_API ald_status ald_op_wait_begun(const ald_op *op, int64_t timeout_ns, const ald_cancel *cancel,
                                     ald_error **err) ALD_NOEXCEPT;

/**
 * Returns the state of an operation.
 *
 * @param op borrowed for the call.
 * @return `ALD_OP_<X>`; -1 for a bad handle.
 */
ALD_API ald_op_state ald_op_status(const ald_op *op) ALD_NOEXCEPT;

/**
 * Returns what an operation gave, or its error.
 *
 * @param op borrowed for the call.
 * @param out receives an owned value (null if it gives nothing); may be NULL.
 * @param err receives the operation's error if it failed; may be NULL.
 * @return ALD_OK if it is done; the operation's own status if it failed; ALD_E_CANCELLED if it was
 *   cancelled; ALD_E_STATE if it has not ended.
 */
ALD_API ald_status ald_op_result(const ald_op *op, ald_value **out, ald_error **err) ALD_NOEXCEPT;

/**
 * Asks an operation to end. Returns at once; wait for the end with `ald_op_wait`. The instrument is
 * left defined: a cancelled motion stops and stands. An operation that has ended stays as it is.
 *
 * @param op borrowed for the call.
 * @return ALD_OK or ALD_E_INVALID.
 */
ALD_API ald_status ald_op_cancel(ald_op *op, ald_error **err) ALD_NOEXCEPT;

/**
 * Asks an operation to hold.
 *
 * @param op borrowed for the call.
 * @return ALD_OK; ALD_E_UNSUPPORTED if it cannot; ALD_E_STATE if it has ended.
 */
ALD_API ald_status ald_op_pause(ald_op *op, ald_error **err) ALD_NOEXCEPT;

/**
 * Asks an operation to go on.
 *
 * @param op borrowed for the call.
 * @return ALD_OK; ALD_E_UNSUPPORTED if it cannot hold; ALD_E_STATE if it has ended.
 */
ALD_API ald_status ald_op_resume(ald_op *op, ald_error **err) ALD_NOEXCEPT;

/**
 * Tells how far an operation is.
 *
 * @param op borrowed for the call.
 * @param progress receives the record; `struct_size` must be set.
 * @return ALD_OK or ALD_E_INVALID.
 */
ALD_API ald_status ald_op_progress(const ald_op *op, ald_progress *progress,
                                   ald_error **err) ALD_NOEXCEPT;

/** Flags: what `ald_op_notify` puts into the queue. */
enum {
    /** A record when it is no longer pending. */
    ALD_NOTIFY_BEGUN = 1,
    /** Records while it makes progress, at most 20 a second. */
    ALD_NOTIFY_PROGRESS = 2,
    /** A record at the end; always the last one. */
    ALD_NOTIFY_ENDED = 4
};

/**
 * Puts records into a queue: `op.begun`, `op.progressed`, `op.ended`. What has happened already
 * is put there at once. A record of the end carries the status and, where the result is one number
 * or one bool, the result itself in `integer` or `real`, with `value_type` telling which.
 *
 * @param op borrowed for the call.
 * @param queue shared until the operation has ended.
 * @param tag put into each record.
 * @param which one or more `ALD_NOTIFY_<X>` flags. 0 asks for nothing and is refused: what was
 * asked for cannot be taken back, but for closing the queue.
 * @return ALD_OK; ALD_E_INVALID for 0 or unknown flags; ALD_E_CLOSED if the queue is closed.
 */
ALD_API ald_status ald_op_notify(ald_op *op, ald_queue *queue, uint64_t tag, uint64_t which,
                                 ald_error **err) ALD_NOEXCEPT;

/**
 * Takes one more reference to an operation.
 *
 * @param op borrowed for the call; NULL does nothing.
 */
ALD_API void ald_op_ref(const ald_op *op) ALD_NOEXCEPT;

/**
 * Gives a reference to an operation back. The operation goes on.
 *
 * @param op owned; NULL does nothing.
 */
ALD_API void ald_op_unref(const ald_op *op) ALD_NOEXCEPT;

/**
 * Makes an operation that the caller carries out: begin, advance, finish. If its last handle is
 * given back before it has ended, it ends as cancelled.
 *
 * @param flags 0 or ALD_OP_PAUSABLE.
 * @param out receives an owned operation, pending.
 * @return ALD_OK, ALD_E_INVALID or ALD_E_NO_MEMORY.
 */
ALD_API ald_status ald_op_new(uint64_t flags, ald_op **out, ald_error **err) ALD_NOEXCEPT;

/**
 * Says that a caller's operation runs, and how far it is.
 *
 * @param op borrowed for the call; made by `ald_op_new`.
 * @param progress done, total, unit and phase are taken; borrowed for the call; NULL only begins.
 * @return ALD_OK; ALD_E_STATE if it has ended; ALD_E_INVALID.
 */
ALD_API ald_status ald_op_advance(ald_op *op, const ald_progress *progress,
                                  ald_error **err) ALD_NOEXCEPT;

/**
 * Waits until a caller's operation is asked for something: to cancel, to hold, to go on.
 *
 * @param op borrowed for the call; made by `ald_op_new`.
 * @param known the `ALD_OP_ASKED_<X>` flags that the caller has seen; returns when they differ.
 * @param timeout_ns nanoseconds; -1 waits without limit, 0 only looks.
 * @param cancel ends the wait; borrowed for the call; may be NULL.
 * @param asked receives the `ALD_OP_ASKED_<X>` flags in force; also set on ALD_E_TIMEOUT.
 * @return ALD_OK; ALD_E_TIMEOUT; ALD_E_CANCELLED; ALD_E_STATE if it has ended.
 */
ALD_API ald_status ald_op_wait_asked(ald_op *op, uint64_t known, int64_t timeout_ns,
                                     const ald_cancel *cancel, uint64_t *asked,
                                     ald_error **err) ALD_NOEXCEPT;

/**
 * Ends a caller's operation.
 *
 * @param op borrowed for the call; made by `ald_op_new`.
 * @param status ALD_OK, ALD_E_CANCELLED or another `ALD_E_<X>`; any other number is ALD_E_INVALID.
 * @param value what it gives; shared; NULL for nothing; ignored on failure.
 * @param error why it failed; shared; NULL makes one of the status alone.
 * @return ALD_OK; ALD_E_STATE if it has ended already; ALD_E_INVALID.
 */
ALD_API ald_status ald_op_finish(ald_op *op, ald_status status, const ald_value *value,
                                 const ald_error *error, ald_error **err) ALD_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif
