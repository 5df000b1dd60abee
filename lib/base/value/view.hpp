// Views: how to read memory as an array. What is said here holds for well-formed views, which
// `check_form` and `c_view` vouch for; `buffer::check` vouches for their memory.
#pragma once

#include "base/error.hpp"
#include "base/value/dtype.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace alidade {

// A one-dimensional float64 array without elements.
[[nodiscard]] ald_view empty_view() noexcept;

// A C-contiguous array (last index fastest) at `data`; fails for a bad type or shape.
[[nodiscard]] result<ald_view> c_view(void *data, ald_dtype dtype,
                                      std::span<const std::int64_t> shape);

// Fails unless type, dimensions and flags are valid and the elements can be counted.
[[nodiscard]] outcome check_form(const ald_view &view);

[[nodiscard]] std::span<const std::int64_t> shape_of(const ald_view &view) noexcept;
[[nodiscard]] std::int64_t element_count(const ald_view &view) noexcept;
// Bytes of the elements packed together.
[[nodiscard]] std::size_t packed_size(const ald_view &view) noexcept;
[[nodiscard]] bool is_c_contiguous(const ald_view &view) noexcept;

// The bytes that the elements occupy, relative to `data`: first <= 0 < end.
struct byte_range {
    std::int64_t first;
    std::int64_t end;
};
// Nothing if the strides lead beyond 64 bits. Precondition: there are elements.
[[nodiscard]] std::optional<byte_range> occupied(const ald_view &view) noexcept;

// Writes the elements one after the other in C order.
void copy_packed(const ald_view &from, std::byte *to) noexcept;

// Same type, shape and elements; NaN equals NaN.
[[nodiscard]] bool same_elements(const ald_view &a, const ald_view &b) noexcept;

} // namespace alidade
