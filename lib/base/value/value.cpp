#include "base/value/value.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace alidade {

namespace {

constexpr std::array type_names{"null", "bool", "int64", "double", "string", "bytes",
                                "list", "map",  "array", "handle", "any"};
static_assert(type_names.size() == ALD_TYPE_ANY + 1);

const value &item_of(const value &item) noexcept { return item; }
const value &item_of(const map::value_type &item) noexcept { return item.second; }

template <class Items> int depth_of(const Items &items) noexcept {
    int deepest = 0;
    for (const auto &item : items) {
        deepest = std::max(deepest, item_of(item).depth());
    }
    return deepest + 1;
}

// Copies what others share, so that it may be written.
template <class T> T &writable(ref<counted<T>> &shared) {
    if (!shared->unshared()) {
        shared = make<counted<T>>(shared->content);
    }
    return shared->content;
}

outcome check_depth(const value &item) {
    if (item.depth() >= ALD_VALUE_DEPTH_MAX) {
        return fail(ALD_E_LIMIT, "value",
                    "the item is {} levels deep and would make more than {}; flatten it",
                    item.depth(), static_cast<int>(ALD_VALUE_DEPTH_MAX));
    }
    return {};
}

map::iterator find_key(map &items, std::string_view key) noexcept {
    return std::find_if(items.begin(), items.end(),
                        [key](const map::value_type &item) { return item.first == key; });
}

template <class T> const T *content_of(const ref<counted<T>> *shared) noexcept {
    return shared == nullptr ? nullptr : &(*shared)->content;
}

} // namespace

value::value(list items) {
    const int depth = depth_of(items);
    data_ = share<nested<list>>({std::move(items), depth});
}

value::value(map items) {
    const int depth = depth_of(items);
    data_ = share<nested<map>>({std::move(items), depth});
}

ald_type value::type() const noexcept {
    static_assert(std::variant_size_v<decltype(data_)> == ALD_TYPE_HANDLE + 1);
    return static_cast<ald_type>(data_.index());
}

const std::string *value::as_string() const noexcept {
    return content_of(std::get_if<shared<std::string>>(&data_));
}

const bytes *value::as_bytes() const noexcept {
    return content_of(std::get_if<shared<bytes>>(&data_));
}

const list *value::as_list() const noexcept {
    const auto *content = content_of(std::get_if<shared<nested<list>>>(&data_));
    return content == nullptr ? nullptr : &content->items;
}

const map *value::as_map() const noexcept {
    const auto *content = content_of(std::get_if<shared<nested<map>>>(&data_));
    return content == nullptr ? nullptr : &content->items;
}

const array *value::as_array() const noexcept {
    return content_of(std::get_if<shared<array>>(&data_));
}

const object *value::as_handle() const noexcept {
    const held *handle = std::get_if<held>(&data_);
    return handle != nullptr ? handle->get() : nullptr;
}

const value *value::find(std::string_view key) const noexcept {
    const map *items = as_map();
    if (items == nullptr) {
        return nullptr;
    }
    const auto found =
        std::find_if(items->begin(), items->end(),
                     [key](const map::value_type &item) { return item.first == key; });
    return found == items->end() ? nullptr : &found->second;
}

outcome value::append(value item) {
    if (auto ok = check_depth(item); !ok) {
        return ok;
    }
    nested<list> &content = writable(std::get<shared<nested<list>>>(data_));
    const int depth = item.depth() + 1;
    content.items.push_back(std::move(item));
    content.depth = std::max(content.depth, depth);
    return {};
}

outcome value::set(std::string_view key, value item) {
    if (auto ok = check_depth(item); !ok) {
        return ok;
    }
    nested<map> &content = writable(std::get<shared<nested<map>>>(data_));
    const auto found = find_key(content.items, key);
    if (found == content.items.end()) {
        const int depth = item.depth() + 1;
        content.items.emplace_back(std::string(key), std::move(item));
        content.depth = std::max(content.depth, depth);
    } else {
        found->second = std::move(item);
        content.depth = depth_of(content.items);
    }
    return {};
}

int value::depth() const noexcept {
    if (const auto *items = std::get_if<shared<nested<list>>>(&data_)) {
        return (*items)->content.depth;
    }
    if (const auto *items = std::get_if<shared<nested<map>>>(&data_)) {
        return (*items)->content.depth;
    }
    return 0;
}

bool operator==(const value &a, const value &b) noexcept {
    if (a.type() != b.type()) {
        return false;
    }
    switch (a.type()) {
    case ALD_TYPE_NULL: return true;
    case ALD_TYPE_BOOL: return *a.as_bool() == *b.as_bool();
    case ALD_TYPE_INT: return *a.as_int() == *b.as_int();
    case ALD_TYPE_DOUBLE:
        return *a.as_double() == *b.as_double() ||
               (std::isnan(*a.as_double()) && std::isnan(*b.as_double()));
    case ALD_TYPE_STRING: return *a.as_string() == *b.as_string();
    case ALD_TYPE_BYTES: return *a.as_bytes() == *b.as_bytes();
    case ALD_TYPE_LIST: return a.as_list() == b.as_list() || *a.as_list() == *b.as_list();
    case ALD_TYPE_MAP: return a.as_map() == b.as_map() || *a.as_map() == *b.as_map();
    case ALD_TYPE_ARRAY: return same_elements(a.as_array()->view, b.as_array()->view);
    default: return a.as_handle() == b.as_handle();
    }
}

const char *type_name(ald_type type) noexcept {
    const auto index = static_cast<std::size_t>(type);
    return index < type_names.size() ? type_names[index] : "";
}

std::size_t duplicate_key(const map &items) {
    // Sorted rather than compared pairwise: a map from outside may have a million keys.
    std::vector<std::pair<std::string_view, std::size_t>> keys;
    keys.reserve(items.size());
    for (std::size_t i = 0; i < items.size(); ++i) {
        keys.emplace_back(items[i].first, i);
    }
    std::sort(keys.begin(), keys.end());
    std::size_t first = std::string_view::npos;
    for (std::size_t i = 1; i < keys.size(); ++i) {
        if (keys[i].first == keys[i - 1].first) {
            first = std::min(first, keys[i].second);
        }
    }
    return first;
}

} // namespace alidade
