#include "base/value/buffer.hpp"

#include "base/boundary/guard.hpp"
#include "base/value/dlpack.hpp"
#include "base/value/dtype.hpp"
#include "base/value/view.hpp"

using namespace alidade;

void ald_view_init(ald_view *view, uint32_t struct_size) noexcept {
    init_record(view, struct_size, empty_view());
}

int32_t ald_dtype_size(ald_dtype dtype) noexcept { return static_cast<int32_t>(dtype_size(dtype)); }

const char *ald_dtype_name(ald_dtype dtype) noexcept { return dtype_name(dtype); }

ald_status ald_buffer_new(size_t size, ald_buffer **out_buffer, ald_error **err) noexcept {
    return call(err, in(), out(out_buffer),
                [&] { return give(out_buffer, buffer::allocate(size)); });
}

ald_status ald_buffer_wrap(void *data, size_t size, int32_t readonly,
                           void (*release)(void *user_data), void *user_data,
                           ald_buffer **out_buffer, ald_error **err) noexcept {
    user_data_owner owner(user_data, release);
    return call(err, in(), out(out_buffer), [&] {
        return give(out_buffer, bytes_given(data, size, "data").map([&](std::string_view) {
            return buffer::wrap(data, size, readonly != 0, [kept = owner.share()] {});
        }));
    });
}

void *ald_buffer_data(const ald_buffer *buffer) noexcept {
    return look(buffer, static_cast<void *>(nullptr),
                [](auto &b) { return static_cast<void *>(b.data()); });
}

size_t ald_buffer_size(const ald_buffer *buffer) noexcept {
    return look(buffer, size_t{0}, [](auto &b) { return b.size(); });
}

int32_t ald_buffer_is_readonly(const ald_buffer *buffer) noexcept {
    return look(buffer, -1, [](auto &b) { return b.readonly() ? 1 : 0; });
}

ald_status ald_buffer_get_view(const ald_buffer *buffer, size_t offset, ald_dtype dtype,
                               const int64_t *shape, int32_t ndim, ald_view *view,
                               ald_error **err) noexcept {
    return call(err, in(buffer), out(view), [&](auto &b) -> outcome {
        if (ndim < 0 || ndim > ALD_NDIM_MAX || (ndim > 0 && shape == nullptr)) {
            return fail(ALD_E_INVALID, "buffer",
                        "ndim is {}, shape is {}; expected 0 to {} dimensions and their shape",
                        ndim, shape == nullptr ? "NULL" : "given", +ALD_NDIM_MAX);
        }
        return b.view(offset, dtype, std::span(shape, static_cast<std::size_t>(ndim)))
            .and_then([&](const ald_view &made) { return put_record(view, made, "view"); });
    });
}

ald_status ald_buffer_check_view(const ald_buffer *buffer, const ald_view *view,
                                 ald_error **err) noexcept {
    return call(err, in(buffer), out(), [&](auto &b) {
        return get_record(view, empty_view(), "view").and_then([&](const ald_view &v) {
            return b.check(v);
        });
    });
}

ald_status ald_dlpack_export(const ald_buffer *buffer, const ald_view *view, int32_t versioned,
                             void **out_tensor, ald_error **err) noexcept {
    return call(err, in(buffer), out(out_tensor), [&](auto &b) -> outcome {
        auto tensor =
            get_record(view, empty_view(), "view")
                .and_then([&](const ald_view &v) {
                    return make_array(ref<alidade::buffer>::share(&b), v);
                })
                .and_then([&](const array &a) { return dlpack_export(a, versioned != 0); });
        if (!tensor) {
            return failure(std::move(tensor.error()));
        }
        *out_tensor = *tensor;
        return {};
    });
}

ald_status ald_dlpack_import(void *tensor, int32_t versioned, ald_buffer **out_buffer,
                             ald_view *view, ald_error **err) noexcept {
    return call(err, in(), out(out_buffer, view), [&]() -> outcome {
        if (tensor == nullptr) {
            return fail(ALD_E_INVALID, "buffer",
                        "the tensor is NULL; give a DLPack managed tensor");
        }
        auto imported = dlpack_import(tensor, versioned != 0);
        if (!imported) {
            return failure(std::move(imported.error()));
        }
        if (auto written = put_record(view, imported->view, "view"); !written) {
            return written;
        }
        // Taken over last: until here a failure leaves the tensor the caller's.
        if (auto given = give(out_buffer, imported->memory); !given) {
            return given;
        }
        dlpack_take(*imported->memory, tensor, versioned != 0);
        return {};
    });
}

void ald_dlpack_delete(void *tensor, int32_t versioned) noexcept {
    if (!runtime::forked()) {
        dlpack_delete(tensor, versioned != 0);
    }
}
