// Whatever instruments answer: what is read is a number that can be, and what a driver says of it
// is printable.
#include "base/text/utf8.hpp"
#include "elliptec/models.hpp"
#include "esp300/errors.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

void expect(bool so) {
    if (!so) {
        std::abort();
    }
}

// UTF-8 in one line.
bool shows(std::string_view text) {
    return alidade::invalid_utf8(text) == std::string_view::npos &&
           std::none_of(text.begin(), text.end(), [](char c) { return c >= 0 && c < ' '; });
}

void numbers(std::string_view text) {
    if (const auto x = drivers::to_plain_double(text)) {
        expect(std::isfinite(*x));
        // The same number by the C library, in the C locale.
        const std::string copy(drivers::trimmed(text));
        char *end = nullptr;
        const double other = std::strtod(copy.c_str(), &end);
        expect(end == copy.c_str() + copy.size() && other == *x);
    }
    if (const auto n = drivers::to_plain_integer(text)) {
        const std::string copy(drivers::trimmed(text));
        expect(std::strtoll(copy.c_str(), nullptr, 10) == *n);
    }
    expect(shows(drivers::printable(text)));
    expect(shows(drivers::escaped(text)));
}

void controllers(std::string_view text) {
    if (const auto e = esp300::parse_entry(text)) {
        expect(e->code >= 0 && e->axis() >= 0 && shows(e->text));
        expect(shows(esp300::to_fault(*e, "axis '1'", "move").message));
    }
}

void motors(std::string_view text) {
    const auto heard = elliptec::parse(text);
    if (!heard) {
        return;
    }
    expect(heard->address >= 0 && heard->address < 16 && heard->code.size() == 2);
    if (const auto who = elliptec::parse_identity(heard->data)) {
        expect(who->pulses >= 0);
        if (elliptec::check(*who)) {
            const double scale = elliptec::scale_of(*who);
            const elliptec::range reach = elliptec::range_of(*who);
            expect(std::isfinite(scale) && scale > 0 && reach.min < reach.max);
        }
    }
    if (const auto pulses = elliptec::parse_long(heard->data)) {
        expect(elliptec::parse_long(elliptec::to_long(*pulses)) == pulses);
    }
    if (const auto status = elliptec::parse_byte(heard->data)) {
        expect(elliptec::parse_byte(elliptec::to_byte(*status)) == status);
        expect(shows(elliptec::to_fault(*status, "0", "move").message));
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char *>(data), size);
    numbers(text);
    controllers(text);
    motors(text);
    return 0;
}
