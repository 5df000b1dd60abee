// Numbers of RFC 8949 and RFC 8746 that writer and reader share.
#pragma once

#include "base/value/dtype.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <string_view>

namespace alidade::cbor {

enum major : std::uint8_t {
    unsigned_integer,
    negative_integer,
    byte_string,
    text_string,
    item_list,
    item_map,
    tag,
    simple
};

// Values of the low five bits of an initial byte: the size of the argument.
enum : std::uint8_t {
    one_byte = 24,
    two_bytes = 25,
    four_bytes = 26,
    eight_bytes = 27,
    indefinite = 31
};

enum : std::uint8_t { simple_false = 20, simple_true = 21, simple_null = 22 };
constexpr std::uint8_t break_code = 0xff;

enum : std::uint64_t {
    tag_positive_bignum = 2,
    tag_negative_bignum = 3,
    // An object with the name of its type: what has no tag of its own.
    tag_named_object = 27,
    tag_row_major = 40,
    tag_column_major = 1040,
    tag_self_described = 55799
};

// The object that says all of an array: [name, dtype, shape, read-only, elements].
constexpr std::string_view array_object_name = "alidade/array";

struct typed_array {
    std::uint64_t tag;
    ald_dtype dtype;
    std::endian order;
};

// RFC 8746, section 2.1; without the types that no `ald_dtype` stands for. Single bytes have no
// order: theirs is the machine's.
constexpr std::array typed_arrays{
    typed_array{64, ALD_DTYPE_UINT8, std::endian::native},
    typed_array{65, ALD_DTYPE_UINT16, std::endian::big},
    typed_array{66, ALD_DTYPE_UINT32, std::endian::big},
    typed_array{67, ALD_DTYPE_UINT64, std::endian::big},
    // Clamped in arithmetic, which is no business of ours.
    typed_array{68, ALD_DTYPE_UINT8, std::endian::native},
    typed_array{69, ALD_DTYPE_UINT16, std::endian::little},
    typed_array{70, ALD_DTYPE_UINT32, std::endian::little},
    typed_array{71, ALD_DTYPE_UINT64, std::endian::little},
    typed_array{72, ALD_DTYPE_INT8, std::endian::native},
    typed_array{73, ALD_DTYPE_INT16, std::endian::big},
    typed_array{74, ALD_DTYPE_INT32, std::endian::big},
    typed_array{75, ALD_DTYPE_INT64, std::endian::big},
    typed_array{77, ALD_DTYPE_INT16, std::endian::little},
    typed_array{78, ALD_DTYPE_INT32, std::endian::little},
    typed_array{79, ALD_DTYPE_INT64, std::endian::little},
    typed_array{80, ALD_DTYPE_FLOAT16, std::endian::big},
    typed_array{81, ALD_DTYPE_FLOAT32, std::endian::big},
    typed_array{82, ALD_DTYPE_FLOAT64, std::endian::big},
    typed_array{84, ALD_DTYPE_FLOAT16, std::endian::little},
    typed_array{85, ALD_DTYPE_FLOAT32, std::endian::little},
    typed_array{86, ALD_DTYPE_FLOAT64, std::endian::little},
};

// The numbers that the elements are made of: bools are bytes, complex numbers pairs of floats.
[[nodiscard]] inline ald_dtype number_type(ald_dtype dtype) noexcept {
    return dtype == ALD_DTYPE_BOOL ? ALD_DTYPE_UINT8 : component_dtype(dtype);
}

} // namespace alidade::cbor
