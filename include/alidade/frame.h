/**
 * @file
 * Frames: what is known of a picture beside its pixels.
 */
#ifndef ALIDADE_FRAME_H
#define ALIDADE_FRAME_H

#include <alidade/base.h>

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

/** What is known of a frame beside its pixels: the values in force when it was exposed. */
typedef struct ald_frame {
    /** Size of this record in bytes, set by `ald_frame_init`. */
    uint32_t struct_size;
    /** Significant bits of a pixel; 0 if unknown. */
    int32_t bit_depth;
    /** Its number in the stream, from 0; lost frames are counted too. */
    int64_t seq;
    /** Frames lost for this consumer between the one that it got before and this one. */
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
} ald_frame;

/**
 * Fills a frame record: nothing known.
 *
 * @param frame borrowed for the call; NULL does nothing.
 * @param struct_size sizeof(ald_frame) of the caller.
 * @since 0.1
 */
ALD_API void ald_frame_init(ald_frame *frame, uint32_t struct_size) ALD_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif
