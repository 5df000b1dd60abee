#include "unit/base/values_support.hpp"

#include "base/text/json.hpp"

#include <bit>
#include <cctype>
#include <cstring>
#include <limits>
#include <ostream>

namespace alidade {

void PrintTo(const value &v, std::ostream *out) {
    const auto text = to_json(v, json_mode::tagged);
    *out << (text ? *text : text.error()->detail().message);
}

namespace test {

bytes from_hex(std::string_view text) {
    std::string digits;
    for (const char c : text) {
        if (std::isxdigit(static_cast<unsigned char>(c)) != 0) {
            digits += c;
        } else if (c != ' ') {
            throw std::invalid_argument("no hexadecimal digit");
        }
    }
    bytes data;
    for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
        data.push_back(static_cast<std::uint8_t>(std::stoi(digits.substr(i, 2), nullptr, 16)));
    }
    return data;
}

std::string to_hex(std::span<const std::uint8_t> data) {
    std::string text;
    for (const std::uint8_t x : data) {
        text += fmt::format("{:02x}", x);
    }
    return text;
}

namespace {

bool identical_arrays(const array &a, const array &b) {
    if (a.view.dtype != b.view.dtype || a.view.flags != b.view.flags ||
        a.view.ndim != b.view.ndim ||
        !std::equal(shape_of(a.view).begin(), shape_of(a.view).end(), shape_of(b.view).begin())) {
        return false;
    }
    const std::size_t size = packed_size(a.view);
    std::vector<std::byte> packed_a(size);
    std::vector<std::byte> packed_b(size);
    copy_packed(a.view, packed_a.data());
    copy_packed(b.view, packed_b.data());
    return packed_a == packed_b;
}

} // namespace

bool identical(const value &a, const value &b) {
    if (a.type() != b.type()) {
        return false;
    }
    if (const double *x = a.as_double()) {
        return std::bit_cast<std::uint64_t>(*x) == std::bit_cast<std::uint64_t>(*b.as_double());
    }
    if (const list *items = a.as_list()) {
        return std::equal(items->begin(), items->end(), b.as_list()->begin(), b.as_list()->end(),
                          identical);
    }
    if (const map *items = a.as_map()) {
        return std::equal(items->begin(), items->end(), b.as_map()->begin(), b.as_map()->end(),
                          [](const auto &x, const auto &y) {
                              return x.first == y.first && identical(x.second, y.second);
                          });
    }
    if (const array *x = a.as_array()) {
        return identical_arrays(*x, *b.as_array());
    }
    return a == b;
}

value nested_lists(int levels, value innermost) {
    value v = std::move(innermost);
    for (int i = 0; i < levels; ++i) {
        v = value(list{v});
    }
    return v;
}

double value_generator::any_double() {
    constexpr auto infinity = std::numeric_limits<double>::infinity();
    switch (below(8)) {
    case 0: return 0.0;
    case 1: return -0.0;
    case 2: return infinity;
    case 3: return -infinity;
    case 4: return std::numeric_limits<double>::denorm_min();
    case 5: return static_cast<double>(below(1000));  // looks like an integer
    default: return std::bit_cast<double>(random_()); // also NaNs with any payload
    }
}

std::int64_t value_generator::any_int() {
    switch (below(4)) {
    case 0: return std::numeric_limits<std::int64_t>::min();
    case 1: return std::numeric_limits<std::int64_t>::max();
    default: return static_cast<std::int64_t>(random_()) >> below(64);
    }
}

std::string value_generator::any_text() {
    constexpr char32_t awkward[] = {0,      '"',    '\\',    '\n',     0x1f,   0x7f,
                                    0x80,   0x7ff,  0x800,   0xd7ff,   0xe000, 0xfeff,
                                    0x2028, 0xffff, 0x10000, 0x10ffff, '$',    'a'};
    std::string text;
    for (std::uint64_t n = below(12); n > 0; --n) {
        append_utf8(text, awkward[below(std::size(awkward))]);
    }
    return text;
}

bytes value_generator::any_bytes() {
    bytes data(below(40));
    for (std::uint8_t &x : data) {
        x = static_cast<std::uint8_t>(random_());
    }
    return data;
}

array value_generator::any_array() {
    const auto dtype = static_cast<ald_dtype>(1 + below(ALD_DTYPE_COMPLEX128));
    std::vector<std::int64_t> shape(below(5));
    for (std::int64_t &n : shape) {
        n = static_cast<std::int64_t>(below(4));
    }
    array a = must(zeros(dtype, shape));
    for (std::size_t i = 0; i < a.memory->size(); ++i) {
        const std::uint64_t x = random_();
        a.memory->data()[i] = static_cast<std::byte>(dtype == ALD_DTYPE_BOOL ? x % 2 : x);
    }
    if (!shape.empty() && below(3) == 0) { // from back to front, which is not contiguous
        const std::size_t dim = below(shape.size());
        if (element_count(a.view) > 0) {
            a.view.data = static_cast<std::byte *>(a.view.data) +
                          (a.view.shape[dim] - 1) * a.view.strides[dim];
        }
        a.view.strides[dim] *= -1;
    }
    a.view.flags = below(2) == 0 ? 0 : ALD_VIEW_READONLY;
    must(a.memory->check(a.view));
    return a;
}

map value_generator::any_map(int depth_max) {
    value v((map()));
    for (std::uint64_t n = below(6); n > 0; --n) {
        constexpr std::string_view special[] = {"$type", "value", "dtype", ""};
        const std::string key =
            below(3) == 0 ? std::string(special[below(std::size(special))]) : any_text();
        must(v.set(key, any(depth_max - 1)));
    }
    return *v.as_map();
}

value value_generator::any(int depth_max) {
    switch (below(depth_max > 0 ? 10 : 7)) {
    case 0: return value();
    case 1: return value(below(2) == 0);
    case 2: return value(any_int());
    case 3: return value(any_double());
    case 4: return value(any_text());
    case 5: return value(any_bytes());
    case 6: return value(any_array());
    case 7: {
        list items;
        for (std::uint64_t n = below(6); n > 0; --n) {
            items.push_back(any(depth_max - 1));
        }
        return value(std::move(items));
    }
    default: return value(any_map(depth_max));
    }
}

} // namespace test
} // namespace alidade
