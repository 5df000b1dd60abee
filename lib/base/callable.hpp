// Callable: takes a value and gives a value; a function of the application, a script, a command.
// Lower rooms call it, upper rooms derive from it.
#pragma once

#include "base/async/gate.hpp"
#include "base/async/op.hpp"
#include "base/value/value.hpp"

#include <functional>
#include <string>

namespace alidade {

class callable : public object {
public:
    [[nodiscard]] const std::string &name() const noexcept { return name_; }

    // Calls on this thread; several may call at once. Returns when the function does, which is told
    // of the deadline and of `cancel`.
    [[nodiscard]] result<value> call(const value &arguments, std::int64_t deadline,
                                     const cancel_source *cancel);
    // Calls on a worker; the new operation `o` tracks it.
    [[nodiscard]] outcome start_call(const ref<op> &o, value arguments, std::int64_t deadline);

    // Cancels running calls and waits for them; from inside a call it returns at once.
    void close() noexcept override { gate_.close(); }
    [[nodiscard]] bool closable() const noexcept override { return !gate_.closed(); }

protected:
    explicit callable(std::string name) : object(ALD_KIND_CALLABLE), name_(std::move(name)) {}

    // `cancel` is triggered at the caller's cancel, at the deadline, and at the close.
    [[nodiscard]] virtual result<value> run(const value &arguments,
                                            const cancel_source &cancel) = 0;

private:
    std::string name_;
    gate gate_;
};

// A callable of a function.
[[nodiscard]] ref<callable>
make_callable(std::string name,
              std::function<result<value>(const value &arguments, const cancel_source &cancel)> f);

} // namespace alidade
