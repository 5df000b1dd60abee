#include "base/value/frame.hpp"

#include "base/boundary/guard.hpp"

using namespace alidade;

void ald_frame_info_init(ald_frame_info *info, uint32_t struct_size) noexcept {
    init_record(info, struct_size, unknown_frame());
}

ald_status ald_frame_new(const ald_view *view, const ald_buffer *owner, const ald_frame_info *info,
                         const ald_value *metadata, ald_frame **out_frame,
                         ald_error **err) noexcept {
    return call(
        err, in(owner, optional_handle{metadata}), out(out_frame),
        [&](auto &memory, auto *known) -> outcome {
            auto record = info != nullptr ? get_record(info, unknown_frame(), "frame record")
                                          : result<ald_frame_info>(unknown_frame());
            if (!record) {
                return failure(std::move(record.error()));
            }
            return give(out_frame,
                        get_record(view, empty_view(), "view")
                            .and_then([&](const ald_view &given) {
                                return make_array(ref<buffer>::share(&memory), given);
                            })
                            .and_then([&](const array &elements) {
                                return frame::of(elements, *record,
                                                 known != nullptr ? known->content : value());
                            }));
        });
}

ald_status ald_frame_get_view(const ald_frame *frame, ald_view *view, ald_error **err) noexcept {
    return call(err, in(frame), out(view),
                [&](auto &f) { return put_record(view, f.view(), "view"); });
}

ald_status ald_frame_get_info(const ald_frame *frame, ald_frame_info *info,
                              ald_error **err) noexcept {
    return call(err, in(frame), out(info),
                [&](auto &f) { return put_record(info, f.info(), "frame record"); });
}

ald_status ald_frame_metadata(const ald_frame *frame, ald_value **out_map,
                              ald_error **err) noexcept {
    return call(err, in(frame), out(out_map), [&](auto &f) {
        value known = f.metadata();
        return give(out_map, known.type() == ALD_TYPE_NULL ? value(map()) : std::move(known));
    });
}

ald_status ald_frame_buffer(const ald_frame *frame, ald_buffer **out_buffer,
                            ald_error **err) noexcept {
    return call(err, in(frame), out(out_buffer),
                [&](auto &f) { return give(out_buffer, f.memory()); });
}
