/**
 * @file
 * Frames: an array of pixels, or of anything else, with what is known of it.
 *
 * A frame never changes. Cameras, sources, scripts and files give the same thing: a view of the
 * elements, a record with numbers that all frames have (`ald_frame_info`), and a map for the rest
 * (metadata). A reference to it is a reference to its memory, which is never copied: the memory
 * goes back to its camera, or to whoever owns it, when the last reference to the frame and to its
 * buffer is gone. All functions here may be called by any thread.
 */
#ifndef ALIDADE_FRAME_H
#define ALIDADE_FRAME_H

#include <alidade/base.h>
#include <alidade/buffer.h>
#include <alidade/value.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Flags of a frame. */
enum {
    /** Pixels have reached the greatest number that they can hold. */
    ALD_FRAME_SATURATED = 1,
    /** The camera reported that the frame is not whole. */
    ALD_FRAME_INCOMPLETE = 2
};

/** An array with what is known of it, which never changes. */
typedef struct ald_frame ald_frame;

/** Record of a frame, beside its pixels: the values in force when it was exposed. Later versions
 * add members at the end. */
typedef struct ald_frame_info {
    /** Size of this record in bytes, set by `ald_frame_info_init`. */
    uint32_t struct_size;
    /** Significant bits of a pixel; 0 if unknown. */
    int32_t bit_depth;
    /** Number in the source that gave it, from 0: what `ald_source_at` finds it by. Of a camera's
     * stream it is `seq`. */
    int64_t index;
    /** Number since the camera was opened, from 0; lost frames are counted too. */
    int64_t seq;
    /** Frames lost between the one that the same stream gave before and this one. */
    int64_t lost_before;
    /** Number by the camera's own count; -1 if it has none. */
    int64_t hw_seq;
    /** Middle of the exposure, on the monotonic clock, in nanoseconds. */
    int64_t t_mono_ns;
    /** Middle of the exposure, UTC, in nanoseconds since 1970. */
    int64_t t_wall_ns;
    /** The camera's own time, in nanoseconds; 0 if it has none. */
    int64_t t_hw_ns;
    /** Id of the camera's clock; 0 if it has none. */
    uint64_t clock_id;
    /** Half width within which t_mono_ns lies, in nanoseconds. */
    int64_t uncertainty_ns;
    /** `ALD_FRAME_<X>` flags. */
    uint64_t flags;
    /** Time of exposure, in seconds; NaN if unknown. */
    double exposure;
    /** Gain, in the unit of the camera's property; NaN if unknown. */
    double gain;
    /** Counts without light; NaN if unknown. */
    double offset;
    /** Temperature of the sensor, in degrees Celsius; NaN if unknown. */
    double temperature;
    /** Left edge of the region, in pixels of the sensor. */
    int32_t roi_x;
    /** Upper edge of the region, in pixels of the sensor. */
    int32_t roi_y;
    /** Width of the region, in pixels of the sensor. */
    int32_t roi_width;
    /** Height of the region, in pixels of the sensor. */
    int32_t roi_height;
    /** Pixels of the sensor added up to one, horizontally. */
    int32_t binning_x;
    /** Pixels of the sensor added up to one, vertically. */
    int32_t binning_y;
} ald_frame_info;

/**
 * Fills a frame's record: nothing known.
 *
 * @param info borrowed for the call; NULL does nothing.
 * @param struct_size sizeof(ald_frame_info) of the caller.
 */
ALD_API void ald_frame_info_init(ald_frame_info *info, uint32_t struct_size) ALD_NOEXCEPT;

/**
 * Makes a frame of an array in memory, without a copy.
 *
 * @param view the elements, any type and number of dimensions; borrowed for the call.
 * @param owner shared; the memory that the view lies in, kept as long as the frame. Nobody may
 *   write to it any more.
 * @param info what is known of it; borrowed for the call; NULL if nothing is.
 * @param metadata a map, which is copied; borrowed for the call; NULL for an empty one.
 * @param out receives an owned frame.
 * @return ALD_OK; ALD_E_INVALID for a bad view or record, or metadata that are no map; ALD_E_RANGE
 *   if the view reaches outside of its memory; ALD_E_NO_MEMORY.
 */
ALD_API ald_status ald_frame_new(const ald_view *view, const ald_buffer *owner,
                                 const ald_frame_info *info, const ald_value *metadata,
                                 ald_frame **out, ald_error **err) ALD_NOEXCEPT;

/**
 * Describes the elements: type, shape, strides and address, rows first.
 *
 * @param frame borrowed for the call; the view is valid as long as the frame is.
 * @param view receives the view, read-only; `struct_size` must be set.
 * @return ALD_OK or ALD_E_INVALID.
 */
ALD_API ald_status ald_frame_get_view(const ald_frame *frame, ald_view *view,
                                      ald_error **err) ALD_NOEXCEPT;

/**
 * Tells what is known of a frame.
 *
 * @param frame borrowed for the call.
 * @param info receives the record; `struct_size` must be set.
 * @return ALD_OK or ALD_E_INVALID.
 */
ALD_API ald_status ald_frame_get_info(const ald_frame *frame, ald_frame_info *info,
                                      ald_error **err) ALD_NOEXCEPT;

/**
 * Gives what else is known of a frame, by name.
 *
 * @param frame borrowed for the call.
 * @param out receives an owned map; empty if nothing is.
 * @return ALD_OK; ALD_E_INVALID; ALD_E_NO_MEMORY.
 */
ALD_API ald_status ald_frame_metadata(const ald_frame *frame, ald_value **out,
                                      ald_error **err) ALD_NOEXCEPT;

/**
 * Gives the memory of a frame as a buffer, for what takes one. It keeps the memory, and a camera's
 * frame counts as in use, as long as the frame itself would.
 *
 * @param frame borrowed for the call.
 * @param out receives an owned buffer, read-only, in which the frame's view lies.
 * @return ALD_OK; ALD_E_INVALID; ALD_E_NO_MEMORY.
 */
ALD_API ald_status ald_frame_buffer(const ald_frame *frame, ald_buffer **out,
                                    ald_error **err) ALD_NOEXCEPT;

/**
 * Takes one more reference to a frame.
 *
 * @param frame borrowed for the call; NULL does nothing.
 */
ALD_API void ald_frame_ref(const ald_frame *frame) ALD_NOEXCEPT;

/**
 * Gives a reference to a frame back. With the last one its memory can be used again.
 *
 * @param frame owned; NULL does nothing.
 */
ALD_API void ald_frame_unref(const ald_frame *frame) ALD_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif
