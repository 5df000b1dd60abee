// The boundary: every exported function goes through `call` or `look`, which check handles, clear
// outputs, and turn what is thrown into a status. `look` is for getters that do not compute.
#pragma once

#include "base/async/op.hpp"
#include "base/boundary/kinds.hpp"
#include "base/boundary/records.hpp"
#include "base/float_traps.hpp"
#include "base/handle_table.hpp"
#include "base/runtime.hpp"

#include <cstring>
#include <memory>
#include <optional>
#include <tuple>

namespace alidade {

// A handle argument that may be NULL.
template <class Handle> struct optional_handle { Handle *handle; };
template <class Handle> optional_handle(Handle *) -> optional_handle<Handle>;

namespace boundary {

[[nodiscard]] failure bad_handle(const char *where, int place, const void *token,
                                 ald_kind expected);
[[nodiscard]] failure null_output(const char *where);

// Puts an error where the caller wants it and returns its status.
ald_status report(const ref<const error> &e, ald_error **err) noexcept;
// Reports the exception that is being handled in the same way.
ald_status report_current_exception(ald_error **err) noexcept;
ald_status report_fork(ald_error **err) noexcept;

// Clears an output if it is a pointer; false if there is none.
template <class Output> bool clear(Output *output) noexcept {
    if constexpr (std::is_pointer_v<Output>) {
        if (output != nullptr) {
            *output = nullptr;
        }
    }
    return output != nullptr;
}

// Pins the object behind a handle argument during a call; empty for an optional one that is NULL.
template <class Handle> struct argument {
    using type = object_of<Handle>;
    std::optional<pinned<type>> pin;
    [[nodiscard]] type *get() const noexcept { return pin ? pin->get() : nullptr; }
};

template <class Handle>
[[nodiscard]] bool acquire(argument<Handle> &to, Handle *token, bool optional) noexcept {
    if (token == nullptr) {
        return optional;
    }
    handle_table::slot *s =
        handle_table::instance().pin(token, kind_of<std::remove_const_t<Handle>>);
    if (s == nullptr) {
        return false;
    }
    const object *target = s->target.load(std::memory_order_relaxed);
    to.pin.emplace(s,
                   const_cast<object_of<Handle> *>(static_cast<const object_of<Handle> *>(target)));
    return true;
}

template <class Handle> auto argument_for(Handle *) -> argument<Handle>;
template <class Handle> auto argument_for(optional_handle<Handle>) -> argument<Handle>;
template <class Handle> bool acquire_any(argument<Handle> &to, Handle *h) noexcept {
    return acquire(to, h, false);
}
template <class Handle> bool acquire_any(argument<Handle> &to, optional_handle<Handle> h) noexcept {
    return acquire(to, h.handle, true);
}
template <class Handle> const void *token_of(Handle *h) noexcept { return h; }
template <class Handle> const void *token_of(optional_handle<Handle> h) noexcept {
    return h.handle;
}
template <class Handle> constexpr ald_kind expected(Handle *) noexcept {
    return kind_of<std::remove_const_t<Handle>>;
}
template <class Handle> constexpr ald_kind expected(optional_handle<Handle>) noexcept {
    return kind_of<std::remove_const_t<Handle>>;
}
template <class Handle> auto &pass(Handle *, argument<Handle> &a) noexcept { return *a.get(); }
template <class Handle> auto *pass(optional_handle<Handle>, argument<Handle> &a) noexcept {
    return a.get();
}

} // namespace boundary

// The handle arguments of a call, in order; `optional_handle` for those that may be NULL.
template <class... Handles> auto in(Handles... handles) { return std::tuple(handles...); }

// The pointer outputs of a call, cleared before anything else.
template <class... Outputs> auto out(Outputs *...outputs) { return std::tuple(outputs...); }

// Runs `body(objects...)` for an exported function.
template <class... Handles, class... Outputs, class Body>
ald_status call(ald_error **err, std::tuple<Handles...> inputs, std::tuple<Outputs *...> outputs,
                Body &&body, const char *where = __builtin_FUNCTION()) noexcept {
    if (err != nullptr) {
        *err = nullptr;
    }
    const int missing = std::apply(
        [](auto *...output) { return (static_cast<int>(!boundary::clear(output)) + ... + 0); },
        outputs);
    if (runtime::instance().forked()) { // the runtime is there before any lock is taken
        return boundary::report_fork(err);
    }
    const without_float_traps during;
    try {
        if (missing > 0) {
            return boundary::report(boundary::null_output(where).value(), err);
        }
        std::tuple<decltype(boundary::argument_for(std::declval<Handles>()))...> arguments;
        int place = 0;
        const void *bad = nullptr;
        ald_kind wanted = ALD_KIND_NONE;
        const auto take = [&](auto &argument, auto handle) {
            ++place;
            bad = boundary::token_of(handle);
            wanted = boundary::expected(handle);
            return boundary::acquire_any(argument, handle);
        };
        const auto run = [&]<std::size_t... I>(std::index_sequence<I...>)->ald_status {
            if (!(take(std::get<I>(arguments), std::get<I>(inputs)) && ...)) {
                return boundary::report(boundary::bad_handle(where, place, bad, wanted).value(),
                                        err);
            }
            outcome ended = body(boundary::pass(std::get<I>(inputs), std::get<I>(arguments))...);
            return ended ? ALD_OK : boundary::report(ended.error(), err);
        };
        return run(std::index_sequence_for<Handles...>{});
    } catch (...) {
        return boundary::report_current_exception(err);
    }
}

// Runs `body(object)` for a getter without an error; `otherwise` for a bad handle.
template <class Handle, class T, class Body>
T look(Handle *handle, T otherwise, Body &&body) noexcept {
    if (runtime::forked()) {
        return otherwise;
    }
    boundary::argument<Handle> argument;
    if (!boundary::acquire(argument, handle, false)) {
        return otherwise;
    }
    try {
        return body(*argument.get());
    } catch (...) {
        return otherwise;
    }
}

// Runs `body(object)` for a close, which NULL, garbage and a forked child make do nothing.
template <class Handle, class Body> void quietly(Handle *handle, Body &&body) noexcept {
    const without_float_traps during;
    (void)look(handle, 0, [&](auto &object) {
        body(object);
        return 0;
    });
}

// Gives an object to the caller.
template <class Handle, class T> outcome give(Handle **to, const ref<T> &object) {
    *to = static_cast<Handle *>(handle_table::instance().give(*object));
    return {};
}
template <class Handle, class T> outcome give(Handle **to, result<ref<T>> object) {
    return object ? give(to, *object) : outcome(failure(std::move(object.error())));
}
inline outcome give(ald_value **to, value v) { return give(to, make<value_object>(std::move(v))); }
inline outcome give(ald_value **to, result<value> v) {
    return v ? give(to, std::move(*v)) : outcome(failure(std::move(v.error())));
}

// The value that a record or a driver refers to by its handle.
[[nodiscard]] result<value> value_behind(const ald_value *token);

// Turns the status of a callback, with its value or error, into a result.
[[nodiscard]] result<value> callback_result(ald_status status, const value_object *given,
                                            const error *why);

// The application's data of a callback. Made before anything can fail: `destroy` runs exactly once,
// after the last copy of what `share` gave, or at the end of the call if there is none.
class user_data_owner {
public:
    user_data_owner(void *data, void (*destroy)(void *)) noexcept
        : data_(data), destroy_(destroy) {}
    user_data_owner(const user_data_owner &) = delete;
    user_data_owner &operator=(const user_data_owner &) = delete;
    ~user_data_owner() {
        if (destroy_ != nullptr) {
            destroy_(data_);
        }
    }
    [[nodiscard]] std::shared_ptr<void> share();

private:
    void *data_;
    void (*destroy_)(void *);
};

// Takes or drops a reference to a handle of its type's kind, or of any kind for `const void *`;
// does nothing for other tokens.
template <class Handle> [[nodiscard]] bool is_of_its_kind(Handle *handle) noexcept {
    if constexpr (std::is_void_v<Handle>) {
        return true;
    } else {
        return handle_table::instance().kind_of(handle) == kind_of<std::remove_const_t<Handle>>;
    }
}
template <class Handle> void take_reference(Handle *handle) noexcept {
    if (!runtime::forked() && is_of_its_kind(handle)) {
        handle_table::instance().take(handle);
    }
}
template <class Handle> void drop_reference(Handle *handle) noexcept {
    if (!runtime::forked() && is_of_its_kind(handle)) {
        handle_table::instance().drop(handle);
    }
}

// A handle of ours, to lend it to the application or to give it away.
template <class Handle> class owned_handle {
public:
    explicit owned_handle(const object_of<Handle> &target)
        : handle_(static_cast<Handle *>(handle_table::instance().give(target))) {}
    owned_handle(const owned_handle &) = delete;
    owned_handle &operator=(const owned_handle &) = delete;
    ~owned_handle() { drop_reference(handle_); }
    [[nodiscard]] Handle *get() const noexcept { return handle_; }
    [[nodiscard]] Handle *release() noexcept { return std::exchange(handle_, nullptr); }

private:
    Handle *handle_;
};

// Gives an operation to the caller, then has `start(operation)` start it: nothing is carried out
// that the caller does not know of.
template <class Start> outcome give_started(ald_op **to, Start &&start) {
    const auto o = make<op>();
    owned_handle<ald_op> handle(*o);
    return start(o).map([&] { *to = handle.release(); });
}

// The end of a timeout: nanoseconds, 0 to look or -1 to wait without limit.
[[nodiscard]] result<std::int64_t> deadline_of(std::int64_t timeout_ns);

// Reads an argument of bytes. NULL goes with size 0 only. More than PTRDIFF_MAX is the size of no
// memory, but of a negative number that was converted: adding it to an address would overflow.
[[nodiscard]] result<std::string_view> bytes_given(const void *argument, std::size_t size,
                                                   std::string_view what);

// Reads a string argument: not NULL, valid UTF-8.
[[nodiscard]] result<std::string> text(const char *argument, std::string_view what);

} // namespace alidade
