#include "base/value/buffer.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <new>

namespace alidade {

namespace {

constexpr std::size_t alignment = 64;

// calloc, because it hands out large blocks of zeros without touching them.
void *allocate_zeros(std::size_t size) {
    constexpr std::size_t size_max = std::numeric_limits<std::ptrdiff_t>::max();
    if (size > size_max - alignment) {
        throw std::bad_alloc();
    }
    void *block = std::calloc(size + alignment, 1);
    if (block == nullptr) {
        throw std::bad_alloc();
    }
    return block;
}

void *align(void *block) noexcept {
    const auto address = reinterpret_cast<std::uintptr_t>(block);
    return static_cast<std::byte *>(block) + (alignment - address % alignment) % alignment;
}

failure outside(const buffer &memory, std::size_t offset, std::size_t bytes) {
    return fail(ALD_E_RANGE, "buffer",
                "the array needs {} bytes from byte {} on, the buffer has {} bytes", bytes, offset,
                memory.size());
}

std::uint64_t magnitude(std::int64_t x) noexcept {
    return x < 0 ? 0 - static_cast<std::uint64_t>(x) : static_cast<std::uint64_t>(x);
}

// Compares distances, not addresses: those of a hostile view may wrap around.
bool lies_inside(const buffer &memory, const void *data, const byte_range &range) noexcept {
    const auto begin = reinterpret_cast<std::uintptr_t>(memory.data());
    const auto address = reinterpret_cast<std::uintptr_t>(data);
    if (address < begin || address - begin > memory.size()) {
        return false;
    }
    const std::size_t before = address - begin;
    return magnitude(range.first) <= before && magnitude(range.end) <= memory.size() - before;
}

} // namespace

ref<buffer> buffer::allocate(std::size_t size) {
    if (size == 0) {
        return make<buffer>(nullptr, std::size_t{0}, false);
    }
    std::unique_ptr<void, decltype(&std::free)> block(allocate_zeros(size), std::free);
    auto memory = make<buffer>(align(block.get()), size, false);
    memory->release_with([owned = block.release()] { std::free(owned); });
    return memory;
}

ref<buffer> buffer::wrap(void *data, std::size_t size, bool readonly, releaser release) {
    struct guard {
        releaser &release;
        bool armed = true;
        ~guard() {
            if (armed && release) {
                release();
            }
        }
    } unowned{release};
    auto memory = make<buffer>(data, size, readonly);
    unowned.armed = false;
    memory->release_with(std::move(release));
    return memory;
}

result<ald_view> buffer::view(std::size_t offset, ald_dtype dtype,
                              std::span<const std::int64_t> shape) const {
    auto view = c_view(nullptr, dtype, shape);
    if (!view) {
        return view;
    }
    const std::size_t bytes = packed_size(*view);
    if (offset % dtype_size(dtype) != 0) {
        return fail(ALD_E_RANGE, "buffer", "offset {} is no multiple of the {} bytes of {}", offset,
                    dtype_size(dtype), dtype_name(dtype));
    }
    if (offset > size_ || bytes > size_ - offset) {
        return outside(*this, offset, bytes);
    }
    view->data = bytes == 0 ? nullptr : data_ + offset;
    view->flags = readonly_ ? ALD_VIEW_READONLY : 0;
    return view;
}

outcome buffer::check(const ald_view &view) const {
    if (auto ok = check_form(view); !ok) {
        return ok;
    }
    if (element_count(view) == 0) {
        return {};
    }
    const auto range = occupied(view);
    if (!range || !lies_inside(*this, view.data, *range)) {
        return fail(ALD_E_RANGE, "buffer",
                    "the view reaches outside of its buffer of {} bytes; compare its data, shape "
                    "and strides with the buffer's address and size",
                    size_);
    }
    return {};
}

result<array> make_array(ref<buffer> memory, const ald_view &view) {
    if (auto ok = memory->check(view); !ok) {
        return failure(ok.error());
    }
    array a{std::move(memory), view};
    a.view.struct_size = sizeof(ald_view);
    if (a.memory->readonly()) {
        a.view.flags |= ALD_VIEW_READONLY;
    }
    return a;
}

result<array> zeros(ald_dtype dtype, std::span<const std::int64_t> shape) {
    auto view = c_view(nullptr, dtype, shape);
    if (!view) {
        return failure(view.error());
    }
    auto memory = buffer::allocate(packed_size(*view));
    view->data = memory->data();
    return array{std::move(memory), *view};
}

array contiguous(const array &a) {
    if (is_c_contiguous(a.view)) {
        return a;
    }
    array copy = zeros(a.view.dtype, shape_of(a.view)).value();
    copy_packed(a.view, copy.memory->data());
    copy.view.flags = a.view.flags;
    return copy;
}

} // namespace alidade
