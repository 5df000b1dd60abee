// Values, errors and nodes on their way between the library and drivers.
#pragma once

#include "abi/guard.hpp"
#include "base/schema.hpp"

#include <alidade/driver.h>

#include <string>
#include <vector>

namespace alidade {

// Drivers get nodes only while they are valid.
[[nodiscard]] inline device &behind_node(ald_node *node) noexcept {
    return *reinterpret_cast<device *>(node);
}

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

// A handle that a driver gives away; it goes back at the end of the scope.
template <class Handle> struct handed_over {
    handed_over() = default;
    handed_over(const handed_over &) = delete;
    handed_over &operator=(const handed_over &) = delete;
    ~handed_over() { drop_reference(handle); }
    Handle *handle = nullptr;
};

// What a driver gave as a value; NULL is null.
[[nodiscard]] result<value> given_value(const ald_value *token);

// A failure that a driver reports, with the place filled in.
[[nodiscard]] failure driver_failure(ald_status status, const ald_error *token,
                                     const std::string &where);

// The schema records of a driver's options.
[[nodiscard]] result<std::vector<schema>> option_records(const ald_schema *first,
                                                         std::size_t stride, std::int64_t count);

// Runs a function of the host table: nothing is thrown into a driver.
template <class Body> ald_status for_driver(ald_error **err, Body &&body) noexcept {
    return call(err, in(), out(), std::forward<Body>(body));
}

} // namespace alidade
