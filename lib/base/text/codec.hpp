// Functions that writers and readers of values share.
#pragma once

#include "base/value/value.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace alidade {

// The size cap of a written value: arrays beyond it belong into a recording. It also ends the
// writing of a small value that holds itself many times over.
constexpr std::size_t encoded_size_max = std::size_t{1} << 28;

[[nodiscard]] failure fail_too_large(std::string_view domain);

// UNSUPPORTED, naming the place of the first handle in the value.
[[nodiscard]] failure fail_handle(std::string_view domain, const value &root);

// Writes the elements in C order; bools, which in memory may be any byte, as 0 and 1.
void write_elements(const ald_view &view, std::span<std::byte> to) noexcept;

// The memory as an array of that type and shape, which must need all of it.
[[nodiscard]] result<array> shaped_array(ref<buffer> memory, ald_dtype dtype, const value &shape);

} // namespace alidade
