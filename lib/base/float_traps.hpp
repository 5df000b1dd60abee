// Traps for floating-point exceptions, which the application may have switched on for its own
// arithmetic.
#pragma once

#include <cfenv>

namespace alidade {

// Switches the traps of this thread off as long as it lives. Here a NaN means "none", a number may
// be out of any range, and other people's code (drivers, the C library reading "1e999") computes
// too: none of that is the fault of the application's arithmetic. Costs the look at a register
// unless there are traps.
class without_float_traps {
public:
    without_float_traps() noexcept : any_(any()) {
        if (any_) {
            std::feholdexcept(&before_);
        }
    }
    without_float_traps(const without_float_traps &) = delete;
    without_float_traps &operator=(const without_float_traps &) = delete;
    ~without_float_traps() {
        if (any_) {
            std::fesetenv(&before_); // exceptions of ours do not show either
        }
    }

private:
    [[nodiscard]] static bool any() noexcept {
#ifdef __x86_64__
        constexpr unsigned masked = 0x1f80; // a set bit switches a trap off
        return (__builtin_ia32_stmxcsr() & masked) != masked;
#else
        return fegetexcept() != 0;
#endif
    }

    const bool any_;
    std::fenv_t before_; // NOLINT(*-member-init): set where there are any
};

} // namespace alidade
