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

// The schema records of a driver's options.
[[nodiscard]] result<std::vector<schema>> option_records(const ald_schema *first,
                                                         std::size_t stride, std::int64_t count);

} // namespace alidade
