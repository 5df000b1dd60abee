// Whatever the text: reading ends, and what is read is written and read back as the same value. The
// first byte chooses the mode.
#include "base/text/json.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

using namespace alidade;

void round_trip(std::string_view text, json_mode mode) {
    const auto first = from_json(text, mode);
    if (!first) {
        return;
    }
    const auto written = to_json(*first, mode, 1);
    if (!written) {
        std::abort();
    }
    const auto second = from_json(*written, mode);
    if (!second || !(*second == *first) || *to_json(*second, mode, 1) != *written) {
        std::abort();
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    if (size > 0) {
        const std::string_view text(reinterpret_cast<const char *>(data) + 1, size - 1);
        round_trip(text, data[0] == 'p' ? json_mode::plain : json_mode::tagged);
    }
    return 0;
}
