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

result<schema> given_schema(const ald_schema *record) {
    if (record == nullptr) {
        return fail(ALD_E_INVALID, "driver", "the schema record is NULL");
    }
    return schema_from(*record, value_behind);
}

result<std::string> optional_text(const char *given, std::string_view what) {
    return given != nullptr ? text(given, what) : std::string();
}

outcome check_records(const void *first, std::size_t stride, std::int64_t count, std::size_t least,
                      std::string_view what) {
    if (count < 0 || (count > 0 && (first == nullptr || stride < least))) {
        return fail(ALD_E_INVALID, "driver",
                    "the {}: {} records {} bytes apart{}; expected none or more, each of at least "
                    "{} bytes",
                    what, count, stride, first == nullptr ? " at NULL" : "", least);
    }
    return {};
}

failure driver_failure(ald_status status, const ald_error *token, const std::string &where) {
    if (!is_status(status) || status == ALD_OK) {
        return fail({.code = ALD_E_PROTOCOL, .domain = "driver", .where = where},
                    "the driver of '{}' reported the status {}; expected one of ALD_E_<X>", where,
                    status);
    }
    const ref<const error> given = error_behind(token);
    if (!given) {
        return fail({.code = status, .domain = "device", .where = where},
                    "the driver of '{}' reported {} and said no more", where, status_name(status));
    }
    return failure(given->detail().where.empty() ? located(given, where) : given);
}

result<std::vector<schema>> option_records(const char *of, const ald_schema *first,
                                           std::size_t stride, std::int64_t count) {
    if (auto fit = check_records(first, stride, count, sizeof(std::uint32_t),
                                 fmt::format("options of '{}'", of));
        !fit) {
        return failure(std::move(fit.error()));
    }
    std::vector<schema> records;
    for (std::int64_t i = 0; i < count; ++i) {
        const auto *record = reinterpret_cast<const ald_schema *>(
            reinterpret_cast<const char *>(first) + static_cast<std::size_t>(i) * stride);
        auto option = given_schema(record);
        if (!option) {
            return failure(std::move(option.error()));
        }
        records.push_back(std::move(*option));
    }
    return records;
}

} // namespace alidade
