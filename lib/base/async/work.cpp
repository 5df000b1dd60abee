#include "base/async/work.hpp"

#include "base/runtime.hpp"

#include <exception>
#include <new>

namespace alidade {

namespace {

failure cancelled_before_its_turn() noexcept {
    try {
        return fail(ALD_E_CANCELLED, "op", "the operation was cancelled before it began");
    } catch (...) {
        return failure(out_of_memory());
    }
}

failure defect(std::string_view what) noexcept {
    try {
        return fail(ALD_E_INTERNAL, "op", "a defect of the library: {}; please report it", what);
    } catch (...) {
        return failure(out_of_memory());
    }
}

void carry_out(const work &w, op &o, const cancel_source &cancel) noexcept {
    if (!o.begin()) {
        return;
    }
    try {
        w(o, cancel);
    } catch (const std::bad_alloc &) {
        o.finish(failure(out_of_memory()));
    } catch (const std::exception &e) {
        o.finish(defect(e.what()));
    } catch (...) {
        o.finish(defect("an unknown exception"));
    }
}

} // namespace

outcome start_work(const ref<op> &o, work w) {
    auto cancel = make<cancel_source>();
    // Its control lives no longer than the operation itself.
    o->set_control([cancel, o = o.get()](op::ask) {
        cancel->trigger();
        o->finish(cancelled_before_its_turn(), op::only::pending);
    });
    auto listed = std::make_shared<work_list::entry>(runtime::instance().works(), o);
    return runtime::instance().workers().submit(
        [w = std::move(w), o, cancel, listed = std::move(listed)] { carry_out(w, *o, *cancel); });
}

} // namespace alidade
