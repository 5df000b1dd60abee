// Schema records: what a property, an option or a key may be.
#pragma once

#include "base/value/value.hpp"

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>

namespace alidade {

struct schema {
    static constexpr double none = std::numeric_limits<double>::quiet_NaN();

    std::string name;
    ald_type type = ALD_TYPE_ANY;
    std::string unit{};
    std::string doc{};
    double min = none;
    double max = none;
    // Never enforced.
    double step = none;
    // A list of the only values allowed.
    std::optional<value> choices{};
    // The value where none is given.
    std::optional<value> initial{};
    std::uint64_t flags = ALD_SCHEMA_READ;
};

// Limits that are none are equal.
[[nodiscard]] bool operator==(const schema &a, const schema &b);

// The value that a schema allows: an int64 given for a double becomes one. INVALID for a wrong
// type, NaN or no choice, RANGE outside the limits.
[[nodiscard]] result<value> check(const schema &s, const value &v);

// The same of what an instrument answers: NaN is "it has no number now", and an axis may stand
// outside the limits, which are for what is written.
[[nodiscard]] result<value> check_answer(const schema &s, const value &v);

// The schema itself, its choices and initial value in its type; INVALID if it contradicts itself.
[[nodiscard]] result<schema> validated(schema s);

// Any type, no limits, readable.
[[nodiscard]] ald_schema empty_schema_record() noexcept;

// Reads a caller's record, whose size may be that of another version of the library. `lookup` gives
// the values of its handles.
using value_lookup = std::function<result<value>(const ald_value *)>;
[[nodiscard]] result<schema> schema_from(const ald_schema &record, const value_lookup &lookup);

// A record that borrows from the schema; its handles are left NULL.
[[nodiscard]] ald_schema record_of(const schema &s) noexcept;

} // namespace alidade
