#include "base/text/json_tags.hpp"

#include "base/text/base64.hpp"
#include "base/text/codec.hpp"
#include "base/text/text.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <initializer_list>
#include <limits>
#include <optional>

namespace alidade {

namespace {

// The NaN that "nan" alone stands for; any other one adds its bits.
constexpr std::uint64_t plain_nan_bits = 0x7ff8000000000000;

// --- to tagged maps ---

map tagged_double(double x) {
    map tagged{{std::string(json_type_key), "double"},
               {"value", std::isnan(x) ? "nan"
                         : x > 0       ? "inf"
                                       : "-inf"}};
    const auto bits = std::bit_cast<std::uint64_t>(x);
    if (std::isnan(x) && bits != plain_nan_bits) {
        tagged.emplace_back("bits", fmt::format("{:016x}", bits));
    }
    return tagged;
}

result<std::string> base64_text(std::span<const std::byte> data) {
    if (data.size() > encoded_size_max / 4 * 3) {
        return fail_too_large("json");
    }
    std::string text;
    append_base64(text, data);
    return text;
}

result<map> tagged_bytes(const bytes &content) {
    auto text = base64_text(std::as_bytes(std::span(content)));
    if (!text) {
        return failure(text.error());
    }
    return map{{std::string(json_type_key), "bytes"}, {"value", std::move(*text)}};
}

list shape_list(const ald_view &view) {
    list shape;
    for (const std::int64_t n : shape_of(view)) {
        shape.emplace_back(n);
    }
    return shape;
}

result<map> tagged_array(const ald_view &view) {
    if (packed_size(view) > encoded_size_max) {
        return fail_too_large("json");
    }
    std::vector<std::byte> elements(packed_size(view));
    write_elements(view, elements);
    auto text = base64_text(elements);
    if (!text) {
        return failure(text.error());
    }
    map tagged{{std::string(json_type_key), "array"},
               {"dtype", dtype_name(view.dtype)},
               {"shape", shape_list(view)},
               {"data", std::move(*text)}};
    if ((view.flags & ALD_VIEW_READONLY) != 0) {
        tagged.emplace_back("readonly", true);
    }
    return tagged;
}

// As pairs: as a map it would look like what it must not be taken for.
map tagged_map(const map &items) {
    list pairs;
    for (const auto &[key, item] : items) {
        pairs.emplace_back(list{value(key), item});
    }
    return {{std::string(json_type_key), "map"}, {"value", std::move(pairs)}};
}

// --- from tagged maps ---

failure malformed(std::string_view expected) {
    return fail(ALD_E_CORRUPT, "json", "a tagged {}", expected);
}

// True if the map has no keys but the type and those named.
bool has_only(const value &tagged, std::initializer_list<std::string_view> keys) noexcept {
    const map &items = *tagged.as_map();
    return std::all_of(items.begin(), items.end(), [&](const map::value_type &item) {
        return item.first == json_type_key ||
               std::find(keys.begin(), keys.end(), item.first) != keys.end();
    });
}

// "" where there is no such text.
std::string_view text_at(const value &tagged, std::string_view key) noexcept {
    const value *item = tagged.find(key);
    const std::string *text = item == nullptr ? nullptr : item->as_string();
    return text == nullptr ? std::string_view() : std::string_view(*text);
}

std::optional<double> nan_of_bits(std::string_view digits) noexcept {
    std::uint64_t bits = 0;
    const char *const end = digits.data() + digits.size();
    const auto parsed = std::from_chars(digits.data(), end, bits, 16);
    const auto x = std::bit_cast<double>(bits);
    if (digits.size() != 16 || parsed.ptr != end || parsed.ec != std::errc() || !std::isnan(x)) {
        return std::nullopt;
    }
    return x;
}

result<value> untagged_double(const value &tagged) {
    const std::string_view text = text_at(tagged, "value");
    constexpr double infinity = std::numeric_limits<double>::infinity();
    if (text == "nan" && has_only(tagged, {"value", "bits"})) {
        const auto x = tagged.find("bits") == nullptr ? std::bit_cast<double>(plain_nan_bits)
                                                      : nan_of_bits(text_at(tagged, "bits"));
        if (x) {
            return value(*x);
        }
    } else if ((text == "inf" || text == "-inf") && has_only(tagged, {"value"})) {
        return value(text == "inf" ? infinity : -infinity);
    }
    return malformed(R"(double needs a "value" of "nan", "inf" or "-inf")");
}

result<value> untagged_bytes(const value &tagged) {
    const value *text = tagged.find("value");
    auto content = text != nullptr && text->as_string() != nullptr
                       ? decode_base64(*text->as_string())
                       : std::nullopt;
    if (!content || !has_only(tagged, {"value"})) {
        return malformed(R"(bytes needs a "value" in base64)");
    }
    return value(std::move(*content));
}

ref<buffer> copy_of(const bytes &content) {
    auto memory = buffer::allocate(content.size());
    if (!content.empty()) {
        std::memcpy(memory->data(), content.data(), content.size());
    }
    return memory;
}

result<value> untagged_array(const value &tagged) {
    const auto dtype = dtype_named(text_at(tagged, "dtype"));
    const value *shape = tagged.find("shape");
    const value *data = tagged.find("data");
    const value *readonly = tagged.find("readonly");
    const auto content = data != nullptr && data->as_string() != nullptr
                             ? decode_base64(*data->as_string())
                             : std::nullopt;
    const bool flag_ok = readonly == nullptr || readonly->as_bool() != nullptr;
    if (!dtype || shape == nullptr || !content || !flag_ok ||
        !has_only(tagged, {"dtype", "shape", "data", "readonly"})) {
        return malformed(R"(array needs "dtype", "shape" and "data" in base64)");
    }
    auto a = shaped_array(copy_of(*content), *dtype, *shape);
    if (!a) {
        return malformed("array: " + a.error()->detail().message);
    }
    if (readonly != nullptr && *readonly->as_bool()) {
        a->view.flags = ALD_VIEW_READONLY;
    }
    return value(std::move(*a));
}

result<value> untagged_map(const value &tagged) {
    const value *pairs = tagged.find("value");
    if (pairs == nullptr || pairs->as_list() == nullptr || !has_only(tagged, {"value"})) {
        return malformed(R"(map needs a "value" of pairs)");
    }
    map items;
    for (const value &pair : *pairs->as_list()) {
        const list *parts = pair.as_list();
        if (parts == nullptr || parts->size() != 2 || (*parts)[0].as_string() == nullptr) {
            return malformed(R"(map needs a "value" of pairs)");
        }
        items.emplace_back(*(*parts)[0].as_string(), (*parts)[1]);
    }
    if (duplicate_key(items) != std::string_view::npos) {
        return malformed("map has a key twice");
    }
    return value(std::move(items));
}

} // namespace

bool needs_json_tag(const value &v) noexcept {
    switch (v.type()) {
    case ALD_TYPE_DOUBLE: return !std::isfinite(*v.as_double());
    case ALD_TYPE_BYTES:
    case ALD_TYPE_ARRAY: return true;
    case ALD_TYPE_MAP: return v.find(json_type_key) != nullptr;
    default: return false;
    }
}

result<map> json_tagged(const value &v) {
    switch (v.type()) {
    case ALD_TYPE_DOUBLE: return tagged_double(*v.as_double());
    case ALD_TYPE_BYTES: return tagged_bytes(*v.as_bytes());
    case ALD_TYPE_ARRAY: return tagged_array(v.as_array()->view);
    default: return tagged_map(*v.as_map());
    }
}

result<value> json_untagged(const value &tagged) {
    const std::string_view type = text_at(tagged, json_type_key);
    if (type == "double") {
        return untagged_double(tagged);
    }
    if (type == "bytes") {
        return untagged_bytes(tagged);
    }
    if (type == "array") {
        return untagged_array(tagged);
    }
    if (type == "map") {
        return untagged_map(tagged);
    }
    return malformed(fmt::format("value has the unknown type {}", shown(type)));
}

} // namespace alidade
