// Whatever the bytes: reading ends, and what is read is written and read back as the same value.
#include "base/text/cbor.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    using namespace alidade;
    const auto first = from_cbor(std::span(data, size));
    if (!first) {
        return 0;
    }
    const auto written = to_cbor(*first);
    if (!written) {
        std::abort();
    }
    const auto second = from_cbor(*written);
    if (!second || !(*second == *first) || *to_cbor(*second) != *written) {
        std::abort();
    }
    return 0;
}
