// Values as CBOR (RFC 8949), exact for all but handles. docs/values.md has the table.
#pragma once

#include "base/value/value.hpp"

#include <cstdint>
#include <span>

namespace alidade {

// Shortest integers, doubles always as 64 bits, arrays with the tags of RFC 8746.
[[nodiscard]] result<bytes> to_cbor(const value &v);

// All of the data must be one item. Errors name the byte offset.
[[nodiscard]] result<value> from_cbor(std::span<const std::uint8_t> data);

} // namespace alidade
