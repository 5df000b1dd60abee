#include "base/async/gate.hpp"

namespace alidade {

gate::visit::visit(gate &through, std::int64_t deadline, const cancel_source *cancel)
    : gate_(through), by_caller_(cancel), deadline_(deadline),
      cancel_(make<cancel_source>(ref<const cancel_source>::share(cancel), deadline)) {
    const std::scoped_lock lock(gate_.mutex_);
    if (gate_.closed_) {
        return;
    }
    let_in_ = true;
    next_ = gate_.first_;
    from_ = &gate_.first_;
    if (next_ != nullptr) {
        next_->from_ = &next_;
    }
    gate_.first_ = this;
}

gate::visit::~visit() {
    if (!let_in_) {
        return;
    }
    const std::scoped_lock lock(gate_.mutex_);
    *from_ = next_;
    if (next_ != nullptr) {
        next_->from_ = from_;
    }
    if (gate_.first_ == nullptr) {
        gate_.left_.notify_all();
    }
}

outcome gate::visit::may_begin(std::string_view what) const {
    if (!let_in_ || cancelled_by_caller()) {
        return ended_early(what);
    }
    return {};
}

bool gate::visit::timed_out() const {
    return !closed() && !cancelled_by_caller() && deadline_ != never && mono_ns() >= deadline_;
}

failure gate::visit::ended_early(std::string_view what, ref<const error> cause) const {
    const auto because = [&](ald_status code, std::string_view why) {
        return failure(make<const error>(
            error_detail{.code = code, .message = fmt::format("{} {}", what, why)},
            std::move(cause)));
    };
    if (closed()) {
        return because(ALD_E_CLOSED, "is closed");
    }
    if (timed_out()) {
        return because(ALD_E_TIMEOUT, "took longer than the timeout; allow more time");
    }
    return because(ALD_E_CANCELLED, "was cancelled");
}

void gate::close() noexcept {
    std::unique_lock lock(mutex_);
    closed_ = true;
    bool inside = false;
    for (visit *v = first_; v != nullptr; v = v->next_) {
        v->cancel_->trigger();
        inside |= v->thread_ == std::this_thread::get_id();
    }
    if (!inside) {
        left_.wait(lock, [this] { return first_ == nullptr; });
    }
}

bool gate::closed() const {
    const std::scoped_lock lock(mutex_);
    return closed_;
}

turnstile::turn::turn(turnstile &through, const cancel_source &cancel)
    : turnstile_(through),
      had_(wait_for(through.mutex_, through.waiting_, never, &cancel, [&through] {
               return !std::exchange(through.taken_, true);
           }) == wait_end::ready) {}

turnstile::turn::~turn() {
    if (had_) {
        const std::scoped_lock lock(turnstile_.mutex_);
        turnstile_.taken_ = false;
        turnstile_.waiting_.wake_all();
    }
}

} // namespace alidade
