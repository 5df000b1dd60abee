/**
 * @file
 * Streams of frames: what cameras give, to any number of readers at once.
 *
 * A device with the capability "frame_producer" gives frames. Each stream that is opened on it has
 * a policy of its own for the frames that wait to be fetched, counts its own losses, and sees every
 * gap: frames are numbered at the camera, where lost ones count too. A frame is lent, not copied:
 * it is never overwritten, and its memory goes back to the camera with the last reference. Streams
 * are opened and closed at any time, on any thread.
 */
#ifndef ALIDADE_STREAM_H
#define ALIDADE_STREAM_H

#include <alidade/base.h>
#include <alidade/device.h>
#include <alidade/frame.h>
#include <alidade/op.h>
#include <alidade/queue.h>
#include <alidade/source.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A reader of a camera's frames, with its own queue, drop policy and loss counters. */
typedef struct ald_frame_stream ald_frame_stream;

/** Flags of a stream. */
enum {
    /** Keeps the newest frame alone where streams without this flag are open on the same device, as
     * ALD_POLICY_LATEST does, so that it needs no memory of its own. For a stream that is open just
     * in case; not for a lossless one. */
    ALD_FRAME_STREAM_SPARE = 1
};

/** Policy and bounds of a stream. */
typedef struct ald_frame_stream_options {
    /** Size of this record in bytes, set by `ald_frame_stream_options_init`. */
    uint32_t struct_size;
    /** Policy, `ALD_POLICY_<X>`: what happens to frames that wait when there are `capacity` of
     * them. LATEST keeps one. LOSSLESS holds back a camera that can wait; one that cannot loses
     * frames at the source, which all streams see as a gap. */
    ald_policy policy;
    /** Most frames that wait, 1 or more. */
    int64_t capacity;
    /** Most frames that may be fetched and not given back, 1 or more. Beyond that fetching gives
     * ALD_E_LIMIT; other streams notice nothing. */
    int64_t lease_cap;
    /** `ALD_FRAME_STREAM_<X>` flags. */
    uint64_t flags;
} ald_frame_stream_options;

/** Counts of a stream's frames since it was opened. */
typedef struct ald_frame_stream_stats {
    /** Size of this record in bytes, set by `ald_frame_stream_stats_init`. */
    uint32_t struct_size;
    /** Zero. */
    uint32_t reserved;
    /** Frames that were fetched. */
    int64_t received;
    /** Frames that the stream has missed, for whatever reason. */
    int64_t lost;
    /** Frames among them that nobody got: lost by the camera or for want of room. */
    int64_t lost_at_source;
    /** Frames that wait to be fetched. */
    int64_t waiting;
    /** Frames that were fetched and not given back. */
    int64_t leased;
} ald_frame_stream_stats;

/**
 * Takes the frames of a stream, one after the other.
 *
 * It runs on a worker of the library, one call at a time for each stream, and may call any function
 * of the library but `ald_shutdown`; closing its own stream returns at once. `stream` and `frame`
 * are borrowed for the call; a reference to the frame keeps it for longer. Any status but ALD_OK
 * closes the stream.
 */
typedef ald_status (*ald_frame_fn)(void *user_data, ald_frame_stream *stream, ald_frame *frame);

/**
 * Fills a stream's options: DROP_OLDEST, 16 waiting frames, 64 leased ones.
 *
 * @param options borrowed for the call; NULL does nothing.
 * @param struct_size sizeof(ald_frame_stream_options) of the caller.
 */
ALD_API void ald_frame_stream_options_init(ald_frame_stream_options *options,
                                           uint32_t struct_size) ALD_NOEXCEPT;

/**
 * Fills a stats record with zeros.
 *
 * @param stats borrowed for the call; NULL does nothing.
 * @param struct_size sizeof(ald_frame_stream_stats) of the caller.
 */
ALD_API void ald_frame_stream_stats_init(ald_frame_stream_stats *stats,
                                         uint32_t struct_size) ALD_NOEXCEPT;

/**
 * Opens a stream of a camera's frames: those that it gives from now on.
 *
 * @param device shared; must be a "frame_producer"; need not be open yet.
 * @param options borrowed for the call; NULL for the defaults.
 * @param out receives an owned stream.
 * @return ALD_OK; ALD_E_INVALID for bad options; ALD_E_UNSUPPORTED if the device gives no frames;
 *   ALD_E_CLOSED; ALD_E_NO_MEMORY.
 */
ALD_API ald_status ald_frame_stream_open(ald_device *device,
                                         const ald_frame_stream_options *options,
                                         ald_frame_stream **out, ald_error **err) ALD_NOEXCEPT;

/**
 * Opens a stream whose frames are given to a function. The pull twin is `ald_frame_stream_open`.
 *
 * @param device shared; must be a "frame_producer"; need not be open yet.
 * @param options borrowed for the call; NULL for the defaults. At the lease cap frames wait until
 *   one is given back.
 * @param deliver is given each frame.
 * @param user_data passed to `deliver` and `destroy`.
 * @param destroy runs exactly once, on any thread, after the last call of `deliver`, when the
 *   stream is closed, also when this function fails; may be NULL.
 * @param out receives an owned stream; it need not be kept if `deliver` closes it, but giving
 *   its last reference back closes it.
 * @return as `ald_frame_stream_open`.
 */
ALD_API ald_status ald_frame_stream_open_callback(ald_device *device,
                                                  const ald_frame_stream_options *options,
                                                  ald_frame_fn deliver, void *user_data,
                                                  void (*destroy)(void *user_data),
                                                  ald_frame_stream **out,
                                                  ald_error **err) ALD_NOEXCEPT;

/**
 * Fetches the next frame, without a copy.
 *
 * Frames that wait when the device is closed or goes away can still be fetched.
 *
 * The default is the exposure, the period of the frames and 10 s, as the camera is set when the
 * wait begins; a camera in another `trigger_mode` than "internal" and "software" is waited for
 * without limit. Settings that are not known yet are read for that.
 *
 * @param stream borrowed for the call.
 * @param timeout_ns nanoseconds; -1 waits without limit, 0 only looks, -2 is the default.
 * @param cancel borrowed for the call; may be NULL. No frame is lost by it.
 * @param out receives an owned frame; it stays readable whatever is closed.
 * @param view receives the frame's view, as by `ald_frame_get_view`; `struct_size` must be set; may
 *   be NULL.
 * @return ALD_OK; ALD_E_TIMEOUT; ALD_E_CANCELLED; ALD_E_LIMIT if `lease_cap` frames are in use;
 *   ALD_E_NO_MEMORY, from a lossless stream, once where a frame was lost because there was no
 *   memory for it: those before it come first, the next call gives those after it; ALD_E_CLOSED;
 *   ALD_E_DISCONNECTED.
 */
ALD_API ald_status ald_frame_stream_next(ald_frame_stream *stream, int64_t timeout_ns,
                                         const ald_cancel *cancel, ald_frame **out, ald_view *view,
                                         ald_error **err) ALD_NOEXCEPT;

/**
 * Waits for the next frame by an operation, which occupies no thread and takes nothing: it ends
 * when a frame waits, which `ald_frame_stream_next` then fetches, or when that has a loss for want
 * of memory to tell. Nothing is lost when it is
 * cancelled; where several fetch from one stream, another one may be faster.
 *
 * @param stream borrowed for the call; closing it ends the operation with ALD_E_CLOSED.
 * @param timeout_ns nanoseconds; -1 waits without limit, -2 is the default as for
 *   `ald_frame_stream_next`.
 * @param op receives an owned operation; it gives null.
 * @return ALD_OK; ALD_E_CLOSED; ALD_E_DISCONNECTED; ALD_E_LIMIT if no timer can be made.
 */
ALD_API ald_status ald_frame_stream_start_next(ald_frame_stream *stream, int64_t timeout_ns,
                                               ald_op **op, ald_error **err) ALD_NOEXCEPT;

/**
 * Tells what became of the frames.
 *
 * @param stream borrowed for the call.
 * @param stats receives the counts; `struct_size` must be set.
 * @return ALD_OK or ALD_E_INVALID.
 */
ALD_API ald_status ald_frame_stream_get_stats(const ald_frame_stream *stream,
                                              ald_frame_stream_stats *stats,
                                              ald_error **err) ALD_NOEXCEPT;

/**
 * Makes a source of a stream's frames: a live camera where a source is wanted. The frames are those
 * of the stream, with all that is known of them; their `index` counts what the source has given.
 *
 * @param stream shared.
 * @param out receives an owned source; it ends with the stream.
 * @return ALD_OK, ALD_E_INVALID or ALD_E_NO_MEMORY.
 */
ALD_API ald_status ald_frame_stream_source(ald_frame_stream *stream, ald_source **out,
                                           ald_error **err) ALD_NOEXCEPT;

/**
 * Closes a stream: waits end with ALD_E_CLOSED, frames that wait are let go, frames that were
 * fetched stay readable. Waits for a running callback, but not from inside of it.
 *
 * @param stream borrowed for the call; NULL does nothing.
 */
ALD_API void ald_frame_stream_close(ald_frame_stream *stream) ALD_NOEXCEPT;

/**
 * Takes one more reference to a stream.
 *
 * @param stream borrowed for the call; NULL does nothing.
 */
ALD_API void ald_frame_stream_ref(const ald_frame_stream *stream) ALD_NOEXCEPT;

/**
 * Gives a reference to a stream back; the last one closes it.
 *
 * @param stream owned; NULL does nothing.
 */
ALD_API void ald_frame_stream_unref(const ald_frame_stream *stream) ALD_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif
