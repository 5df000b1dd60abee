#include "device/transports/open.hpp"

#include "device/transports/echo.hpp"
#include "device/transports/replay.hpp"
#include "device/transports/rfc2217.hpp"
#include "device/transports/serial.hpp"
#include "device/transports/sim_line.hpp"
#include "device/transports/tcp.hpp"
#include "device/transports/transcript.hpp"

namespace alidade::transports {

namespace {

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
    return open_sim_line(what);
}

} // namespace

result<std::unique_ptr<transport>> open(const opening &what) {
    auto line = open_plain(what);
    const std::string *file = what.uri.option("transcript");
    if (line && file != nullptr) {
        line = recorded(std::move(*line), what.uri, *file);
    }
    if (line && what.echo) { // the transcript has it
        line = without_echo(std::move(*line));
    }
    return line;
}

} // namespace alidade::transports
