#include "base/text/settings.hpp"

#include "base/boundary/guard.hpp"

using namespace alidade;

namespace {

result<settings::entry> find(const settings &s, const char *key) {
    return key == nullptr
               ? s.find("")
               : text(key, "key").and_then([&](const std::string &k) { return s.find(k); });
}

result<std::vector<schema>> schemas_from(const ald_schema *records, size_t stride, int64_t count) {
    if (count < 0 || (count > 0 && records == nullptr) ||
        (count > 1 && stride < sizeof(uint32_t))) {
        return fail(ALD_E_INVALID, "settings", "records is {}, stride {}, count {}",
                    records == nullptr ? "NULL" : "given", stride, count);
    }
    std::vector<schema> schemas;
    for (int64_t i = 0; i < count; ++i) {
        const auto *record = reinterpret_cast<const ald_schema *>(
            reinterpret_cast<const char *>(records) + static_cast<std::size_t>(i) * stride);
        auto one = schema_from(*record, value_behind).and_then(validated);
        if (!one) {
            return failure(std::move(one.error()));
        }
        schemas.push_back(std::move(*one));
    }
    return schemas;
}

} // namespace

ald_status ald_settings_load(const char *path, ald_settings **out_settings,
                             ald_error **err) noexcept {
    return call(err, in(), out(out_settings),
                [&] { return give(out_settings, text(path, "path").and_then(settings::load)); });
}

ald_status ald_settings_parse(const char *text_given, size_t size, const char *name,
                              ald_settings **out_settings, ald_error **err) noexcept {
    return call(err, in(), out(out_settings), [&] {
        return give(out_settings,
                    bytes_given(text_given, size, "text").and_then([&](std::string_view given) {
                        return text(name != nullptr ? name : "settings", "name")
                            .and_then(
                                [&](const std::string &n) { return settings::parse(given, n); });
                    }));
    });
}

ald_status ald_settings_get(const ald_settings *settings, const char *key, ald_value **out_value,
                            ald_error **err) noexcept {
    return call(err, in(settings), out(out_value), [&](auto &s) {
        return give(out_value,
                    find(s, key).map([](const auto &entry) { return value(*entry.content); }));
    });
}

ald_status ald_settings_where(const ald_settings *settings, const char *key, int64_t *line,
                              int64_t *column, ald_error **err) noexcept {
    return call(err, in(settings), out(line), [&](auto &s) {
        return find(s, key).map([&](const auto &entry) {
            *line = entry.places->at.line;
            if (column != nullptr) {
                *column = entry.places->at.column;
            }
        });
    });
}

ald_status ald_settings_check(const ald_settings *settings, const char *key,
                              const ald_schema *records, size_t stride, int64_t count,
                              ald_error **err) noexcept {
    return call(err, in(settings), out(), [&](auto &s) {
        return text(key != nullptr ? key : "", "key").and_then([&](const std::string &k) {
            return schemas_from(records, stride, count).and_then([&](const auto &schemas) {
                return s.check(k, schemas);
            });
        });
    });
}
