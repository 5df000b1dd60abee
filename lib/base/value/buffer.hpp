// Reference-counted memory, and arrays that keep theirs alive.
#pragma once

#include "base/value/view.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>

namespace alidade {

class buffer final : public object {
public:
    using releaser = std::function<void()>;

    // Memory of our own: zeroed, aligned to 64.
    [[nodiscard]] static ref<buffer> allocate(std::size_t size);
    // Memory of somebody else; `release` runs with the last reference, or here if no buffer can
    // be made.
    [[nodiscard]] static ref<buffer> wrap(void *data, std::size_t size, bool readonly,
                                          releaser release);
    // The bytes of a string or a vector, moved in, read-only.
    template <class Container> [[nodiscard]] static ref<buffer> of(Container &&bytes);

    // For memory that changes hands only once all that can fail has succeeded. Precondition: there
    // is no releaser yet, and nobody else has the buffer.
    void release_with(releaser release) noexcept { release_ = std::move(release); }

    // NULL if there are no bytes.
    [[nodiscard]] std::byte *data() const noexcept { return data_; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] bool readonly() const noexcept { return readonly_; }

    // A C-contiguous array from `offset` on.
    [[nodiscard]] result<ald_view> view(std::size_t offset, ald_dtype dtype,
                                        std::span<const std::int64_t> shape) const;
    // Fails unless the view is well-formed and every element lies inside.
    [[nodiscard]] outcome check(const ald_view &view) const;

private:
    template <class T, class... Args> friend ref<T> make(Args &&...args);
    buffer(void *data, std::size_t size, bool readonly) noexcept
        : object(ALD_KIND_BUFFER), data_(size == 0 ? nullptr : static_cast<std::byte *>(data)),
          size_(size), readonly_(readonly) {}
    ~buffer() override {
        if (release_) {
            release_();
        }
    }

    std::byte *data_;
    std::size_t size_;
    bool readonly_;
    releaser release_;
};

// An array: a checked view that keeps its memory alive.
struct array {
    ref<buffer> memory;
    ald_view view{};
};

// Checks the view; a view of read-only memory is read-only, whether it says so or not.
[[nodiscard]] result<array> make_array(ref<buffer> memory, const ald_view &view);
// A new array of zeros.
[[nodiscard]] result<array> zeros(ald_dtype dtype, std::span<const std::int64_t> shape);
// The elements in C order, copied where they are not contiguous.
[[nodiscard]] array contiguous(const array &a);

template <class Container> ref<buffer> buffer::of(Container &&bytes) {
    static_assert(!std::is_reference_v<Container>, "the bytes are moved in: pass an rvalue");
    auto owned = std::make_shared<Container>(std::forward<Container>(bytes));
    void *data = const_cast<void *>(static_cast<const void *>(owned->data()));
    const std::size_t size = owned->size();
    return wrap(data, size, true, [owned = std::move(owned)] {});
}

} // namespace alidade
