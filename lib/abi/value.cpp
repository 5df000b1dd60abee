#include "base/value/value.hpp"

#include "base/boundary/guard.hpp"
#include "base/text/cbor.hpp"
#include "base/text/json.hpp"
#include "base/text/units.hpp"
#include "base/text/utf8.hpp"
#include "base/value/schema.hpp"
#include "base/value/view.hpp"

using namespace alidade;

namespace {

failure wrong_type(const value &v, const char *expected) {
    return fail(ALD_E_INVALID, "value", "the value is of type {}, expected {}", type_name(v.type()),
                expected);
}

// Copies a scalar out, if the value is of that type.
template <class To, class From>
outcome copy_scalar(To *to, const From *from, const value &v, const char *expected) {
    if (from == nullptr) {
        return wrong_type(v, expected);
    }
    *to = static_cast<To>(*from);
    return {};
}

// Lends text out. `size` may be NULL.
void lend(const std::string &from, const char **text, size_t *size) noexcept {
    *text = from.c_str();
    if (size != nullptr) {
        *size = from.size();
    }
}

result<std::string> utf8(const char *text, size_t size, std::string_view what) {
    return bytes_given(text, size, what)
        .and_then([&](std::string_view given) -> result<std::string> {
            if (const std::size_t at = invalid_utf8(given); at != std::string::npos) {
                return fail(
                    {.code = ALD_E_INVALID, .domain = "value", .where = fmt::format("byte {}", at)},
                    "the {} is not valid UTF-8 at byte {}", what, at);
            }
            return std::string(given);
        });
}

// An item by its place, in a list or a map.
result<value> item_at(const value &v, int64_t index) {
    const list *items = v.as_list();
    const map *pairs = v.as_map();
    if (items == nullptr && pairs == nullptr) {
        return wrong_type(v, "list or map");
    }
    const std::size_t count = items != nullptr ? items->size() : pairs->size();
    if (index < 0 || static_cast<std::size_t>(index) >= count) {
        return fail(ALD_E_RANGE, "value", "there are {} items; there is no number {}", count,
                    index);
    }
    const auto place = static_cast<std::size_t>(index);
    return items != nullptr ? (*items)[place] : (*pairs)[place].second;
}

result<json_mode> mode_of(int32_t mode) {
    switch (mode) {
    case ALD_JSON_PLAIN: return json_mode::plain;
    case ALD_JSON_TAGGED: return json_mode::tagged;
    default:
        return fail(ALD_E_INVALID, "value",
                    "mode is {}; expected ALD_JSON_PLAIN or ALD_JSON_TAGGED", mode);
    }
}

} // namespace

ald_status ald_value_new_null(ald_value **out_value, ald_error **err) noexcept {
    return call(err, in(), out(out_value), [&] { return give(out_value, value()); });
}

ald_status ald_value_new_bool(int32_t x, ald_value **out_value, ald_error **err) noexcept {
    return call(err, in(), out(out_value), [&] { return give(out_value, value(x != 0)); });
}

ald_status ald_value_new_int(int64_t x, ald_value **out_value, ald_error **err) noexcept {
    return call(err, in(), out(out_value), [&] { return give(out_value, value(x)); });
}

ald_status ald_value_new_double(double x, ald_value **out_value, ald_error **err) noexcept {
    return call(err, in(), out(out_value), [&] { return give(out_value, value(x)); });
}

ald_status ald_value_new_string(const char *text, size_t size, ald_value **out_value,
                                ald_error **err) noexcept {
    return call(err, in(), out(out_value), [&] {
        return give(out_value, utf8(text, size, "text").map([](std::string s) {
            return value(std::move(s));
        }));
    });
}

ald_status ald_value_new_bytes(const void *data, size_t size, ald_value **out_value,
                               ald_error **err) noexcept {
    return call(err, in(), out(out_value), [&] {
        return give(out_value, bytes_given(data, size, "data").map([](std::string_view given) {
            return value(bytes(given.begin(), given.end()));
        }));
    });
}

ald_status ald_value_new_list(ald_value **out_value, ald_error **err) noexcept {
    return call(err, in(), out(out_value), [&] { return give(out_value, value(list())); });
}

ald_status ald_value_new_map(ald_value **out_value, ald_error **err) noexcept {
    return call(err, in(), out(out_value), [&] { return give(out_value, value(map())); });
}

ald_status ald_value_new_array(const ald_buffer *buffer, const ald_view *view,
                               ald_value **out_value, ald_error **err) noexcept {
    return call(err, in(buffer), out(out_value), [&](auto &b) {
        return give(out_value, get_record(view, empty_view(), "view")
                                   .and_then([&](const ald_view &v) {
                                       return make_array(ref<alidade::buffer>::share(&b), v);
                                   })
                                   .map([](array a) { return value(std::move(a)); }));
    });
}

ald_status ald_value_new_handle(const void *handle, ald_value **out_value,
                                ald_error **err) noexcept {
    return call(err, in(), out(out_value), [&]() -> outcome {
        auto &table = handle_table::instance();
        const ald_kind kind = table.kind_of(handle);
        handle_table::slot *s =
            kind == ALD_KIND_VALUE || kind == ALD_KIND_ERROR ? nullptr : table.pin(handle);
        if (s == nullptr) {
            return fail(ALD_E_INVALID, "value", "the handle is {}; give one of another kind",
                        kind == ALD_KIND_NONE ? "stale or none at all" : kind_name(kind));
        }
        const pinned<const object> target(s, s->target.load(std::memory_order_relaxed));
        return give(out_value, value(ref<const object>::share(target.get())));
    });
}

ald_type ald_value_type(const ald_value *value) noexcept {
    return look(value, ald_type{-1}, [](auto &v) { return v.content.type(); });
}

const char *ald_type_name(ald_type type) noexcept { return type_name(type); }

ald_status ald_value_get_bool(const ald_value *value, int32_t *out_bool, ald_error **err) noexcept {
    return call(err, in(value), out(out_bool), [&](auto &v) {
        return copy_scalar(out_bool, v.content.as_bool(), v.content, "bool");
    });
}

ald_status ald_value_get_int(const ald_value *value, int64_t *out_int, ald_error **err) noexcept {
    return call(err, in(value), out(out_int), [&](auto &v) {
        return copy_scalar(out_int, v.content.as_int(), v.content, "int");
    });
}

ald_status ald_value_get_double(const ald_value *value, double *out_double,
                                ald_error **err) noexcept {
    return call(err, in(value), out(out_double), [&](auto &v) {
        return copy_scalar(out_double, v.content.as_double(), v.content, "double");
    });
}

ald_status ald_value_get_string(const ald_value *value, const char **text, size_t *size,
                                ald_error **err) noexcept {
    return call(err, in(value), out(text), [&](auto &v) -> outcome {
        const std::string *s = v.content.as_string();
        if (s == nullptr) {
            return wrong_type(v.content, "string");
        }
        lend(*s, text, size);
        return {};
    });
}

ald_status ald_value_get_bytes(const ald_value *value, const void **data, size_t *size,
                               ald_error **err) noexcept {
    return call(err, in(value), out(data, size), [&](auto &v) -> outcome {
        const bytes *b = v.content.as_bytes();
        if (b == nullptr) {
            return wrong_type(v.content, "bytes");
        }
        *data = b->data();
        *size = b->size();
        return {};
    });
}

ald_status ald_value_get_array(const ald_value *value, ald_buffer **buffer, ald_view *view,
                               ald_error **err) noexcept {
    return call(err, in(value), out(buffer, view), [&](auto &v) -> outcome {
        const array *a = v.content.as_array();
        if (a == nullptr) {
            return wrong_type(v.content, "array");
        }
        return put_record(view, a->view, "view").and_then([&] { return give(buffer, a->memory); });
    });
}

ald_status ald_value_get_handle(const ald_value *value, void **handle, ald_error **err) noexcept {
    return call(err, in(value), out(handle), [&](auto &v) -> outcome {
        const object *target = v.content.as_handle();
        if (target == nullptr) {
            return wrong_type(v.content, "handle");
        }
        return give(handle, ref<const object>::share(target));
    });
}

int64_t ald_value_count(const ald_value *value) noexcept {
    return look(value, int64_t{-1}, [](auto &v) {
        const list *items = v.content.as_list();
        const map *pairs = v.content.as_map();
        return items != nullptr   ? static_cast<int64_t>(items->size())
               : pairs != nullptr ? static_cast<int64_t>(pairs->size())
                                  : int64_t{-1};
    });
}

ald_status ald_value_at(const ald_value *value, int64_t index, ald_value **out_value,
                        ald_error **err) noexcept {
    return call(err, in(value), out(out_value),
                [&](auto &v) { return give(out_value, item_at(v.content, index)); });
}

ald_status ald_value_key_at(const ald_value *value, int64_t index, const char **key, size_t *size,
                            ald_error **err) noexcept {
    return call(err, in(value), out(key), [&](auto &v) -> outcome {
        const map *pairs = v.content.as_map();
        if (pairs == nullptr) {
            return wrong_type(v.content, "map");
        }
        return item_at(v.content, index).map([&](const alidade::value &) {
            lend((*pairs)[static_cast<std::size_t>(index)].first, key, size);
        });
    });
}

ald_status ald_value_get(const ald_value *value, const char *key, ald_value **out_value,
                         ald_error **err) noexcept {
    return call(err, in(value), out(out_value), [&](auto &v) -> outcome {
        const map *pairs = v.content.as_map();
        if (pairs == nullptr) {
            return wrong_type(v.content, "map");
        }
        const auto wanted = text(key, "key");
        if (!wanted) {
            return failure(wanted.error());
        }
        if (const alidade::value *item = v.content.find(*wanted)) {
            return give(out_value, *item);
        }
        std::vector<std::string> keys;
        for (const auto &[name, item] : *pairs) {
            keys.push_back(name);
        }
        return fail(ALD_E_NOT_FOUND, "value", "the map has no key '{}'{}", *wanted,
                    did_you_mean(*wanted, keys));
    });
}

ald_status ald_value_append(ald_value *value, const ald_value *item, ald_error **err) noexcept {
    return call(err, in(value, item), out(), [](auto &v, auto &i) -> outcome {
        if (v.content.as_list() == nullptr) {
            return wrong_type(v.content, "list");
        }
        return v.content.append(i.content);
    });
}

ald_status ald_value_set(ald_value *value, const char *key, size_t key_size, const ald_value *item,
                         ald_error **err) noexcept {
    return call(err, in(value, item), out(), [&](auto &v, auto &i) -> outcome {
        if (v.content.as_map() == nullptr) {
            return wrong_type(v.content, "map");
        }
        return utf8(key, key_size, "key").and_then([&](const std::string &name) {
            return v.content.set(name, i.content);
        });
    });
}

int32_t ald_value_equal(const ald_value *a, const ald_value *b) noexcept {
    return look(a, -1, [&](auto &x) {
        return look(b, -1, [&](auto &y) { return x.content == y.content ? 1 : 0; });
    });
}

ald_status ald_value_to_cbor(const ald_value *value, ald_buffer **out_buffer,
                             ald_error **err) noexcept {
    return call(err, in(value), out(out_buffer), [&](auto &v) {
        return give(out_buffer,
                    to_cbor(v.content).map([](bytes &&b) { return buffer::of(std::move(b)); }));
    });
}

ald_status ald_value_from_cbor(const void *data, size_t size, ald_value **out_value,
                               ald_error **err) noexcept {
    return call(err, in(), out(out_value), [&] {
        return give(out_value, bytes_given(data, size, "data").and_then([](std::string_view given) {
            return from_cbor({reinterpret_cast<const std::uint8_t *>(given.data()), given.size()});
        }));
    });
}

ald_status ald_value_to_json(const ald_value *value, int32_t mode, int32_t indent,
                             ald_buffer **out_buffer, ald_error **err) noexcept {
    return call(err, in(value), out(out_buffer), [&](auto &v) -> outcome {
        if (indent < 0 || indent > 16) {
            return fail(ALD_E_RANGE, "value", "indent is {}; allowed are 0 to 16 blanks", indent);
        }
        return give(out_buffer,
                    mode_of(mode)
                        .and_then([&](json_mode m) { return to_json(v.content, m, indent); })
                        .map([](std::string &&s) { return buffer::of(std::move(s)); }));
    });
}

ald_status ald_value_from_json(const char *text, size_t size, int32_t mode, ald_value **out_value,
                               ald_error **err) noexcept {
    return call(err, in(), out(out_value), [&] {
        return give(
            out_value, bytes_given(text, size, "text").and_then([&](std::string_view given) {
                return mode_of(mode).and_then([&](json_mode m) { return from_json(given, m); });
            }));
    });
}

void ald_schema_init(ald_schema *schema, uint32_t struct_size) noexcept {
    init_record(schema, struct_size, empty_schema_record());
}

ald_status ald_schema_check(const ald_schema *schema, const ald_value *value,
                            ald_error **err) noexcept {
    return call(err, in(value), out(), [&](auto &v) -> outcome {
        if (schema == nullptr) {
            return fail(ALD_E_INVALID, "value", "the schema record is NULL");
        }
        auto checked = schema_from(*schema, value_behind)
                           .and_then(validated)
                           .and_then([&](const alidade::schema &s) { return check(s, v.content); });
        return checked ? outcome() : outcome(failure(std::move(checked.error())));
    });
}

ald_status ald_unit_convert(double x, const char *from, const char *to, double *out_double,
                            ald_error **err) noexcept {
    return call(err, in(), out(out_double), [&]() -> outcome {
        const auto given = text(from, "unit");
        const auto wanted = text(to, "unit");
        if (!given || !wanted) {
            return failure(!given ? given.error() : wanted.error());
        }
        return convert_unit(x, *given, *wanted).map([&](double converted) {
            *out_double = converted;
        });
    });
}
