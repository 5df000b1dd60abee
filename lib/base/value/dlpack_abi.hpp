// The binary interface of DLPack 1.0, as https://dmlc.github.io/dlpack/latest/c_api.html lays it
// down: names and layouts are the specification's.
#pragma once

#include <cstddef>
#include <cstdint>

namespace alidade::dlpack_abi {

constexpr std::uint32_t major_version = 1;
constexpr std::uint32_t minor_version = 0;

constexpr std::int32_t device_cpu = 1;

constexpr std::uint64_t flag_read_only = 1;

constexpr std::uint8_t code_int = 0;
constexpr std::uint8_t code_uint = 1;
constexpr std::uint8_t code_float = 2;
constexpr std::uint8_t code_complex = 5;
constexpr std::uint8_t code_bool = 6;

struct device {
    std::int32_t type;
    std::int32_t id;
};

struct data_type {
    std::uint8_t code;
    std::uint8_t bits;
    std::uint16_t lanes;
};

struct tensor {
    void *data;
    dlpack_abi::device device;
    std::int32_t ndim;
    data_type dtype;
    // In elements.
    std::int64_t *shape;
    // In elements; NULL for a C-contiguous tensor.
    std::int64_t *strides;
    std::uint64_t byte_offset;
};

struct managed_tensor {
    tensor dl_tensor;
    void *manager_ctx;
    void (*deleter)(managed_tensor *self);
};

struct version {
    std::uint32_t major;
    std::uint32_t minor;
};

// Up to and including `deleter` this is fixed for all versions to come.
struct managed_tensor_versioned {
    dlpack_abi::version version;
    void *manager_ctx;
    void (*deleter)(managed_tensor_versioned *self);
    std::uint64_t flags;
    tensor dl_tensor;
};

static_assert(sizeof(void *) != 8 || sizeof(tensor) == 48);
static_assert(sizeof(void *) != 8 || sizeof(managed_tensor) == 64);
static_assert(sizeof(void *) != 8 || sizeof(managed_tensor_versioned) == 80);
static_assert(sizeof(void *) != 8 || offsetof(managed_tensor_versioned, dl_tensor) == 32);

} // namespace alidade::dlpack_abi
