// Reference-counted memory and typed views of it.
#pragma once

#include "base/error.hpp"

#include <alidade/buffer.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <span>

namespace alidade {

class buffer final : public object {
public:
    using releaser = std::function<void()>;

    // Memory of our own: zeroed, aligned to 64.
    [[nodiscard]] static ref<buffer> allocate(std::size_t size);
    // Memory of somebody else; `release` runs with the last reference.
    [[nodiscard]] static ref<buffer> wrap(void *data, std::size_t size, bool readonly,
                                          releaser release);
    // The bytes of a string or a vector, moved in, read-only.
    template <class Container> [[nodiscard]] static ref<buffer> of(Container &&bytes);

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
    buffer(void *data, std::size_t size, bool readonly, releaser release) noexcept
        : object(ALD_KIND_BUFFER), data_(static_cast<std::byte *>(data)), size_(size),
          readonly_(readonly), release_(std::move(release)) {}
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

// An array: a view that keeps its memory alive.
struct array {
    ref<buffer> memory;
    ald_view view{};
};

[[nodiscard]] std::size_t dtype_size(ald_dtype dtype) noexcept;
[[nodiscard]] const char *dtype_name(ald_dtype dtype) noexcept;
[[nodiscard]] ald_view empty_view() noexcept;
[[nodiscard]] std::int64_t element_count(const ald_view &view) noexcept;
[[nodiscard]] bool is_c_contiguous(const ald_view &view) noexcept;
// The elements in C order, copied where they are not contiguous.
[[nodiscard]] array contiguous(const array &a);

template <class Container> ref<buffer> buffer::of(Container &&bytes) {
    auto owned = std::make_shared<Container>(std::move(bytes));
    void *data = const_cast<void *>(static_cast<const void *>(owned->data()));
    const std::size_t size = owned->size();
    return wrap(data, size, true, [owned = std::move(owned)] {});
}

} // namespace alidade
