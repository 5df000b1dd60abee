#include "base/error.hpp"

#include "base/immortal.hpp"
#include "base/text/one_line.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <numeric>
#include <system_error>
#include <vector>

namespace alidade {

namespace {

void make_one_line(std::string &text) {
    if (!is_one_line(text)) { // else without memory, which may have run out
        text = one_line(text);
    }
}

constexpr std::array status_names{
    "ALD_OK",           "ALD_E_INTERNAL",   "ALD_E_INVALID",   "ALD_E_CLOSED",
    "ALD_E_CANCELLED",  "ALD_E_TIMEOUT",    "ALD_E_END",       "ALD_E_WOULD_BLOCK",
    "ALD_E_NOT_FOUND",  "ALD_E_EXISTS",     "ALD_E_BUSY",      "ALD_E_STATE",
    "ALD_E_RANGE",      "ALD_E_LIMIT",      "ALD_E_NO_MEMORY", "ALD_E_NO_SPACE",
    "ALD_E_IO",         "ALD_E_CORRUPT",    "ALD_E_PROTOCOL",  "ALD_E_UNSUPPORTED",
    "ALD_E_VERSION",    "ALD_E_PERMISSION", "ALD_E_POLICY",    "ALD_E_DISCONNECTED",
    "ALD_E_STATE_LOST", "ALD_E_CALLBACK",   "ALD_E_FORKED",
};

struct out_of_memory_error {
    // A message so short that the string itself holds it: making this needs no memory.
    error instance{{.code = ALD_E_NO_MEMORY, .message = "memory ran out"}};
    ref<const error> shared = ref<const error>::share(&instance);
};

ald_status status_of_errno(int number) noexcept {
    switch (number) {
    case ENOMEM: return ALD_E_NO_MEMORY;
    case ENOSPC:
    case EDQUOT: return ALD_E_NO_SPACE;
    case ENOENT: return ALD_E_NOT_FOUND;
    case EEXIST: return ALD_E_EXISTS;
    case EACCES:
    case EPERM:
    case EROFS: return ALD_E_PERMISSION;
    case EMFILE:
    case ENFILE:
    case EAGAIN: return ALD_E_LIMIT;
    case EBUSY: return ALD_E_BUSY;
    case ETIMEDOUT: return ALD_E_TIMEOUT;
    case ENODEV:
    case ENXIO:
    case EPIPE:
    case ECONNRESET: return ALD_E_DISCONNECTED;
    default: return ALD_E_IO;
    }
}

} // namespace

const ref<const error> &out_of_memory() noexcept { return immortal<out_of_memory_error>().shared; }

error::error(error_detail detail, ref<const error> cause)
    : object(ALD_KIND_ERROR), detail_(std::move(detail)), cause_(std::move(cause)) {
    make_one_line(detail_.domain);
    make_one_line(detail_.message);
    make_one_line(detail_.where);
}

bool is_status(ald_status status) noexcept {
    return status <= 0 && status > -static_cast<ald_status>(status_names.size());
}

const char *status_name(ald_status status) noexcept {
    return is_status(status) ? status_names[static_cast<std::size_t>(-status)] : "ALD_E_UNKNOWN";
}

ref<const error> located(const ref<const error> &e, std::string where) {
    error_detail detail = e->detail();
    detail.where = std::move(where);
    return make<const error>(std::move(detail), e->cause());
}

failure fail_errno(int number, std::string_view domain, std::string_view what) {
    const bool no_descriptor = number == EMFILE || number == ENFILE;
    return fail(
        {.code = status_of_errno(number), .domain = std::string(domain), .native_code = number},
        "{}: {}{}", what, std::generic_category().message(number),
        no_descriptor ? "; close devices or files, or raise the limit (ulimit -n)" : "");
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
    // Levenshtein, one row at a time.
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i + 1);
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t substituted = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, substituted});
        }
    }
    return row.back();
}

} // namespace alidade
