#include "base/value/dlpack.hpp"

#include "base/value/dlpack_abi.hpp"

#include <algorithm>
#include <array>
#include <memory>

namespace alidade {

namespace {

using namespace dlpack_abi;

struct type_pair {
    ald_dtype ours;
    data_type theirs;
};

constexpr std::array types{
    type_pair{ALD_DTYPE_BOOL, {code_bool, 8, 1}},
    type_pair{ALD_DTYPE_INT8, {code_int, 8, 1}},
    type_pair{ALD_DTYPE_INT16, {code_int, 16, 1}},
    type_pair{ALD_DTYPE_INT32, {code_int, 32, 1}},
    type_pair{ALD_DTYPE_INT64, {code_int, 64, 1}},
    type_pair{ALD_DTYPE_UINT8, {code_uint, 8, 1}},
    type_pair{ALD_DTYPE_UINT16, {code_uint, 16, 1}},
    type_pair{ALD_DTYPE_UINT32, {code_uint, 32, 1}},
    type_pair{ALD_DTYPE_UINT64, {code_uint, 64, 1}},
    type_pair{ALD_DTYPE_FLOAT16, {code_float, 16, 1}},
    type_pair{ALD_DTYPE_FLOAT32, {code_float, 32, 1}},
    type_pair{ALD_DTYPE_FLOAT64, {code_float, 64, 1}},
    type_pair{ALD_DTYPE_COMPLEX64, {code_complex, 64, 1}},
    type_pair{ALD_DTYPE_COMPLEX128, {code_complex, 128, 1}},
};

data_type dlpack_type(ald_dtype dtype) noexcept {
    return std::find_if(types.begin(), types.end(),
                        [dtype](const type_pair &pair) { return pair.ours == dtype; })
        ->theirs;
}

result<ald_dtype> dtype_of(data_type type) {
    const auto *const found =
        std::find_if(types.begin(), types.end(), [type](const type_pair &pair) {
            return pair.theirs.code == type.code && pair.theirs.bits == type.bits &&
                   pair.theirs.lanes == type.lanes;
        });
    if (found == types.end()) {
        return fail(ALD_E_UNSUPPORTED, "dlpack",
                    "the tensor's type (code {}, {} bits, {} lanes) has no ald_dtype; convert it "
                    "first",
                    type.code, type.bits, type.lanes);
    }
    return found->ours;
}

// Exported tensor with the memory that it points to.
template <class Managed> struct exported {
    Managed tensor{};
    std::array<std::int64_t, ALD_NDIM_MAX> shape{};
    std::array<std::int64_t, ALD_NDIM_MAX> strides{};
    ref<buffer> memory;
};

template <class Managed> void delete_exported(Managed *self) {
    std::unique_ptr<exported<Managed>>(static_cast<exported<Managed> *>(self->manager_ctx)).reset();
}

outcome check_strides(const ald_view &view) {
    const auto size = static_cast<std::int64_t>(dtype_size(view.dtype));
    for (std::int32_t i = 0; i < view.ndim; ++i) {
        if (view.shape[i] > 1 && view.strides[i] % size != 0) {
            return fail(ALD_E_UNSUPPORTED, "dlpack",
                        "stride {} of dimension {} is no multiple of the {} bytes of {}; copy the "
                        "array first",
                        view.strides[i], i, size, dtype_name(view.dtype));
        }
    }
    return {};
}

template <class Managed> std::unique_ptr<exported<Managed>> export_as(const array &a) {
    auto owner = std::make_unique<exported<Managed>>();
    const ald_view &view = a.view;
    const auto size = static_cast<std::int64_t>(dtype_size(view.dtype));
    for (std::size_t i = 0; i < shape_of(view).size(); ++i) {
        owner->shape[i] = view.shape[i];
        owner->strides[i] = view.strides[i] / size;
    }
    owner->memory = a.memory;
    owner->tensor.manager_ctx = owner.get();
    owner->tensor.deleter = delete_exported<Managed>;
    owner->tensor.dl_tensor = {.data = view.data,
                               .device = {.type = device_cpu, .id = 0},
                               .ndim = view.ndim,
                               .dtype = dlpack_type(view.dtype),
                               .shape = owner->shape.data(),
                               .strides = owner->strides.data(),
                               .byte_offset = 0};
    return owner;
}

// Bytes rather than elements; fails where the tensor makes no sense.
result<ald_view> view_of(const tensor &t, ald_dtype dtype) {
    if (t.ndim > ALD_NDIM_MAX) {
        return fail(ALD_E_UNSUPPORTED, "dlpack", "the tensor has {} dimensions, at most {} go",
                    t.ndim, static_cast<int>(ALD_NDIM_MAX));
    }
    if (t.ndim < 0 || (t.ndim > 0 && t.shape == nullptr)) {
        return fail(ALD_E_INVALID, "dlpack", "the tensor has {} dimensions and its shape is {}",
                    t.ndim, t.shape == nullptr ? "NULL" : "set");
    }
    auto view = c_view(nullptr, dtype, {t.shape, static_cast<std::size_t>(t.ndim)});
    if (!view || t.strides == nullptr) {
        return view;
    }
    const auto size = static_cast<std::int64_t>(dtype_size(dtype));
    for (std::int32_t i = 0; i < t.ndim; ++i) {
        if (__builtin_mul_overflow(t.strides[i], size, &view->strides[i])) {
            return fail(ALD_E_INVALID, "dlpack", "stride {} of dimension {} is beyond 64 bits",
                        t.strides[i], i);
        }
    }
    return view;
}

result<array> import_tensor(const tensor &t, bool readonly) {
    if (t.device.type != device_cpu) {
        return fail(ALD_E_UNSUPPORTED, "dlpack",
                    "the tensor is on a device of type {}, only the CPU's memory goes; copy it "
                    "there first",
                    t.device.type);
    }
    const auto dtype = dtype_of(t.dtype);
    if (!dtype) {
        return failure(dtype.error());
    }
    auto view = view_of(t, *dtype);
    if (!view) {
        return failure(view.error());
    }
    view->flags = readonly ? ALD_VIEW_READONLY : 0;
    if (element_count(*view) == 0) {
        return array{buffer::wrap(nullptr, 0, readonly, {}), *view};
    }
    const auto range = occupied(*view);
    if (t.data == nullptr || !range) {
        return fail(ALD_E_INVALID, "dlpack", "the tensor has elements but {}",
                    t.data == nullptr ? "its data is NULL" : "its strides lead beyond 64 bits");
    }
    auto *const origin = static_cast<std::byte *>(t.data) + t.byte_offset;
    view->data = origin;
    return array{buffer::wrap(origin + range->first,
                              static_cast<std::size_t>(range->end - range->first), readonly, {}),
                 *view};
}

template <class Managed> void call_deleter(void *tensor) noexcept {
    auto *const managed = static_cast<Managed *>(tensor);
    if (managed->deleter != nullptr) {
        managed->deleter(managed);
    }
}

} // namespace

result<void *> dlpack_export(const array &a, bool versioned) {
    const bool readonly = (a.view.flags & ALD_VIEW_READONLY) != 0;
    if (readonly && !versioned) {
        return fail(ALD_E_UNSUPPORTED, "dlpack",
                    "a DLManagedTensor cannot say that its memory is read-only; ask for a "
                    "DLManagedTensorVersioned or copy the array");
    }
    if (auto ok = check_strides(a.view); !ok) {
        return failure(ok.error());
    }
    if (!versioned) {
        return &export_as<managed_tensor>(a).release()->tensor;
    }
    auto owner = export_as<managed_tensor_versioned>(a);
    owner->tensor.version = {major_version, minor_version};
    owner->tensor.flags = readonly ? flag_read_only : 0;
    return &owner.release()->tensor;
}

result<array> dlpack_import(void *tensor, bool versioned) {
    if (tensor == nullptr) {
        return fail(ALD_E_INVALID, "dlpack", "the tensor is NULL");
    }
    if (!versioned) {
        return import_tensor(static_cast<managed_tensor *>(tensor)->dl_tensor, false);
    }
    const auto &managed = *static_cast<managed_tensor_versioned *>(tensor);
    if (managed.version.major > major_version) {
        return fail(ALD_E_VERSION, "dlpack", "the tensor is of DLPack {}.{}, expected {}.x",
                    managed.version.major, managed.version.minor, major_version);
    }
    return import_tensor(managed.dl_tensor, (managed.flags & flag_read_only) != 0);
}

void dlpack_take(buffer &memory, void *tensor, bool versioned) noexcept {
    if (versioned) {
        memory.release_with([tensor] { call_deleter<managed_tensor_versioned>(tensor); });
    } else {
        memory.release_with([tensor] { call_deleter<managed_tensor>(tensor); });
    }
}

void dlpack_delete(void *tensor, bool versioned) noexcept {
    if (tensor == nullptr) {
        return;
    }
    if (versioned) {
        call_deleter<managed_tensor_versioned>(tensor);
    } else {
        call_deleter<managed_tensor>(tensor);
    }
}

} // namespace alidade
