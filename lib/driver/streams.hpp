// The part of the host's table that has to do with streams of frames.
#pragma once

#include <alidade/driver.h>

namespace alidade::driver_streams {

ald_status stream_configure(ald_node *node, const ald_view *view, ald_frame_sink **sink,
                            ald_error **err) noexcept;
ald_status slot_take(ald_frame_sink *sink, int64_t deadline_mono_ns, ald_slot **slot, void **data,
                     ald_error **err) noexcept;
void slot_publish(ald_frame_sink *sink, ald_slot *slot, const ald_frame_info *info,
                  const ald_value *metadata) noexcept;
void slot_drop(ald_frame_sink *sink, ald_slot *slot) noexcept;
void frames_lost(ald_frame_sink *sink, int64_t count) noexcept;
void frames_starved(ald_frame_sink *sink, int64_t count) noexcept;

} // namespace alidade::driver_streams
