#include "device/stream.hpp"

#include "base/boundary/callback.hpp"
#include "base/log.hpp"
#include "device/device.hpp"

using namespace alidade;

namespace {

ald_consumer_options default_options() noexcept {
    const consumer::options usual;
    return {.struct_size = sizeof(ald_consumer_options),
            .policy = usual.policy,
            .capacity = usual.capacity,
            .lease_cap = usual.lease_cap,
            .flags = 0};
}

result<consumer::options> options_from(const ald_consumer_options *given) {
    if (given == nullptr) {
        return consumer::options{};
    }
    return get_record(given, default_options(), "options record")
        .and_then([](const ald_consumer_options &o) -> result<consumer::options> {
            if (o.flags != 0) {
                return fail(ALD_E_INVALID, "stream", "flags are {}; expected 0", o.flags);
            }
            return consumer::options{o.policy, o.capacity, o.lease_cap};
        });
}

// The caller's handle of a consumer. Nobody could close one that could not be given.
outcome give_consumer(ald_consumer **to, result<ref<consumer>> opened) {
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

    bool operator()(consumer &from, const leased_frame &frame) const {
        const owned_handle<ald_consumer> lent_consumer(from);
        const owned_handle<ald_buffer> lent_buffer(*frame.data.memory);
        const ald_status status = run_callback([&] {
            return deliver(user_data.get(), lent_consumer.get(), lent_buffer.get(),
                           &frame.data.view, &frame.record);
        });
        if (status != ALD_OK) {
            log::write(ALD_LOG_WARNING, "stream",
                       fmt::format("the function that is given frames returned {}; it gets no more",
                                   status_name(status)));
        }
        return status == ALD_OK;
    }
};

} // namespace

void ald_consumer_options_init(ald_consumer_options *options, uint32_t struct_size) noexcept {
    init_record(options, struct_size, default_options());
}

ald_status ald_stream_open(ald_device *device, const ald_consumer_options *options,
                           ald_consumer **out_consumer, ald_error **err) noexcept {
    return call(err, in(device), out(out_consumer), [&](auto &d) {
        return give_consumer(out_consumer,
                             options_from(options).and_then([&](const consumer::options &wanted) {
                                 return consumer::open(ref<alidade::device>::share(&d), wanted);
                             }));
    });
}

ald_status ald_stream_open_callback(ald_device *device, const ald_consumer_options *options,
                                    ald_frame_fn deliver, void *user_data,
                                    void (*destroy)(void *user_data), ald_consumer **out_consumer,
                                    ald_error **err) noexcept {
    user_data_owner data(user_data, destroy);
    return call(err, in(device), out(out_consumer), [&](auto &d) -> outcome {
        if (deliver == nullptr) {
            return fail(ALD_E_INVALID, "stream", "deliver is NULL; give a function");
        }
        return give_consumer(out_consumer,
                             options_from(options).and_then([&](const consumer::options &wanted) {
                                 return consumer::open(ref<alidade::device>::share(&d), wanted,
                                                       callback_reader{deliver, data.share()});
                             }));
    });
}

ald_status ald_consumer_next(ald_consumer *consumer, int64_t timeout_ns, const ald_cancel *cancel,
                             ald_buffer **buffer, ald_view *view, ald_frame *frame,
                             ald_error **err) noexcept {
    return call(err, in(consumer, optional_handle{cancel}), out(buffer, view),
                [&](auto &c, auto *cancelled) {
                    return check_record(view, "view")
                        .and_then([&] {
                            return frame != nullptr ? check_record(frame, "frame record")
                                                    : outcome();
                        })
                        .and_then([&] { return deadline_of(timeout_ns); })
                        .and_then([&](int64_t deadline) {
                            return c.next(deadline, cancelled, [&](const leased_frame &got) {
                                return give(buffer, got.data.memory).map([&] {
                                    fill_record(view, got.data.view);
                                    if (frame != nullptr) {
                                        fill_record(frame, got.record);
                                    }
                                });
                            });
                        });
                });
}

ald_status ald_consumer_start_next(ald_consumer *consumer, int64_t timeout_ns, ald_op **op,
                                   ald_error **err) noexcept {
    return call(err, in(consumer), out(op), [&](auto &c) {
        return deadline_of(timeout_ns).and_then([&](int64_t deadline) {
            return give_started(op, [&](const auto &o) { return c.start_wait(o, deadline); });
        });
    });
}

ald_status ald_consumer_get_stats(const ald_consumer *consumer, ald_consumer_stats *stats,
                                  ald_error **err) noexcept {
    return call(err, in(consumer), out(stats), [&](auto &c) {
        const auto now = c.stats();
        return put_record(stats,
                          ald_consumer_stats{.struct_size = sizeof(ald_consumer_stats),
                                             .reserved = 0,
                                             .received = now.received,
                                             .lost = now.lost,
                                             .lost_at_source = now.lost_at_source,
                                             .waiting = now.waiting,
                                             .leased = now.leased},
                          "stats record");
    });
}

ald_status ald_consumer_source(ald_consumer *consumer, ald_source **out_source,
                               ald_error **err) noexcept {
    return call(err, in(consumer), out(out_source),
                [&](auto &c) { return give(out_source, c.as_source()); });
}

void ald_consumer_close(ald_consumer *consumer) noexcept {
    quietly(consumer, [](auto &c) { c.close(); });
}
