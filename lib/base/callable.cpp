#include "base/callable.hpp"

#include "base/async/work.hpp"
#include "base/held.hpp"

namespace alidade {

namespace {

class function_callable final : public callable {
public:
    using function = std::function<result<value>(const value &, const cancel_source &)>;

    function_callable(std::string name, function f)
        : callable(std::move(name)), function_(std::move(f)) {}

private:
    [[nodiscard]] result<value> run(const value &arguments, const cancel_source &cancel) override {
        return function_(arguments, cancel);
    }

    function function_;
};

} // namespace

result<value> callable::call(const value &arguments, std::int64_t deadline,
                             const cancel_source *cancel) {
    const gate::visit inside(gate_, deadline, cancel);
    if (auto may = inside.may_begin(name_); !may) {
        return failure(std::move(may.error()));
    }
    auto given = run(arguments, inside.cancel());
    if (!given && given.error()->code() == ALD_E_CANCELLED && inside.timed_out()) {
        return inside.ended_early(name_, std::move(given.error()));
    }
    return given;
}

outcome callable::start_call(const ref<op> &o, value arguments, std::int64_t deadline) {
    if (gate_.closed()) {
        return fail(ALD_E_CLOSED, "alidade", "{} is closed", name_);
    }
    return start_work(o, [self = ref<callable>::share(this), open = held::beside_others(*this),
                          arguments = std::move(arguments),
                          deadline](op &ours, const cancel_source &cancel) mutable {
        auto given = self->call(arguments, deadline, &cancel);
        open = held(); // whoever sees the end finds nothing held
        ours.finish(std::move(given));
    });
}

ref<callable>
make_callable(std::string name,
              std::function<result<value>(const value &arguments, const cancel_source &cancel)> f) {
    return make<function_callable>(std::move(name), std::move(f));
}

} // namespace alidade
