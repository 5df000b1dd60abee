#include "device/transports/open.hpp"

#include "device/transports/replay.hpp"
#include "device/transports/rfc2217.hpp"
#include "device/transports/serial.hpp"
#include "device/transports/tcp.hpp"
#include "device/transports/transcript.hpp"

#include <atomic>

namespace alidade::transports {

namespace {

std::atomic<opener> simulator_of_process{nullptr};

result<std::unique_ptr<transport>> open_simulated(const opening &what) {
    const opener simulator = simulator_of_process.load(std::memory_order_acquire);
    if (simulator == nullptr) {
        return fail({.code = ALD_E_UNSUPPORTED, .domain = "uri", .where = what.uri.text},
                    "this build has no simulated instruments, '{}' cannot be opened",
                    what.uri.text);
    }
    return simulator(what);
}

// The scheme is known: the URI was parsed.
result<std::unique_ptr<transport>> open_plain(const opening &what) {
    const std::string &kind = what.uri.scheme;
    if (kind == "serial") {
        return open_serial(what.uri, what.settings);
    }
    if (kind == "tcp") {
        return open_tcp(what.uri, what.how_long);
    }
    if (kind == "rfc2217") {
        return open_rfc2217(what.uri, what.settings, what.how_long);
    }
    if (kind == "replay") {
        return open_replay(what.uri);
    }
    return open_simulated(what);
}

} // namespace

void set_simulator(opener simulator) noexcept {
    simulator_of_process.store(simulator, std::memory_order_release);
}

result<std::unique_ptr<transport>> open(const opening &what) {
    auto line = open_plain(what);
    const std::string *file = what.uri.option("transcript");
    return line && file != nullptr ? recorded(std::move(*line), what.uri, *file) : std::move(line);
}

} // namespace alidade::transports
