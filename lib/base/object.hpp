// The reference-counted base of everything that a handle can stand for.
#pragma once

#include <alidade/base.h>

#include <atomic>
#include <cstdint>
#include <utility>

namespace alidade {

template <class T> class ref;

// Two counts, because they mean two things: `references_` keeps the memory, `holds_` keeps the
// object open. Each of its tokens is one hold, however many references callers count on it; others
// are our own (see held.hpp). When nothing holds the object any more the reaper closes it, although
// our own threads may still refer to it.
class object {
public:
    object(const object &) = delete;
    object &operator=(const object &) = delete;

    [[nodiscard]] ald_kind kind() const noexcept { return kind_; }

    // Ends all that the object does; may block; safe to call again and from several threads.
    virtual void close() noexcept {}

    // False for objects that have no life of their own (values, errors, buffers), and for those
    // that are closed already and hold user data of the application: they need no reaper, and the
    // application's destroy function runs where their last reference goes. After `ald_shutdown`
    // that is a thread of the application, which a language at its end still knows.
    [[nodiscard]] virtual bool closable() const noexcept { return false; }

    // The whole that this one is a part of, always the same: held as long as the part is.
    [[nodiscard]] virtual const object *parent() const noexcept { return nullptr; }

    void retain() const noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
    void release() const noexcept {
        if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
            delete this;
        }
    }

    // Take or give back a hold. `hold_too` takes none, and is false, where nothing holds it yet.
    void hold() const noexcept;
    [[nodiscard]] bool hold_too() const noexcept;
    void let_go() const noexcept;

protected:
    explicit object(ald_kind kind) noexcept : kind_(kind) {}
    virtual ~object() = default;

private:
    friend class handle_table;
    friend class held_objects;
    friend class reaper;

    mutable std::atomic<std::uint32_t> references_{1};
    mutable std::atomic<std::uint32_t> holds_{0};
    ald_kind kind_;
    // The token that callers hold, 0 if none; owned by the handle table.
    mutable std::atomic<std::uint64_t> token_{0};
    // The reaper's list runs through the objects, so that handing one over needs no memory.
    mutable const object *next_to_reap_ = nullptr;
    mutable bool waits_for_reaper_ = false;
    // The list of what a shutdown closes runs through the objects as well.
    mutable std::atomic<bool> listed_{false};
    mutable const object *next_held_ = nullptr;
    mutable const object *previous_held_ = nullptr;
};

// A shared pointer to an object.
template <class T> class ref {
public:
    ref() noexcept = default;
    ref(std::nullptr_t) noexcept {}
    ref(const ref &other) noexcept : ref(share(other.object_)) {}
    ref(ref &&other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
    template <class U> ref(ref<U> other) noexcept : object_(other.leak()) {} // NOLINT(*-explicit-*)
    ref &operator=(ref other) noexcept {
        std::swap(object_, other.object_);
        return *this;
    }
    ~ref() {
        if (object_ != nullptr) {
            object_->release();
        }
    }

    // Takes over a reference that somebody else counted.
    [[nodiscard]] static ref adopt(T *object) noexcept {
        ref r;
        r.object_ = object;
        return r;
    }
    // Counts one more reference.
    [[nodiscard]] static ref share(T *object) noexcept {
        if (object != nullptr) {
            object->retain();
        }
        return adopt(object);
    }
    // Gives the reference away uncounted.
    [[nodiscard]] T *leak() noexcept { return std::exchange(object_, nullptr); }

    [[nodiscard]] T *get() const noexcept { return object_; }
    T *operator->() const noexcept { return object_; }
    T &operator*() const noexcept { return *object_; }
    explicit operator bool() const noexcept { return object_ != nullptr; }
    friend bool operator==(const ref &a, const ref &b) noexcept { return a.object_ == b.object_; }

private:
    T *object_ = nullptr;
};

template <class T, class... Args> [[nodiscard]] ref<T> make(Args &&...args) {
    return ref<T>::adopt(new T(std::forward<Args>(args)...));
}

} // namespace alidade
