// Whatever comes over a telnet connection to a simulated instrument, and wherever it is cut: the
// same data is taken out of it and the same answers are given. The first byte says how long the
// parts are.
#include "sim/telnet_server.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

namespace {

using alidade::telnet_server;
using bytes = std::span<const std::uint8_t>;

telnet_server::sorted taken_apart(bytes all, std::size_t part) {
    telnet_server::sorted whole;
    telnet_server server;
    while (!all.empty()) {
        const bytes some = all.first(std::min(part, all.size()));
        all = all.subspan(some.size());
        const auto sorted = server.receive(some);
        whole.data.insert(whole.data.end(), sorted.data.begin(), sorted.data.end());
        whole.answers.insert(whole.answers.end(), sorted.answers.begin(), sorted.answers.end());
    }
    return whole;
}

void expect(bool so) {
    if (!so) {
        std::abort();
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const std::size_t part = 1 + data[0] % 32;
    const bytes all(data + 1, size - 1);
    const auto whole = taken_apart(all, size);
    const auto parts = taken_apart(all, part);
    expect(parts.data == whole.data && parts.answers == whole.answers);
    expect(whole.data.size() <= all.size());
    // Each option is answered once, and what is acknowledged is at most as long as what was asked.
    expect(whole.answers.size() <= 2 * all.size() + 16);
    // What is escaped comes back as it was, without any talk.
    const auto back = taken_apart(telnet_server::escaped(all), part);
    expect(std::equal(back.data.begin(), back.data.end(), all.begin(), all.end()) &&
           back.answers.empty());
    return 0;
}
