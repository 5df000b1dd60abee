#include "base/value/schema.hpp"

#include "base/text/json.hpp"
#include "base/text/text.hpp"
#include "base/text/unit_parser.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>

namespace alidade {

namespace {

constexpr std::uint64_t known_flags = ALD_SCHEMA_READ | ALD_SCHEMA_WRITE | ALD_SCHEMA_CONSTANT |
                                      ALD_SCHEMA_REQUIRED | ALD_SCHEMA_STARTS;
constexpr std::size_t most_choices_named = 12;

template <class... Args> failure invalid(fmt::format_string<Args...> format, Args &&...args) {
    return fail(ALD_E_INVALID, "schema", format, std::forward<Args>(args)...);
}

bool is_number(ald_type type) noexcept { return type == ALD_TYPE_INT || type == ALD_TYPE_DOUBLE; }

bool is_nan(const value &v) noexcept {
    return v.as_double() != nullptr && std::isnan(*v.as_double());
}

// --- words ---

// " mm", or "" for numbers without a unit.
std::string unit_suffix(const schema &s) {
    return s.unit.empty() || s.unit == "1" ? std::string() : " " + s.unit;
}

// Limits as people read them. Drivers write "above 0" as the least number above it.
std::string range_words(const schema &s) {
    constexpr double tiny = std::numeric_limits<double>::min();
    constexpr double huge = std::numeric_limits<double>::max();
    const std::string unit = unit_suffix(s);
    const bool above_zero = s.min > 0 && s.min <= tiny;
    const bool below_zero = s.max < 0 && s.max >= -tiny;
    const bool least = std::isgreater(s.min, -huge);
    const bool most = std::isless(s.max, huge);
    const std::string lower =
        above_zero ? fmt::format("above 0{}", unit) : fmt::format("{}{}", s.min, unit);
    const std::string upper =
        below_zero ? fmt::format("below 0{}", unit) : fmt::format("{}{}", s.max, unit);
    if (!least && !most) {
        return "finite numbers";
    }
    if (!most) {
        return above_zero ? lower : lower + " and more";
    }
    if (!least) {
        return below_zero ? upper : upper + " and less";
    }
    return lower + (above_zero ? " and up to " : below_zero ? " and more, and " : " to ") + upper;
}

// A value as an error names it: short, and with its unit where it is a number.
std::string value_words(const schema &s, const value &v) {
    if (const std::string *text = v.as_string()) {
        return shown(*text);
    }
    if (const double *x = v.as_double()) {
        return fmt::format("{}{}", *x, unit_suffix(s));
    }
    if (const std::int64_t *x = v.as_int()) {
        return fmt::format("{}{}", *x, unit_suffix(s));
    }
    if (const bool *x = v.as_bool()) {
        return *x ? "true" : "false";
    }
    return fmt::format("a value of type {}", type_name(v.type()));
}

std::string choice_words(const schema &s) {
    const list &choices = *s.choices->as_list();
    std::string words;
    for (std::size_t i = 0; i < std::min(choices.size(), most_choices_named); ++i) {
        words += (i == 0 ? "" : ", ") + value_words(s, choices[i]);
    }
    if (choices.size() > most_choices_named) {
        words += fmt::format(" and {} more", choices.size() - most_choices_named);
    }
    return words;
}

std::string nearest_choice(const schema &s, const value &v) {
    std::vector<std::string_view> names;
    for (const value &choice : *s.choices->as_list()) {
        if (const std::string *name = choice.as_string()) {
            names.emplace_back(*name);
        }
    }
    return v.as_string() == nullptr ? std::string() : did_you_mean(*v.as_string(), names);
}

// --- checks of a value ---

// As exact comparisons: an int64 near the ends of its range is no double.
bool less(std::int64_t a, double b) noexcept {
    constexpr double two_to_63 = 9223372036854775808.0;
    if (std::isgreaterequal(b, two_to_63)) {
        return true;
    }
    return std::isgreater(b, -two_to_63) && a < static_cast<std::int64_t>(std::ceil(b));
}

bool greater(std::int64_t a, double b) noexcept {
    constexpr double two_to_63 = 9223372036854775808.0;
    if (std::isless(b, -two_to_63)) {
        return true;
    }
    return std::isless(b, two_to_63) && a > static_cast<std::int64_t>(std::floor(b));
}

bool less(double a, double b) noexcept { return std::isless(a, b); }
bool greater(double a, double b) noexcept { return std::isgreater(a, b); }

// No limit is NaN, which compares false with everything; these comparisons raise no exception.
template <class Number> bool outside(const schema &s, Number x) noexcept {
    return less(x, s.min) || greater(x, s.max);
}

bool outside(const schema &s, const value &v) noexcept {
    if (const std::int64_t *x = v.as_int()) {
        return outside(s, *x);
    }
    return v.as_double() != nullptr && outside(s, *v.as_double());
}

result<value> exact_double(const schema &s, std::int64_t x) {
    constexpr std::int64_t all_below_are_exact = std::int64_t{1} << 53;
    if (x > all_below_are_exact || x < -all_below_are_exact) {
        return invalid("{} is {}, which no double holds exactly; give it with a point", s.name, x);
    }
    return value(static_cast<double>(x));
}

// The value in the schema's type, NaN among the doubles.
result<value> in_type_or_nan(const schema &s, const value &v) {
    if (s.type == ALD_TYPE_DOUBLE && v.as_int() != nullptr) {
        return exact_double(s, *v.as_int());
    }
    if (s.type != ALD_TYPE_ANY && s.type != v.type()) {
        return invalid("{} is of type {}, expected {}", s.name, type_name(v.type()),
                       type_name(s.type));
    }
    return v;
}

result<value> in_type(const schema &s, const value &v) {
    auto typed = in_type_or_nan(s, v);
    if (typed && is_nan(*typed)) {
        return invalid("{} is NaN, expected a number", s.name);
    }
    return typed;
}

outcome check_range(const schema &s, const value &v) {
    if (outside(s, v)) {
        return fail(ALD_E_RANGE, "schema", "{} is {}, allowed are {}", s.name, value_words(s, v),
                    range_words(s));
    }
    return {};
}

outcome check_choice(const schema &s, const value &v) {
    if (!s.choices) {
        return {};
    }
    const list &choices = *s.choices->as_list();
    if (std::find(choices.begin(), choices.end(), v) == choices.end()) {
        return invalid("{} is {}, allowed are {}{}", s.name, value_words(s, v), choice_words(s),
                       nearest_choice(s, v));
    }
    return {};
}

// --- checks of a schema ---

outcome check_fields(const schema &s) {
    if (s.name.empty()) {
        return invalid("a schema record needs a name");
    }
    if (s.type < ALD_TYPE_NULL || s.type > ALD_TYPE_ANY) {
        return invalid("{}: {} is no type, expected ALD_TYPE_<X>", s.name, s.type);
    }
    if ((s.flags & ~known_flags) != 0) {
        return invalid("{}: unknown flags {:#x}; start from ald_schema_init", s.name,
                       s.flags & ~known_flags);
    }
    if (const auto unit = parse_unit(s.unit); !unit) {
        return invalid("{}: {}", s.name, unit.error()->detail().message);
    }
    const bool limited = !std::isnan(s.min) || !std::isnan(s.max);
    if (limited && !is_number(s.type) && s.type != ALD_TYPE_ANY) {
        return invalid("{}: limits are for numbers, not for type {}", s.name, type_name(s.type));
    }
    if (std::isgreater(s.min, s.max)) { // neither where one is NaN
        return invalid("{}: the least value {} is above the greatest {}", s.name, s.min, s.max);
    }
    return {};
}

// The choices in the schema's type, each within its limits.
result<value> checked_choices(const schema &s, const value &given) {
    const list *items = given.as_list();
    if (items == nullptr || items->empty()) {
        return invalid("{}: the choices must be a list of values", s.name);
    }
    list choices;
    for (const value &item : *items) {
        auto choice = in_type(s, item);
        if (!choice) {
            return choice;
        }
        if (auto ok = check_range(s, *choice); !ok) {
            return failure(ok.error());
        }
        choices.push_back(std::move(*choice));
    }
    return value(std::move(choices));
}

// --- records ---

// The fields that a record of `struct_size` bytes has, defaults for all others.
ald_schema known_part(const ald_schema &record) noexcept {
    ald_schema known = empty_schema_record();
    const std::size_t size = std::min<std::size_t>(record.struct_size, sizeof known);
    std::memcpy(&known, &record, size);
    return known;
}

result<std::string> text_field(const char *text, const char *field) {
    const std::string_view given = text == nullptr ? "" : text;
    const std::size_t bad = invalid_utf8(given);
    if (bad != std::string_view::npos) {
        return invalid("the {} of a schema record is not UTF-8 at byte {}", field, bad);
    }
    return std::string(given);
}

outcome read_texts(const ald_schema &record, schema &s) {
    struct field {
        const char *text;
        const char *name;
        std::string &to;
    };
    for (const field &f : {field{record.name, "name", s.name}, field{record.unit, "unit", s.unit},
                           field{record.doc, "doc", s.doc}}) {
        auto text = text_field(f.text, f.name);
        if (!text) {
            return failure(text.error());
        }
        f.to = std::move(*text);
    }
    return {};
}

outcome read_handle(const ald_value *handle, const value_lookup &lookup, std::optional<value> &to) {
    if (handle == nullptr) {
        return {};
    }
    auto v = lookup(handle);
    if (!v) {
        return failure(v.error());
    }
    to = std::move(*v);
    return {};
}

} // namespace

bool operator==(const schema &a, const schema &b) {
    const auto same = [](double x, double y) { return x == y || (std::isnan(x) && std::isnan(y)); };
    return a.name == b.name && a.type == b.type && a.unit == b.unit && a.doc == b.doc &&
           same(a.min, b.min) && same(a.max, b.max) && same(a.step, b.step) &&
           a.choices == b.choices && a.initial == b.initial && a.flags == b.flags;
}

result<value> check(const schema &s, const value &v) {
    auto typed = in_type(s, v);
    if (!typed) {
        return typed;
    }
    if (auto ok = check_range(s, *typed); !ok) {
        return failure(ok.error());
    }
    if (auto ok = check_choice(s, *typed); !ok) {
        return failure(ok.error());
    }
    return typed;
}

result<value> check_answer(const schema &s, const value &v) {
    auto typed = in_type_or_nan(s, v);
    if (typed && !is_nan(*typed)) {
        if (auto ok = check_choice(s, *typed); !ok) {
            return failure(ok.error());
        }
    }
    return typed;
}

result<schema> validated(schema s) {
    if (auto ok = check_fields(s); !ok) {
        return failure(ok.error());
    }
    if (s.choices) {
        auto choices = checked_choices(s, *s.choices);
        if (!choices) {
            return failure(choices.error());
        }
        s.choices = std::move(*choices);
    }
    if (s.initial) {
        auto initial = check(s, *s.initial);
        if (!initial) {
            return invalid("the initial value is not allowed: {}",
                           initial.error()->detail().message);
        }
        s.initial = std::move(*initial);
    }
    return s;
}

ald_schema empty_schema_record() noexcept {
    ald_schema record{};
    record.struct_size = sizeof record;
    record.type = ALD_TYPE_ANY;
    record.name = "";
    record.unit = "";
    record.doc = "";
    record.min = schema::none;
    record.max = schema::none;
    record.step = schema::none;
    record.flags = ALD_SCHEMA_READ;
    return record;
}

result<schema> schema_from(const ald_schema &record, const value_lookup &lookup) {
    if (record.struct_size < offsetof(ald_schema, unit)) {
        return invalid("a schema record says it has {} bytes; start from ald_schema_init",
                       record.struct_size);
    }
    const ald_schema known = known_part(record);
    schema s;
    s.type = known.type;
    s.min = known.min;
    s.max = known.max;
    s.step = known.step;
    s.flags = known.flags;
    if (auto ok = read_texts(known, s); !ok) {
        return failure(ok.error());
    }
    if (auto ok = read_handle(known.choices, lookup, s.choices); !ok) {
        return failure(ok.error());
    }
    if (auto ok = read_handle(known.initial, lookup, s.initial); !ok) {
        return failure(ok.error());
    }
    return validated(std::move(s));
}

ald_schema record_of(const schema &s) noexcept {
    ald_schema record = empty_schema_record();
    record.type = s.type;
    record.name = s.name.c_str();
    record.unit = s.unit.c_str();
    record.doc = s.doc.c_str();
    record.min = s.min;
    record.max = s.max;
    record.step = s.step;
    record.flags = s.flags;
    return record;
}

} // namespace alidade
