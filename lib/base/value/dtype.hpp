// Element types of arrays: sizes, names, and what complex numbers are made of.
#pragma once

#include <alidade/buffer.h>

#include <cstddef>
#include <optional>
#include <string_view>

namespace alidade {

// Bytes; 0 for an unknown type.
[[nodiscard]] std::size_t dtype_size(ald_dtype dtype) noexcept;
// As NumPy names it; "" for an unknown type.
[[nodiscard]] const char *dtype_name(ald_dtype dtype) noexcept;
[[nodiscard]] std::optional<ald_dtype> dtype_named(std::string_view name) noexcept;

// float32 of complex64, the type itself for all but complex numbers.
[[nodiscard]] ald_dtype component_dtype(ald_dtype dtype) noexcept;
// 2 for complex numbers, 1 for all others.
[[nodiscard]] std::size_t component_count(ald_dtype dtype) noexcept;

} // namespace alidade
