/**
 * @file
 * Sources of arrays: a sequence, a recording, a camera, a stream of another machine, all alike.
 */
#ifndef ALIDADE_SOURCE_H
#define ALIDADE_SOURCE_H

#include <alidade/base.h>
#include <alidade/buffer.h>
#include <alidade/op.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Something that gives arrays, one after the other or by their number. */
typedef struct ald_source ald_source;

/** Flags of a source. */
enum {
    /** `ald_source_at` and `ald_source_find` work. */
    ALD_SOURCE_SEEKABLE = 1,
    /** Items come by themselves as time goes on. */
    ALD_SOURCE_LIVE = 2
};

/** What a source gives. */
typedef struct ald_source_info {
    /** Size of this record in bytes, set by `ald_source_info_init`. */
    uint32_t struct_size;
    /** Element type of each item, `ALD_DTYPE_<X>`; 0 if they differ. */
    ald_dtype dtype;
    /** `ALD_SOURCE_<X>` flags. */
    uint64_t flags;
    /** Number of items; -1 if unknown. */
    int64_t count;
    /** Items per second; NaN if they have no rate. */
    double rate;
    /** Number of dimensions of each item; -1 if they differ. */
    int32_t ndim;
    /** Zero. */
    int32_t reserved;
    /** Shape of each item; -1 where they differ. */
    int64_t shape[8];
    /** UCUM unit of the elements; NUL-terminated; "" if unknown. */
    char unit[16];
} ald_source_info;

/** What is known of one item, beside its array. */
typedef struct ald_item {
    /** Size of this record in bytes, set by `ald_item_init`. */
    uint32_t struct_size;
    /** Zero. */
    uint32_t reserved;
    /** Its number in the source, from 0. */
    int64_t index;
    /** When it was made, on the monotonic clock, in nanoseconds; 0 if unknown. */
    int64_t t_mono_ns;
    /** When it was made, UTC, in nanoseconds since 1970; 0 if unknown. */
    int64_t t_wall_ns;
} ald_item;

/**
 * Fills a source's description: nothing known.
 *
 * @param info borrowed for the call; NULL does nothing.
 * @param struct_size sizeof(ald_source_info) of the caller.
 * @since 0.1
 */
ALD_API void ald_source_info_init(ald_source_info *info, uint32_t struct_size) ALD_NOEXCEPT;

/**
 * Fills an item record with zeros.
 *
 * @param item borrowed for the call; NULL does nothing.
 * @param struct_size sizeof(ald_item) of the caller.
 * @since 0.1
 */
ALD_API void ald_item_init(ald_item *item, uint32_t struct_size) ALD_NOEXCEPT;

/**
 * Gives the item with the number `index`.
 *
 * `*buffer` receives an owned buffer, `view` a view of it, `item` the times (its index is filled
 * in already). `cancel` is triggered when the caller gives up or the deadline passes. ALD_E_END
 * says that there is no such item.
 */
typedef ald_status (*ald_source_fn)(void *user_data, int64_t index, const ald_cancel *cancel,
                                    ald_buffer **buffer, ald_view *view, ald_item *item,
                                    ald_error **err);

/**
 * Makes a source of an array in memory: its items are the array's parts along the first dimension.
 *
 * @param buffer shared.
 * @param view borrowed for the call; at least one dimension.
 * @param rate items per second; NaN for none.
 * @param out receives an owned source.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK, ALD_E_INVALID, ALD_E_RANGE or ALD_E_NO_MEMORY.
 * @since 0.1
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
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK, ALD_E_INVALID or ALD_E_NO_MEMORY.
 * @since 0.1
 */
ALD_API ald_status ald_source_new_callback(const ald_source_info *info, ald_source_fn read,
                                           void *user_data, void (*destroy)(void *user_data),
                                           ald_source **out, ald_error **err) ALD_NOEXCEPT;

/**
 * Describes what a source gives.
 *
 * @param source borrowed for the call.
 * @param info receives the description; `struct_size` must be set.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK or ALD_E_INVALID.
 * @since 0.1
 */
ALD_API ald_status ald_source_describe(const ald_source *source, ald_source_info *info,
                                       ald_error **err) ALD_NOEXCEPT;

/**
 * Gives the next item; a source that is read by several gives each item to one of them.
 *
 * @param source borrowed for the call.
 * @param timeout_ns nanoseconds; -1 waits without limit, 0 only looks.
 * @param cancel borrowed for the call; may be NULL.
 * @param buffer receives an owned buffer.
 * @param view receives the view; `struct_size` must be set.
 * @param item receives number and times; `struct_size` must be set; may be NULL.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK; ALD_E_END after the last; ALD_E_TIMEOUT; ALD_E_CANCELLED; ALD_E_CLOSED; what the
 *   function of `ald_source_new_callback` returned.
 * @since 0.1
 */
ALD_API ald_status ald_source_next(ald_source *source, int64_t timeout_ns, const ald_cancel *cancel,
                                   ald_buffer **buffer, ald_view *view, ald_item *item,
                                   ald_error **err) ALD_NOEXCEPT;

/**
 * Gives the next item by an operation on a worker of the library. It gives a map with index,
 * t_mono_ns, t_wall_ns and array. What a cancelled operation had read already comes again next.
 *
 * @param source shared until the operation has ended.
 * @param timeout_ns nanoseconds; -1 waits without limit.
 * @param op receives an owned operation.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK; ALD_E_CLOSED; ALD_E_LIMIT if no thread can be made.
 * @since 0.1
 */
ALD_API ald_status ald_source_start_next(ald_source *source, int64_t timeout_ns, ald_op **op,
                                         ald_error **err) ALD_NOEXCEPT;

/**
 * Gives one item by its number. The place of `ald_source_next` stays.
 *
 * @param source borrowed for the call; must be seekable.
 * @param index 0 to count - 1.
 * @param timeout_ns nanoseconds; -1 waits without limit, 0 only looks.
 * @param cancel borrowed for the call; may be NULL.
 * @param buffer receives an owned buffer.
 * @param view receives the view; `struct_size` must be set.
 * @param item receives number and times; `struct_size` must be set; may be NULL.
 * @param err receives an owned error on failure; may be NULL.
 * @return as `ald_source_next`; ALD_E_RANGE beyond the last; ALD_E_UNSUPPORTED if not seekable.
 * @since 0.1
 */
ALD_API ald_status ald_source_at(ald_source *source, int64_t index, int64_t timeout_ns,
                                 const ald_cancel *cancel, ald_buffer **buffer, ald_view *view,
                                 ald_item *item, ald_error **err) ALD_NOEXCEPT;

/**
 * Finds the item in force at a time, for sources with a rate: floor(seconds * rate).
 *
 * @param source borrowed for the call; must be seekable and have a rate.
 * @param seconds time since the first item.
 * @param index receives the number, clamped to the first and the last item.
 * @param err receives an owned error on failure; may be NULL.
 * @return ALD_OK; ALD_E_UNSUPPORTED; ALD_E_INVALID for NaN; ALD_E_END if it is empty.
 * @since 0.1
 */
ALD_API ald_status ald_source_find(const ald_source *source, double seconds, int64_t *index,
                                   ald_error **err) ALD_NOEXCEPT;

/**
 * Closes a source: calls that wait end with ALD_E_CLOSED.
 *
 * @param source borrowed for the call; NULL does nothing.
 * @since 0.1
 */
ALD_API void ald_source_close(ald_source *source) ALD_NOEXCEPT;

/**
 * Takes one more reference to a source.
 *
 * @param source borrowed for the call; NULL does nothing.
 * @since 0.1
 */
ALD_API void ald_source_ref(const ald_source *source) ALD_NOEXCEPT;

/**
 * Gives a reference to a source back; the last one closes it.
 *
 * @param source owned; NULL does nothing.
 * @since 0.1
 */
ALD_API void ald_source_unref(const ald_source *source) ALD_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif
