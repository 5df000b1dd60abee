#include "base/value/value.hpp"

#include "unit/base/values_support.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

namespace alidade {
namespace {

using test::code_of;
using test::integer;
using test::must;
using test::nested_lists;

// --- UTF-8 ---

struct utf8_case {
    const char *what;
    std::string text;
    std::size_t invalid_at;
};

constexpr std::size_t valid = std::string_view::npos;

TEST(Utf8, FindsTheFirstInvalidByte) {
    const utf8_case cases[] = {
        {"nothing", "", valid},
        {"ASCII", "plain text, long enough for words of eight", valid},
        {"NUL", std::string("\0", 1), valid},
        {"two bytes, least", "\xc2\x80", valid},
        {"two bytes, most", "\xdf\xbf", valid},
        {"three bytes, least", "\xe0\xa0\x80", valid},
        {"three bytes before the surrogates", "\xed\x9f\xbf", valid},
        {"three bytes after the surrogates", "\xee\x80\x80", valid},
        {"three bytes, most", "\xef\xbf\xbf", valid},
        {"four bytes, least", "\xf0\x90\x80\x80", valid},
        {"four bytes, most", "\xf4\x8f\xbf\xbf", valid},
        {"a lone following byte", "\x80", 0},
        {"the last following byte", "ab\xbf", 2},
        {"overlong NUL", "\xc0\x80", 0},
        {"overlong slash", "\xc1\xaf", 0},
        {"overlong three bytes", "\xe0\x9f\xbf", 0},
        {"overlong four bytes", "\xf0\x8f\xbf\xbf", 0},
        {"first surrogate", "\xed\xa0\x80", 0},
        {"last surrogate", "\xed\xbf\xbf", 0},
        {"beyond U+10FFFF", "\xf4\x90\x80\x80", 0},
        {"five bytes", "\xf8\x88\x80\x80\x80", 0},
        {"0xfe", "\xfe", 0},
        {"0xff", "abc\xff", 3},
        {"two bytes cut off", "a\xc3", 1},
        {"three bytes cut off after one", "\xe2", 0},
        {"three bytes cut off after two", "\xe2\x82", 0},
        {"four bytes cut off after three", "\xf0\x9f\x98", 0},
        {"a lead byte instead of a following one", "\xc3\xc3", 0},
        {"ASCII instead of the third byte", "\xe2\x82 ", 0},
        {"ASCII instead of the fourth byte", "\xf0\x9f\x98 ", 0},
        {"behind a word of ASCII", "12345678\xff", 8},
        {"within a word of ASCII", "1234\xff 78", 4},
        {"Latin-1", "caf\xe9", 3},
        {"UTF-16 byte order mark", "\xff\xfe", 0},
    };
    for (const utf8_case &c : cases) {
        EXPECT_EQ(invalid_utf8(c.text), c.invalid_at) << c.what;
    }
}

TEST(Utf8, AcceptsEveryScalarValueAndNoOther) {
    for (char32_t c = 0; c < 0x110000; ++c) {
        std::string text;
        append_utf8(text, c);
        ASSERT_EQ(invalid_utf8(text) == valid, is_scalar_value(c)) << static_cast<unsigned>(c);
    }
}

// --- types and content ---

TEST(Value, KnowsItsTypeAndOnlyThat) {
    const auto handle = buffer::allocate(1);
    struct {
        value v;
        ald_type type;
        const char *name;
    } const cases[] = {
        {value(), ALD_TYPE_NULL, "null"},
        {value(nullptr), ALD_TYPE_NULL, "null"},
        {value(true), ALD_TYPE_BOOL, "bool"},
        {integer(-7), ALD_TYPE_INT, "int64"},
        {value(1.5), ALD_TYPE_DOUBLE, "double"},
        {value("text"), ALD_TYPE_STRING, "string"},
        {value(bytes{1, 2}), ALD_TYPE_BYTES, "bytes"},
        {value(list{}), ALD_TYPE_LIST, "list"},
        {value(map{}), ALD_TYPE_MAP, "map"},
        {value(must(zeros(ALD_DTYPE_INT8, {}))), ALD_TYPE_ARRAY, "array"},
        {value(ref<const object>(ref<buffer>(handle))), ALD_TYPE_HANDLE, "handle"},
    };
    for (const auto &c : cases) {
        EXPECT_EQ(c.v.type(), c.type) << c.name;
        EXPECT_STREQ(type_name(c.type), c.name);
        EXPECT_EQ(c.v.as_bool() != nullptr, c.type == ALD_TYPE_BOOL) << c.name;
        EXPECT_EQ(c.v.as_int() != nullptr, c.type == ALD_TYPE_INT) << c.name;
        EXPECT_EQ(c.v.as_double() != nullptr, c.type == ALD_TYPE_DOUBLE) << c.name;
        EXPECT_EQ(c.v.as_string() != nullptr, c.type == ALD_TYPE_STRING) << c.name;
        EXPECT_EQ(c.v.as_bytes() != nullptr, c.type == ALD_TYPE_BYTES) << c.name;
        EXPECT_EQ(c.v.as_list() != nullptr, c.type == ALD_TYPE_LIST) << c.name;
        EXPECT_EQ(c.v.as_map() != nullptr, c.type == ALD_TYPE_MAP) << c.name;
        EXPECT_EQ(c.v.as_array() != nullptr, c.type == ALD_TYPE_ARRAY) << c.name;
        EXPECT_EQ(c.v.as_handle() != nullptr, c.type == ALD_TYPE_HANDLE) << c.name;
        EXPECT_EQ(c.v, c.v) << c.name;
    }
    EXPECT_STREQ(type_name(ALD_TYPE_ANY), "any");
    EXPECT_STREQ(type_name(11), "");
    EXPECT_STREQ(type_name(-1), "");
}

TEST(Value, IsNotMadeOfAPointer) {
    static_assert(!std::is_constructible_v<value, const int *>);
    static_assert(!std::is_constructible_v<value, const buffer *>);
    static_assert(!std::is_constructible_v<value, int>, "int64 or double, say which");
    EXPECT_EQ(value("true").type(), ALD_TYPE_STRING);
}

TEST(Value, ComparesTypeContentAndOrder) {
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    const value ab(map{{"a", integer(1)}, {"b", integer(2)}});
    const value ba(map{{"b", integer(2)}, {"a", integer(1)}});
    EXPECT_EQ(value(nan), value(-nan));
    EXPECT_EQ(value(0.0), value(-0.0));
    EXPECT_EQ(value(list{value(nan)}), value(list{value(nan)}));
    EXPECT_EQ(ab, value(map(*ab.as_map())));
    EXPECT_FALSE(ab == ba);
    EXPECT_FALSE(value(1.0) == integer(1));
    EXPECT_FALSE(value("a") == value(bytes{'a'}));
    EXPECT_FALSE(value(list{}) == value(map{}));
    EXPECT_FALSE(value() == value(false));
    EXPECT_FALSE(value(list{integer(1)}) == value(list{integer(1), integer(2)}));
}

TEST(Value, ComparesHandlesByIdentity) {
    const ref<const object> one = ref<buffer>(buffer::allocate(1));
    const ref<const object> other = ref<buffer>(buffer::allocate(1));
    EXPECT_EQ(value(one), value(one));
    EXPECT_FALSE(value(one) == value(other));
}

TEST(Value, MapKeepsTheOrderOfInsertion) {
    value v{map{}};
    for (const char *key : {"z", "a", "m", ""}) {
        must(v.set(key, value(key)));
    }
    must(v.set("a", integer(1)));
    ASSERT_EQ(v.as_map()->size(), 4U);
    EXPECT_EQ((*v.as_map())[0].first, "z");
    EXPECT_EQ((*v.as_map())[1].first, "a");
    EXPECT_EQ((*v.as_map())[1].second, integer(1));
    EXPECT_EQ((*v.as_map())[3].first, "");
    EXPECT_EQ(*v.find("a"), integer(1));
    EXPECT_EQ(v.find("b"), nullptr);
    EXPECT_EQ(integer(1).find("a"), nullptr);
}

TEST(Value, KeysMayHoldNuls) {
    const std::string key("a\0b", 3);
    value v{map{}};
    must(v.set(key, integer(1)));
    must(v.set("a", integer(2)));
    EXPECT_EQ(*v.find(key), integer(1));
    EXPECT_EQ(v.as_map()->size(), 2U);
}

// --- copy on write ---

TEST(Value, CopiesWhatOthersShare) {
    value original(list{integer(1)});
    value copy = original;
    EXPECT_EQ(original.as_list(), copy.as_list());
    must(copy.append(integer(2)));
    EXPECT_EQ(original.as_list()->size(), 1U);
    EXPECT_EQ(copy.as_list()->size(), 2U);

    const list *place = copy.as_list();
    must(copy.append(integer(3)));
    EXPECT_EQ(copy.as_list(), place) << "what nobody shares is changed in place";
}

TEST(Value, LaterChangesOfAnItemDoNotShow) {
    value item(map{});
    value outer(list{});
    must(outer.append(item));
    must(item.set("late", integer(1)));
    EXPECT_TRUE((*outer.as_list())[0].as_map()->empty());
}

TEST(Value, MayBeItsOwnItem) {
    value v(list{integer(1)});
    must(v.append(v));
    EXPECT_EQ(v, value(list{integer(1), value(list{integer(1)})}));
    value m(map{});
    must(m.set("self", m));
    EXPECT_EQ(m, value(map{{"self", value(map{})}}));
}

TEST(Value, SharedContentMayBeWrittenByOneThreadEach) {
    for (int round = 0; round < 200; ++round) {
        value original(list{integer(round), value("shared")});
        const auto grow = [](value v) {
            for (std::int64_t i = 0; i < 10; ++i) {
                must(v.append(integer(i)));
            }
            EXPECT_EQ(v.as_list()->size(), 12U);
        };
        std::thread other(grow, original);
        std::thread third(grow, original);
        must(original.append(value()));
        other.join();
        third.join();
        EXPECT_EQ(original.as_list()->size(), 3U);
    }
}

// --- depth ---

TEST(ValueDepth, CountsListsAndMaps) {
    EXPECT_EQ(value().depth(), 0);
    EXPECT_EQ(value("scalar").depth(), 0);
    EXPECT_EQ(value(list{}).depth(), 1);
    EXPECT_EQ(value(map{{"a", value(list{integer(1)})}, {"b", value()}}).depth(), 2);
    EXPECT_EQ(nested_lists(64).depth(), 64);
}

TEST(ValueDepth, IsAtMost64) {
    value outer(list{});
    must(outer.append(nested_lists(63)));
    EXPECT_EQ(outer.depth(), 64);
    EXPECT_EQ(code_of(outer.append(nested_lists(64))), ALD_E_LIMIT);
    EXPECT_EQ(outer.as_list()->size(), 1U);

    value entries(map{});
    must(entries.set("a", nested_lists(63)));
    EXPECT_EQ(code_of(entries.set("b", nested_lists(64))), ALD_E_LIMIT);
    EXPECT_EQ(code_of(entries.set("a", nested_lists(64))), ALD_E_LIMIT);
    EXPECT_EQ(entries.depth(), 64);
}

TEST(ValueDepth, ShrinksWhenADeepItemIsReplaced) {
    value entries(map{{"deep", nested_lists(10)}, {"flat", nested_lists(2)}});
    EXPECT_EQ(entries.depth(), 11);
    must(entries.set("deep", integer(0)));
    EXPECT_EQ(entries.depth(), 3);
}

TEST(ValueDepth, CostsNothingWhereItemsAreShared) {
    value v(list{});
    for (int i = 1; i < 64; ++i) { // of 2^63 paths to the bottom
        value next(list{});
        must(next.append(v));
        must(next.append(v));
        v = next;
    }
    EXPECT_EQ(v.depth(), 64);
    EXPECT_EQ(v, value(v));
}

// --- keys ---

TEST(Keys, DuplicatesAreFoundWhereTheyStand) {
    const auto items = [](std::vector<std::string> keys) {
        map m;
        for (std::string &key : keys) {
            m.emplace_back(std::move(key), value());
        }
        return m;
    };
    EXPECT_EQ(duplicate_key({}), valid);
    EXPECT_EQ(duplicate_key(items({"a", "b", "A", ""})), valid);
    EXPECT_EQ(duplicate_key(items({"a", "b", "a", "b"})), 2U);
    EXPECT_EQ(duplicate_key(items({"b", "b", "a", "a"})), 1U);
    EXPECT_EQ(duplicate_key(items({"", "x", ""})), 2U);
    EXPECT_EQ(duplicate_key(items({"x", "x", "x"})), 1U);
}

} // namespace
} // namespace alidade
