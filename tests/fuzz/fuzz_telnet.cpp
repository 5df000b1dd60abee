// Whatever comes over a telnet connection, and wherever it is cut: the same data and the same talk
// are taken out of it, and what is escaped comes back as it was. The first byte says how long the
// parts are.
#include "base/text/telnet.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace alidade;

struct taken {
    std::string data;
    std::string talk;
    friend bool operator==(const taken &, const taken &) = default;
};

taken taken_apart(std::string_view bytes, std::size_t part) {
    taken all;
    telnet::decoder decoder;
    decoder.on_negotiation = [&](unsigned char verb, unsigned char option) {
        all.talk += {'n', static_cast<char>(verb), static_cast<char>(option)};
    };
    decoder.on_subnegotiation = [&](unsigned char option, std::string_view body) {
        all.talk += {'s', static_cast<char>(option)};
        all.talk += body;
    };
    while (!bytes.empty()) {
        std::string some(bytes.substr(0, part));
        bytes.remove_prefix(some.size());
        some.resize(decoder.decode(some.data(), some.size()));
        all.data += some;
    }
    return all;
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
    const std::string_view text(reinterpret_cast<const char *>(data) + 1, size - 1);

    const taken whole = taken_apart(text, size);
    expect(taken_apart(text, part) == whole);
    expect(whole.data.size() <= text.size());
    const taken back = taken_apart(telnet::escaped(text), part);
    expect(back.data == text && back.talk.empty());
    return 0;
}
