// Whatever the file: reading ends, and what is read is written and read back as the same entries.
#include "base/text/utf8.hpp"
#include "device/transports/transcript.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <sys/mman.h>
#include <unistd.h>

namespace {

using namespace alidade;

// A file in memory.
class file {
public:
    explicit file(std::string_view text) : fd_(memfd_create("transcript", MFD_CLOEXEC)) {
        if (fd_ < 0 || write(fd_, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
            std::abort();
        }
    }
    file(const file &) = delete;
    file &operator=(const file &) = delete;
    ~file() { close(fd_); }
    [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }

private:
    int fd_;
};

std::string text_of(const std::vector<transcript_entry> &entries) {
    constexpr std::int64_t second = 1'000'000'000;
    std::string text = "alidade transcript 1\n";
    for (const transcript_entry &e : entries) {
        const std::string ns = std::to_string(e.t_ns % second);
        text += std::to_string(e.t_ns / second) + "." + std::string(9 - ns.size(), '0') + ns + " " +
                e.mark + " " + escaped_bytes(e.bytes) + "\n";
    }
    return text;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const auto first = read_transcript(file({reinterpret_cast<const char *>(data), size}).path());
    if (!first) {
        if (invalid_utf8(first.error()->detail().message) != std::string_view::npos) {
            std::abort();
        }
        return 0;
    }
    for (const transcript_entry &e : *first) {
        if (e.t_ns < 0 || e.bytes.empty()) {
            std::abort();
        }
    }
    const auto second = read_transcript(file(text_of(*first)).path());
    if (!second || second->size() != first->size() || text_of(*second) != text_of(*first)) {
        std::abort();
    }
    return 0;
}
