// Callbacks of the application: what they are lent, what they give back, what they throw.
#pragma once

#include "base/boundary/guard.hpp"
#include "base/inside_library.hpp"

namespace alidade {

// A handle that the application gives, owned.
template <class Handle> class returned {
public:
    returned() noexcept = default;
    returned(const returned &) = delete;
    returned &operator=(const returned &) = delete;
    ~returned() { drop_reference(handle_); }
    [[nodiscard]] Handle **place() noexcept { return &handle_; }
    [[nodiscard]] bool empty() const noexcept { return handle_ == nullptr; }
    // NULL if it is no such handle.
    [[nodiscard]] ref<object_of<Handle>> object() const noexcept {
        boundary::argument<Handle> a;
        (void)boundary::acquire(a, handle_, true);
        return ref<object_of<Handle>>::share(a.get());
    }

private:
    Handle *handle_ = nullptr;
};

// Logs what a callback threw, since it goes no further.
ald_status report_callback_exception() noexcept;

// Runs a function of the application. Nothing that it throws gets further than this.
template <class Function> ald_status run_callback(Function &&function) noexcept {
    const inside_library inside;
    try {
        return function();
    } catch (...) {
        return report_callback_exception();
    }
}

} // namespace alidade
