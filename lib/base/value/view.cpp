#include "base/value/view.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <type_traits>

namespace alidade {

namespace {

constexpr std::uint64_t known_flags = ALD_VIEW_READONLY;

bool multiply(std::int64_t a, std::int64_t b, std::int64_t &out) noexcept {
    return !__builtin_mul_overflow(a, b, &out);
}

bool add(std::int64_t a, std::int64_t b, std::int64_t &out) noexcept {
    return !__builtin_add_overflow(a, b, &out);
}

std::size_t dimensions(const ald_view &view) noexcept {
    return static_cast<std::size_t>(view.ndim);
}

bool has_no_elements(std::span<const std::int64_t> shape) noexcept {
    return std::find(shape.begin(), shape.end(), 0) != shape.end();
}

// Bytes that the elements would take packed, dimensions of length 0 counted as 1 so that the
// strides of an empty array stay within bounds too.
bool packed_bytes(ald_dtype dtype, std::span<const std::int64_t> shape,
                  std::int64_t &out) noexcept {
    out = static_cast<std::int64_t>(dtype_size(dtype));
    return std::all_of(shape.begin(), shape.end(), [&out](std::int64_t n) {
        return multiply(out, std::max<std::int64_t>(n, 1), out);
    });
}

outcome check_type_and_shape(ald_dtype dtype, std::span<const std::int64_t> shape) {
    if (dtype_size(dtype) == 0) {
        return fail(ALD_E_INVALID, "buffer", "{} is no element type, expected ALD_DTYPE_<X>",
                    dtype);
    }
    for (std::size_t i = 0; i < shape.size(); ++i) {
        if (shape[i] < 0) {
            return fail(ALD_E_INVALID, "buffer", "dimension {} has {} elements, expected 0 or more",
                        i, shape[i]);
        }
    }
    if (std::int64_t bytes = 0; !packed_bytes(dtype, shape, bytes)) {
        return fail(ALD_E_INVALID, "buffer", "the array has more bytes than 64 bits can count");
    }
    return {};
}

outcome check_dimensions(std::int64_t ndim) {
    if (ndim < 0 || ndim > ALD_NDIM_MAX) {
        return fail(ALD_E_INVALID, "buffer", "{} dimensions, expected 0 to {}", ndim,
                    static_cast<int>(ALD_NDIM_MAX));
    }
    return {};
}

void set_c_strides(ald_view &view) noexcept {
    auto stride = static_cast<std::int64_t>(dtype_size(view.dtype));
    for (std::size_t i = dimensions(view); i-- > 0;) {
        view.strides[i] = stride;
        stride *= std::max<std::int64_t>(view.shape[i], 1);
    }
}

// The first of the trailing dimensions whose elements lie packed together.
std::size_t packed_from(const ald_view &view) noexcept {
    auto expected = static_cast<std::int64_t>(dtype_size(view.dtype));
    std::size_t first = dimensions(view);
    while (first > 0 && (view.shape[first - 1] == 1 || view.strides[first - 1] == expected)) {
        --first;
        expected *= view.shape[first];
    }
    return first;
}

std::size_t block_bytes(const ald_view &view, std::size_t from) noexcept {
    std::size_t bytes = dtype_size(view.dtype);
    for (std::size_t i = from; i < dimensions(view); ++i) {
        bytes *= static_cast<std::size_t>(view.shape[i]);
    }
    return bytes;
}

// Copies the blocks of `size` bytes that the dimensions `dim` to `end` - 1 step through.
std::byte *copy_blocks(const ald_view &view, std::size_t dim, std::size_t end, std::size_t size,
                       const std::byte *from, std::byte *to) noexcept {
    if (dim == end) {
        std::memcpy(to, from, size);
        return to + size;
    }
    for (std::int64_t i = 0; i < view.shape[dim]; ++i) {
        to = copy_blocks(view, dim + 1, end, size, from + i * view.strides[dim], to);
    }
    return to;
}

template <class Same>
bool same_from(const ald_view &a, const std::byte *pa, const ald_view &b, const std::byte *pb,
               std::size_t dim, Same same) noexcept {
    if (dim == dimensions(a)) {
        return same(pa, pb);
    }
    for (std::int64_t i = 0; i < a.shape[dim]; ++i) {
        if (!same_from(a, pa + i * a.strides[dim], b, pb + i * b.strides[dim], dim + 1, same)) {
            return false;
        }
    }
    return true;
}

template <class T> T load(const std::byte *from) noexcept {
    T x;
    std::memcpy(&x, from, sizeof x);
    return x;
}

template <class T> bool same_number(const std::byte *pa, const std::byte *pb) noexcept {
    const T a = load<T>(pa);
    const T b = load<T>(pb);
    if constexpr (std::is_floating_point_v<T>) {
        return a == b || (std::isnan(a) && std::isnan(b));
    } else {
        return a == b;
    }
}

template <class T> bool same_complex(const std::byte *pa, const std::byte *pb) noexcept {
    return same_number<T>(pa, pb) && same_number<T>(pa + sizeof(T), pb + sizeof(T));
}

bool same_bool(const std::byte *pa, const std::byte *pb) noexcept {
    return (*pa != std::byte{0}) == (*pb != std::byte{0});
}

bool same_half(const std::byte *pa, const std::byte *pb) noexcept {
    const auto a = load<std::uint16_t>(pa);
    const auto b = load<std::uint16_t>(pb);
    const auto magnitude = [](std::uint16_t x) { return x & 0x7fff; };
    const bool both_zero = magnitude(a) == 0 && magnitude(b) == 0;
    const bool both_nan = magnitude(a) > 0x7c00 && magnitude(b) > 0x7c00;
    return a == b || both_zero || both_nan;
}

using same_element = bool (*)(const std::byte *, const std::byte *) noexcept;

same_element comparison(ald_dtype dtype) noexcept {
    switch (dtype) {
    case ALD_DTYPE_BOOL: return same_bool;
    case ALD_DTYPE_INT8:
    case ALD_DTYPE_UINT8: return same_number<std::uint8_t>;
    case ALD_DTYPE_INT16:
    case ALD_DTYPE_UINT16: return same_number<std::uint16_t>;
    case ALD_DTYPE_INT32:
    case ALD_DTYPE_UINT32: return same_number<std::uint32_t>;
    case ALD_DTYPE_INT64:
    case ALD_DTYPE_UINT64: return same_number<std::uint64_t>;
    case ALD_DTYPE_FLOAT16: return same_half;
    case ALD_DTYPE_FLOAT32: return same_number<float>;
    case ALD_DTYPE_FLOAT64: return same_number<double>;
    case ALD_DTYPE_COMPLEX64: return same_complex<float>;
    default: return same_complex<double>;
    }
}

} // namespace

ald_view empty_view() noexcept {
    ald_view view{};
    view.struct_size = sizeof(ald_view);
    view.dtype = ALD_DTYPE_FLOAT64;
    view.ndim = 1;
    set_c_strides(view);
    return view;
}

result<ald_view> c_view(void *data, ald_dtype dtype, std::span<const std::int64_t> shape) {
    if (auto ok = check_dimensions(static_cast<std::int64_t>(shape.size())); !ok) {
        return failure(ok.error());
    }
    if (auto ok = check_type_and_shape(dtype, shape); !ok) {
        return failure(ok.error());
    }
    ald_view view{};
    view.struct_size = sizeof(ald_view);
    view.dtype = dtype;
    view.data = data;
    view.ndim = static_cast<std::int32_t>(shape.size());
    std::copy(shape.begin(), shape.end(), view.shape);
    set_c_strides(view);
    return view;
}

outcome check_form(const ald_view &view) {
    if (auto ok = check_dimensions(view.ndim); !ok) {
        return ok;
    }
    if ((view.flags & ~known_flags) != 0 || view.reserved != 0) {
        return fail(ALD_E_INVALID, "buffer",
                    "the view has unknown flags {:#x} or a reserved field that is not 0; "
                    "start from ald_view_init",
                    view.flags & ~known_flags);
    }
    if (auto ok = check_type_and_shape(view.dtype, shape_of(view)); !ok) {
        return ok;
    }
    if (view.data == nullptr && !has_no_elements(shape_of(view))) {
        return fail(ALD_E_INVALID, "buffer", "the view has elements but its data is NULL");
    }
    return {};
}

std::span<const std::int64_t> shape_of(const ald_view &view) noexcept {
    return {view.shape, dimensions(view)};
}

std::int64_t element_count(const ald_view &view) noexcept {
    std::int64_t count = 1;
    for (const std::int64_t n : shape_of(view)) {
        if (n == 0) {
            return 0;
        }
        count *= n;
    }
    return count;
}

std::size_t packed_size(const ald_view &view) noexcept {
    return static_cast<std::size_t>(element_count(view)) * dtype_size(view.dtype);
}

bool is_c_contiguous(const ald_view &view) noexcept {
    return element_count(view) == 0 || packed_from(view) == 0;
}

std::optional<byte_range> occupied(const ald_view &view) noexcept {
    byte_range range{0, static_cast<std::int64_t>(dtype_size(view.dtype))};
    for (std::size_t i = 0; i < dimensions(view); ++i) {
        std::int64_t reach = 0;
        std::int64_t &side = view.strides[i] < 0 ? range.first : range.end;
        if (!multiply(view.shape[i] - 1, view.strides[i], reach) || !add(side, reach, side)) {
            return std::nullopt;
        }
    }
    return range;
}

void copy_packed(const ald_view &from, std::byte *to) noexcept {
    if (element_count(from) > 0) {
        const std::size_t end = packed_from(from);
        copy_blocks(from, 0, end, block_bytes(from, end), static_cast<const std::byte *>(from.data),
                    to);
    }
}

bool same_elements(const ald_view &a, const ald_view &b) noexcept {
    const auto shape_a = shape_of(a);
    const auto shape_b = shape_of(b);
    if (a.dtype != b.dtype ||
        !std::equal(shape_a.begin(), shape_a.end(), shape_b.begin(), shape_b.end())) {
        return false;
    }
    return element_count(a) == 0 ||
           same_from(a, static_cast<const std::byte *>(a.data), b,
                     static_cast<const std::byte *>(b.data), 0, comparison(a.dtype));
}

} // namespace alidade
