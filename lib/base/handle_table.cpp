#include "base/handle_table.hpp"

#include "base/held.hpp"
#include "base/immortal.hpp"
#include "base/log.hpp"

#include <new>

namespace alidade {

namespace {

constexpr int kind_shift = 1;
constexpr int index_shift = 6;
constexpr int generation_shift = 30;
constexpr std::uint64_t index_mask = 0xffffff;
constexpr std::uint64_t kind_mask = 0x1f;
constexpr std::uint64_t generation_mask = 0x3fffffff;
constexpr std::uint64_t token_mark = 1U | std::uint64_t{1} << 62;

std::uint64_t generation_of(std::uint64_t token) noexcept {
    return (token >> generation_shift) & generation_mask;
}
std::uint32_t index_of(std::uint64_t token) noexcept {
    return static_cast<std::uint32_t>((token >> index_shift) & index_mask);
}
ald_kind kind_in(std::uint64_t token) noexcept {
    return static_cast<ald_kind>((token >> kind_shift) & kind_mask);
}
std::uint64_t bits(const void *token) noexcept { return reinterpret_cast<std::uintptr_t>(token); }

} // namespace

std::uint64_t handle_table::generation_of_state(std::uint64_t state) noexcept {
    return state >> state_generation_shift;
}

bool handle_table::alive(std::uint64_t state, std::uint64_t token) noexcept {
    return generation_of_state(state) == generation_of(token) && (state & references_mask) != 0;
}

handle_table &handle_table::instance() noexcept { return immortal<handle_table>(); }

handle_table::slot &handle_table::at(std::uint32_t index) const noexcept {
    return segments_[index >> segment_bits].load(
        std::memory_order_acquire)[index & (segment_size - 1)];
}

handle_table::slot *handle_table::find(std::uint64_t token) const noexcept {
    if ((token & 1U) == 0) {
        return nullptr;
    }
    const std::uint32_t index = index_of(token);
    slot *segment = segments_[index >> segment_bits].load(std::memory_order_acquire);
    if (segment == nullptr) {
        return nullptr;
    }
    slot *s = segment + (index & (segment_size - 1));
    // A forged token may have the right index and generation, but not all of the bits.
    return s->token.load(std::memory_order_acquire) == token ? s : nullptr;
}

ald_kind handle_table::kind_of(const void *token) const noexcept {
    const slot *s = find(bits(token));
    if (s == nullptr || !alive(s->state.load(std::memory_order_acquire), bits(token))) {
        return ALD_KIND_NONE;
    }
    return kind_in(bits(token));
}

bool handle_table::take(const void *token) noexcept {
    slot *s = find(bits(token));
    if (s == nullptr) {
        return false;
    }
    std::uint64_t state = s->state.load(std::memory_order_acquire);
    do {
        if (!alive(state, bits(token))) {
            return false;
        }
        if (is_full(state)) {
            return true;
        }
    } while (!s->state.compare_exchange_weak(state, state + one_reference,
                                             std::memory_order_acq_rel, std::memory_order_acquire));
    if (is_full(state + one_reference)) {
        tell_full(token);
    }
    return true;
}

void handle_table::tell_full(const void *token) noexcept try {
    log::write(ALD_LOG_WARNING, "abi",
               fmt::format("the references to handle {} are too many to count; it stays open until "
                           "ald_shutdown: is one taken again and again and never given back?",
                           token));
} catch (...) { // no memory to say it
}

handle_table::slot *handle_table::pin(const void *token, ald_kind kind) noexcept {
    return kind_in(bits(token)) == kind ? pin(token) : nullptr;
}

handle_table::slot *handle_table::pin(const void *token) noexcept {
    slot *s = find(bits(token));
    if (s == nullptr) {
        return nullptr;
    }
    std::uint64_t state = s->state.load(std::memory_order_acquire);
    do {
        if (!alive(state, bits(token)) || (state & pins_mask) == pins_mask) {
            return nullptr;
        }
    } while (!s->state.compare_exchange_weak(state, state + one_pin, std::memory_order_acq_rel,
                                             std::memory_order_acquire));
    return s;
}

void handle_table::drop(const void *token) noexcept {
    slot *s = find(bits(token));
    if (s == nullptr) {
        return;
    }
    std::uint64_t state = s->state.load(std::memory_order_acquire);
    do {
        if (!alive(state, bits(token)) || is_full(state)) {
            return;
        }
    } while (!s->state.compare_exchange_weak(state, state - one_reference,
                                             std::memory_order_seq_cst, std::memory_order_acquire));
    if (((state - one_reference) & (pins_mask | references_mask)) == 0) {
        finish(s);
    }
}

// A glance is counted before it reads a slot's state, and the state says that the slot has ended
// before the glances are counted here, all in one total order: either the glance sees the end, or
// it is seen here.
const object *handle_table::glance::at(const void *token, ald_kind kind) const noexcept {
    const slot *s = kind_in(bits(token)) == kind ? table_.find(bits(token)) : nullptr;
    return s != nullptr && alive(s->state.load(std::memory_order_seq_cst), bits(token))
               ? s->target.load(std::memory_order_relaxed)
               : nullptr;
}

void handle_table::end_glance() noexcept {
    if (glances_.fetch_sub(1, std::memory_order_seq_cst) == 1 &&
        waiting_count_.load(std::memory_order_seq_cst) != 0) {
        finish_waiting();
    }
}

void handle_table::finish(slot *s) noexcept {
    if (glances_.load(std::memory_order_seq_cst) == 0) {
        finish_now(s);
        return;
    }
    {
        const std::scoped_lock lock(mutex_);
        waiting_.push_back(index_of(s->token.load(std::memory_order_relaxed)));
        waiting_count_.fetch_add(1, std::memory_order_seq_cst);
    }
    finish_waiting(); // the last glance may have ended before it could see this
}

void handle_table::finish_waiting() noexcept {
    for (;;) {
        std::uint32_t index = 0;
        {
            const std::scoped_lock lock(mutex_);
            if (waiting_.empty() || glances_.load(std::memory_order_seq_cst) != 0) {
                return;
            }
            index = waiting_.back();
            waiting_.pop_back();
            waiting_count_.fetch_sub(1, std::memory_order_relaxed);
        }
        finish_now(&at(index));
    }
}

void handle_table::finish_now(slot *s) noexcept {
    const object *target = s->target.load(std::memory_order_relaxed);
    std::uint64_t token = s->token.load(std::memory_order_relaxed);
    // A newer token may have been given out since callers gave the last reference to this one back.
    target->token_.compare_exchange_strong(token, 0, std::memory_order_acq_rel);
    end(*s);
    live_.fetch_sub(1, std::memory_order_relaxed);
    target->let_go();
}

void handle_table::end(slot &s) noexcept {
    const std::uint32_t index = index_of(s.token.load(std::memory_order_relaxed));
    s.target.store(nullptr, std::memory_order_relaxed);
    s.token.store(0, std::memory_order_relaxed);
    const std::uint64_t generation = generation_of_state(s.state.load(std::memory_order_relaxed));
    s.state.store((generation == last_generation ? first_generation : generation + 1)
                      << state_generation_shift,
                  std::memory_order_release);
    put_free(index);
}

void *handle_table::give(const object &target) {
    std::uint64_t token = target.token_.load(std::memory_order_acquire);
    if (token != 0 && take(reinterpret_cast<const void *>(token))) {
        return reinterpret_cast<void *>(token);
    }
    held ours(target); // the token's own, before anybody can see it
    for (;;) {
        const std::uint32_t index = take_free();
        slot &s = at(index);
        const std::uint64_t state = s.state.load(std::memory_order_relaxed);
        const std::uint64_t fresh = token_mark |
                                    (static_cast<std::uint64_t>(target.kind()) << kind_shift) |
                                    (static_cast<std::uint64_t>(index) << index_shift) |
                                    (generation_of_state(state) << generation_shift);
        // The slot is ready before the token can be seen.
        s.target.store(&target, std::memory_order_relaxed);
        s.token.store(fresh, std::memory_order_relaxed);
        s.state.store(state + one_reference, std::memory_order_release);
        if (target.token_.compare_exchange_strong(token, fresh, std::memory_order_acq_rel)) {
            (void)ours.leak();
            live_.fetch_add(1, std::memory_order_relaxed);
            return reinterpret_cast<void *>(fresh);
        }
        end(s); // somebody else was faster: use theirs
        if (token != 0 && take(reinterpret_cast<const void *>(token))) {
            return reinterpret_cast<void *>(token);
        }
    }
}

std::uint32_t handle_table::take_free() {
    const std::scoped_lock lock(mutex_);
    if (!free_.empty()) {
        const std::uint32_t index = free_.back();
        free_.pop_back();
        return index;
    }
    const std::size_t segment = used_ >> segment_bits;
    if (segment >= segments_.size()) {
        throw std::bad_alloc();
    }
    if (segments_[segment].load(std::memory_order_relaxed) == nullptr) {
        free_.reserve((segment + 1) * segment_size);    // so that `put_free` never allocates
        waiting_.reserve((segment + 1) * segment_size); // nor `finish`
        segments_[segment].store(new slot[segment_size], std::memory_order_release);
    }
    return used_++;
}

void handle_table::put_free(std::uint32_t index) noexcept {
    const std::scoped_lock lock(mutex_);
    free_.push_back(index);
}

} // namespace alidade
