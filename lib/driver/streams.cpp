#include "driver/streams.hpp"

#include "base/boundary/guard.hpp"
#include "base/log.hpp"
#include "device/capabilities/frame_producer.hpp"
#include "frame/record.hpp"

namespace alidade::driver_streams {

namespace {

ald_slot *token_of(frame_slot *slot) noexcept { return reinterpret_cast<ald_slot *>(slot); }
ref<frame_slot> behind_slot(ald_slot *slot) noexcept {
    return ref<frame_slot>::adopt(reinterpret_cast<frame_slot *>(slot));
}

result<std::shared_ptr<stream>> stream_of(ald_node *node) {
    return capabilities::frame_producer::frames(*reinterpret_cast<device *>(node));
}

// Runs what has no way to report a failure.
template <class Body> void log_failure(Body &&body) noexcept {
    try {
        if (const outcome done = body(); !done) {
            log::write(ALD_LOG_ERROR, "stream", done.error()->detail().message);
        }
    } catch (...) {
        log::write(ALD_LOG_ERROR, "stream", "a frame was lost for want of memory");
    }
}

// A frame's record with the times that the driver left to us.
ald_frame complete(ald_frame record) noexcept {
    if (record.t_mono_ns == 0) {
        record.t_mono_ns = mono_ns();
    }
    if (record.t_wall_ns == 0) {
        record.t_wall_ns = wall_from_mono(record.t_mono_ns);
    }
    return record;
}

} // namespace

ald_status stream_configure(ald_node *node, const ald_view *view, ald_error **err) noexcept {
    return call(err, in(), out(), [&] {
        return stream_of(node).and_then([&](const std::shared_ptr<stream> &s) {
            return get_record(view, empty_view(), "view").and_then([&](ald_view frame) {
                frame.data = &frame; // there is no memory yet, which would be no valid view
                return check_form(frame).and_then([&] { return s->configure(frame); });
            });
        });
    });
}

ald_status slot_take(ald_node *node, int64_t deadline_mono_ns, ald_slot **slot, void **data,
                     ald_error **err) noexcept {
    return call(err, in(), out(slot, data), [&]() -> outcome {
        auto taken = stream_of(node).and_then(
            [&](const std::shared_ptr<stream> &s) { return s->take(deadline_mono_ns); });
        if (!taken) {
            return failure(std::move(taken.error()));
        }
        *data = (*taken)->data();
        *slot = token_of(taken->leak());
        return {};
    });
}

void slot_publish(ald_node *node, ald_slot *slot, const ald_frame *frame) noexcept {
    auto filled = behind_slot(slot);
    log_failure([&]() -> outcome {
        const auto s = stream_of(node);
        const auto record = get_record(frame, unknown_frame(), "frame record");
        if (!s || !record) {
            if (s) {
                (*s)->drop(std::move(filled));
                (*s)->lost(1);
            }
            return failure(!s ? s.error() : record.error());
        }
        (*s)->publish(std::move(filled), complete(*record));
        return {};
    });
}

void slot_drop(ald_node *node, ald_slot *slot) noexcept {
    auto unfilled = behind_slot(slot);
    log_failure([&] {
        return stream_of(node).map(
            [&](const std::shared_ptr<stream> &s) { s->drop(std::move(unfilled)); });
    });
}

void frames_lost(ald_node *node, int64_t count) noexcept {
    log_failure([&]() -> outcome {
        if (count < 0) {
            return fail(ALD_E_INVALID, "stream", "{} frames cannot be lost", count);
        }
        return stream_of(node).map([&](const std::shared_ptr<stream> &s) { s->lost(count); });
    });
}

} // namespace alidade::driver_streams
