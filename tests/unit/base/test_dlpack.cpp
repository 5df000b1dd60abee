#include "base/value/dlpack.hpp"

#include "base/value/dlpack_abi.hpp"
#include "unit/base/values_support.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <memory>
#include <vector>

namespace alidade {
namespace {

using namespace dlpack_abi;
using test::array_of;
using test::code_of;
using test::must;

template <class Managed> Managed *exported(const array &a) {
    return static_cast<Managed *>(
        must(dlpack_export(a, std::is_same_v<Managed, managed_tensor_versioned>)));
}

// A tensor of somebody else, who counts its end.
template <class Managed> struct foreign {
    Managed tensor{};
    std::vector<std::int64_t> shape{2, 3};
    std::vector<std::int64_t> strides{3, 1};
    std::vector<float> data{0, 1, 2, 3, 4, 5};
    int deleted = 0;

    foreign() {
        tensor.dl_tensor = {.data = data.data(),
                            .device = {.type = 1, .id = 0},
                            .ndim = 2,
                            .dtype = {.code = 2, .bits = 32, .lanes = 1},
                            .shape = shape.data(),
                            .strides = strides.data(),
                            .byte_offset = 0};
        tensor.manager_ctx = this;
        tensor.deleter = [](Managed *self) {
            ++static_cast<foreign *>(self->manager_ctx)->deleted;
        };
    }
};

using foreign_versioned = foreign<managed_tensor_versioned>;

std::unique_ptr<foreign_versioned> foreign_1_0() {
    auto f = std::make_unique<foreign_versioned>();
    f->tensor.version = {1, 0};
    return f;
}

struct type_case {
    ald_dtype dtype;
    int code;
    int bits;
};

constexpr type_case type_cases[] = {
    {ALD_DTYPE_BOOL, 6, 8},       {ALD_DTYPE_INT8, 0, 8},         {ALD_DTYPE_INT16, 0, 16},
    {ALD_DTYPE_INT32, 0, 32},     {ALD_DTYPE_INT64, 0, 64},       {ALD_DTYPE_UINT8, 1, 8},
    {ALD_DTYPE_UINT16, 1, 16},    {ALD_DTYPE_UINT32, 1, 32},      {ALD_DTYPE_UINT64, 1, 64},
    {ALD_DTYPE_FLOAT16, 2, 16},   {ALD_DTYPE_FLOAT32, 2, 32},     {ALD_DTYPE_FLOAT64, 2, 64},
    {ALD_DTYPE_COMPLEX64, 5, 64}, {ALD_DTYPE_COMPLEX128, 5, 128},
};

TEST(DlpackExport, SaysTypeShapeAndStrides) {
    for (const type_case &c : type_cases) {
        const std::int64_t shape[] = {2, 3};
        const array a = must(zeros(c.dtype, shape));
        auto *const t = exported<managed_tensor_versioned>(a);
        EXPECT_EQ(t->version.major, 1U);
        EXPECT_EQ(t->version.minor, 0U);
        EXPECT_EQ(t->flags, 0U);
        EXPECT_EQ(static_cast<std::byte *>(t->dl_tensor.data) + t->dl_tensor.byte_offset,
                  a.memory->data());
        EXPECT_EQ(t->dl_tensor.device.type, 1);
        EXPECT_EQ(t->dl_tensor.device.id, 0);
        EXPECT_EQ(t->dl_tensor.ndim, 2);
        EXPECT_EQ(t->dl_tensor.dtype.code, c.code) << dtype_name(c.dtype);
        EXPECT_EQ(t->dl_tensor.dtype.bits, c.bits) << dtype_name(c.dtype);
        EXPECT_EQ(t->dl_tensor.dtype.lanes, 1);
        EXPECT_EQ(t->dl_tensor.shape[0], 2);
        EXPECT_EQ(t->dl_tensor.shape[1], 3);
        EXPECT_EQ(t->dl_tensor.strides[0], 3);
        EXPECT_EQ(t->dl_tensor.strides[1], 1);
        dlpack_delete(t, true);
    }
}

template <class Managed> void keeps_memory_alive() {
    bool released = false;
    static float data[] = {1, 2, 3};
    auto memory = buffer::wrap(data, sizeof data, false, [&released] { released = true; });
    const std::int64_t shape[] = {3};
    const ald_view view = must(memory->view(0, ALD_DTYPE_FLOAT32, shape));
    auto *const t = exported<Managed>({memory, view});
    memory = nullptr;
    EXPECT_FALSE(released);
    t->deleter(t);
    EXPECT_TRUE(released);
}

TEST(DlpackExport, KeepsTheMemoryUntilItsDeleterRuns) {
    keeps_memory_alive<managed_tensor>();
    keeps_memory_alive<managed_tensor_versioned>();
}

TEST(DlpackExport, OnlyTheNewFormCanBeReadOnly) {
    array a = must(zeros(ALD_DTYPE_INT32, std::vector<std::int64_t>{4}));
    a.view.flags = ALD_VIEW_READONLY;
    EXPECT_EQ(code_of(dlpack_export(a, false)), ALD_E_UNSUPPORTED);
    auto *const t = exported<managed_tensor_versioned>(a);
    EXPECT_EQ(t->flags, 1U);
    dlpack_delete(t, true);
}

TEST(DlpackExport, NeedsStridesOfWholeElements) {
    array a = must(zeros(ALD_DTYPE_INT32, std::vector<std::int64_t>{4}));
    a.view.shape[0] = 2;
    a.view.strides[0] = 6;
    must(a.memory->check(a.view));
    EXPECT_EQ(code_of(dlpack_export(a, true)), ALD_E_UNSUPPORTED);
    a.view.shape[0] = 1; // a stride that is never taken
    dlpack_delete(must(dlpack_export(a, true)), true);
    a.view.shape[0] = 2;
    a.view.strides[0] = -4;
    a.view.data = static_cast<std::byte *>(a.view.data) + 4;
    auto *const t = exported<managed_tensor>(a);
    EXPECT_EQ(t->dl_tensor.strides[0], -1);
    dlpack_delete(t, false);
}

TEST(DlpackExport, OfAScalarAndOfNothing) {
    for (const std::vector<std::int64_t> &shape :
         {std::vector<std::int64_t>{}, std::vector<std::int64_t>{0, 5}}) {
        const array a = must(zeros(ALD_DTYPE_FLOAT64, shape));
        void *const t = must(dlpack_export(a, true));
        const array back = must(dlpack_import(t, true));
        EXPECT_TRUE(same_elements(back.view, a.view));
        dlpack_delete(t, true);
    }
}

TEST(DlpackImport, ReadsShapeAndStridesInBytes) {
    const auto f = foreign_1_0();
    const array a = must(dlpack_import(&f->tensor, true));
    EXPECT_EQ(a.view.dtype, ALD_DTYPE_FLOAT32);
    EXPECT_EQ(a.view.data, f->data.data());
    EXPECT_EQ(a.view.strides[0], 12);
    EXPECT_EQ(a.view.strides[1], 4);
    EXPECT_EQ(a.view.flags, 0U);
    EXPECT_EQ(a.memory->size(), 24U);
    EXPECT_TRUE(a.memory->check(a.view));
    EXPECT_EQ(f->deleted, 0) << "the tensor is still its owner's";
}

TEST(DlpackImport, TakesTheTensorInASecondStep) {
    const auto f = foreign_1_0();
    {
        const array a = must(dlpack_import(&f->tensor, true));
        dlpack_take(*a.memory, &f->tensor, true);
        EXPECT_EQ(f->deleted, 0);
    }
    EXPECT_EQ(f->deleted, 1);

    foreign<managed_tensor> old;
    {
        const array a = must(dlpack_import(&old.tensor, false));
        dlpack_take(*a.memory, &old.tensor, false);
    }
    EXPECT_EQ(old.deleted, 1);
}

TEST(DlpackImport, WithoutStridesIsCContiguous) {
    const auto f = foreign_1_0();
    f->tensor.dl_tensor.strides = nullptr;
    const array a = must(dlpack_import(&f->tensor, true));
    EXPECT_TRUE(is_c_contiguous(a.view));
    EXPECT_EQ(a.view.strides[0], 12);
}

TEST(DlpackImport, HonoursTheByteOffset) {
    const auto f = foreign_1_0();
    f->tensor.dl_tensor.byte_offset = 8;
    f->shape = {2, 2};
    f->strides = {2, 1};
    const array a = must(dlpack_import(&f->tensor, true));
    EXPECT_EQ(a.view.data, f->data.data() + 2);
    EXPECT_TRUE(
        same_elements(a.view, array_of<float>(ALD_DTYPE_FLOAT32, {2, 2}, {2, 3, 4, 5}).view));
}

TEST(DlpackImport, TakesNegativeStrides) {
    const auto f = foreign_1_0();
    f->tensor.dl_tensor.byte_offset = 20;
    f->strides = {-3, -1};
    const array a = must(dlpack_import(&f->tensor, true));
    EXPECT_TRUE(a.memory->check(a.view));
    EXPECT_EQ(static_cast<void *>(a.memory->data()), f->data.data());
    EXPECT_TRUE(
        same_elements(a.view, array_of<float>(ALD_DTYPE_FLOAT32, {2, 3}, {5, 4, 3, 2, 1, 0}).view));
}

TEST(DlpackImport, KeepsTheReadOnlyFlag) {
    const auto f = foreign_1_0();
    f->tensor.flags = 1 | 2; // read-only, and "is a copy", which is nobody's business
    const array a = must(dlpack_import(&f->tensor, true));
    EXPECT_TRUE(a.memory->readonly());
    EXPECT_EQ(a.view.flags, ALD_VIEW_READONLY);
}

TEST(DlpackImport, OfNoElementsNeedsNoData) {
    const auto f = foreign_1_0();
    f->shape = {0, 3};
    f->tensor.dl_tensor.data = nullptr;
    const array a = must(dlpack_import(&f->tensor, true));
    EXPECT_EQ(element_count(a.view), 0);
    EXPECT_TRUE(a.memory->check(a.view));
}

TEST(DlpackImport, RefusesWhatItCannotUse) {
    constexpr std::int64_t int64_max = std::numeric_limits<std::int64_t>::max();
    const auto import_with = [](auto change) {
        const auto f = foreign_1_0();
        change(*f);
        const ald_status code = code_of(dlpack_import(&f->tensor, true));
        EXPECT_EQ(f->deleted, 0);
        return code;
    };
    using F = foreign_versioned;
    EXPECT_EQ(import_with([](F &) {}), ALD_OK);
    EXPECT_EQ(import_with([](F &f) { f.tensor.version = {1, 99}; }), ALD_OK);
    EXPECT_EQ(import_with([](F &f) { f.tensor.version = {2, 0}; }), ALD_E_VERSION);
    for (const int device : {0, 2, 3, 4, 7, 10, 11, 13}) { // CUDA, pinned and all others
        EXPECT_EQ(import_with([&](F &f) { f.tensor.dl_tensor.device.type = device; }),
                  ALD_E_UNSUPPORTED);
    }
    EXPECT_EQ(import_with([](F &f) {
                  f.tensor.dl_tensor.dtype = {4, 16, 1};
              }),
              ALD_E_UNSUPPORTED); // bfloat16
    EXPECT_EQ(import_with([](F &f) {
                  f.tensor.dl_tensor.dtype = {2, 32, 4};
              }),
              ALD_E_UNSUPPORTED); // vectors
    EXPECT_EQ(import_with([](F &f) {
                  f.tensor.dl_tensor.dtype = {3, 64, 1};
              }),
              ALD_E_UNSUPPORTED); // opaque handles
    EXPECT_EQ(import_with([](F &f) {
                  f.tensor.dl_tensor.dtype = {6, 1, 1};
              }),
              ALD_E_UNSUPPORTED); // packed bools
    EXPECT_EQ(import_with([](F &f) { f.tensor.dl_tensor.ndim = 9; }), ALD_E_UNSUPPORTED);
    EXPECT_EQ(import_with([](F &f) { f.tensor.dl_tensor.ndim = -1; }), ALD_E_INVALID);
    EXPECT_EQ(import_with([](F &f) { f.tensor.dl_tensor.shape = nullptr; }), ALD_E_INVALID);
    EXPECT_EQ(import_with([](F &f) { f.tensor.dl_tensor.data = nullptr; }), ALD_E_INVALID);
    EXPECT_EQ(import_with([](F &f) { f.shape[0] = -2; }), ALD_E_INVALID);
    EXPECT_EQ(import_with([](F &f) { f.shape = {int64_max, int64_max}; }), ALD_E_INVALID);
    EXPECT_EQ(import_with([](F &f) { f.strides[0] = int64_max; }), ALD_E_INVALID);
    EXPECT_EQ(import_with([](F &f) {
                  f.shape = {3, 3};
                  f.strides = {int64_max / 4, int64_max / 4};
              }),
              ALD_E_INVALID);
    EXPECT_EQ(code_of(dlpack_import(nullptr, true)), ALD_E_INVALID);
    EXPECT_EQ(code_of(dlpack_import(nullptr, false)), ALD_E_INVALID);
}

TEST(DlpackDelete, RunsTheDeleterIfThereIsOne) {
    dlpack_delete(nullptr, true);
    dlpack_delete(nullptr, false);
    const auto f = foreign_1_0();
    dlpack_delete(&f->tensor, true);
    EXPECT_EQ(f->deleted, 1);
    f->tensor.deleter = nullptr;
    dlpack_delete(&f->tensor, true);
    EXPECT_EQ(f->deleted, 1);
}

TEST(Dlpack, RoundTripsEveryTypeWithoutACopy) {
    for (const type_case &c : type_cases) {
        const array a = must(zeros(c.dtype, std::vector<std::int64_t>{3, 2}));
        void *const t = must(dlpack_export(a, true));
        const array back = must(dlpack_import(t, true));
        dlpack_take(*back.memory, t, true);
        EXPECT_EQ(back.view.dtype, c.dtype);
        EXPECT_EQ(back.view.data, a.view.data);
        EXPECT_TRUE(same_elements(a.view, back.view));
    }
}

} // namespace
} // namespace alidade
