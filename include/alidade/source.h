/**
 * @file
 * Sources of frames: a sequence, a recording, a camera, a stream of another machine, all alike.
 */
#ifndef ALIDADE_SOURCE_H
#define ALIDADE_SOURCE_H

#include <alidade/base.h>
#include <alidade/buffer.h>
#include <alidade/frame.h>
#include <alidade/op.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A supplier of frames, one after the other or by their number. */
typedef struct ald_source ald_source;

/** Flags of a source. */
enum {
    /** `ald_source_at` and `ald_source_find` work. */
    ALD_SOURCE_SEEKABLE = 1,
    /** Frames come by themselves as time goes on. */
    ALD_SOURCE_LIVE = 2
};

/** Description of a source's frames. */
typedef struct ald_source_info {
    /** Size of this record in bytes, set by `ald_source_info_init`. */
    uint32_t struct_size;
    /** Element type of each frame, `ALD_DTYPE_<X>`; 0 if they differ. */
    ald_dtype dtype;
    /** `ALD_SOURCE_<X>` flags. */
    uint64_t flags;
    /** Number of frames; -1 if unknown. */
    int64_t count;
    /** Frames per second; NaN if they have no rate. */
    double rate;
    /** Number of dimensions of each frame; -1 if they differ. */
    int32_t ndim;
    /** Zero. */
    int32_t reserved;
    /** Shape of each frame; -1 where they differ. */
    int64_t shape[8];
    /** UCUM unit of the elements; NUL-terminated; "" if unknown. */
    char unit[16];
} ald_source_info;

/**
 * Fills a source's description: nothing known.
 *
 * @param info borrowed for the call; NULL does nothing.
 * @param struct_size sizeof(ald_source_info) of the caller.
 */
ALD_API void ald_source_info_init(ald_source_info *info, uint32_t struct_size) ALD_NOEXCEPT;

/**
 * Gives the frame with the number `index`.
 *
 * `*frame` receives an owned frame; its `index` is filled in by the library. `cancel` is triggered
 * when the caller gives up or the deadline passes. ALD_E_END says that there is no such frame. A
 * number that is no status counts as ALD_E_CALLBACK.
 */
typedef ald_status (*ald_source_fn)(void *user_data, int64_t index, const ald_cancel *cancel,
                                    ald_frame **frame, ald_error **err);

/**
 * Makes a source of an array in memory: its frames are the array's parts along the first dimension.
 *
 * @param buffer shared.
 * @param view borrowed for the call; at least one dimension.
 * @param rate frames per second; NaN for none.
 * @param out receives an owned source.
 * @return ALD_OK, ALD_E_INVALID, ALD_E_RANGE or ALD_E_NO_MEMORY.
 */
ALD_API ald_status ald_source_new_array(const ald_buffer *buffer, const ald_view *view, double rate,
                                        ald_source **out, ald_error **err) ALD_NOEXCEPT;

/**
 * Makes a source of a function.
 *
 * @param info what it gives; borrowed for the call.
 * @param read runs on the reader's thread, or on a worker of the library for
 *   `ald_source_start_next`, one call at a time. It may call any function of the library but
 *   `ald_shutdown`.
 * @param user_data passed to `read` and `destroy`.
 * @param destroy runs exactly once, on any thread, after the last call of `read`, also when this
 *   function fails; may be NULL.
 * @param out receives an owned source.
 * @return ALD_OK, ALD_E_INVALID or ALD_E_NO_MEMORY.
 */
ALD_API ald_status ald_source_new_callback(const ald_source_info *info, ald_source_fn read,
                                           void *user_data, void (*destroy)(void *user_data),
                                           ald_source **out, ald_error **err) ALD_NOEXCEPT;

/**
 * Describes what a source gives.
 *
 * @param source borrowed for the call.
 * @param info receives the description; `struct_size` must be set.
 * @return ALD_OK or ALD_E_INVALID.
 */
ALD_API ald_status ald_source_describe(const ald_source *source, ald_source_info *info,
                                       ald_error **err) ALD_NOEXCEPT;

/**
 * Gives the next frame; a source that is read by several gives each frame to one of them.
 *
 * @param source borrowed for the call.
 * @param timeout_ns nanoseconds; -1 waits without limit, 0 only looks.
 * @param cancel borrowed for the call; may be NULL.
 * @param out receives an owned frame.
 * @return ALD_OK; ALD_E_END after the last; ALD_E_TIMEOUT; ALD_E_CANCELLED; ALD_E_CLOSED; what the
 *   function of `ald_source_new_callback` returned.
 */
ALD_API ald_status ald_source_next(ald_source *source, int64_t timeout_ns, const ald_cancel *cancel,
                                   ald_frame **out, ald_error **err) ALD_NOEXCEPT;

/**
 * Gives the next frame by an operation on a worker of the library. What a cancelled operation had
 * read already comes again next.
 *
 * @param source shared until the operation has ended.
 * @param timeout_ns nanoseconds; -1 waits without limit.
 * @param op receives an owned operation; it gives the frame.
 * @return ALD_OK; ALD_E_CLOSED; ALD_E_LIMIT if no thread can be made.
 */
ALD_API ald_status ald_source_start_next(ald_source *source, int64_t timeout_ns, ald_op **op,
                                         ald_error **err) ALD_NOEXCEPT;

/**
 * Gives one frame by its number. The place of `ald_source_next` stays.
 *
 * @param source borrowed for the call; must be seekable.
 * @param index 0 to count - 1.
 * @param timeout_ns nanoseconds; -1 waits without limit, 0 only looks.
 * @param cancel borrowed for the call; may be NULL.
 * @param out receives an owned frame.
 * @return as `ald_source_next`; ALD_E_RANGE beyond the last; ALD_E_UNSUPPORTED if not seekable.
 */
ALD_API ald_status ald_source_at(ald_source *source, int64_t index, int64_t timeout_ns,
                                 const ald_cancel *cancel, ald_frame **out,
                                 ald_error **err) ALD_NOEXCEPT;

/**
 * Finds the frame in force at a time, for sources with a rate: floor(seconds * rate).
 *
 * @param source borrowed for the call; must be seekable and have a rate.
 * @param seconds time since the first frame.
 * @param index receives the number, clamped to the first and the last frame.
 * @return ALD_OK; ALD_E_UNSUPPORTED; ALD_E_INVALID for NaN; ALD_E_END if it is empty.
 */
ALD_API ald_status ald_source_find(const ald_source *source, double seconds, int64_t *index,
                                   ald_error **err) ALD_NOEXCEPT;

/**
 * Closes a source: calls that wait end with ALD_E_CLOSED.
 *
 * @param source borrowed for the call; NULL does nothing.
 */
ALD_API void ald_source_close(ald_source *source) ALD_NOEXCEPT;

/**
 * Takes one more reference to a source.
 *
 * @param source borrowed for the call; NULL does nothing.
 */
ALD_API void ald_source_ref(const ald_source *source) ALD_NOEXCEPT;

/**
 * Gives a reference to a source back; the last one closes it.
 *
 * @param source owned; NULL does nothing.
 */
ALD_API void ald_source_unref(const ald_source *source) ALD_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif
