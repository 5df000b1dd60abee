/**
 * @file
 * Queues of records: events, ends of operations, log lines. They are pulled, never pushed.
 */
#ifndef ALIDADE_QUEUE_H
#define ALIDADE_QUEUE_H

#include <alidade/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A queue of records with one consumer and any number of producers. */
typedef struct ald_queue ald_queue;

struct ald_cancel;

/** Policy of a full queue. */
typedef int32_t ald_policy;

/** Policy of a full queue. */
enum {
    /** Keep only the newest record. */
    ALD_POLICY_LATEST = 1,
    /** Throw the oldest record away. */
    ALD_POLICY_DROP_OLDEST = 2,
    /** Throw the new record away. */
    ALD_POLICY_DROP_NEWEST = 3,
    /** Hold the producer back; one that cannot wait drops at the source, counted. */
    ALD_POLICY_LOSSLESS = 4
};

/** Kinds of records that the library itself makes. `ald_event_name` names them. */
enum {
    /** A record of the application; see `ald_event_register` for more kinds. */
    ALD_EVENT_USER = 1,
    /** `op.begun`: an operation is no longer pending. */
    ALD_EVENT_OP_BEGUN = 2,
    /** `op.progressed`: an operation made progress; `real` is what is done. */
    ALD_EVENT_OP_PROGRESSED = 3,
    /** `op.ended`: an operation ended; `status` tells how; the payload is a failed one's error. It
     * is never lost: a full queue takes it too. */
    ALD_EVENT_OP_ENDED = 4,
    /** `log.written`: the payload is a map with level, domain and message. */
    ALD_EVENT_LOG_WRITTEN = 5,
    /** `property.changed`: the payload is a map with device, property and value. */
    ALD_EVENT_PROPERTY_CHANGED = 6,
    /** `device.opened`: the payload is the device's path as a string. */
    ALD_EVENT_DEVICE_OPENED = 7,
    /** `device.closed`: the payload is the device's path as a string. */
    ALD_EVENT_DEVICE_CLOSED = 8,
    /** `device.disconnected`: the payload is the device's path as a string. */
    ALD_EVENT_DEVICE_DISCONNECTED = 9,
    /** `device.failed`: opening failed, of the device or of a part of it; the payload is a map with
     * device and message. */
    ALD_EVENT_DEVICE_FAILED = 10,
    /** `declaration.refused`: a device was opened, and a safe state, preset, tolerance or position
     * that its lab declares does not fit it; the payload is a map with device, key, where, status
     * and message, as `ald_lab_check` gives them. */
    ALD_EVENT_DECLARATION_REFUSED = 11,
    /** `motion.found`: an axis was found moving when its device was opened, again after its line
     * was lost or anew, and was told to stop; the payload is a map with device and message. */
    ALD_EVENT_MOTION_FOUND = 12,
    /** `stop.latched`: an emergency stop holds from now on; the payload is the lab's name as a
     * string. */
    ALD_EVENT_STOP_LATCHED = 13,
    /** `stop.reset`: the emergency stop holds no longer; the payload is the lab's name as a string.
     */
    ALD_EVENT_STOP_RESET = 14,
    /** `step.skipped`: a step to a safe state was left out because an emergency stop holds; the
     * payload is a map with device and step. */
    ALD_EVENT_STEP_SKIPPED = 15,
    /** First number that `ald_event_register` gives out. */
    ALD_EVENT_FIRST_REGISTERED = 1000
};

/** Record of a queue. */
typedef struct ald_record {
    /** Size of this record in bytes, as the library knows it. */
    uint32_t struct_size;
    /**
     * Kind, `ALD_EVENT_<X>` or a registered one.
     * @default ALD_EVENT_USER
     */
    int32_t kind;
    /** Place in the queue: the first is 0, each further one more, the lost ones counted. */
    uint64_t seq;
    /** Number of records lost just before this one. */
    uint64_t lost_before;
    /** Source of the record: the same number for the same object as long as that lives; 0 for the
     * application. */
    uint64_t source;
    /** Time at which it was made, on the monotonic clock, in nanoseconds. */
    int64_t t_mono_ns;
    /** Tag that the subscriber or the caller of `ald_op_notify` gave. */
    uint64_t tag;
    /** Zero. */
    uint64_t flags;
    /** A handle or NULL; owned by whoever drains the record. */
    void *payload;
    /** A status, in `op.ended`. */
    ald_status status;
    /** Type of the scalar below, `ALD_TYPE_<X>`; ALD_TYPE_NULL if there is none. */
    int32_t value_type;
    /** The scalar, if it is a bool or an int64. */
    int64_t integer;
    /** The scalar, if it is a double. */
    double real;
} ald_record;

/**
 * Fills a record: kind ALD_EVENT_USER, the rest zero.
 *
 * @param record borrowed for the call; NULL does nothing.
 * @param struct_size sizeof(ald_record) of the caller.
 */
ALD_API void ald_record_init(ald_record *record, uint32_t struct_size) ALD_NOEXCEPT;

/**
 * Names a kind of record: "op.ended".
 *
 * @param kind `ALD_EVENT_<X>` or a registered number.
 * @return a static string; "" for an unknown kind.
 */
ALD_API const char *ald_event_name(int32_t kind) ALD_NOEXCEPT;

/**
 * Gives the number of a kind of record; a name that is new is registered for the life of the
 * process.
 *
 * @param name borrowed for the call; "<noun>.<past participle>" in lower-case letters, digits and
 * "_".
 * @param kind receives the number.
 * @return ALD_OK; ALD_E_INVALID for a malformed name; ALD_E_LIMIT after 10000 names.
 */
ALD_API ald_status ald_event_register(const char *name, int32_t *kind,
                                      ald_error **err) ALD_NOEXCEPT;

/**
 * Makes a queue.
 *
 * @param capacity most records that it holds, 1 to 2^24; LATEST holds one whatever is given.
 * @param policy `ALD_POLICY_<X>`.
 * @param out receives an owned queue.
 * @return ALD_OK, ALD_E_INVALID, ALD_E_RANGE or ALD_E_NO_MEMORY.
 */
ALD_API ald_status ald_queue_new(int64_t capacity, ald_policy policy, ald_queue **out,
                                 ald_error **err) ALD_NOEXCEPT;

/**
 * Puts a record of the application into a queue. A full LOSSLESS queue holds the caller back.
 *
 * @param queue borrowed for the call.
 * @param record kind, source, tag, status and the scalar are taken; `flags` must be 0; its payload,
 *   of any kind but error, is shared; borrowed for the call. `t_mono_ns` 0 is replaced by the time
 *   of the call.
 * @param timeout_ns nanoseconds to wait for room; -1 waits without limit, 0 does not wait.
 * @param cancel ends the wait; borrowed for the call; may be NULL.
 * @return ALD_OK (also when another record was dropped for it, or this one by the policy);
 *   ALD_E_WOULD_BLOCK (LOSSLESS, full, timeout 0); ALD_E_TIMEOUT; ALD_E_CANCELLED; ALD_E_CLOSED;
 *   ALD_E_INVALID.
 */
ALD_API ald_status ald_queue_push(ald_queue *queue, const ald_record *record, int64_t timeout_ns,
                                  const struct ald_cancel *cancel, ald_error **err) ALD_NOEXCEPT;

/**
 * Takes records out of a queue, oldest first, without waiting.
 *
 * @param queue borrowed for the call.
 * @param records receives up to `capacity` records; their payloads are owned.
 * @param stride bytes from one record to the next; at least 8; what does not fit is left out.
 * @param capacity room for so many records.
 * @param count receives how many were taken, 0 if there were none.
 * @return ALD_OK; ALD_E_CLOSED when it is closed and empty; ALD_E_INVALID.
 * @thread one consumer at a time.
 */
ALD_API ald_status ald_queue_drain(ald_queue *queue, ald_record *records, size_t stride,
                                   int64_t capacity, int64_t *count, ald_error **err) ALD_NOEXCEPT;

/**
 * Waits until there is a record.
 *
 * @param queue borrowed for the call.
 * @param timeout_ns nanoseconds; -1 waits without limit, 0 only looks.
 * @param cancel ends the wait; borrowed for the call; may be NULL.
 * @return ALD_OK; ALD_E_TIMEOUT; ALD_E_CANCELLED; ALD_E_CLOSED when it is closed and empty.
 * @thread one consumer at a time.
 */
ALD_API ald_status ald_queue_wait(ald_queue *queue, int64_t timeout_ns,
                                  const struct ald_cancel *cancel, ald_error **err) ALD_NOEXCEPT;

/**
 * Returns a file descriptor that is readable as long as the queue has records or is closed. Poll
 * it; never read, write or close it.
 *
 * @param queue borrowed for the call.
 * @param fd receives a descriptor borrowed from the queue.
 * @return ALD_OK; ALD_E_LIMIT if the process has no descriptor left.
 */
ALD_API ald_status ald_queue_fd(ald_queue *queue, int32_t *fd, ald_error **err) ALD_NOEXCEPT;

/**
 * Sets a function that is called when an empty queue gets a record or is closed; libuv's
 * `uv_async_send` fits.
 *
 * @param queue borrowed for the call.
 * @param wake runs on the producer's thread, must not block and must not call the library; its
 *   result is ignored. NULL takes the function away; once this returns, the old one is not running
 *   and will not run again. Called at once if the queue has records.
 * @param user_data passed to `wake`.
 * @return ALD_OK or ALD_E_INVALID.
 */
ALD_API ald_status ald_queue_set_wake(ald_queue *queue, int (*wake)(void *user_data),
                                      void *user_data, ald_error **err) ALD_NOEXCEPT;

/** Counters of a queue. */
typedef struct ald_queue_stats {
    /** Size of this record in bytes, set by the caller. */
    uint32_t struct_size;
    /** Zero. */
    uint32_t reserved;
    /** Records that were put in or should have been. */
    uint64_t pushed;
    /** Records lost by the policy. */
    uint64_t lost;
    /** Records waiting now. */
    uint64_t waiting;
    /** Most records that it holds. */
    uint64_t capacity;
} ald_queue_stats;

/**
 * Fills a record of counters with zeros.
 *
 * @param stats borrowed for the call; NULL does nothing.
 * @param struct_size sizeof(ald_queue_stats) of the caller.
 */
ALD_API void ald_queue_stats_init(ald_queue_stats *stats, uint32_t struct_size) ALD_NOEXCEPT;

/**
 * Reads the counters of a queue.
 *
 * @param queue borrowed for the call.
 * @param stats receives the counters; `struct_size` must be set.
 * @return ALD_OK or ALD_E_INVALID.
 */
ALD_API ald_status ald_queue_get_stats(const ald_queue *queue, ald_queue_stats *stats,
                                       ald_error **err) ALD_NOEXCEPT;

/**
 * Closes a queue: nothing goes in any more, what is in can still be drained, waits end.
 *
 * @param queue borrowed for the call; NULL does nothing.
 */
ALD_API void ald_queue_close(ald_queue *queue) ALD_NOEXCEPT;

/**
 * Takes one more reference to a queue.
 *
 * @param queue borrowed for the call; NULL does nothing.
 */
ALD_API void ald_queue_ref(const ald_queue *queue) ALD_NOEXCEPT;

/**
 * Gives a reference to a queue back.
 *
 * @param queue owned; NULL does nothing.
 */
ALD_API void ald_queue_unref(const ald_queue *queue) ALD_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif
