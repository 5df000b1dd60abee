// Memory for frames, used again and again.
#pragma once

#include "base/async/wait.hpp"
#include "base/value/frame.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace alidade {

class frame_pool;

// Room for one frame, with what is known of the frame in it. It goes back to its pool with the last
// `ref`.
class frame_slot {
public:
    frame_slot(const frame_slot &) = delete;
    frame_slot &operator=(const frame_slot &) = delete;

    [[nodiscard]] std::byte *data() const noexcept { return memory_.get(); }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    // Frame in the slot, once it is published.
    ald_view view{};
    ald_frame_info info{};
    value metadata;

    void retain() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
    void release() noexcept;

private:
    friend class frame_pool;
    struct give_back {
        std::size_t size = 0;
        void operator()(std::byte *memory) const noexcept;
    };
    explicit frame_slot(std::size_t size);

    std::atomic<std::uint32_t> references_{0};
    std::size_t size_;
    std::unique_ptr<std::byte[], give_back> memory_;
    std::shared_ptr<frame_pool> home_; // while it is out
};

// Slots of one size. What comes back is handed out again first, while it is still in the caches,
// and is never filled with zeros.
class frame_pool : public std::enable_shared_from_this<frame_pool> {
public:
    // Makes a pool that grows up to `most_bytes`, but has room for a few frames in any case.
    // `freed`, if there is any, runs after a slot has come back, without a lock held; it must not
    // throw.
    [[nodiscard]] static std::shared_ptr<frame_pool>
    make(std::size_t frame_bytes, std::size_t most_bytes, std::function<void()> freed);

    [[nodiscard]] std::size_t frame_bytes() const noexcept { return frame_bytes_; }
    // Returns NULL if all are out and there may be no more. Throws std::bad_alloc.
    [[nodiscard]] ref<frame_slot> take();
    // Frees the slots that are in, and each that is out as soon as it comes back; there are no
    // more.
    void retire() noexcept;
    // Slots, out and in.
    [[nodiscard]] std::size_t count() const;

private:
    friend class frame_slot;
    frame_pool(std::size_t frame_bytes, std::size_t most, std::function<void()> freed)
        : frame_bytes_(frame_bytes), most_(most), freed_(std::move(freed)) {}
    void put(frame_slot *slot) noexcept;

    const std::size_t frame_bytes_;
    const std::size_t most_;
    const std::function<void()> freed_;
    mutable std::mutex mutex_;
    std::vector<std::unique_ptr<frame_slot>> free_; // has room for all
    std::size_t count_ = 0;
    bool retired_ = false;
};

} // namespace alidade
