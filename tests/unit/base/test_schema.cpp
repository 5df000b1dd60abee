#include "base/value/schema.hpp"

#include "unit/base/values_support.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

namespace alidade {
namespace {

using test::array_of;
using test::code_of;
using test::identical;
using test::integer;
using test::message_of;
using test::must;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr std::int64_t int64_max = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t int64_min = std::numeric_limits<std::int64_t>::min();

schema position() {
    return {.name = "position", .type = ALD_TYPE_DOUBLE, .unit = "mm", .min = 0, .max = 100};
}

schema mode() {
    return {.name = "mode",
            .type = ALD_TYPE_STRING,
            .choices = value(list{value("slow"), value("normal")})};
}

// --- checking values ---

struct check_case {
    const char *what;
    schema s;
    value v;
    ald_status expected;
    const char *message;
};

TEST(Schema, RefusesUnitsThatAreNone) {
    schema s{.name = "pressure", .type = ALD_TYPE_DOUBLE, .unit = "Torr"};
    EXPECT_EQ(message_of(validated(s)), "pressure: unknown unit 'Torr' (did you mean 'mm[Hg]'?)");
    s.unit = "mm[Hg]";
    EXPECT_EQ(code_of(validated(s)), ALD_OK);
}

TEST(Schema, NamesLimitAndUnit) {
    schema least = position();
    least.max = nan;
    schema most = position();
    most.min = nan;
    schema plain = position();
    plain.unit = "1";
    const schema count{.name = "count", .type = ALD_TYPE_INT, .min = 1, .max = 3};
    const schema any{.name = "x", .min = 0, .max = 1};
    schema gain{.name = "gain",
                .type = ALD_TYPE_DOUBLE,
                .unit = "dB",
                .choices = value(list{value(0.0), value(6.0)})};
    constexpr double tiny = std::numeric_limits<double>::min();
    constexpr double huge = std::numeric_limits<double>::max();
    const check_case cases[] = {
        {"inside", position(), value(50.0), ALD_OK, ""},
        {"the least", position(), value(0.0), ALD_OK, ""},
        {"the greatest", position(), value(100.0), ALD_OK, ""},
        {"above", position(), value(120.0), ALD_E_RANGE,
         "position is 120 mm, allowed are 0 mm to 100 mm"},
        {"below", position(), value(-0.5), ALD_E_RANGE,
         "position is -0.5 mm, allowed are 0 mm to 100 mm"},
        {"just above", position(), value(std::nextafter(100.0, 200.0)), ALD_E_RANGE,
         "position is 100.00000000000001 mm, allowed are 0 mm to 100 mm"},
        {"infinite", position(), value(infinity), ALD_E_RANGE,
         "position is inf mm, allowed are 0 mm to 100 mm"},
        {"an int above", position(), integer(120), ALD_E_RANGE,
         "position is 120 mm, allowed are 0 mm to 100 mm"},
        {"only a least", least, value(-1.0), ALD_E_RANGE,
         "position is -1 mm, allowed are 0 mm and more"},
        {"only a least, far above", least, value(infinity), ALD_OK, ""},
        {"only a greatest", most, value(101.0), ALD_E_RANGE,
         "position is 101 mm, allowed are 100 mm and less"},
        {"above 0",
         {.name = "v", .type = ALD_TYPE_DOUBLE, .unit = "mm/s", .min = tiny},
         value(0.0),
         ALD_E_RANGE,
         "v is 0 mm/s, allowed are above 0 mm/s"},
        {"above 0, with a greatest",
         {.name = "v", .type = ALD_TYPE_DOUBLE, .unit = "mm/s", .min = tiny, .max = 5},
         value(0.0),
         ALD_E_RANGE,
         "v is 0 mm/s, allowed are above 0 mm/s and up to 5 mm/s"},
        {"below 0",
         {.name = "v", .type = ALD_TYPE_DOUBLE, .max = -tiny},
         value(0.0),
         ALD_E_RANGE,
         "v is 0, allowed are below 0"},
        {"below 0, with a least",
         {.name = "v", .type = ALD_TYPE_DOUBLE, .min = -5, .max = -tiny},
         value(0.0),
         ALD_E_RANGE,
         "v is 0, allowed are -5 and more, and below 0"},
        {"finite",
         {.name = "v", .type = ALD_TYPE_DOUBLE, .unit = "V", .min = -huge, .max = huge},
         value(infinity),
         ALD_E_RANGE,
         "v is inf V, allowed are finite numbers"},
        {"a least, and finite",
         {.name = "v", .type = ALD_TYPE_DOUBLE, .min = 1, .max = huge},
         value(infinity),
         ALD_E_RANGE,
         "v is inf, allowed are 1 and more"},
        {"no unit", plain, value(101.0), ALD_E_RANGE, "position is 101, allowed are 0 to 100"},
        {"not a number", position(), value(nan), ALD_E_INVALID,
         "position is NaN, expected a number"},
        {"a text", position(), value("5"), ALD_E_INVALID,
         "position is of type string, expected double"},
        {"null", position(), value(), ALD_E_INVALID, "position is of type null, expected double"},
        {"an int inside", count, integer(3), ALD_OK, ""},
        {"an int outside", count, integer(4), ALD_E_RANGE, "count is 4, allowed are 1 to 3"},
        {"a double for an int", count, value(2.0), ALD_E_INVALID,
         "count is of type double, expected int64"},
        {"a bool for an int", count, value(true), ALD_E_INVALID,
         "count is of type bool, expected int64"},
        {"a choice", mode(), value("slow"), ALD_OK, ""},
        {"no choice", mode(), value("quick"), ALD_E_INVALID,
         "mode is 'quick', allowed are 'slow', 'normal'"},
        {"nearly a choice", mode(), value("norml"), ALD_E_INVALID,
         "mode is 'norml', allowed are 'slow', 'normal' (did you mean 'normal'?)"},
        {"no number of the choice", gain, value(3.0), ALD_E_INVALID,
         "gain is 3 dB, allowed are 0 dB, 6 dB"},
        {"an int for a double of the choice", gain, integer(6), ALD_OK, ""},
        {"any type", {.name = "x"}, value("text"), ALD_OK, ""},
        {"any type, but a number",
         {.name = "x"},
         value(nan),
         ALD_E_INVALID,
         "x is NaN, expected a number"},
        {"any type within limits", any, value(0.5), ALD_OK, ""},
        {"any type outside of limits", any, integer(2), ALD_E_RANGE, "x is 2, allowed are 0 to 1"},
        {"any type without numbers", any, value("text"), ALD_OK, ""},
        {"text on one line",
         {.name = "t", .type = ALD_TYPE_STRING, .choices = value(list{value("a")})},
         value("a\nb"),
         ALD_E_INVALID,
         "t is 'a\\nb', allowed are 'a'"},
    };
    for (const check_case &c : cases) {
        const auto checked = check(must(validated(c.s)), c.v);
        EXPECT_EQ(code_of(checked), c.expected) << c.what;
        EXPECT_EQ(message_of(checked), c.message) << c.what;
    }
}

TEST(Schema, TakesAnIntForADoubleOnlyIfExact) {
    const schema s{.name = "x", .type = ALD_TYPE_DOUBLE};
    EXPECT_TRUE(identical(must(check(s, integer(5))), value(5.0)));
    EXPECT_TRUE(
        identical(must(check(s, integer(std::int64_t{1} << 53))), value(9007199254740992.0)));
    EXPECT_TRUE(
        identical(must(check(s, integer(-(std::int64_t{1} << 53)))), value(-9007199254740992.0)));
    EXPECT_EQ(code_of(check(s, integer((std::int64_t{1} << 53) + 1))), ALD_E_INVALID);
    EXPECT_EQ(code_of(check(s, integer(int64_min))), ALD_E_INVALID);
    const schema i{.name = "x", .type = ALD_TYPE_INT};
    EXPECT_TRUE(identical(must(check(i, integer(5))), integer(5)));
    const schema any{.name = "x"};
    EXPECT_TRUE(identical(must(check(any, integer(5))), integer(5)));
}

TEST(Schema, ComparesLargeIntegersExactly) {
    const auto allowed = [](std::int64_t x, double min, double max) {
        const schema s{.name = "x", .type = ALD_TYPE_INT, .min = min, .max = max};
        return code_of(check(s, integer(x))) == ALD_OK;
    };
    constexpr double two_to_63 = 9223372036854775808.0;
    EXPECT_TRUE(allowed(int64_max, -two_to_63, two_to_63));
    EXPECT_TRUE(allowed(int64_min, -two_to_63, two_to_63));
    EXPECT_TRUE(allowed(int64_max, -infinity, infinity));
    EXPECT_FALSE(allowed(int64_max, nan, std::nextafter(two_to_63, 0.0)));
    EXPECT_FALSE(allowed(int64_max, two_to_63, nan));
    EXPECT_FALSE(allowed(int64_min, nan, std::nextafter(-two_to_63, -infinity)));
    EXPECT_FALSE(allowed(int64_min, std::nextafter(-two_to_63, 0.0), nan));
    EXPECT_TRUE(allowed((std::int64_t{1} << 53) + 1, 9007199254740992.0, nan));
    EXPECT_FALSE(allowed((std::int64_t{1} << 53) + 1, nan, 9007199254740992.0));
    EXPECT_TRUE(allowed(1, 0.5, 1.5));
    EXPECT_FALSE(allowed(0, 0.5, 1.5));
    EXPECT_FALSE(allowed(2, 0.5, 1.5));
    EXPECT_FALSE(allowed(-1, -0.5, nan));
}

TEST(Schema, NamesOnlyTheFirstOfManyChoices) {
    list choices;
    for (std::int64_t i = 0; i < 100; ++i) {
        choices.push_back(integer(i));
    }
    const schema s{.name = "n", .type = ALD_TYPE_INT, .choices = value(choices)};
    EXPECT_EQ(message_of(check(s, integer(100))),
              "n is 100, allowed are 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 88 more");
}

// --- checking schemas ---

TEST(Schema, MustNotContradictItself) {
    const auto valid_with = [](auto change) {
        schema s = position();
        change(s);
        return code_of(validated(std::move(s)));
    };
    EXPECT_EQ(valid_with([](schema &) {}), ALD_OK);
    EXPECT_EQ(valid_with([](schema &s) { s.name = ""; }), ALD_E_INVALID);
    EXPECT_EQ(valid_with([](schema &s) { s.type = 11; }), ALD_E_INVALID);
    EXPECT_EQ(valid_with([](schema &s) { s.type = -1; }), ALD_E_INVALID);
    EXPECT_EQ(valid_with([](schema &s) { s.flags = 15; }), ALD_OK);
    EXPECT_EQ(valid_with([](schema &s) { s.flags = 32; }), ALD_E_INVALID);
    EXPECT_EQ(valid_with([](schema &s) { s.min = 101; }), ALD_E_INVALID);
    EXPECT_EQ(valid_with([](schema &s) { s.min = 100; }), ALD_OK);
    EXPECT_EQ(valid_with([](schema &s) { s.type = ALD_TYPE_STRING; }), ALD_E_INVALID);
    EXPECT_EQ(valid_with([](schema &s) { s.type = ALD_TYPE_ANY; }), ALD_OK);
    EXPECT_EQ(valid_with([](schema &s) { s.initial = value(50.0); }), ALD_OK);
    EXPECT_EQ(valid_with([](schema &s) { s.initial = value(101.0); }), ALD_E_INVALID);
    EXPECT_EQ(valid_with([](schema &s) { s.initial = value(nan); }), ALD_E_INVALID);
    EXPECT_EQ(valid_with([](schema &s) { s.initial = value("50"); }), ALD_E_INVALID);
    EXPECT_EQ(valid_with([](schema &s) { s.choices = value(50.0); }), ALD_E_INVALID);
    EXPECT_EQ(valid_with([](schema &s) { s.choices = value(list{}); }), ALD_E_INVALID);
    EXPECT_EQ(valid_with([](schema &s) { s.choices = value(list{value("a")}); }), ALD_E_INVALID);
    EXPECT_EQ(valid_with([](schema &s) { s.choices = value(list{value(101.0)}); }), ALD_E_RANGE);
    EXPECT_EQ(valid_with([](schema &s) {
                  s.choices = value(list{value(1.0)});
                  s.initial = value(2.0);
              }),
              ALD_E_INVALID);
}

TEST(Schema, BringsChoicesAndInitialIntoItsType) {
    schema s = position();
    s.choices = value(list{integer(1), value(2.5)});
    s.initial = integer(1);
    s = must(validated(std::move(s)));
    EXPECT_TRUE(identical(*s.choices, value(list{value(1.0), value(2.5)})));
    EXPECT_TRUE(identical(*s.initial, value(1.0)));
}

TEST(Schema, SaysWhatIsWrongWithTheInitialValue) {
    schema s = position();
    s.initial = integer(101);
    EXPECT_EQ(message_of(validated(std::move(s))),
              "the initial value is not allowed: position is 101 mm, allowed are 0 mm to 100 mm");
}

// --- records ---

// Handles stand for the values in a table.
struct handles {
    std::vector<value> values;

    const ald_value *add(value v) {
        values.push_back(std::move(v));
        return reinterpret_cast<const ald_value *>(values.size());
    }
    [[nodiscard]] value_lookup lookup() const {
        return [this](const ald_value *handle) -> result<value> {
            const auto index = reinterpret_cast<std::uintptr_t>(handle);
            if (index == 0 || index > values.size()) {
                return fail(ALD_E_INVALID, "test", "no such handle");
            }
            return values[index - 1];
        };
    }
};

TEST(SchemaRecord, DefaultsToAnyReadableValue) {
    const ald_schema record = empty_schema_record();
    EXPECT_EQ(record.struct_size, sizeof(ald_schema));
    EXPECT_EQ(record.type, ALD_TYPE_ANY);
    EXPECT_STREQ(record.name, "");
    EXPECT_TRUE(std::isnan(record.min));
    EXPECT_TRUE(std::isnan(record.max));
    EXPECT_TRUE(std::isnan(record.step));
    EXPECT_EQ(record.choices, nullptr);
    EXPECT_EQ(record.initial, nullptr);
    EXPECT_EQ(record.flags, static_cast<std::uint64_t>(ALD_SCHEMA_READ));
}

TEST(SchemaRecord, BecomesASchemaAndBack) {
    handles h;
    ald_schema record = empty_schema_record();
    record.type = ALD_TYPE_DOUBLE;
    record.name = "exposure";
    record.unit = "s";
    record.doc = "How long light is gathered.";
    record.min = 0;
    record.max = 10;
    record.step = 0.001;
    record.choices = h.add(value(list{value(1.0), integer(2)}));
    record.initial = h.add(integer(2));
    record.flags = ALD_SCHEMA_WRITE | ALD_SCHEMA_REQUIRED;
    const schema s = must(schema_from(record, h.lookup()));
    EXPECT_EQ(s.name, "exposure");
    EXPECT_EQ(s.unit, "s");
    EXPECT_EQ(s.doc, "How long light is gathered.");
    EXPECT_EQ(s.type, ALD_TYPE_DOUBLE);
    EXPECT_EQ(s.min, 0);
    EXPECT_EQ(s.max, 10);
    EXPECT_EQ(s.step, 0.001);
    EXPECT_TRUE(identical(*s.choices, value(list{value(1.0), value(2.0)})));
    EXPECT_TRUE(identical(*s.initial, value(2.0)));

    const ald_schema back = record_of(s);
    EXPECT_STREQ(back.name, record.name);
    EXPECT_STREQ(back.unit, record.unit);
    EXPECT_STREQ(back.doc, record.doc);
    EXPECT_EQ(back.type, record.type);
    EXPECT_EQ(back.min, record.min);
    EXPECT_EQ(back.max, record.max);
    EXPECT_EQ(back.step, record.step);
    EXPECT_EQ(back.flags, record.flags);
    EXPECT_EQ(back.choices, nullptr);
    EXPECT_EQ(back.initial, nullptr);
}

TEST(Schema, IsEqualWhereNothingDiffers) {
    schema other = position();
    EXPECT_TRUE(position() == other); // both have no step
    other.step = 0.5;
    EXPECT_FALSE(position() == other);
    other = position();
    other.choices = value(list{value(1.0)});
    EXPECT_FALSE(position() == other);
    other = position();
    other.doc = "where it is";
    EXPECT_FALSE(position() == other);
}

TEST(SchemaRecord, NullTextsAreEmpty) {
    ald_schema record = empty_schema_record();
    record.name = "x";
    record.unit = nullptr;
    record.doc = nullptr;
    const schema s = must(schema_from(record, handles().lookup()));
    EXPECT_EQ(s.unit, "");
    EXPECT_EQ(s.doc, "");
    record.name = nullptr;
    EXPECT_EQ(code_of(schema_from(record, handles().lookup())), ALD_E_INVALID);
}

TEST(SchemaRecord, OfAnotherVersionIsReadUpToItsSize) {
    // An older caller's record ends before `max`; what follows it in memory is somebody else's.
    constexpr std::size_t older_size = offsetof(ald_schema, max);
    std::vector<std::byte> memory(older_size);
    ald_schema record = empty_schema_record();
    record.struct_size = older_size;
    record.name = "x";
    record.type = ALD_TYPE_DOUBLE;
    record.min = 1;
    record.max = 2;
    std::memcpy(memory.data(), &record, older_size);
    const auto &older = *reinterpret_cast<const ald_schema *>(memory.data());
    const schema s = must(schema_from(older, handles().lookup()));
    EXPECT_EQ(s.min, 1);
    EXPECT_TRUE(std::isnan(s.max));
    EXPECT_EQ(s.flags, static_cast<std::uint64_t>(ALD_SCHEMA_READ));

    record.struct_size = sizeof record + 100; // a newer caller's
    EXPECT_EQ(must(schema_from(record, handles().lookup())).max, 2);
    for (const std::uint32_t size : {0U, 4U, 8U, 15U}) {
        record.struct_size = size;
        EXPECT_EQ(code_of(schema_from(record, handles().lookup())), ALD_E_INVALID) << size;
    }
}

TEST(SchemaRecord, RefusesWhatIsMalformed) {
    handles h;
    const auto read_with = [&h](auto change) {
        ald_schema record = empty_schema_record();
        record.name = "x";
        change(record);
        return code_of(schema_from(record, h.lookup()));
    };
    EXPECT_EQ(read_with([](ald_schema &) {}), ALD_OK);
    EXPECT_EQ(read_with([](ald_schema &r) { r.flags |= 1U << 20; }), ALD_E_INVALID);
    EXPECT_EQ(read_with([](ald_schema &r) { r.type = 99; }), ALD_E_INVALID);
    EXPECT_EQ(read_with([](ald_schema &r) { r.name = "\xff"; }), ALD_E_INVALID);
    EXPECT_EQ(read_with([](ald_schema &r) { r.unit = "\xff"; }), ALD_E_INVALID);
    EXPECT_EQ(read_with([](ald_schema &r) { r.doc = "\xff"; }), ALD_E_INVALID);
    EXPECT_EQ(read_with([](ald_schema &r) { r.min = 2, r.max = 1; }), ALD_E_INVALID);
    EXPECT_EQ(read_with([](ald_schema &r) { r.initial = reinterpret_cast<ald_value *>(77); }),
              ALD_E_INVALID);
    EXPECT_EQ(read_with([&h](ald_schema &r) { r.choices = h.add(integer(1)); }), ALD_E_INVALID);
}

} // namespace
} // namespace alidade
