#include "driver/values.hpp"

#include "driver/tokens.hpp"

namespace alidade {

namespace {

ref<const error> error_behind(const ald_error *token) {
    boundary::argument<const ald_error> argument;
    return token != nullptr && boundary::acquire(argument, token, false)
               ? ref<const error>::share(argument.get())
               : nullptr;
}

} // namespace

result<value> given_value(const ald_value *token) {
    return token == nullptr ? value() : value_behind(token);
}

failure driver_failure(ald_status status, const ald_error *token, const std::string &where) {
    const ref<const error> given = error_behind(token);
    if (!given) {
        return fail(
            {.code = status < 0 ? status : ALD_E_INTERNAL, .domain = "device", .where = where},
            "the driver of '{}' reported {} and said no more", where, status_name(status));
    }
    return failure(given->detail().where.empty() ? located(given, where) : given);
}

result<std::vector<schema>> option_records(const ald_schema *first, std::size_t stride,
                                           std::int64_t count) {
    std::vector<schema> records;
    for (std::int64_t i = 0; i < count; ++i) {
        const auto *record = reinterpret_cast<const ald_schema *>(
            reinterpret_cast<const char *>(first) + static_cast<std::size_t>(i) * stride);
        auto option = schema_from(*record, value_behind).and_then(validated);
        if (!option) {
            return failure(std::move(option.error()));
        }
        records.push_back(std::move(*option));
    }
    return records;
}

} // namespace alidade
