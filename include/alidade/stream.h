/**
 * @file
 * Streams of frames: what cameras give, for any number of consumers at once.
 *
 * A device that is a "frame_producer" has a stream. Each consumer of it has a policy of its own for
 * the frames that it has not fetched yet, counts its own losses, and sees every gap: frames are
 * numbered at the source, where lost ones count too. A frame is lent, not copied: the buffer that a
 * consumer gets is read-only, never overwritten, and goes back to the stream with its last
 * reference. Consumers come and go at any time, on any thread.
 */
#ifndef ALIDADE_STREAM_H
#define ALIDADE_STREAM_H

#include <alidade/base.h>
#include <alidade/buffer.h>
#include <alidade/device.h>
#include <alidade/frame.h>
#include <alidade/op.h>
#include <alidade/queue.h>
#include <alidade/source.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A reader of a camera's frames, with its own queue, drop policy and loss counters. */
typedef struct ald_consumer ald_consumer;

/** How a consumer wants its frames. */
typedef struct ald_consumer_options {
    /** Size of this record in bytes, set by `ald_consumer_options_init`. */
    uint32_t struct_size;
    /** What happens to frames that wait when there are `capacity` of them, `ALD_POLICY_<X>`.
     * LATEST keeps one. LOSSLESS holds back a camera that can wait; one that cannot loses frames at
     * the source, which all consumers see as a gap. */
    ald_policy policy;
    /** Most frames that wait, 1 or more. */
    int64_t capacity;
    /** Most frames that the consumer may have fetched and not given back, 1 or more. Beyond that
     * it gets ALD_E_LIMIT; others notice nothing. */
    int64_t lease_cap;
    /** Zero. */
    uint64_t flags;
} ald_consumer_options;

/** What became of the frames of a stream since a consumer was opened. */
typedef struct ald_consumer_stats {
    /** Size of this record in bytes, set by `ald_consumer_stats_init`. */
    uint32_t struct_size;
    /** Zero. */
    uint32_t reserved;
    /** Frames that it has fetched. */
    int64_t received;
    /** Frames that it has missed, for whatever reason. */
    int64_t lost;
    /** Those of them that nobody got: lost by the camera or for want of room. */
    int64_t lost_at_source;
    /** Frames that wait to be fetched. */
    int64_t waiting;
    /** Frames that it has fetched and not given back. */
    int64_t leased;
} ald_consumer_stats;

/**
 * Is given frames, one after the other.
 *
 * It runs on a worker of the library, one call at a time for each consumer, and may call any
 * function of the library but `ald_shutdown`; closing its own consumer returns at once. `consumer`,
 * `buffer`, `view` and `frame` are borrowed for the call; a reference to the buffer keeps the frame
 * for longer. Any status but ALD_OK closes the consumer.
 */
typedef ald_status (*ald_frame_fn)(void *user_data, ald_consumer *consumer, ald_buffer *buffer,
                                   const ald_view *view, const ald_frame *frame);

/**
 * Fills a consumer's options: DROP_OLDEST, 16 waiting frames, 64 leased ones.
 *
 * @param options borrowed for the call; NULL does nothing.
 * @param struct_size sizeof(ald_consumer_options) of the caller.
 * @since 0.1
 */
ALD_API void ald_consumer_options_init(ald_consumer_options *options,
                                       uint32_t struct_size) ALD_NOEXCEPT;

/**
 * Fills a stats record with zeros.
 *
 * @param stats borrowed for the call; NULL does nothing.
 * @param struct_size sizeof(ald_consumer_stats) of the caller.
 * @since 0.1
 */
ALD_API void ald_consumer_stats_init(ald_consumer_stats *stats, uint32_t struct_size) ALD_NOEXCEPT;

/**
 * Opens a consumer of a camera's frames. It gets those that begin from now on.
 *
 * @param device shared; must be a "frame_producer"; need not be open yet.
 * @param options borrowed for the call; NULL for the defaults.
 * @param out receives an owned consumer.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK; ALD_E_INVALID for bad options; ALD_E_UNSUPPORTED if the device gives no frames;
 *   ALD_E_CLOSED; ALD_E_NO_MEMORY.
 * @since 0.1
 */
ALD_API ald_status ald_stream_open(ald_device *device, const ald_consumer_options *options,
                                   ald_consumer **out, ald_error **err) ALD_NOEXCEPT;

/**
 * Opens a consumer whose frames are given to a function. The pull twin is `ald_stream_open`.
 *
 * @param device shared; must be a "frame_producer"; need not be open yet.
 * @param options borrowed for the call; NULL for the defaults. At the lease cap frames wait until
 *   one is given back.
 * @param deliver is given each frame.
 * @param user_data passed to `deliver` and `destroy`.
 * @param destroy runs exactly once, on any thread, after the last call of `deliver`, when the
 *   consumer is closed, also when this function fails; may be NULL.
 * @param out receives an owned consumer; it need not be kept if `deliver` closes it, but giving
 *   its last reference back closes it.
 * @param err receives an owned error on failure; may be NULL.
 * @return as `ald_stream_open`.
 * @since 0.1
 */
ALD_API ald_status ald_stream_open_callback(ald_device *device, const ald_consumer_options *options,
                                            ald_frame_fn deliver, void *user_data,
                                            void (*destroy)(void *user_data), ald_consumer **out,
                                            ald_error **err) ALD_NOEXCEPT;

/**
 * Fetches the next frame, without a copy.
 *
 * Frames that wait when the device is closed or goes away can still be fetched.
 *
 * @param consumer borrowed for the call.
 * @param timeout_ns nanoseconds; -1 waits without limit, 0 only looks.
 * @param cancel borrowed for the call; may be NULL. No frame is lost by it.
 * @param buffer receives an owned buffer, read-only; the slot goes back to the camera with its last
 *   reference. It stays readable whatever is closed.
 * @param view receives the view of the frame; `struct_size` must be set.
 * @param frame receives what is known of it; `struct_size` must be set; may be NULL.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK; ALD_E_TIMEOUT; ALD_E_CANCELLED; ALD_E_LIMIT if it has too many frames already;
 *   ALD_E_CLOSED; ALD_E_DISCONNECTED.
 * @since 0.1
 */
ALD_API ald_status ald_consumer_next(ald_consumer *consumer, int64_t timeout_ns,
                                     const ald_cancel *cancel, ald_buffer **buffer, ald_view *view,
                                     ald_frame *frame, ald_error **err) ALD_NOEXCEPT;

/**
 * Waits for the next frame by an operation, which occupies no thread and takes nothing: it ends
 * when a frame waits, which `ald_consumer_next` then fetches. Nothing is lost when it is cancelled;
 * where several fetch from one consumer, another one may be faster.
 *
 * @param consumer borrowed for the call; closing it ends the operation with ALD_E_CLOSED.
 * @param timeout_ns nanoseconds; -1 waits without limit.
 * @param op receives an owned operation; it gives null.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK; ALD_E_CLOSED; ALD_E_DISCONNECTED; ALD_E_LIMIT if no timer can be made.
 * @since 0.1
 */
ALD_API ald_status ald_consumer_start_next(ald_consumer *consumer, int64_t timeout_ns, ald_op **op,
                                           ald_error **err) ALD_NOEXCEPT;

/**
 * Tells what became of the frames.
 *
 * @param consumer borrowed for the call.
 * @param stats receives the counts; `struct_size` must be set.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK or ALD_E_INVALID.
 * @since 0.1
 */
ALD_API ald_status ald_consumer_get_stats(const ald_consumer *consumer, ald_consumer_stats *stats,
                                          ald_error **err) ALD_NOEXCEPT;

/**
 * Makes a source of a consumer's frames: a live camera where a source of arrays is wanted. An
 * item's index is the frame's number in the stream.
 *
 * @param consumer shared.
 * @param out receives an owned source; it ends with the consumer.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK, ALD_E_INVALID or ALD_E_NO_MEMORY.
 * @since 0.1
 */
ALD_API ald_status ald_consumer_source(ald_consumer *consumer, ald_source **out,
                                       ald_error **err) ALD_NOEXCEPT;

/**
 * Closes a consumer: waits end with ALD_E_CLOSED, frames that wait are let go, frames that it has
 * fetched stay readable. Waits for a running callback, but not from inside of it.
 *
 * @param consumer borrowed for the call; NULL does nothing.
 * @since 0.1
 */
ALD_API void ald_consumer_close(ald_consumer *consumer) ALD_NOEXCEPT;

/**
 * Takes one more reference to a consumer.
 *
 * @param consumer borrowed for the call; NULL does nothing.
 * @since 0.1
 */
ALD_API void ald_consumer_ref(const ald_consumer *consumer) ALD_NOEXCEPT;

/**
 * Gives a reference to a consumer back; the last one closes it.
 *
 * @param consumer owned; NULL does nothing.
 * @since 0.1
 */
ALD_API void ald_consumer_unref(const ald_consumer *consumer) ALD_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif
