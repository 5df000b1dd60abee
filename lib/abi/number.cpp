#include "base/text/number.hpp"

#include "base/boundary/guard.hpp"

#include <cstring>

using namespace alidade;

namespace {

constexpr size_t longest_text = size_t{16} << 20;

} // namespace

ald_status ald_number_format(double x, ald_notation notation, int32_t digits, char *text,
                             size_t capacity, size_t *size, ald_error **err) noexcept {
    return call(err, in(), out(), [&]() -> outcome {
        const auto written = format_number(x, notation, digits);
        if (!written) {
            return failure(written.error());
        }
        if (text == nullptr || written->size() >= capacity) {
            return fail(ALD_E_LIMIT, "number",
                        "the text has {} bytes and a NUL; there is room for {}", written->size(),
                        text == nullptr ? 0 : capacity);
        }
        std::memcpy(text, written->c_str(), written->size() + 1);
        if (size != nullptr) {
            *size = written->size();
        }
        return {};
    });
}

ald_status ald_number_parse(const char *text, size_t size, double *x, size_t *used,
                            ald_error **err) noexcept {
    return call(err, in(), out(x), [&]() -> outcome {
        const auto given = bytes_given(text, size, "text");
        if (!given) {
            return failure(given.error());
        }
        if (size > longest_text) {
            return fail(ALD_E_INVALID, "number", "the text has {} bytes; expected at most {}", size,
                        longest_text);
        }
        if (used == nullptr) {
            return parse_whole_number(*given).map([&](double read) { *x = read; });
        }
        return parse_number(*given).map([&](const parsed_number &read) {
            *x = read.x;
            *used = read.used;
        });
    });
}
