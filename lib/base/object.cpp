// Holds: what keeps an object open.
#include "base/object.hpp"

#include "base/runtime.hpp"

namespace alidade {

// A first hold holds the whole too, so that a last one lets it go: in between others come and go
// without looking at it.
void object::hold() const noexcept {
    const object *o = this;
    for (bool first = true; o != nullptr && first; o = o->parent()) {
        o->retain();
        first = o->holds_.fetch_add(1, std::memory_order_acq_rel) == 0;
        if (first && o->closable()) {
            runtime::instance().held().add(*o);
        }
    }
}

bool object::hold_too() const noexcept {
    std::uint32_t holds = holds_.load(std::memory_order_relaxed);
    do {
        if (holds == 0) {
            return false;
        }
    } while (!holds_.compare_exchange_weak(holds, holds + 1, std::memory_order_acq_rel,
                                           std::memory_order_relaxed));
    retain();
    return true;
}

void object::let_go() const noexcept {
    for (auto o = ref<const object>::adopt(this); o;) {
        if (o->holds_.fetch_sub(1, std::memory_order_acq_rel) != 1) {
            return;
        }
        runtime::instance().held().remove(*o);
        auto above = ref<const object>::adopt(o->parent());
        if (o->closable()) {
            runtime::instance().reap(std::move(o));
        }
        o = std::move(above);
    }
}

} // namespace alidade
