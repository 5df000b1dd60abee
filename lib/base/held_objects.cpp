#include "base/held_objects.hpp"

namespace alidade {

void held_objects::add(const object &o) noexcept {
    const std::scoped_lock lock(mutex_);
    if (o.listed_ || o.holds_ == 0) {
        return;
    }
    o.listed_ = true;
    o.previous_held_ = nullptr;
    o.next_held_ = first_;
    if (first_ != nullptr) {
        first_->previous_held_ = &o;
    }
    first_ = &o;
    ++count_;
}

void held_objects::remove(const object &o) noexcept {
    if (!o.listed_) {
        return; // most are not, and need no lock; a first hold is over when the last one ends
    }
    const std::scoped_lock lock(mutex_);
    if (!o.listed_ || o.holds_ != 0) {
        return;
    }
    o.listed_ = false;
    (o.previous_held_ != nullptr ? o.previous_held_->next_held_ : first_) = o.next_held_;
    if (o.next_held_ != nullptr) {
        o.next_held_->previous_held_ = o.previous_held_;
    }
    --count_;
}

std::vector<ref<const object>> held_objects::all() const {
    const std::scoped_lock lock(mutex_);
    std::vector<ref<const object>> found;
    found.reserve(count_);
    for (const object *o = first_; o != nullptr; o = o->next_held_) {
        found.push_back(ref<const object>::share(o));
    }
    return found;
}

} // namespace alidade
