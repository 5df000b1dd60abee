// Tokens for objects: what callers hold instead of pointers.
//
// A token is odd (no pointer to anything aligned is), carries kind, slot index and generation, and
// has a bit that no address has:
//
//   bit 0      1
//   bits 1-5   kind
//   bits 6-29  slot index
//   bits 30-59 generation, from 1
//   bit 62     1
//
// So no small number is a token, and no runtime that looks at pointers by their value, as the
// garbage collector of Go does, takes a token for an address of its own.
//
// A slot's state is one word: its generation, the references that callers hold, and the pins of
// running calls. A call pins, so that an unref on another thread cannot pull the object from under
// it; once the last reference is gone no new pin is had. Slots are never unmapped, so a stale token
// reads a newer generation and nothing else. Looking a token up takes no lock.
//
// A token holds its object once (see held.hpp), whatever callers count on it.
#pragma once

#include "base/object.hpp"

#include <array>
#include <cstdint>
#include <mutex>
#include <vector>

namespace alidade {

class handle_table {
    // The state word: pins (14 bits), references (20 bits), generation (30 bits).
    static constexpr int state_generation_shift = 34;
    static constexpr std::uint64_t one_pin = 1;
    static constexpr std::uint64_t one_reference = std::uint64_t{1} << 14;
    static constexpr std::uint64_t pins_mask = one_reference - 1;
    static constexpr std::uint64_t references_mask =
        (std::uint64_t{1} << state_generation_shift) - one_reference;
    static constexpr std::uint64_t first_generation = 1;
    static constexpr std::uint64_t last_generation = (std::uint64_t{1} << 30) - 1;

public:
    struct slot {
        std::atomic<std::uint64_t> state{first_generation << state_generation_shift};
        std::atomic<std::uint64_t> token{0};
        std::atomic<const object *> target{nullptr};
    };

    [[nodiscard]] static handle_table &instance() noexcept;

    // A token for a caller, counting one reference; makes one if the object has none yet.
    [[nodiscard]] void *give(const object &target);

    // The kind of a token; ALD_KIND_NONE unless it is valid.
    [[nodiscard]] ald_kind kind_of(const void *token) const noexcept;

    // Takes or drops a reference; a token that is not valid does nothing. A count that is full
    // stays so: nobody knows any more how many there are, so the token lives on.
    bool take(const void *token) noexcept;
    void drop(const void *token) noexcept;

    // Keeps a valid token's object for a call; NULL if the token is not valid, or not of the kind,
    // or has as many pins as can be counted.
    [[nodiscard]] slot *pin(const void *token) noexcept;
    [[nodiscard]] slot *pin(const void *token, ald_kind kind) noexcept;
    // In the header because every call ends with it.
    static void unpin(slot *s) noexcept {
        const std::uint64_t state =
            s->state.fetch_sub(one_pin, std::memory_order_seq_cst) - one_pin;
        if ((state & (pins_mask | references_mask)) == 0) {
            instance().finish(s);
        }
    }

    // Looks at many objects without a pin for each, which costs more than a short look: as long as
    // a glance lives, no object that it has found is freed. Ends of handles wait for its end.
    class glance {
    public:
        glance() noexcept { table_.glances_.fetch_add(1, std::memory_order_seq_cst); }
        glance(const glance &) = delete;
        glance &operator=(const glance &) = delete;
        ~glance() { table_.end_glance(); }
        // The object of a valid token; NULL if the token is not valid or not of the kind.
        [[nodiscard]] const object *at(const void *token, ald_kind kind) const noexcept;

    private:
        handle_table &table_ = instance();
    };

    [[nodiscard]] std::int64_t count() const noexcept {
        return live_.load(std::memory_order_relaxed);
    }

private:
    [[nodiscard]] static std::uint64_t generation_of_state(std::uint64_t state) noexcept;
    [[nodiscard]] static bool is_full(std::uint64_t state) noexcept {
        return (state & references_mask) == references_mask;
    }
    static void tell_full(const void *token) noexcept;
    [[nodiscard]] static bool alive(std::uint64_t state, std::uint64_t token) noexcept;

    static constexpr std::size_t segment_bits = 12;
    static constexpr std::size_t segment_size = std::size_t{1} << segment_bits;
    static constexpr std::size_t index_bits = 24;

    [[nodiscard]] slot *find(std::uint64_t token) const noexcept;
    [[nodiscard]] slot &at(std::uint32_t index) const noexcept;
    [[nodiscard]] std::uint32_t take_free();
    void put_free(std::uint32_t index) noexcept;
    // The end of a slot: at once, or when no glance is left.
    void finish(slot *s) noexcept;
    void finish_now(slot *s) noexcept;
    void end(slot &s) noexcept;
    void finish_waiting() noexcept;
    void end_glance() noexcept;

    std::array<std::atomic<slot *>, (std::size_t{1} << index_bits) / segment_size> segments_{};
    std::mutex mutex_;
    std::vector<std::uint32_t> free_;
    std::uint32_t used_ = 0;
    // Slots whose end waits for the glances, and how many they are.
    std::vector<std::uint32_t> waiting_;
    std::atomic<std::size_t> waiting_count_{0};
    std::atomic<std::size_t> glances_{0};
    std::atomic<std::int64_t> live_{0};
};

// A reference that a running call holds.
template <class T> class pinned {
public:
    pinned(handle_table::slot *slot, T *target) noexcept : slot_(slot), target_(target) {}
    pinned(pinned &&other) noexcept
        : slot_(std::exchange(other.slot_, nullptr)), target_(other.target_) {}
    pinned(const pinned &) = delete;
    pinned &operator=(const pinned &) = delete;
    pinned &operator=(pinned &&) = delete;
    ~pinned() {
        if (slot_ != nullptr) {
            handle_table::unpin(slot_);
        }
    }
    T &operator*() const noexcept { return *target_; }
    T *operator->() const noexcept { return target_; }
    [[nodiscard]] T *get() const noexcept { return target_; }

private:
    handle_table::slot *slot_;
    T *target_;
};

} // namespace alidade
