#include "base/source.hpp"

#include "base/boundary/callback.hpp"

using namespace alidade;

namespace {

struct callback_reader {
    ald_source_fn read;
    std::shared_ptr<void> user_data;

    result<ref<const frame>> operator()(std::int64_t index, const cancel_source &cancel) const {
        const owned_handle<const ald_cancel> lent_cancel(cancel);
        returned<ald_frame> given;
        returned<ald_error> why;
        const ald_status status = run_callback([&] {
            return read(user_data.get(), index, lent_cancel.get(), given.place(), why.place());
        });
        if (status != ALD_OK) {
            return failure(callback_result(status, nullptr, why.object().get()).error());
        }
        auto found = given.object();
        if (!found) {
            return fail(ALD_E_CALLBACK, "application",
                        "the function gave no frame {}: what it gave is NULL or no frame", index);
        }
        return ref<const frame>(std::move(found));
    }
};

} // namespace

void ald_source_info_init(ald_source_info *info, uint32_t struct_size) noexcept {
    init_record(info, struct_size, unknown_source());
}

ald_status ald_source_new_array(const ald_buffer *buffer, const ald_view *view, double rate,
                                ald_source **out_source, ald_error **err) noexcept {
    return call(err, in(buffer), out(out_source), [&](auto &memory) {
        return get_record(view, empty_view(), "view")
            .and_then([&](const ald_view &given) {
                return make_array(ref<alidade::buffer>::share(&memory), given);
            })
            .and_then([&](array items) { return make_source(std::move(items), rate); })
            .and_then([&](const ref<source> &s) { return give(out_source, s); });
    });
}

ald_status ald_source_new_callback(const ald_source_info *info, ald_source_fn read, void *user_data,
                                   void (*destroy)(void *user_data), ald_source **out_source,
                                   ald_error **err) noexcept {
    user_data_owner data(user_data, destroy);
    return call(err, in(), out(out_source), [&]() -> outcome {
        if (read == nullptr) {
            return fail(ALD_E_INVALID, "source", "read is NULL; give a function");
        }
        return get_record(info, unknown_source(), "description")
            .and_then([&](const ald_source_info &given) {
                return make_source(given, callback_reader{read, data.share()});
            })
            .and_then([&](const ref<source> &s) { return give(out_source, s); });
    });
}

ald_status ald_source_describe(const ald_source *source, ald_source_info *info,
                               ald_error **err) noexcept {
    return call(err, in(source), out(info),
                [&](auto &s) { return put_record(info, s.describe(), "description"); });
}

ald_status ald_source_next(ald_source *source, int64_t timeout_ns, const ald_cancel *cancel,
                           ald_frame **out_frame, ald_error **err) noexcept {
    return call(err, in(source, optional_handle{cancel}), out(out_frame), [&](auto &s, auto *c) {
        return deadline_of(timeout_ns).and_then([&](int64_t deadline) {
            return s.next(deadline, c,
                          [&](const ref<const frame> &given) { return give(out_frame, given); });
        });
    });
}

ald_status ald_source_start_next(ald_source *source, int64_t timeout_ns, ald_op **op,
                                 ald_error **err) noexcept {
    return call(err, in(source), out(op), [&](auto &s) {
        return deadline_of(timeout_ns).and_then([&](int64_t deadline) {
            return give_started(op, [&](const auto &o) { return s.start_next(o, deadline); });
        });
    });
}

ald_status ald_source_at(ald_source *source, int64_t index, int64_t timeout_ns,
                         const ald_cancel *cancel, ald_frame **out_frame,
                         ald_error **err) noexcept {
    return call(err, in(source, optional_handle{cancel}), out(out_frame), [&](auto &s, auto *c) {
        return deadline_of(timeout_ns).and_then([&](int64_t deadline) {
            return give(out_frame, s.at(index, deadline, c));
        });
    });
}

ald_status ald_source_find(const ald_source *source, double seconds, int64_t *index,
                           ald_error **err) noexcept {
    return call(err, in(source), out(index), [&](auto &s) {
        return s.find(seconds).map([&](int64_t found) { *index = found; });
    });
}

void ald_source_close(ald_source *source) noexcept {
    quietly(source, [](auto &s) { s.close(); });
}
