#include "fake_value.hpp"

#include <atomic>
#include <memory>

namespace fake {

namespace {

std::atomic<std::int64_t> values_alive{0};
std::atomic<std::int64_t> errors_alive{0};
std::atomic<int> values_left{-1};

// For drivers; tests make theirs with `give`.
ald_status make(datum d, ald_value **out) {
    *out = nullptr;
    if (values_left == 0) {
        return ALD_E_NO_MEMORY;
    }
    if (values_left > 0) {
        --values_left;
    }
    *out = give(std::move(d));
    return ALD_OK;
}

struct value_box {
    explicit value_box(datum d) : content(std::move(d)) { ++values_alive; }
    value_box(const value_box &) = delete;
    value_box &operator=(const value_box &) = delete;
    ~value_box() { --values_alive; }
    datum content;
};

struct error_box {
    explicit error_box(failure f) : content(std::move(f)) { ++errors_alive; }
    error_box(const error_box &) = delete;
    error_box &operator=(const error_box &) = delete;
    ~error_box() { --errors_alive; }
    failure content;
};

value_box *box_of(const ald_value *value) {
    return reinterpret_cast<value_box *>(const_cast<ald_value *>(value));
}

error_box *box_of(const ald_error *error) {
    return reinterpret_cast<error_box *>(const_cast<ald_error *>(error));
}

ald_status invalid(ald_error **err, std::string message) {
    if (err != nullptr) {
        *err = give(failure{ALD_E_INVALID, "value", 0, std::move(message)});
    }
    return ALD_E_INVALID;
}

template <class T> ald_status get(const ald_value *value, T *out, ald_error **err) {
    if (value == nullptr) {
        return invalid(err, "the value is NULL");
    }
    const T *x = std::get_if<T>(&box_of(value)->content.content);
    if (x == nullptr) {
        return invalid(err, "the value is of another type");
    }
    *out = *x;
    return ALD_OK;
}

ald_status get_bool(const ald_value *value, std::int32_t *out, ald_error **err) {
    bool x = false;
    const ald_status status = get(value, &x, err);
    if (status == ALD_OK) {
        *out = x ? 1 : 0;
    }
    return status;
}

ald_status get_string(const ald_value *value, const char **text, std::size_t *size,
                      ald_error **err) {
    if (value == nullptr) {
        return invalid(err, "the value is NULL");
    }
    const auto *x = std::get_if<std::string>(&box_of(value)->content.content);
    if (x == nullptr) {
        return invalid(err, "the value is of another type");
    }
    *text = x->c_str();
    if (size != nullptr) {
        *size = x->size();
    }
    return ALD_OK;
}

ald_status new_string(const char *text, std::size_t size, ald_value **out, ald_error **err) {
    *out = nullptr;
    if (!valid_utf8({text, size})) {
        return invalid(err, "the text is not UTF-8");
    }
    return make(std::string(text, size), out);
}

ald_status get_item(const ald_value *value, const char *key, ald_value **out, ald_error **err) {
    *out = nullptr;
    if (value == nullptr) {
        return invalid(err, "the value is NULL");
    }
    const datum *item = box_of(value)->content.find(key);
    if (item == nullptr) {
        if (err != nullptr) {
            *err = give(failure{ALD_E_NOT_FOUND, "value", 0, std::string("no key ") + key});
        }
        return ALD_E_NOT_FOUND;
    }
    *out = give(*item);
    return ALD_OK;
}

ald_status get_at(const ald_value *value, std::int64_t index, ald_value **out, ald_error **err) {
    *out = nullptr;
    const auto *list =
        value != nullptr ? std::get_if<datum_list>(&box_of(value)->content.content) : nullptr;
    if (list == nullptr || index < 0 || static_cast<std::size_t>(index) >= list->size()) {
        return invalid(err, "no such item");
    }
    *out = give((*list)[static_cast<std::size_t>(index)]);
    return ALD_OK;
}

ald_status set_item(ald_value *value, const char *key, std::size_t size, const ald_value *item,
                    ald_error **err) {
    if (value == nullptr || item == nullptr) {
        return invalid(err, "the value is NULL");
    }
    auto *map = std::get_if<datum_map>(&box_of(value)->content.content);
    if (map == nullptr) {
        return invalid(err, "the value is no map");
    }
    map->emplace_back(std::string(key, size), behind(item));
    return ALD_OK;
}

ald_status append(ald_value *value, const ald_value *item, ald_error **err) {
    if (value == nullptr || item == nullptr) {
        return invalid(err, "the value is NULL");
    }
    auto *list = std::get_if<datum_list>(&box_of(value)->content.content);
    if (list == nullptr) {
        return invalid(err, "the value is no list");
    }
    list->push_back(behind(item));
    return ALD_OK;
}

} // namespace

ald_type datum::type() const {
    constexpr ald_type types[] = {ALD_TYPE_NULL,   ALD_TYPE_BOOL, ALD_TYPE_INT, ALD_TYPE_DOUBLE,
                                  ALD_TYPE_STRING, ALD_TYPE_LIST, ALD_TYPE_MAP, ALD_TYPE_HANDLE};
    return types[content.index()];
}

const datum *datum::find(std::string_view key) const {
    if (const auto *map = std::get_if<datum_map>(&content)) {
        for (const auto &[name, item] : *map) {
            if (name == key) {
                return &item;
            }
        }
    }
    return nullptr;
}

ald_value *give(datum d) {
    return reinterpret_cast<ald_value *>(std::make_unique<value_box>(std::move(d)).release());
}

datum behind(const ald_value *value) { return value != nullptr ? box_of(value)->content : datum(); }

ald_error *give(failure f) {
    return reinterpret_cast<ald_error *>(std::make_unique<error_box>(std::move(f)).release());
}

failure behind(const ald_error *error) {
    return error != nullptr ? box_of(error)->content : failure();
}

std::int64_t live_values() { return values_alive; }
std::int64_t live_errors() { return errors_alive; }

void exhaust_values(int after) { values_left = after; }

bool valid_utf8(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        const auto first = static_cast<unsigned char>(text[i]);
        const std::size_t size =
            first < 0x80
                ? 1
                : (first >= 0xc2 && first < 0xe0
                       ? 2
                       : (first >= 0xe0 && first < 0xf0 ? 3
                                                        : (first >= 0xf0 && first < 0xf5 ? 4 : 0)));
        if (size == 0 || i + size > text.size()) {
            return false;
        }
        std::uint32_t code = size == 1 ? first : first & (0x7fU >> size);
        for (std::size_t k = 1; k < size; ++k) {
            const auto next = static_cast<unsigned char>(text[i + k]);
            if ((next & 0xc0U) != 0x80) {
                return false;
            }
            code = (code << 6U) | (next & 0x3fU);
        }
        constexpr std::uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
        if (code < least[size] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) {
            return false;
        }
        i += size;
    }
    return true;
}

void fill_value_functions(ald_host &table) {
    table.error_new = [](ald_status code, const char *domain, std::int64_t native_code,
                         const char *message) -> ald_error * {
        if (code >= 0 || message == nullptr || !valid_utf8(message)) {
            return nullptr;
        }
        return give(failure{code, domain != nullptr ? domain : "host", native_code, message});
    };
    table.error_unref = [](const ald_error *error) {
        const std::unique_ptr<error_box> ended(error != nullptr ? box_of(error) : nullptr);
    };
    table.value_new_bool = [](std::int32_t x, ald_value **out, ald_error **) -> ald_status {
        return make(datum(x != 0), out);
    };
    table.value_new_int = [](std::int64_t x, ald_value **out, ald_error **) -> ald_status {
        return make(datum(x), out);
    };
    table.value_new_double = [](double x, ald_value **out, ald_error **) -> ald_status {
        return make(datum(x), out);
    };
    table.value_new_list = [](ald_value **out, ald_error **) -> ald_status {
        return make(datum(datum_list()), out);
    };
    table.value_new_map = [](ald_value **out, ald_error **) -> ald_status {
        return make(datum(datum_map()), out);
    };
    table.value_new_string = new_string;
    table.value_append = append;
    table.value_set = set_item;
    table.value_type = [](const ald_value *value) -> ald_type {
        return value != nullptr ? box_of(value)->content.type() : -1;
    };
    table.value_get = get_item;
    table.value_count = [](const ald_value *value) -> std::int64_t {
        const auto *list =
            value != nullptr ? std::get_if<datum_list>(&box_of(value)->content.content) : nullptr;
        return list != nullptr ? static_cast<std::int64_t>(list->size()) : -1;
    };
    table.value_at = get_at;
    table.value_get_bool = get_bool;
    table.value_get_int = [](const ald_value *value, std::int64_t *out, ald_error **err) {
        return get(value, out, err);
    };
    table.value_get_double = [](const ald_value *value, double *out, ald_error **err) {
        return get(value, out, err);
    };
    table.value_get_string = get_string;
    table.value_unref = [](const ald_value *value) {
        const std::unique_ptr<value_box> ended(value != nullptr ? box_of(value) : nullptr);
    };
}

} // namespace fake
