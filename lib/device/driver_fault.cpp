#include "device/driver_fault.hpp"

#include "base/log.hpp"
#include "device/device.hpp"

namespace alidade {

std::string driver_words(const device &of) {
    return fmt::format("the driver '{}' of '{}'", of.driver_name(), of.path());
}

failure driver_fault(const device &of, std::string_view what) {
    return fail({.code = ALD_E_PROTOCOL, .domain = "driver", .where = of.path()}, "{} {}",
                driver_words(of), what);
}

void log_fault(const device &of, std::string_view what) noexcept {
    try {
        log::write(ALD_LOG_ERROR, "driver", fmt::format("{} {}", driver_words(of), what));
    } catch (...) { // no memory for the line
    }
}

failure refused_call(const device &of, std::string_view function, const error &why) {
    error_detail detail = why.detail();
    const std::string message =
        fmt::format("{}: {} refused: {}", driver_words(of), function, detail.message);
    log::write(ALD_LOG_ERROR, "driver", message);
    detail.domain = "driver";
    detail.where = of.path();
    return fail(std::move(detail), "{}", message);
}

} // namespace alidade
