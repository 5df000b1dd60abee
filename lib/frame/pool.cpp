#include "frame/pool.hpp"

#include <algorithm>
#include <cstdlib>
#include <new>
#include <sys/mman.h>

namespace alidade {

namespace {

constexpr std::size_t alignment = 64;
constexpr std::size_t least_slots = 4;

// Frames of this size on have pages of their own, which the system gets back with the frame: the C
// library keeps what it freed in the middle of its heap, hundreds of megabytes after a measurement.
constexpr std::size_t own_pages_from = std::size_t{128} << 10;

std::size_t round_up(std::size_t size) {
    constexpr std::size_t most = std::numeric_limits<std::ptrdiff_t>::max();
    if (size > most - alignment) {
        throw std::bad_alloc();
    }
    return std::max((size + alignment - 1) / alignment * alignment, alignment);
}

// Memory of a frame; NULL if there is none.
std::byte *memory_of(std::size_t size) noexcept {
    if (size < own_pages_from) {
        return static_cast<std::byte *>(std::aligned_alloc(alignment, size));
    }
    void *pages = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return pages != MAP_FAILED ? static_cast<std::byte *>(pages) : nullptr;
}

} // namespace

frame_slot::frame_slot(std::size_t size)
    : size_(size), memory_(memory_of(round_up(size)), give_back{round_up(size)}) {
    if (!memory_) {
        throw std::bad_alloc();
    }
}

void frame_slot::give_back::operator()(std::byte *memory) const noexcept {
    if (size >= own_pages_from) {
        munmap(memory, size);
    } else {
        std::free(memory);
    }
}

void frame_slot::release() noexcept {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
        // The pool may go with its last slot.
        const std::shared_ptr<frame_pool> home = std::move(home_);
        home->put(this);
    }
}

std::shared_ptr<frame_pool> frame_pool::make(std::size_t frame_bytes, std::size_t most_bytes,
                                             std::function<void()> freed) {
    const std::size_t most = most_bytes / round_up(frame_bytes);
    return std::shared_ptr<frame_pool>(
        new frame_pool(frame_bytes, std::max(most, least_slots), std::move(freed)));
}

ref<frame_slot> frame_pool::take() {
    const std::scoped_lock lock(mutex_);
    if (free_.empty()) {
        if (retired_ || count_ == most_) {
            return nullptr;
        }
        free_.reserve(count_ + 1); // what comes back needs no memory
        free_.push_back(std::unique_ptr<frame_slot>(new frame_slot(frame_bytes_)));
        ++count_;
    }
    frame_slot *slot = free_.back().release();
    free_.pop_back();
    slot->home_ = shared_from_this();
    return ref<frame_slot>::share(slot);
}

void frame_pool::retire() noexcept {
    std::vector<std::unique_ptr<frame_slot>> in; // their memory goes without the lock
    const std::scoped_lock lock(mutex_);
    retired_ = true;
    count_ -= free_.size();
    in.swap(free_);
}

std::size_t frame_pool::count() const {
    const std::scoped_lock lock(mutex_);
    return count_;
}

void frame_pool::put(frame_slot *slot) noexcept {
    std::unique_ptr<frame_slot> back(slot);
    back->metadata = value(); // may be large
    {
        const std::scoped_lock lock(mutex_);
        if (retired_) {
            --count_;
        } else {
            free_.push_back(std::move(back));
        }
    }
    back = nullptr;
    if (freed_) {
        freed_();
    }
}

} // namespace alidade
