// Content that several values share, with the count that copy-on-write needs.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

namespace alidade {

// For use through `ref`. Not std::shared_ptr: its use_count() is relaxed, so a writer that sees 1
// is not ordered after the reads of the owner that has just gone.
template <class T> class counted {
public:
    explicit counted(T initial) : content(std::move(initial)) {}

    void retain() const noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
    void release() const noexcept {
        if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
            delete this;
        }
    }
    // True if nobody else has it, so that it may be written.
    [[nodiscard]] bool unshared() const noexcept {
        return references_.load(std::memory_order_acquire) == 1;
    }

    T content;

private:
    mutable std::atomic<std::uint32_t> references_{1};
};

} // namespace alidade
