#include "device/frame_stream.hpp"

#include "abi/blocking.hpp"
#include "base/boundary/callback.hpp"
#include "base/log.hpp"
#include "device/device.hpp"

using namespace alidade;

namespace {

ald_frame_stream_options default_options() noexcept {
    const frame_stream::options usual;
    return {.struct_size = sizeof(ald_frame_stream_options),
            .policy = usual.policy,
            .capacity = usual.capacity,
            .lease_cap = usual.lease_cap,
            .flags = 0};
}

result<frame_stream::options> options_from(const ald_frame_stream_options *given) {
    if (given == nullptr) {
        return frame_stream::options{};
    }
    return get_record(given, default_options(), "options record")
        .and_then([](const ald_frame_stream_options &o) -> result<frame_stream::options> {
            if ((o.flags & ~std::uint64_t{ALD_FRAME_STREAM_SPARE}) != 0) {
                return fail(ALD_E_INVALID, "stream",
                            "flags are {}; expected ALD_FRAME_STREAM_<X> or 0", o.flags);
            }
            return frame_stream::options{o.policy, o.capacity, o.lease_cap,
                                         (o.flags & ALD_FRAME_STREAM_SPARE) != 0};
        });
}

// The end of a timeout; none for the default.
result<std::optional<std::int64_t>> stated_deadline(std::int64_t timeout_ns) {
    if (timeout_ns == ALD_WAIT_DEFAULT) {
        return std::nullopt;
    }
    return check_default_timeout(timeout_ns).map([&]() -> std::optional<std::int64_t> {
        return deadline_after(timeout_ns);
    });
}

// The caller's handle of a stream. Nobody could close one that could not be given.
outcome give_stream(ald_frame_stream **to, result<ref<frame_stream>> opened) {
    if (!opened) {
        return failure(std::move(opened.error()));
    }
    try {
        return give(to, *opened);
    } catch (...) {
        (*opened)->close();
        throw;
    }
}

struct callback_reader {
    ald_frame_fn deliver;
    std::shared_ptr<void> user_data;

    bool operator()(frame_stream &from, const ref<const frame> &given) const {
        const owned_handle<ald_frame_stream> lent_stream(from);
        const owned_handle<ald_frame> lent_frame(*given);
        const ald_status status = run_callback(
            [&] { return deliver(user_data.get(), lent_stream.get(), lent_frame.get()); });
        if (status != ALD_OK) {
            log::write(ALD_LOG_WARNING, "stream",
                       fmt::format("the function that is given frames returned {}; it gets no more",
                                   status_name(status)));
        }
        return status == ALD_OK;
    }
};

} // namespace

void ald_frame_stream_options_init(ald_frame_stream_options *options,
                                   uint32_t struct_size) noexcept {
    init_record(options, struct_size, default_options());
}

ald_status ald_frame_stream_open(ald_device *device, const ald_frame_stream_options *options,
                                 ald_frame_stream **out_stream, ald_error **err) noexcept {
    return call(err, in(device), out(out_stream), [&](auto &d) {
        return give_stream(out_stream,
                           options_from(options).and_then([&](const frame_stream::options &wanted) {
                               return frame_stream::open(ref<alidade::device>::share(&d), wanted);
                           }));
    });
}

ald_status ald_frame_stream_open_callback(ald_device *device,
                                          const ald_frame_stream_options *options,
                                          ald_frame_fn deliver, void *user_data,
                                          void (*destroy)(void *user_data),
                                          ald_frame_stream **out_stream, ald_error **err) noexcept {
    user_data_owner data(user_data, destroy);
    return call(err, in(device), out(out_stream), [&](auto &d) -> outcome {
        if (deliver == nullptr) {
            return fail(ALD_E_INVALID, "stream", "deliver is NULL; give a function");
        }
        return give_stream(out_stream,
                           options_from(options).and_then([&](const frame_stream::options &wanted) {
                               return frame_stream::open(ref<alidade::device>::share(&d), wanted,
                                                         callback_reader{deliver, data.share()});
                           }));
    });
}

ald_status ald_frame_stream_next(ald_frame_stream *stream, int64_t timeout_ns,
                                 const ald_cancel *cancel, ald_frame **out_frame, ald_view *view,
                                 ald_error **err) noexcept {
    return call(
        err, in(stream, optional_handle{cancel}), out(out_frame), [&](auto &s, auto *cancelled) {
            const auto take = [&](const ref<const frame> &given) {
                return give(out_frame, given).map([&] {
                    if (view != nullptr) {
                        fill_record(view, given->view());
                    }
                });
            };
            return (view != nullptr ? check_record(view, "view") : outcome())
                .and_then([&] { return stated_deadline(timeout_ns); })
                .and_then([&](const std::optional<int64_t> &deadline) {
                    return deadline ? s.next(*deadline, cancelled, take) : s.next(cancelled, take);
                });
        });
}

ald_status ald_frame_stream_start_next(ald_frame_stream *stream, int64_t timeout_ns, ald_op **op,
                                       ald_error **err) noexcept {
    return call(err, in(stream), out(op), [&](auto &s) {
        return stated_deadline(timeout_ns).and_then([&](const std::optional<int64_t> &deadline) {
            return give_started(op, [&](const auto &o) { return s.start_wait(o, deadline); });
        });
    });
}

ald_status ald_frame_stream_get_stats(const ald_frame_stream *stream, ald_frame_stream_stats *stats,
                                      ald_error **err) noexcept {
    return call(err, in(stream), out(stats), [&](auto &s) {
        const auto now = s.stats();
        return put_record(stats,
                          ald_frame_stream_stats{.struct_size = sizeof(ald_frame_stream_stats),
                                                 .reserved = 0,
                                                 .received = now.received,
                                                 .lost = now.lost,
                                                 .lost_at_source = now.lost_at_source,
                                                 .waiting = now.waiting,
                                                 .leased = now.leased},
                          "stats record");
    });
}

ald_status ald_frame_stream_source(ald_frame_stream *stream, ald_source **out_source,
                                   ald_error **err) noexcept {
    return call(err, in(stream), out(out_source),
                [&](auto &s) { return give(out_source, s.as_source()); });
}

void ald_frame_stream_close(ald_frame_stream *stream) noexcept {
    quietly(stream, [](auto &s) { s.close(); });
}
