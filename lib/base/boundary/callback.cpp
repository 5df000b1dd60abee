#include "base/boundary/callback.hpp"

#include "base/log.hpp"

#include <exception>

namespace alidade {

ald_status report_callback_exception() noexcept {
    const auto report = [](std::string_view what) {
        try {
            log::write(
                ALD_LOG_ERROR, "application",
                fmt::format("a function of the application threw an exception ({}); it must not, "
                            "return ALD_E_CALLBACK instead",
                            what));
        } catch (...) { // no memory for the line
        }
    };
    try {
        throw;
    } catch (const std::exception &e) {
        report(e.what());
    } catch (...) {
        report("unknown");
    }
    return ALD_E_CALLBACK;
}

} // namespace alidade
