#include "base/async/op.hpp"

#include "base/boundary/guard.hpp"

#include <limits>

using namespace alidade;

namespace {

outcome made_by_application(const op &o) {
    if (!o.by_application()) {
        return fail(ALD_E_INVALID, "op",
                    "the operation is carried out by the library; only one of ald_op_new can be "
                    "advanced and finished");
    }
    return {};
}

} // namespace

ald_status ald_cancel_new(ald_cancel **out_cancel, ald_error **err) noexcept {
    return call(err, in(), out(out_cancel),
                [&] { return give(out_cancel, make<cancel_source>()); });
}

// Safe in signal handlers: pinning and triggering take no lock and no memory, and the caller's own
// reference keeps the unpinning from freeing anything.
void ald_cancel_trigger(ald_cancel *cancel) noexcept {
    quietly(cancel, [](cancel_source &c) { c.trigger(); });
}

int32_t ald_cancel_is_triggered(const ald_cancel *cancel) noexcept {
    return look(cancel, -1, [](auto &c) { return c.triggered() ? 1 : 0; });
}

ald_cancel_reason ald_cancel_why(const ald_cancel *cancel) noexcept {
    return look(cancel, ald_cancel_reason{-1}, [](auto &c) { return c.why(); });
}

ald_status ald_cancel_wait(const ald_cancel *cancel, int64_t timeout_ns, ald_error **err) noexcept {
    return call(err, in(cancel), out(), [&](auto &c) {
        return deadline_of(timeout_ns).and_then([&](int64_t deadline) {
            return c.wait(deadline) ? outcome() : wait_failed(wait_end::timeout, "a cancel");
        });
    });
}

ald_status ald_cancel_fd(ald_cancel *cancel, int32_t *fd, ald_error **err) noexcept {
    return call(err, in(cancel), out(fd),
                [&](auto &c) { return c.descriptor().map([&](int known) { *fd = known; }); });
}

ald_status ald_op_wait(const ald_op *op, int64_t timeout_ns, const ald_cancel *cancel,
                       ald_error **err) noexcept {
    return call(err, in(op, optional_handle{cancel}), out(), [&](auto &o, auto *c) {
        return deadline_of(timeout_ns).and_then([&](int64_t deadline) {
            return o.wait(deadline, c);
        });
    });
}

ald_status ald_op_wait_begun(const ald_op *op, int64_t timeout_ns, const ald_cancel *cancel,
                             ald_error **err) noexcept {
    return call(err, in(op, optional_handle{cancel}), out(), [&](auto &o, auto *c) {
        return deadline_of(timeout_ns).and_then([&](int64_t deadline) {
            return o.wait_begun(deadline, c);
        });
    });
}

ald_op_state ald_op_status(const ald_op *op) noexcept {
    return look(op, ald_op_state{-1}, [](auto &o) { return o.state(); });
}

ald_status ald_op_result(const ald_op *op, ald_value **out_value, ald_error **err) noexcept {
    if (out_value != nullptr) {
        *out_value = nullptr;
    }
    return call(err, in(op), out(), [&](auto &o) -> outcome {
        auto r = o.result_of();
        if (!r || out_value == nullptr) {
            return r ? outcome() : outcome(failure(std::move(r.error())));
        }
        return give(out_value, std::move(*r));
    });
}

ald_status ald_op_cancel(ald_op *op, ald_error **err) noexcept {
    return call(err, in(op), out(), [](auto &o) {
        o.cancel();
        return outcome();
    });
}

ald_status ald_op_pause(ald_op *op, ald_error **err) noexcept {
    return call(err, in(op), out(), [](auto &o) { return o.pause(); });
}

ald_status ald_op_resume(ald_op *op, ald_error **err) noexcept {
    return call(err, in(op), out(), [](auto &o) { return o.resume(); });
}

ald_status ald_op_progress(const ald_op *op, ald_progress *progress, ald_error **err) noexcept {
    return call(err, in(op), out(progress),
                [&](auto &o) { return put_record(progress, o.progress(), "progress record"); });
}

ald_status ald_op_notify(ald_op *op, ald_queue *queue, uint64_t tag, uint64_t which,
                         ald_error **err) noexcept {
    return call(err, in(op, queue), out(), [&](auto &o, auto &q) -> outcome {
        constexpr uint64_t known = ALD_NOTIFY_BEGUN | ALD_NOTIFY_PROGRESS | ALD_NOTIFY_ENDED;
        if (which == 0 || (which & ~known) != 0) {
            return fail(
                ALD_E_INVALID, "op",
                "which is {:#x}; expected one or more of ALD_NOTIFY_<X>: with none the queue "
                "would get nothing",
                which);
        }
        return o.notify(ref<alidade::queue>::share(&q), tag, which);
    });
}

ald_status ald_op_new(uint64_t flags, ald_op **out_op, ald_error **err) noexcept {
    return call(err, in(), out(out_op), [&]() -> outcome {
        if ((flags & ~std::uint64_t{ALD_OP_PAUSABLE}) != 0) {
            return fail(ALD_E_INVALID, "op", "flags are {:#x}; expected 0 or ALD_OP_PAUSABLE",
                        flags);
        }
        return give(out_op, make<alidade::op>(flags, true));
    });
}

ald_status ald_op_advance(ald_op *op, const ald_progress *progress, ald_error **err) noexcept {
    return call(err, in(op), out(), [&](auto &o) -> outcome {
        if (auto mine = made_by_application(o); !mine) {
            return mine;
        }
        if (progress == nullptr) {
            o.begin();
            return {};
        }
        ald_progress defaults{};
        defaults.total = -1;
        const auto given = get_record(progress, defaults, "progress record");
        if (!given) {
            return failure(given.error());
        }
        const auto within = [](const auto &field) {
            return std::string_view(field, strnlen(field, sizeof(field)));
        };
        const op::step step{given->done, given->total, within(given->unit), within(given->phase)};
        if (invalid_utf8(step.unit) != std::string::npos ||
            invalid_utf8(step.phase) != std::string::npos) {
            return fail(ALD_E_INVALID, "op", "unit or phase of the progress is not valid UTF-8");
        }
        return o.advance(step);
    });
}

ald_status ald_op_wait_asked(ald_op *op, uint64_t known, int64_t timeout_ns,
                             const ald_cancel *cancel, uint64_t *asked, ald_error **err) noexcept {
    return call(err, in(op, optional_handle{cancel}), out(asked), [&](auto &o, auto *c) -> outcome {
        const auto deadline =
            made_by_application(o).and_then([&] { return deadline_of(timeout_ns); });
        if (!deadline) {
            return failure(deadline.error());
        }
        wait_end end{};
        const auto now = o.wait_asked(known, *deadline, c, end);
        if (!now) {
            return failure(now.error());
        }
        *asked = *now;
        return end == wait_end::ready ? outcome() : wait_failed(end, "something to be asked");
    });
}

ald_status ald_op_finish(ald_op *op, ald_status status, const ald_value *value,
                         const ald_error *error, ald_error **err) noexcept {
    return call(err, in(op, optional_handle{value}, optional_handle{error}), out(),
                [&](auto &o, auto *v, auto *e) -> outcome {
                    if (auto mine = made_by_application(o); !mine) {
                        return mine;
                    }
                    if (!is_status(status)) {
                        return fail(ALD_E_INVALID, "op",
                                    "{} is no status; end the operation with 0 or one of ALD_E_<X>",
                                    status);
                    }
                    if (!o.finish(callback_result(status, v, e))) {
                        return fail(ALD_E_STATE, "op", "the operation has ended already");
                    }
                    return {};
                });
}
