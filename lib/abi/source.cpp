#include "base/source.hpp"

#include "base/boundary/callback.hpp"

using namespace alidade;

namespace {

struct callback_reader {
    ald_source_fn read;
    std::shared_ptr<void> user_data;

    result<source_item> operator()(std::int64_t index, const cancel_source &cancel) const {
        const owned_handle<const ald_cancel> lent_cancel(cancel);
        returned<ald_buffer> memory;
        returned<ald_error> why;
        ald_view view = empty_view();
        ald_item item{.struct_size = sizeof(ald_item),
                      .reserved = 0,
                      .index = index,
                      .t_mono_ns = 0,
                      .t_wall_ns = 0};
        const ald_status status = run_callback([&] {
            return read(user_data.get(), index, lent_cancel.get(), memory.place(), &view, &item,
                        why.place());
        });
        if (status != ALD_OK) {
            return failure(callback_result(status, nullptr, why.object().get()).error());
        }
        auto data = checked(memory.object(), view);
        if (!data) {
            return failure(make<const error>(
                error_detail{.code = ALD_E_CALLBACK,
                             .domain = "application",
                             .message = fmt::format("the function gave no valid item {}", index)},
                data.error()));
        }
        return source_item{std::move(*data), index, item.t_mono_ns, item.t_wall_ns};
    }

    static result<array> checked(ref<buffer> memory, const ald_view &view) {
        if (!memory) {
            return fail(ALD_E_INVALID, "application", "the buffer is NULL or no buffer");
        }
        return make_array(std::move(memory), view);
    }
};

// Where the caller wants an item.
struct item_place {
    ald_buffer **buffer;
    ald_view *view;
    ald_item *item;

    [[nodiscard]] outcome check() const {
        return check_record(view, "view").and_then([&] {
            return item != nullptr ? check_record(item, "item") : outcome();
        });
    }
    [[nodiscard]] outcome put(const source_item &from) const {
        return give(buffer, from.data.memory).map([&] {
            fill_record(view, from.data.view);
            if (item != nullptr) {
                fill_record(item,
                            {sizeof(ald_item), 0, from.index, from.t_mono_ns, from.t_wall_ns});
            }
        });
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
                           ald_buffer **buffer, ald_view *view, ald_item *item,
                           ald_error **err) noexcept {
    return call(err, in(source, optional_handle{cancel}), out(buffer, view), [&](auto &s, auto *c) {
        const item_place place{buffer, view, item};
        return place.check()
            .and_then([&] { return deadline_of(timeout_ns); })
            .and_then([&](int64_t deadline) {
                return s.next(deadline, c,
                              [&](const source_item &given) { return place.put(given); });
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
                         const ald_cancel *cancel, ald_buffer **buffer, ald_view *view,
                         ald_item *item, ald_error **err) noexcept {
    return call(err, in(source, optional_handle{cancel}), out(buffer, view), [&](auto &s, auto *c) {
        const item_place place{buffer, view, item};
        return place.check()
            .and_then([&] { return deadline_of(timeout_ns); })
            .and_then([&](int64_t deadline) { return s.at(index, deadline, c); })
            .and_then([&](const source_item &given) { return place.put(given); });
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
