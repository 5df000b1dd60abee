#include "base/value/dtype.hpp"

#include <algorithm>
#include <array>

namespace alidade {

namespace {

struct dtype_info {
    std::size_t size;
    const char *name;
    ald_dtype component;
};

constexpr dtype_info unknown{0, "", 0};

constexpr std::array known{
    unknown,
    dtype_info{1, "bool", ALD_DTYPE_BOOL},
    dtype_info{1, "int8", ALD_DTYPE_INT8},
    dtype_info{2, "int16", ALD_DTYPE_INT16},
    dtype_info{4, "int32", ALD_DTYPE_INT32},
    dtype_info{8, "int64", ALD_DTYPE_INT64},
    dtype_info{1, "uint8", ALD_DTYPE_UINT8},
    dtype_info{2, "uint16", ALD_DTYPE_UINT16},
    dtype_info{4, "uint32", ALD_DTYPE_UINT32},
    dtype_info{8, "uint64", ALD_DTYPE_UINT64},
    dtype_info{2, "float16", ALD_DTYPE_FLOAT16},
    dtype_info{4, "float32", ALD_DTYPE_FLOAT32},
    dtype_info{8, "float64", ALD_DTYPE_FLOAT64},
    dtype_info{8, "complex64", ALD_DTYPE_FLOAT32},
    dtype_info{16, "complex128", ALD_DTYPE_FLOAT64},
};
static_assert(known.size() == ALD_DTYPE_COMPLEX128 + 1);

const dtype_info &info(ald_dtype dtype) noexcept {
    const auto index = static_cast<std::size_t>(dtype);
    return index < known.size() ? known[index] : unknown;
}

} // namespace

std::size_t dtype_size(ald_dtype dtype) noexcept { return info(dtype).size; }

const char *dtype_name(ald_dtype dtype) noexcept { return info(dtype).name; }

std::optional<ald_dtype> dtype_named(std::string_view name) noexcept {
    const auto *const found = std::find_if(known.begin() + 1, known.end(),
                                           [name](const dtype_info &i) { return i.name == name; });
    if (found == known.end()) {
        return std::nullopt;
    }
    return static_cast<ald_dtype>(found - known.begin());
}

ald_dtype component_dtype(ald_dtype dtype) noexcept { return info(dtype).component; }

std::size_t component_count(ald_dtype dtype) noexcept {
    return component_dtype(dtype) == dtype ? 1 : 2;
}

} // namespace alidade
