// Values on their way between the library and drivers.
#pragma once

#include "base/boundary/guard.hpp"
#include "base/value/schema.hpp"

#include <alidade/driver.h>

#include <string>
#include <vector>

namespace alidade {

// A value for the length of a call into a driver.
class lent_value {
public:
    explicit lent_value(value v)
        : token_(handle_table::instance().give(*make<value_object>(std::move(v)))) {}
    lent_value(const lent_value &) = delete;
    lent_value &operator=(const lent_value &) = delete;
    ~lent_value() { handle_table::instance().drop(token_); }
    [[nodiscard]] const ald_value *get() const noexcept { return static_cast<ald_value *>(token_); }

private:
    void *token_;
};

// Value that a driver gave; NULL is null.
[[nodiscard]] result<value> given_value(const ald_value *token);

// Schema that a driver gave, checked.
[[nodiscard]] result<schema> given_schema(const ald_schema *record);

// Text that a driver may leave out: "" for NULL.
[[nodiscard]] result<std::string> optional_text(const char *given, std::string_view what);

// Fails where an array of records that a driver gave cannot be walked.
[[nodiscard]] outcome check_records(const void *first, std::size_t stride, std::int64_t count,
                                    std::size_t least, std::string_view what);

// The schema records of the options of a driver or a simulated instrument.
[[nodiscard]] result<std::vector<schema>> option_records(const char *of, const ald_schema *first,
                                                         std::size_t stride, std::int64_t count);

} // namespace alidade
