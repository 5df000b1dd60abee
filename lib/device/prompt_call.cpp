#include "device/prompt_call.hpp"

#include "base/clock.hpp"
#include "device/device.hpp"
#include "device/driver_fault.hpp"

namespace alidade {

namespace {

// Far above what a busy machine takes for a call that only hands work on.
constexpr std::int64_t longest_ns = 250'000'000;

} // namespace

prompt_call::prompt_call(device &of, const char *function, const std::string &what) noexcept
    : of_(of), function_(function), what_(what), since_(coarse_mono_ns()),
      before_(not_the_drivers_) {}

prompt_call::~prompt_call() {
    const std::int64_t took = coarse_mono_ns() - since_ - (not_the_drivers_ - before_);
    if (took < longest_ns || !of_.may_name_its_driver()) {
        return;
    }
    try {
        log_fault(of_, fmt::format("held its caller up for {:.2g} s in {}{}, although it has not "
                                   "the flag ALD_DRIVER_BLOCKING: it must return at once",
                                   static_cast<double>(took) * 1e-9, function_,
                                   what_.empty() ? "" : " of '" + what_ + "'"));
    } catch (...) { // no memory to say it
    }
}

prompt_call::back_in_library::back_in_library() noexcept
    : since_(coarse_mono_ns()), before_(not_the_drivers_) {}

prompt_call::back_in_library::~back_in_library() {
    not_the_drivers_ = before_ + (coarse_mono_ns() - since_);
}

} // namespace alidade
