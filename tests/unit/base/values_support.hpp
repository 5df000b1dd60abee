// What the tests of values, buffers and codecs have in common.
#pragma once

#include "base/value/value.hpp"

#include <cstdint>
#include <iosfwd>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace alidade {

// For GoogleTest's messages.
void PrintTo(const value &v, std::ostream *out);

namespace test {

// The result's value; an exception, which fails the test, if it is an error.
template <class T> T must(result<T> r) {
    if (!r) {
        throw std::runtime_error(r.error()->detail().message);
    }
    return std::move(*r);
}

inline void must(const outcome &o) {
    if (!o) {
        throw std::runtime_error(o.error()->detail().message);
    }
}

template <class T> ald_status code_of(const result<T> &r) { return r ? ALD_OK : r.error()->code(); }

template <class T> std::string message_of(const result<T> &r) {
    return r ? std::string() : r.error()->detail().message;
}

template <class T> std::string where_of(const result<T> &r) {
    return r ? std::string() : r.error()->detail().where;
}

inline value integer(std::int64_t x) { return value(x); }

// "01 ff" to bytes; blanks are skipped.
bytes from_hex(std::string_view text);
std::string to_hex(std::span<const std::uint8_t> data);

// An array of the given elements in C order.
template <class T>
array array_of(ald_dtype dtype, std::vector<std::int64_t> shape, const std::vector<T> &elements) {
    array a = must(zeros(dtype, shape));
    if (a.memory->size() != elements.size() * sizeof(T)) {
        throw std::invalid_argument("as many elements as the shape has");
    }
    std::copy_n(reinterpret_cast<const std::byte *>(elements.data()), a.memory->size(),
                a.memory->data());
    return a;
}

// Stricter than ==: the bits of doubles and of elements, and the read-only flag.
bool identical(const value &a, const value &b);

// Lists around a value, `levels` of them.
value nested_lists(int levels, value innermost = value());

// Values of every type but handles, the awkward ones among them.
class value_generator {
public:
    explicit value_generator(std::uint64_t seed) : random_(seed) {}

    value any(int depth_max = 5);
    std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

private:
    double any_double();
    std::int64_t any_int();
    std::string any_text();
    bytes any_bytes();
    array any_array();
    map any_map(int depth_max);

    std::mt19937_64 random_;
};

} // namespace test
} // namespace alidade
