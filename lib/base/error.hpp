// Errors, and results that are either a value or an error.
#pragma once

#include "base/object.hpp"

#include <fmt/format.h>
#include <tl/expected.hpp>

#include <string>
#include <string_view>
#include <type_traits>

namespace alidade {

struct error_detail {
    ald_status code = ALD_E_INTERNAL;
    std::string domain = "alidade";
    std::string message{};
    std::string where{};
    std::string traceback{};
    std::int64_t native_code = 0;
};

class error final : public object {
public:
    // Makes message, domain and place one line each, whatever texts are in them.
    explicit error(error_detail detail, ref<const error> cause = nullptr);

    [[nodiscard]] ald_status code() const noexcept { return detail_.code; }
    [[nodiscard]] const error_detail &detail() const noexcept { return detail_; }
    [[nodiscard]] const ref<const error> &cause() const noexcept { return cause_; }

private:
    error_detail detail_;
    ref<const error> cause_;
};

template <class T> using result = tl::expected<T, ref<const error>>;
using outcome = result<void>;
using failure = tl::unexpected<ref<const error>>;

// The error for when no error can be made.
[[nodiscard]] const ref<const error> &out_of_memory() noexcept;

[[nodiscard]] const char *status_name(ald_status status) noexcept;
// True for ALD_OK and each ALD_E_<X>.
[[nodiscard]] bool is_status(ald_status status) noexcept;

// fail({.code = ALD_E_RANGE, .domain = "device", .where = "stage/x"}, "position {} {} is ...", x,
// unit)
template <class... Args>
[[nodiscard]] failure fail(error_detail detail, fmt::format_string<Args...> format,
                           Args &&...args) {
    detail.message = fmt::format(format, std::forward<Args>(args)...);
    return failure(make<const error>(std::move(detail)));
}

// fail(ALD_E_INVALID, "value", "expected {}, got {}", ...)
template <class... Args>
[[nodiscard]] failure fail(ald_status code, std::string_view domain,
                           fmt::format_string<Args...> format, Args &&...args) {
    return fail({.code = code, .domain = std::string(domain)}, format, std::forward<Args>(args)...);
}

// The same error with its place filled in.
[[nodiscard]] ref<const error> located(const ref<const error> &e, std::string where);

// The failure of a system call: the status that errno stands for, and its text.
[[nodiscard]] failure fail_errno(int number, std::string_view domain, std::string_view what);

[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

// Names the known name nearest to a misspelt one: " (did you mean 'exposure'?)", or "".
template <class Range>
[[nodiscard]] std::string did_you_mean(std::string_view name, const Range &known) {
    std::string_view nearest;
    std::size_t best = name.size() / 2 + 1;
    for (const auto &candidate : known) {
        const std::size_t distance = edit_distance(name, candidate);
        if (distance < best) {
            best = distance;
            nearest = candidate;
        }
    }
    return nearest.empty() ? std::string() : fmt::format(" (did you mean '{}'?)", nearest);
}

} // namespace alidade
