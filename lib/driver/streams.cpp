#include "driver/streams.hpp"

#include "base/boundary/guard.hpp"
#include "base/log.hpp"
#include "device/capabilities/frame_producer.hpp"
#include "driver/tokens.hpp"

namespace alidade::driver_streams {

namespace {

ald_slot *token_of(frame_slot *slot) noexcept { return reinterpret_cast<ald_slot *>(slot); }
ref<frame_slot> behind_slot(ald_slot *slot) noexcept {
    return ref<frame_slot>::adopt(reinterpret_cast<frame_slot *>(slot));
}

ald_frame_sink *token_of(frame_sink *sink) noexcept {
    return reinterpret_cast<ald_frame_sink *>(sink);
}
frame_sink &behind_sink(ald_frame_sink *sink) noexcept {
    return *reinterpret_cast<frame_sink *>(sink);
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

outcome not_null(const void *token, std::string_view what) {
    return token != nullptr
               ? outcome()
               : fail(ALD_E_INVALID, "stream", "the {} that a driver gave is NULL", what);
}

bool are_there(const ald_frame_sink *sink, const ald_slot *slot, const char *function) noexcept {
    if (sink != nullptr && slot != nullptr) {
        return true;
    }
    log::write(ALD_LOG_ERROR, "stream",
               std::string(function) + " was given a sink or a slot that is NULL");
    return false;
}

outcome can_be_lost(const ald_frame_sink *sink, std::int64_t count) {
    if (auto there = not_null(sink, "sink"); !there) {
        return there;
    }
    if (count < 0) {
        return fail(ALD_E_INVALID, "stream", "{} frames cannot be lost", count);
    }
    return {};
}

// A frame's record with the times that the driver left to us.
ald_frame_info complete(ald_frame_info info) noexcept {
    if (info.t_mono_ns == 0) {
        info.t_mono_ns = mono_ns();
    }
    if (info.t_wall_ns == 0) {
        info.t_wall_ns = wall_from_mono(info.t_mono_ns);
    }
    return info;
}

result<value> metadata_behind(const ald_value *metadata) {
    if (metadata == nullptr) {
        return value();
    }
    auto given = value_behind(metadata);
    if (given && given->type() != ALD_TYPE_MAP) {
        return fail(ALD_E_INVALID, "stream", "the metadata of a frame are a {}; expected a map",
                    type_name(given->type()));
    }
    return given;
}

} // namespace

ald_status stream_configure(ald_node *node, const ald_view *view, ald_frame_sink **sink,
                            ald_error **err) noexcept {
    return call(err, in(), out(sink), [&] {
        return not_null(node, "node")
            .and_then([&] { return capabilities::frame_producer::frames(behind_node(node)); })
            .and_then([&](const std::shared_ptr<frame_sink> &s) {
                return get_record(view, empty_view(), "view")
                    .and_then([&](ald_view form) {
                        form.data = &form; // there is no memory yet, which would be no valid view
                        return check_form(form).and_then([&] { return s->configure(form); });
                    })
                    .map([&] { *sink = token_of(s.get()); });
            });
    });
}

ald_status slot_take(ald_frame_sink *sink, int64_t deadline_mono_ns, ald_slot **slot, void **data,
                     ald_error **err) noexcept {
    return call(err, in(), out(slot, data), [&] {
        return not_null(sink, "sink")
            .and_then([&] { return behind_sink(sink).take(deadline_mono_ns); })
            .map([&](ref<frame_slot> taken) {
                *data = taken->data();
                *slot = token_of(taken.leak());
            });
    });
}

void slot_publish(ald_frame_sink *sink, ald_slot *slot, const ald_frame_info *info,
                  const ald_value *metadata) noexcept {
    if (!are_there(sink, slot, "slot_publish")) {
        return;
    }
    auto filled = behind_slot(slot);
    frame_sink &to = behind_sink(sink);
    log_failure([&]() -> outcome {
        const auto record = get_record(info, unknown_frame(), "frame record");
        if (!record) {
            return failure(record.error());
        }
        return metadata_behind(metadata).map(
            [&](value map) { to.publish(std::move(filled), complete(*record), std::move(map)); });
    });
    if (filled) { // also where memory ran out: a slot that counts as being filled holds the camera
        to.drop(std::move(filled));
        to.lost(1);
    }
}

void slot_drop(ald_frame_sink *sink, ald_slot *slot) noexcept {
    if (are_there(sink, slot, "slot_drop")) {
        behind_sink(sink).drop(behind_slot(slot));
    }
}

void frames_lost(ald_frame_sink *sink, int64_t count) noexcept {
    log_failure(
        [&] { return can_be_lost(sink, count).map([&] { behind_sink(sink).lost(count); }); });
}

void frames_starved(ald_frame_sink *sink, int64_t count) noexcept {
    log_failure([&] {
        return can_be_lost(sink, count).map([&] {
            behind_sink(sink).starve();
            behind_sink(sink).lost(count);
        });
    });
}

} // namespace alidade::driver_streams
