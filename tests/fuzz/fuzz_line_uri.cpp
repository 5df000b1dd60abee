// Whatever the text: reading ends, what is read has a scheme and settings that can be, and what is
// refused is refused in one line of UTF-8.
#include "base/text/utf8.hpp"
#include "device/transports/uri.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

using namespace alidade;

template <class Result> void expect_clean(const Result &read) {
    if (read) {
        return;
    }
    const std::string &message = read.error()->detail().message;
    if (invalid_utf8(message) != std::string_view::npos || message.find('\n') != message.npos) {
        std::abort();
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const auto uri = parse_line_uri({reinterpret_cast<const char *>(data), size});
    expect_clean(uri);
    if (!uri) {
        return 0;
    }
    if (uri->scheme.empty()) {
        std::abort();
    }
    const auto settings = serial_settings_of(*uri, {});
    expect_clean(settings);
    if (settings && !check_serial_settings(*settings)) {
        std::abort();
    }
    expect_clean(host_and_port_of(*uri));
    return 0;
}
