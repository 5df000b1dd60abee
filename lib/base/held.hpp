// Internal references that keep objects open.
#pragma once

#include "base/object.hpp"

namespace alidade {

// Keeps an object open as long as it lives, beside what callers hold. They cannot give it back: it
// is no reference that they count on a token.
class held {
public:
    held() noexcept = default;
    explicit held(const object &target) noexcept : object_(&target) { target.hold(); }
    // Nothing, where nothing holds the object yet: it is not for us to have it closed afterwards.
    [[nodiscard]] static held beside_others(const object &target) noexcept {
        held h;
        h.object_ = target.hold_too() ? &target : nullptr;
        return h;
    }
    held(const held &other) noexcept : object_(other.object_) {
        if (object_ != nullptr) {
            object_->hold();
        }
    }
    held(held &&other) noexcept : object_(other.leak()) {}
    held &operator=(held other) noexcept {
        std::swap(object_, other.object_);
        return *this;
    }
    ~held() {
        if (object_ != nullptr) {
            object_->let_go();
        }
    }

    // Gives the hold away: whoever takes it calls `let_go`.
    [[nodiscard]] const object *leak() noexcept { return std::exchange(object_, nullptr); }

    [[nodiscard]] const object *get() const noexcept { return object_; }
    explicit operator bool() const noexcept { return object_ != nullptr; }
    friend bool operator==(const held &a, const held &b) noexcept { return a.object_ == b.object_; }

private:
    const object *object_ = nullptr;
};

} // namespace alidade
