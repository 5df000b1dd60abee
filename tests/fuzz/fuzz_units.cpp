// Whatever the text: reading ends, a unit that is read converts to itself without a change, and
// what is refused is refused in one line of UTF-8.
#include "base/text/units.hpp"
#include "base/text/utf8.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

using namespace alidade;

void expect_clean(const ref<const error> &refused) {
    const std::string &message = refused->detail().message;
    if (invalid_utf8(message) != std::string_view::npos || message.find('\n') != message.npos) {
        std::abort();
    }
}

void to_itself(std::string_view unit) {
    constexpr double x = 0.3;
    if (const auto same = convert_unit(x, unit, unit); !same) {
        expect_clean(same.error());
    } else if (*same != x) {
        std::abort();
    }
}

} // namespace

// Two units, one in each line.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char *>(data), size);
    const std::string_view from = text.substr(0, text.find('\n'));
    const std::string_view to = text.substr(std::min(text.size(), from.size() + 1));
    to_itself(from);
    to_itself(to);
    if (const auto converted = convert_unit(1, from, to); !converted) {
        expect_clean(converted.error());
    }
    return 0;
}
