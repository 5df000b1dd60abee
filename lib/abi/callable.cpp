#include "base/callable.hpp"

#include "base/boundary/callback.hpp"

using namespace alidade;

namespace {

struct callback_function {
    ald_callable_fn fn;
    std::shared_ptr<void> user_data;

    result<value> operator()(const value &arguments, const cancel_source &cancel) const {
        const owned_handle<const ald_value> given(*make<value_object>(arguments));
        const owned_handle<const ald_cancel> lent_cancel(cancel);
        returned<ald_value> answer;
        returned<ald_error> why;
        const ald_status status = run_callback([&] {
            return fn(user_data.get(), given.get(), lent_cancel.get(), answer.place(), why.place());
        });
        const auto content = answer.object();
        if (status == ALD_OK && !answer.empty() && !content) {
            return fail(ALD_E_CALLBACK, "application",
                        "the function gave something that is no value");
        }
        return callback_result(status, content.get(), why.object().get());
    }
};

} // namespace

ald_status ald_callable_new(const char *name, ald_callable_fn fn, void *user_data,
                            void (*destroy)(void *user_data), ald_callable **out_callable,
                            ald_error **err) noexcept {
    user_data_owner data(user_data, destroy);
    return call(err, in(), out(out_callable), [&]() -> outcome {
        if (fn == nullptr) {
            return fail(ALD_E_INVALID, "callable", "fn is NULL; give a function");
        }
        auto copy = text(name, "name of the callable");
        if (!copy) {
            return failure(std::move(copy.error()));
        }
        return give(out_callable,
                    make_callable(std::move(*copy), callback_function{fn, data.share()}));
    });
}

ald_status ald_callable_call(const ald_callable *callable, const ald_value *arguments,
                             int64_t timeout_ns, const ald_cancel *cancel, ald_value **out_value,
                             ald_error **err) noexcept {
    if (out_value != nullptr) {
        *out_value = nullptr;
    }
    return call(err, in(callable, optional_handle{arguments}, optional_handle{cancel}), out(),
                [&](auto &f, auto *given, auto *c) {
                    return deadline_of(timeout_ns)
                        .and_then([&](int64_t deadline) {
                            return f.call(given != nullptr ? given->content : value(), deadline, c);
                        })
                        .and_then([&](value answer) {
                            return out_value != nullptr ? give(out_value, std::move(answer))
                                                        : outcome();
                        });
                });
}

ald_status ald_callable_start_call(const ald_callable *callable, const ald_value *arguments,
                                   int64_t timeout_ns, ald_op **op, ald_error **err) noexcept {
    return call(err, in(callable, optional_handle{arguments}), out(op), [&](auto &f, auto *given) {
        return deadline_of(timeout_ns).and_then([&](int64_t deadline) {
            return give_started(op, [&](const auto &o) {
                return f.start_call(o, given != nullptr ? given->content : value(), deadline);
            });
        });
    });
}

const char *ald_callable_name(const ald_callable *callable) noexcept {
    return look(callable, "", [](auto &f) { return f.name().c_str(); });
}

void ald_callable_close(ald_callable *callable) noexcept {
    quietly(callable, [](auto &f) { f.close(); });
}
