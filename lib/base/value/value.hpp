// Values: null, bool, int64, double, string, bytes, list, map, array, handle.
#pragma once

#include "base/counted.hpp"
#include "base/held.hpp"
#include "base/text/utf8.hpp"
#include "base/value/buffer.hpp"

#include <alidade/value.h>

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace alidade {

class value;

using bytes = std::vector<std::uint8_t>;
using list = std::vector<value>;
// Pairs in the order of insertion: maps are small, and order is part of the value.
using map = std::vector<std::pair<std::string, value>>;

// A plain C++ value; copying is cheap, because what is large is shared and copied on write.
// Precondition of all that goes in: strings and keys are UTF-8, the keys of a map differ.
class value {
public:
    value() noexcept = default;
    value(std::nullptr_t) noexcept {}
    // Not of a pointer, which would become true.
    template <std::same_as<bool> Bool> value(Bool x) noexcept : data_(x) {}
    value(std::int64_t x) noexcept : data_(x) {}
    value(double x) noexcept : data_(x) {}
    value(std::string text) : data_(share<std::string>(std::move(text))) {}
    value(std::string_view text) : value(std::string(text)) {}
    value(const char *text) : value(std::string(text)) {}
    value(bytes data) : data_(share<bytes>(std::move(data))) {}
    value(list items);
    value(map items);
    value(array a) : data_(share<array>(std::move(a))) {}
    // Keeps the object open.
    value(const ref<const object> &handle) noexcept : data_(held(*handle)) {}

    [[nodiscard]] ald_type type() const noexcept;

    // The content, or NULL if the type is another one.
    [[nodiscard]] const bool *as_bool() const noexcept { return std::get_if<bool>(&data_); }
    [[nodiscard]] const std::int64_t *as_int() const noexcept {
        return std::get_if<std::int64_t>(&data_);
    }
    [[nodiscard]] const double *as_double() const noexcept { return std::get_if<double>(&data_); }
    [[nodiscard]] const std::string *as_string() const noexcept;
    [[nodiscard]] const bytes *as_bytes() const noexcept;
    [[nodiscard]] const list *as_list() const noexcept;
    [[nodiscard]] const map *as_map() const noexcept;
    [[nodiscard]] const array *as_array() const noexcept;
    [[nodiscard]] const object *as_handle() const noexcept;

    // The item of a map; NULL if there is none.
    [[nodiscard]] const value *find(std::string_view key) const noexcept;
    // Precondition: a list or a map. Fails with LIMIT where the result would be too deep.
    [[nodiscard]] outcome append(value item);
    [[nodiscard]] outcome set(std::string_view key, value item);

    // Levels of lists and maps: 0 for a scalar.
    [[nodiscard]] int depth() const noexcept;

    // Same type, content and order; NaN equals NaN.
    friend bool operator==(const value &a, const value &b) noexcept;

private:
    // A container that knows its depth: counting it anew would visit shared items many times.
    template <class Items> struct nested {
        Items items;
        int depth;
    };
    template <class T> using shared = ref<counted<T>>;
    template <class T> static shared<T> share(T content) {
        return make<counted<T>>(std::move(content));
    }

    std::variant<std::monostate, bool, std::int64_t, double, shared<std::string>, shared<bytes>,
                 shared<nested<list>>, shared<nested<map>>, shared<array>, held>
        data_;
};
static_assert(sizeof(value) == 16);

[[nodiscard]] const char *type_name(ald_type type) noexcept;

// The place of the first key that stands in the map twice, or npos.
[[nodiscard]] std::size_t duplicate_key(const map &items);

// Object behind a handle to a value.
class value_object final : public object {
public:
    explicit value_object(value v) : object(ALD_KIND_VALUE), content(std::move(v)) {}
    value content;
};

} // namespace alidade
