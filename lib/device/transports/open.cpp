#include "device/transports/open.hpp"

#include "device/transports/tty.hpp"

#include <atomic>

namespace alidade::transports {

namespace {

std::atomic<opener> simulator_of_process{nullptr};

result<std::unique_ptr<transport>> open_serial(const opening &what) {
    return open_tty(what.uri.address, what.settings);
}

result<std::unique_ptr<transport>> open_simulated(const opening &what) {
    const opener simulator = simulator_of_process.load(std::memory_order_acquire);
    if (simulator == nullptr) {
        return fail({.code = ALD_E_UNSUPPORTED, .domain = "uri", .where = what.uri.text},
                    "this build has no simulated instruments, '{}' cannot be opened",
                    what.uri.text);
    }
    return simulator(what);
}

} // namespace

void set_simulator(opener simulator) noexcept {
    simulator_of_process.store(simulator, std::memory_order_release);
}

result<std::unique_ptr<transport>> open(const opening &what) {
    const std::string &kind = what.uri.scheme;
    if (kind == "serial") {
        return open_serial(what);
    }
    if (kind == "sim") {
        return open_simulated(what);
    }
    return fail({.code = ALD_E_UNSUPPORTED, .domain = "uri", .where = what.uri.text},
                "this build cannot open '{}:' lines", kind);
}

} // namespace alidade::transports
