// The two forms of a verb that takes time: start an operation, or start it and wait.
#pragma once

#include "base/async/work.hpp"
#include "base/boundary/guard.hpp"

namespace alidade {

[[nodiscard]] inline outcome check_default_timeout(int64_t timeout_ns) {
    if (timeout_ns < ALD_WAIT_DEFAULT) {
        return fail(
            ALD_E_INVALID, "device",
            "timeout_ns is {}; expected nanoseconds, 0 to look, -1 to wait without limit or -2 "
            "for the default",
            timeout_ns);
    }
    return {};
}

// Hands a started operation to the caller.
template <class Start> [[nodiscard]] outcome start(ald_op **to, int64_t timeout_ns, Start &&begin) {
    if (auto valid = check_default_timeout(timeout_ns); !valid) {
        return valid;
    }
    return give(to, begin());
}

// Starts an operation and waits for its end, also when the caller cancels it or its time is up.
template <class Start>
[[nodiscard]] result<value> finish(int64_t timeout_ns, const cancel_source *cancel, Start &&begin) {
    if (auto valid = check_default_timeout(timeout_ns); !valid) {
        return failure(std::move(valid.error()));
    }
    if (cancel != nullptr && cancel->triggered()) { // an axis must not even begin to move
        return fail(ALD_E_CANCELLED, "device", "the call was cancelled before it began");
    }
    auto started = begin();
    if (!started) {
        return failure(std::move(started.error()));
    }
    return (*started)->see_through(cancel);
}

// Closes an object on a worker. The object is held until it is closed.
template <class T> [[nodiscard]] outcome start_closing(ald_op **to, T &target) {
    return give_started(to, [&](const ref<op> &o) {
        return start_work(o, [self = ref<T>::share(&target),
                              open = held(target)](op &ours, const cancel_source &) mutable {
            self->close();
            open = held(); // whoever sees the end finds nothing held
            ours.finish(value());
        });
    });
}

[[nodiscard]] inline outcome done(const result<value> &r) {
    return r ? outcome() : outcome(failure(r.error()));
}

[[nodiscard]] inline outcome give_if_wanted(ald_value **to, result<value> r) {
    if (!r || to == nullptr) {
        return done(r);
    }
    return give(to, std::move(*r));
}

// An element of a list that the caller numbers.
template <class T>
[[nodiscard]] result<ref<T>> element(const std::vector<ref<T>> &all, int64_t index,
                                     std::string_view what) {
    if (index < 0 || static_cast<std::size_t>(index) >= all.size()) {
        return fail(ALD_E_RANGE, "abi", "there are {} {}; there is no number {}", all.size(), what,
                    index);
    }
    return all[static_cast<std::size_t>(index)];
}

} // namespace alidade
