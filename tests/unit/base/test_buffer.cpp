#include "base/value/buffer.hpp"

#include "unit/base/values_support.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <limits>
#include <new>
#include <string>
#include <vector>

namespace alidade {
namespace {

using test::code_of;
using test::must;

constexpr std::int64_t int64_max = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t int64_min = std::numeric_limits<std::int64_t>::min();

struct dtype_case {
    ald_dtype dtype;
    const char *name;
    std::size_t size;
    ald_dtype component;
    std::size_t components;
};

constexpr dtype_case dtype_cases[] = {
    {ALD_DTYPE_BOOL, "bool", 1, ALD_DTYPE_BOOL, 1},
    {ALD_DTYPE_INT8, "int8", 1, ALD_DTYPE_INT8, 1},
    {ALD_DTYPE_INT16, "int16", 2, ALD_DTYPE_INT16, 1},
    {ALD_DTYPE_INT32, "int32", 4, ALD_DTYPE_INT32, 1},
    {ALD_DTYPE_INT64, "int64", 8, ALD_DTYPE_INT64, 1},
    {ALD_DTYPE_UINT8, "uint8", 1, ALD_DTYPE_UINT8, 1},
    {ALD_DTYPE_UINT16, "uint16", 2, ALD_DTYPE_UINT16, 1},
    {ALD_DTYPE_UINT32, "uint32", 4, ALD_DTYPE_UINT32, 1},
    {ALD_DTYPE_UINT64, "uint64", 8, ALD_DTYPE_UINT64, 1},
    {ALD_DTYPE_FLOAT16, "float16", 2, ALD_DTYPE_FLOAT16, 1},
    {ALD_DTYPE_FLOAT32, "float32", 4, ALD_DTYPE_FLOAT32, 1},
    {ALD_DTYPE_FLOAT64, "float64", 8, ALD_DTYPE_FLOAT64, 1},
    {ALD_DTYPE_COMPLEX64, "complex64", 8, ALD_DTYPE_FLOAT32, 2},
    {ALD_DTYPE_COMPLEX128, "complex128", 16, ALD_DTYPE_FLOAT64, 2},
};

TEST(Dtype, TableMatchesNumPy) {
    for (const dtype_case &c : dtype_cases) {
        EXPECT_EQ(dtype_size(c.dtype), c.size) << c.name;
        EXPECT_STREQ(dtype_name(c.dtype), c.name);
        EXPECT_EQ(dtype_named(c.name), c.dtype) << c.name;
        EXPECT_EQ(component_dtype(c.dtype), c.component) << c.name;
        EXPECT_EQ(component_count(c.dtype), c.components) << c.name;
    }
}

TEST(Dtype, UnknownOnesHaveNoSizeAndNoName) {
    for (const ald_dtype dtype : {0, -1, 15, 1000, std::numeric_limits<ald_dtype>::min()}) {
        EXPECT_EQ(dtype_size(dtype), 0U) << dtype;
        EXPECT_STREQ(dtype_name(dtype), "") << dtype;
    }
    for (const char *name : {"", "float", "Float64", "float64 "}) {
        EXPECT_EQ(dtype_named(name), std::nullopt) << name;
    }
}

TEST(Buffer, AllocatesAlignedZeros) {
    for (const std::size_t size : {1U, 63U, 64U, 65U, 4096U, 1U << 20}) {
        const auto memory = buffer::allocate(size);
        ASSERT_EQ(memory->size(), size);
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(memory->data()) % 64, 0U);
        EXPECT_FALSE(memory->readonly());
        for (std::size_t i = 0; i < size; ++i) {
            ASSERT_EQ(memory->data()[i], std::byte{0}) << i;
        }
    }
}

TEST(Buffer, OfNoBytesHasNoAddress) {
    EXPECT_EQ(buffer::allocate(0)->data(), nullptr);
    char somewhere = 0;
    EXPECT_EQ(buffer::wrap(&somewhere, 0, false, {})->data(), nullptr);
    EXPECT_EQ(buffer::of(std::string())->data(), nullptr);
    EXPECT_EQ(buffer::of(std::vector<int>())->size(), 0U);
}

TEST(Buffer, SizesBeyondAddressesAreOutOfMemory) {
    const std::size_t size_max = std::numeric_limits<std::size_t>::max();
    EXPECT_THROW((void)buffer::allocate(size_max), std::bad_alloc);
    EXPECT_THROW((void)buffer::allocate(size_max - 64), std::bad_alloc);
}

TEST(Buffer, ReleasesWrappedMemoryOnceWithTheLastReference) {
    int released = 0;
    char data[4] = {};
    {
        const auto first = buffer::wrap(data, sizeof data, true, [&released] { ++released; });
        EXPECT_TRUE(first->readonly());
        EXPECT_EQ(static_cast<void *>(first->data()), data);
        const ref<buffer> second = first;
        EXPECT_EQ(released, 0);
    }
    EXPECT_EQ(released, 1);
}

TEST(Buffer, OwnsTheBytesOfAContainer) {
    std::string text(1000, 'x');
    const char *const address = text.data();
    const auto memory = buffer::of(std::move(text));
    EXPECT_EQ(static_cast<void *>(memory->data()), address);
    EXPECT_EQ(memory->size(), 1000U);
    EXPECT_TRUE(memory->readonly());
    EXPECT_EQ(reinterpret_cast<const char *>(memory->data())[1000], '\0');
}

TEST(BufferView, IsCContiguous) {
    const auto memory = buffer::allocate(100);
    const std::int64_t shape[] = {2, 3, 4};
    const ald_view view = must(memory->view(4, ALD_DTYPE_UINT16, shape));
    EXPECT_EQ(view.struct_size, sizeof(ald_view));
    EXPECT_EQ(view.dtype, ALD_DTYPE_UINT16);
    EXPECT_EQ(view.data, memory->data() + 4);
    EXPECT_EQ(view.ndim, 3);
    EXPECT_EQ(view.flags, 0U);
    EXPECT_EQ((std::vector(view.shape, view.shape + 3)), (std::vector<std::int64_t>{2, 3, 4}));
    EXPECT_EQ((std::vector(view.strides, view.strides + 3)), (std::vector<std::int64_t>{24, 8, 2}));
    EXPECT_EQ(element_count(view), 24);
    EXPECT_EQ(packed_size(view), 48U);
    EXPECT_TRUE(is_c_contiguous(view));
    EXPECT_TRUE(memory->check(view));
}

struct view_case {
    const char *what;
    std::size_t offset;
    ald_dtype dtype;
    std::vector<std::int64_t> shape;
    ald_status expected;
};

TEST(BufferView, ChecksTypeShapeAndRoom) {
    const auto memory = buffer::allocate(64);
    const view_case cases[] = {
        {"all of it", 0, ALD_DTYPE_FLOAT64, {8}, ALD_OK},
        {"its end", 56, ALD_DTYPE_FLOAT64, {1}, ALD_OK},
        {"nothing at the end", 64, ALD_DTYPE_FLOAT64, {0}, ALD_OK},
        {"a scalar", 0, ALD_DTYPE_FLOAT64, {}, ALD_OK},
        {"eight dimensions", 0, ALD_DTYPE_UINT8, {1, 1, 1, 1, 1, 1, 1, 64}, ALD_OK},
        {"no elements of a large shape", 0, ALD_DTYPE_UINT8, {1 << 20, 0, 1 << 20}, ALD_OK},
        {"one too many", 0, ALD_DTYPE_FLOAT64, {9}, ALD_E_RANGE},
        {"beyond the end by offset", 8, ALD_DTYPE_FLOAT64, {8}, ALD_E_RANGE},
        {"an offset beyond", 72, ALD_DTYPE_FLOAT64, {0}, ALD_E_RANGE},
        {"a huge offset", std::size_t{0} - 8, ALD_DTYPE_FLOAT64, {2}, ALD_E_RANGE},
        {"an odd offset", 4, ALD_DTYPE_FLOAT64, {1}, ALD_E_RANGE},
        {"an odd offset for complex", 8, ALD_DTYPE_COMPLEX128, {1}, ALD_E_RANGE},
        {"no type", 0, 0, {1}, ALD_E_INVALID},
        {"an unknown type", 0, 15, {1}, ALD_E_INVALID},
        {"a negative length", 0, ALD_DTYPE_UINT8, {4, -1}, ALD_E_INVALID},
        {"nine dimensions", 0, ALD_DTYPE_UINT8, {1, 1, 1, 1, 1, 1, 1, 1, 1}, ALD_E_INVALID},
        {"more than 64 bits count", 0, ALD_DTYPE_UINT8, {int64_max, 2}, ALD_E_INVALID},
        {"more bytes than 64 bits count", 0, ALD_DTYPE_FLOAT64, {int64_max}, ALD_E_INVALID},
        {"more before a zero", 0, ALD_DTYPE_UINT8, {int64_max, int64_max, 0}, ALD_E_INVALID},
        {"more behind a zero", 0, ALD_DTYPE_UINT8, {0, int64_max, int64_max}, ALD_E_INVALID},
        {"much, but countable", 0, ALD_DTYPE_UINT8, {int64_max}, ALD_E_RANGE},
    };
    for (const view_case &c : cases) {
        EXPECT_EQ(code_of(memory->view(c.offset, c.dtype, c.shape)), c.expected) << c.what;
    }
}

TEST(BufferView, OfReadOnlyMemoryIsReadOnly) {
    const auto memory = buffer::of(std::string("abcd"));
    const std::int64_t shape[] = {4};
    EXPECT_EQ(must(memory->view(0, ALD_DTYPE_UINT8, shape)).flags, ALD_VIEW_READONLY);
}

// A view of a buffer of 64 bytes, one field of which a case changes.
struct check_case {
    const char *what;
    std::int64_t offset;
    std::vector<std::int64_t> shape;
    std::vector<std::int64_t> strides;
    ald_status expected;
};

TEST(BufferCheck, FindsEveryElementOutside) {
    const auto memory = buffer::allocate(64);
    const check_case cases[] = {
        {"all of it", 0, {16}, {4}, ALD_OK},
        {"from back to front", 60, {16}, {-4}, ALD_OK},
        {"every second", 0, {8}, {8}, ALD_OK},
        {"one element repeated", 60, {1000000}, {0}, ALD_OK},
        {"overlapping windows", 0, {14, 3}, {4, 4}, ALD_OK},
        {"mixed signs", 48, {4, 4}, {-16, 4}, ALD_OK},
        {"unaligned", 1, {15}, {4}, ALD_OK},
        {"any stride of a single element", 0, {1}, {int64_max}, ALD_OK},
        {"no elements anywhere", 1 << 20, {3, 0}, {int64_max, int64_min}, ALD_OK},
        {"a scalar at the end", 60, {}, {}, ALD_OK},
        {"a scalar across the end", 61, {}, {}, ALD_E_RANGE},
        {"a scalar before the start", -1, {}, {}, ALD_E_RANGE},
        {"one too many", 0, {17}, {4}, ALD_E_RANGE},
        {"a last byte outside", 1, {16}, {4}, ALD_E_RANGE},
        {"back beyond the start", 56, {16}, {-4}, ALD_E_RANGE},
        {"overlapping windows, one too many", 0, {15, 3}, {4, 4}, ALD_E_RANGE},
        {"a stride that overflows", 0, {3}, {int64_max}, ALD_E_RANGE},
        {"a stride that overflows downwards", 0, {3}, {int64_min}, ALD_E_RANGE},
        {"strides whose sum overflows", 0, {2, 2}, {int64_max, int64_max}, ALD_E_RANGE},
        {"strides that cancel", 0, {2, 2}, {int64_max, -int64_max}, ALD_E_RANGE},
        {"the lowest stride of two", 0, {2}, {int64_min}, ALD_E_RANGE},
        {"more elements than can be counted", 0, {int64_max, 4}, {0, 0}, ALD_E_INVALID},
        {"a negative length", 0, {-1}, {4}, ALD_E_INVALID},
    };
    for (const check_case &c : cases) {
        ald_view view = empty_view();
        view.dtype = ALD_DTYPE_FLOAT32;
        view.data = reinterpret_cast<void *>(reinterpret_cast<std::uintptr_t>(memory->data()) +
                                             static_cast<std::uintptr_t>(c.offset));
        view.ndim = static_cast<std::int32_t>(c.shape.size());
        std::copy(c.shape.begin(), c.shape.end(), view.shape);
        std::copy(c.strides.begin(), c.strides.end(), view.strides);
        EXPECT_EQ(code_of(memory->check(view)), c.expected) << c.what;
    }
}

TEST(BufferCheck, RefusesMalformedViews) {
    const auto memory = buffer::allocate(64);
    const auto check_with = [&](auto change) {
        const std::int64_t shape[] = {4};
        ald_view view = must(memory->view(0, ALD_DTYPE_FLOAT32, shape));
        change(view);
        return code_of(memory->check(view));
    };
    EXPECT_EQ(check_with([](ald_view &) {}), ALD_OK);
    EXPECT_EQ(check_with([](ald_view &v) { v.flags = ALD_VIEW_READONLY; }), ALD_OK);
    EXPECT_EQ(check_with([](ald_view &v) { v.flags = 2; }), ALD_E_INVALID);
    EXPECT_EQ(check_with([](ald_view &v) { v.reserved = 1; }), ALD_E_INVALID);
    EXPECT_EQ(check_with([](ald_view &v) { v.ndim = -1; }), ALD_E_INVALID);
    EXPECT_EQ(check_with([](ald_view &v) { v.ndim = 9; }), ALD_E_INVALID);
    EXPECT_EQ(check_with([](ald_view &v) { v.dtype = 99; }), ALD_E_INVALID);
    EXPECT_EQ(check_with([](ald_view &v) { v.data = nullptr; }), ALD_E_INVALID);
    EXPECT_EQ(check_with([](ald_view &v) {
                  v.data = nullptr;
                  v.shape[0] = 0;
              }),
              ALD_OK);
}

TEST(Array, OfReadOnlyMemoryIsReadOnly) {
    static const float data[] = {1, 2};
    const auto memory = buffer::wrap(const_cast<float *>(data), sizeof data, true, {});
    const std::int64_t shape[] = {2};
    ald_view view = must(memory->view(0, ALD_DTYPE_FLOAT32, shape));
    view.flags = 0;
    EXPECT_EQ(must(make_array(memory, view)).view.flags, ALD_VIEW_READONLY);
    view.shape[0] = 3;
    EXPECT_EQ(code_of(make_array(memory, view)), ALD_E_RANGE);
}

TEST(Array, BecomesContiguous) {
    const array rows = test::array_of<std::int16_t>(ALD_DTYPE_INT16, {2, 3}, {1, 2, 3, 4, 5, 6});
    EXPECT_EQ(contiguous(rows).memory, rows.memory);

    array columns = rows;
    std::swap(columns.view.shape[0], columns.view.shape[1]);
    std::swap(columns.view.strides[0], columns.view.strides[1]);
    columns.view.flags = ALD_VIEW_READONLY;
    EXPECT_FALSE(is_c_contiguous(columns.view));
    const array packed = contiguous(columns);
    EXPECT_TRUE(is_c_contiguous(packed.view));
    EXPECT_EQ(packed.view.flags, ALD_VIEW_READONLY);
    const array expected =
        test::array_of<std::int16_t>(ALD_DTYPE_INT16, {3, 2}, {1, 4, 2, 5, 3, 6});
    EXPECT_TRUE(same_elements(packed.view, expected.view));
    EXPECT_TRUE(same_elements(columns.view, expected.view));
    EXPECT_FALSE(same_elements(columns.view, rows.view));
}

TEST(Array, CopiesPartsAndReversals) {
    const array numbers = test::array_of<std::uint8_t>(
        ALD_DTYPE_UINT8, {3, 4}, {0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23});
    array part = numbers; // rows from last to first, columns 1 and 2
    part.view.data = static_cast<std::byte *>(part.view.data) + 9;
    part.view.shape[1] = 2;
    part.view.strides[0] = -4;
    must(part.memory->check(part.view));
    const array packed = contiguous(part);
    const std::vector<int> expected{21, 22, 11, 12, 1, 2};
    ASSERT_EQ(packed.memory->size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
        EXPECT_EQ(std::to_integer<int>(packed.memory->data()[i]), expected[i]) << i;
    }
}

TEST(Array, ComparesElementsAsNumbers) {
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    const auto doubles = [](std::vector<double> x) {
        return test::array_of<double>(ALD_DTYPE_FLOAT64, {2}, x);
    };
    EXPECT_TRUE(same_elements(doubles({nan, 0.0}).view, doubles({-nan, -0.0}).view));
    EXPECT_FALSE(same_elements(doubles({nan, 0.0}).view, doubles({0.0, nan}).view));

    const auto halves = [](std::vector<std::uint16_t> x) {
        return test::array_of<std::uint16_t>(ALD_DTYPE_FLOAT16, {3}, x);
    };
    EXPECT_TRUE(same_elements(halves({0x7e00, 0x0000, 0x3c00}).view,
                              halves({0xfc01, 0x8000, 0x3c00}).view));
    EXPECT_FALSE(same_elements(halves({0x7c00, 0x0000, 0x3c00}).view,
                               halves({0xfc00, 0x0000, 0x3c00}).view));

    const auto complexes = [](std::vector<float> x) {
        return test::array_of<float>(ALD_DTYPE_COMPLEX64, {1}, x);
    };
    EXPECT_TRUE(same_elements(complexes({1, -0.0F}).view, complexes({1, 0.0F}).view));
    EXPECT_FALSE(same_elements(complexes({1, 2}).view, complexes({1, 3}).view));

    const auto bools = [](std::vector<std::uint8_t> x) {
        return test::array_of<std::uint8_t>(ALD_DTYPE_BOOL, {2}, x);
    };
    EXPECT_TRUE(same_elements(bools({1, 0}).view, bools({255, 0}).view));
    EXPECT_FALSE(same_elements(bools({1, 0}).view, bools({1, 1}).view));
}

TEST(Array, DiffersByTypeAndShape) {
    const auto a = must(zeros(ALD_DTYPE_INT32, std::vector<std::int64_t>{4}));
    const auto b = must(zeros(ALD_DTYPE_UINT32, std::vector<std::int64_t>{4}));
    const auto c = must(zeros(ALD_DTYPE_INT32, std::vector<std::int64_t>{2, 2}));
    const auto d = must(zeros(ALD_DTYPE_INT32, std::vector<std::int64_t>{0}));
    EXPECT_TRUE(same_elements(a.view, a.view));
    EXPECT_FALSE(same_elements(a.view, b.view));
    EXPECT_FALSE(same_elements(a.view, c.view));
    EXPECT_FALSE(same_elements(a.view, d.view));
    EXPECT_TRUE(same_elements(d.view, d.view));
}

} // namespace
} // namespace alidade
