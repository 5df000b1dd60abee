// Whatever the text: reading ends, and every key that was read is found again where it stands.
#include "base/text/settings.hpp"
#include "base/value/key_path.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace alidade;

void find_again(const settings &s, const value &v, const std::string &path) {
    const auto found = s.find(path);
    if (!found || !(*found->content == v) || found->places->at.line < 1 ||
        found->places->at.column < 1) {
        std::abort();
    }
    if (const map *items = v.as_map()) {
        for (const auto &[key, item] : *items) {
            std::string inner = path;
            append_key(inner, key);
            find_again(s, item, inner);
        }
    } else if (const list *items = v.as_list()) {
        for (std::size_t i = 0; i < items->size(); ++i) {
            find_again(s, (*items)[i], path + '.' + std::to_string(i));
        }
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const auto read = settings::parse({reinterpret_cast<const char *>(data), size}, "fuzz.toml");
    if (read) {
        find_again(**read, *(*read)->find("")->content, "");
    } else if (invalid_utf8(read.error()->detail().message) != std::string_view::npos) {
        std::abort();
    }
    return 0;
}
