#include "base/text/json.hpp"

#include "base/text/base64.hpp"
#include "base/text/json_text.hpp"
#include "unit/base/values_support.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>
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
using test::nested_lists;
using test::where_of;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr json_mode both_modes[] = {json_mode::plain, json_mode::tagged};

value list_of(std::initializer_list<value> items) { return value(list(items)); }

// --- reading ---

struct reading {
    const char *text;
    value meaning;
};

TEST(JsonRead, Values) {
    const reading readings[] = {
        {"null", value()},
        {"true", value(true)},
        {"false", value(false)},
        {" \t\r\n null \t\r\n ", value()},
        {"0", integer(0)},
        {"-0", integer(0)},
        {"-7", integer(-7)},
        {"9223372036854775807", integer(std::numeric_limits<std::int64_t>::max())},
        {"-9223372036854775808", integer(std::numeric_limits<std::int64_t>::min())},
        {"1.0", value(1.0)},
        {"0.0", value(0.0)},
        {"-0.0", value(-0.0)},
        {"-0e0", value(-0.0)},
        {"1e2", value(100.0)},
        {"1E+2", value(100.0)},
        {"1e-2", value(0.01)},
        {"0.1", value(0.1)},
        {"9223372036854775808.0", value(9223372036854775808.0)},
        {"1.7976931348623157e308", value(1.7976931348623157e308)},
        {"2.2250738585072014e-308", value(2.2250738585072014e-308)},
        {"5e-324", value(5e-324)},
        {"2.4703282292062328e-324", value(5e-324)},
        {"2.4703282292062327e-324", value(0.0)},
        {"1e-400", value(0.0)},
        {"-1e-400", value(-0.0)},
        {"0.00001e-99999999999999999999", value(0.0)},
        {"0e99999999999999999999", value(0.0)},
        {"9007199254740993.0", value(9007199254740992.0)},
        {"123456789012345678901234567890.5", value(123456789012345678901234567890.5)},
        {"\"\"", value("")},
        {"\"text\"", value("text")},
        {R"("\"\\\/\b\f\n\r\t")", value("\"\\/\b\f\n\r\t")},
        {R"("\u0041\u00e4\u6c34")", value("A\u00e4\u6c34")},
        {R"("\ud800\udf48\uDBFF\uDFFF")", value("\U00010348\U0010ffff")},
        {R"("a\u0000b")", value(std::string("a\0b", 3))},
        {"\"\x7f\"", value("\x7f")},
        {"\"\u00e4\u6c34\U00010348\u2028\"", value("\u00e4\u6c34\U00010348\u2028")},
        {"[]", value(list{})},
        {"[ ]", value(list{})},
        {"[1,2.0 , \"3\" ,[] ]", list_of({integer(1), value(2.0), value("3"), value(list{})})},
        {"{}", value(map{})},
        {"{ \"b\" : 1 , \"a\":{\"\":null} }",
         value(map{{"b", integer(1)}, {"a", value(map{{"", value()}})}})},
        {"\xef\xbb\xbf[1]", list_of({integer(1)})},
    };
    for (const reading &r : readings) {
        for (const json_mode mode : both_modes) {
            const auto read = from_json(r.text, mode);
            ASSERT_TRUE(read) << r.text << ": " << message_of(read);
            EXPECT_TRUE(identical(*read, r.meaning)) << r.text;
        }
    }
}

struct refusal {
    std::string text;
    ald_status expected;
    const char *where;
};

TEST(JsonRead, NamesTheOffsetOfWhatIsWrong) {
    const refusal refusals[] = {
        {"", ALD_E_CORRUPT, "byte 0"},
        {"  ", ALD_E_CORRUPT, "byte 2"},
        {"nul", ALD_E_CORRUPT, "byte 0"},
        {"nulls", ALD_E_CORRUPT, "byte 4"},
        {"True", ALD_E_CORRUPT, "byte 0"},
        {"NaN", ALD_E_CORRUPT, "byte 0"},
        {"Infinity", ALD_E_CORRUPT, "byte 0"},
        {"1 2", ALD_E_CORRUPT, "byte 2"},
        {"01", ALD_E_CORRUPT, "byte 1"},
        {"-", ALD_E_CORRUPT, "byte 0"},
        {"+1", ALD_E_CORRUPT, "byte 0"},
        {".5", ALD_E_CORRUPT, "byte 0"},
        {"1.", ALD_E_CORRUPT, "byte 2"},
        {"1.e5", ALD_E_CORRUPT, "byte 2"},
        {"1e", ALD_E_CORRUPT, "byte 2"},
        {"1e+", ALD_E_CORRUPT, "byte 3"},
        {"0x10", ALD_E_CORRUPT, "byte 1"},
        {"1_000", ALD_E_CORRUPT, "byte 1"},
        {"'a'", ALD_E_CORRUPT, "byte 0"},
        {"\"abc", ALD_E_CORRUPT, "byte 0"},
        {"[\"abc\\", ALD_E_CORRUPT, "byte 5"},
        {R"("\x41")", ALD_E_CORRUPT, "byte 1"},
        {R"("ab\u12")", ALD_E_CORRUPT, "byte 5"},
        {R"("\u12g4")", ALD_E_CORRUPT, "byte 3"},
        {R"("\u+123")", ALD_E_CORRUPT, "byte 3"},
        {R"("a\ud800")", ALD_E_CORRUPT, "byte 2"},
        {R"("a\udc00")", ALD_E_CORRUPT, "byte 2"},
        {R"("a\ud800\ud800")", ALD_E_CORRUPT, "byte 2"},
        {R"("a\ud800b")", ALD_E_CORRUPT, "byte 2"},
        {"\"a\nb\"", ALD_E_CORRUPT, "byte 2"},
        {std::string("\"a\0b\"", 5), ALD_E_CORRUPT, "byte 2"},
        {std::string("[1,\0]", 5), ALD_E_CORRUPT, "byte 3"},
        {"\"a\xff\"", ALD_E_CORRUPT, "byte 2"},
        {"\"a\xed\xa0\x80\"", ALD_E_CORRUPT, "byte 2"},
        {"[1,]", ALD_E_CORRUPT, "byte 3"},
        {"[,1]", ALD_E_CORRUPT, "byte 1"},
        {"[1 2]", ALD_E_CORRUPT, "byte 3"},
        {"[1", ALD_E_CORRUPT, "byte 2"},
        {"[1}", ALD_E_CORRUPT, "byte 2"},
        {"]", ALD_E_CORRUPT, "byte 0"},
        {"{\"a\":1,}", ALD_E_CORRUPT, "byte 7"},
        {"{\"a\" 1}", ALD_E_CORRUPT, "byte 5"},
        {"{a:1}", ALD_E_CORRUPT, "byte 1"},
        {"{1:1}", ALD_E_CORRUPT, "byte 1"},
        {"{\"a\":}", ALD_E_CORRUPT, "byte 5"},
        {"{\"a\"}", ALD_E_CORRUPT, "byte 4"},
        {"[1] // comment", ALD_E_CORRUPT, "byte 4"},
        {R"({"a":1,"b":2,"a":3})", ALD_E_CORRUPT, "byte 13"},
        {R"({"a":1,"\u0061":3})", ALD_E_CORRUPT, "byte 7"},
        {"[9223372036854775808]", ALD_E_LIMIT, "byte 1"},
        {"-9223372036854775809", ALD_E_LIMIT, "byte 0"},
        {"[1,100000000000000000000]", ALD_E_LIMIT, "byte 3"},
        {"1e309", ALD_E_LIMIT, "byte 0"},
        {"-1.8e308", ALD_E_LIMIT, "byte 0"},
        {"1e99999999999999999999", ALD_E_LIMIT, "byte 0"},
        {"0.00001e99999999999999999999", ALD_E_LIMIT, "byte 0"},
    };
    for (const refusal &r : refusals) {
        for (const json_mode mode : both_modes) {
            const auto read = from_json(r.text, mode);
            EXPECT_EQ(code_of(read), r.expected) << r.text;
            EXPECT_EQ(where_of(read), r.where) << r.text << ": " << message_of(read);
        }
    }
}

TEST(JsonRead, NumbersOfManyDigitsRoundCorrectly) {
    const std::string nines = "0." + std::string(1000, '9');
    EXPECT_TRUE(identical(must(from_json(nines, json_mode::plain)), value(1.0)));
    const std::string long_one = "1" + std::string(400, '0') + ".0e-400";
    EXPECT_TRUE(identical(must(from_json(long_one, json_mode::plain)), value(1.0)));
    const std::string tiny = "0." + std::string(400, '0') + "1e401";
    EXPECT_TRUE(identical(must(from_json(tiny, json_mode::plain)), value(1.0)));
    const std::string none = "0." + std::string(400, '0') + "1";
    EXPECT_TRUE(identical(must(from_json(none, json_mode::plain)), value(0.0)));
    const std::string huge = "1" + std::string(400, '0') + ".0";
    EXPECT_EQ(code_of(from_json(huge, json_mode::plain)), ALD_E_LIMIT);
}

TEST(JsonRead, DepthIs64) {
    const auto nested = [](int levels) {
        const auto count = static_cast<std::size_t>(levels);
        return std::string(count, '[') + std::string(count, ']');
    };
    for (const json_mode mode : both_modes) {
        EXPECT_EQ(must(from_json(nested(64), mode)).depth(), 64);
        EXPECT_EQ(code_of(from_json(nested(65), mode)), ALD_E_LIMIT);
        EXPECT_EQ(code_of(from_json(nested(195), mode)), ALD_E_LIMIT);
        EXPECT_EQ(code_of(from_json(std::string(1000000, '['), mode)), ALD_E_LIMIT);
        std::string maps;
        for (int i = 0; i < 100000; ++i) {
            maps += "{\"a\":";
        }
        EXPECT_EQ(code_of(from_json(maps, mode)), ALD_E_LIMIT);
    }
    EXPECT_EQ(where_of(from_json(nested(65), json_mode::plain)), "byte 64");
}

// --- writing ---

struct writing {
    value v;
    const char *plain;
    const char *tagged;
};

array readonly(array a) {
    a.view.flags = ALD_VIEW_READONLY;
    return a;
}

TEST(JsonWrite, BothModes) {
    const writing writings[] = {
        {value(), "null", "null"},
        {value(true), "true", "true"},
        {integer(-5), "-5", "-5"},
        {value(1.0), "1.0", "1.0"},
        {value(-0.0), "-0.0", "-0.0"},
        {value(0.1), "0.1", "0.1"},
        {value(1e22), "1e+22", "1e+22"},
        {value(123456789.0), "123456789.0", "123456789.0"},
        {value(5e-324), "5e-324", "5e-324"},
        {value(1.7976931348623157e308), "1.7976931348623157e+308", "1.7976931348623157e+308"},
        {value(nan), "null", R"({"$type":"double","value":"nan"})"},
        {value(infinity), "null", R"({"$type":"double","value":"inf"})"},
        {value(-infinity), "null", R"({"$type":"double","value":"-inf"})"},
        {value(std::bit_cast<double>(0xfff8000000000001U)), "null",
         R"({"$type":"double","value":"nan","bits":"fff8000000000001"})"},
        {value("a\"b\\\n\x01\u00e4"), "\"a\\\"b\\\\\\n\\u0001\u00e4\"",
         "\"a\\\"b\\\\\\n\\u0001\u00e4\""},
        {value(bytes{}), R"("")", R"({"$type":"bytes","value":""})"},
        {value(bytes{0, 255, 16}), R"("AP8Q")", R"({"$type":"bytes","value":"AP8Q"})"},
        {list_of({integer(1), value(list{})}), "[1,[]]", "[1,[]]"},
        {value(map{{"b", integer(1)}, {"a", value(map{})}}), R"({"b":1,"a":{}})",
         R"({"b":1,"a":{}})"},
        {value(map{{"$type", integer(1)}, {"x", value(nan)}}), R"({"$type":1,"x":null})",
         R"({"$type":"map","value":[["$type",1],["x",{"$type":"double","value":"nan"}]]})"},
        {value(array_of<std::uint8_t>(ALD_DTYPE_BOOL, {2}, {0, 9})), "[false,true]",
         R"({"$type":"array","dtype":"bool","shape":[2],"data":"AAE="})"},
        {value(array_of<std::int8_t>(ALD_DTYPE_INT8, {2, 2}, {-1, 2, 3, -128})),
         "[[-1,2],[3,-128]]",
         R"({"$type":"array","dtype":"int8","shape":[2,2],"data":"/wIDgA=="})"},
        {value(array_of<std::uint64_t>(ALD_DTYPE_UINT64, {1}, {~std::uint64_t{0}})),
         "[18446744073709551615]",
         R"({"$type":"array","dtype":"uint64","shape":[1],"data":"//////////8="})"},
        {value(array_of<float>(ALD_DTYPE_FLOAT32, {2},
                               {0.1F, -std::numeric_limits<float>::infinity()})),
         "[0.1,null]", R"({"$type":"array","dtype":"float32","shape":[2],"data":"zczMPQAAgP8="})"},
        {value(array_of<double>(ALD_DTYPE_FLOAT64, {}, {0.5})), "0.5",
         R"({"$type":"array","dtype":"float64","shape":[],"data":"AAAAAAAA4D8="})"},
        {value(array_of<std::uint16_t>(ALD_DTYPE_FLOAT16, {3}, {0x3c00, 0x7e00, 0x0001})),
         "[1.0,null,5.9604645e-08]",
         R"({"$type":"array","dtype":"float16","shape":[3],"data":"ADwAfgEA"})"},
        {value(array_of<float>(ALD_DTYPE_COMPLEX64, {1}, {1, std::nanf("")})), "[[1.0,null]]",
         R"({"$type":"array","dtype":"complex64","shape":[1],"data":"AACAPwAAwH8="})"},
        {value(array_of<double>(ALD_DTYPE_COMPLEX128, {}, {1, -2})), "[1.0,-2.0]",
         R"({"$type":"array","dtype":"complex128","shape":[],"data":"AAAAAAAA8D8AAAAAAAAAwA=="})"},
        {value(array_of<std::uint8_t>(ALD_DTYPE_UINT8, {2, 0}, {})), "[[],[]]",
         R"({"$type":"array","dtype":"uint8","shape":[2,0],"data":""})"},
        {value(readonly(array_of<std::uint16_t>(ALD_DTYPE_UINT16, {1}, {1}))), "[1]",
         R"({"$type":"array","dtype":"uint16","shape":[1],"data":"AQA=","readonly":true})"},
    };
    for (const writing &w : writings) {
        EXPECT_EQ(must(to_json(w.v, json_mode::plain)), w.plain);
        EXPECT_EQ(must(to_json(w.v, json_mode::tagged)), w.tagged);
        const value back = must(from_json(w.tagged, json_mode::tagged));
        if (w.v.as_array() == nullptr || w.v.as_array()->view.dtype != ALD_DTYPE_BOOL) {
            EXPECT_TRUE(identical(back, w.v)) << w.tagged;
        }
        EXPECT_EQ(back, w.v) << w.tagged;
    }
}

TEST(JsonWrite, Indents) {
    const value v(map{{"a", list_of({integer(1), value(map{})})},
                      {"b", value(array_of<std::int8_t>(ALD_DTYPE_INT8, {2}, {1, 2}))},
                      {"c", value(list{})}});
    EXPECT_EQ(must(to_json(v, json_mode::plain, 2)), R"({
  "a": [
    1,
    {}
  ],
  "b": [1,2],
  "c": []
})");
    EXPECT_TRUE(must(from_json(must(to_json(v, json_mode::tagged, 3)), json_mode::tagged)) == v);
    EXPECT_EQ(code_of(to_json(v, json_mode::plain, -1)), ALD_E_INVALID);
    EXPECT_EQ(code_of(to_json(v, json_mode::plain, 17)), ALD_E_INVALID);
}

TEST(JsonWrite, Handles) {
    const value handle{ref<const object>(ref<buffer>(buffer::allocate(1)))};
    const value v(map{{"a", list_of({handle})}});
    EXPECT_EQ(must(to_json(v, json_mode::plain)), R"({"a":[null]})");
    const auto tagged = to_json(v, json_mode::tagged);
    EXPECT_EQ(code_of(tagged), ALD_E_UNSUPPORTED);
    EXPECT_EQ(where_of(tagged), "a.0");
}

TEST(JsonWrite, EndsAtTheCap) {
    array repeated = must(zeros(ALD_DTYPE_FLOAT64, std::vector<std::int64_t>{1}));
    repeated.view.shape[0] = std::int64_t{1} << 40;
    repeated.view.strides[0] = 0;
    for (const json_mode mode : both_modes) {
        EXPECT_EQ(code_of(to_json(value(repeated), mode)), ALD_E_LIMIT);
    }
    value v(std::string(1 << 20, 'x'));
    for (int i = 0; i < 30; ++i) {
        v = list_of({v, v});
    }
    EXPECT_EQ(code_of(to_json(v, json_mode::plain)), ALD_E_LIMIT);
}

// --- tags ---

TEST(JsonTags, PlainModeTakesThemAsTheyStand) {
    const value read = must(from_json(R"({"$type":"double","value":"nan"})", json_mode::plain));
    EXPECT_EQ(read, value(map{{"$type", value("double")}, {"value", value("nan")}}));
}

TEST(JsonTags, MapsThatLookLikeTagsStayMaps) {
    const value tagged_looking(
        map{{"$type", value("double")}, {"value", value("nan")}, {"x", value(bytes{1})}});
    const value inside(map{{"$type", tagged_looking}});
    for (const value &v : {tagged_looking, inside, list_of({inside, inside})}) {
        EXPECT_TRUE(
            identical(must(from_json(must(to_json(v, json_mode::tagged)), json_mode::tagged)), v));
    }
}

TEST(JsonTags, DeepMapsThatLookLikeTagsRoundTrip) {
    value v(map{{"$type", integer(1)}});
    for (int i = 1; i < 64; ++i) {
        v = value(map{{"$type", v}});
    }
    EXPECT_EQ(v.depth(), 64);
    EXPECT_TRUE(
        identical(must(from_json(must(to_json(v, json_mode::tagged)), json_mode::tagged)), v));
    const value deep = nested_lists(64, value(array_of<std::int8_t>(ALD_DTYPE_INT8, {1}, {1})));
    EXPECT_TRUE(identical(
        must(from_json(must(to_json(deep, json_mode::tagged)), json_mode::tagged)), deep));
}

TEST(JsonTags, OrderOfKeysDoesNotMatter) {
    EXPECT_TRUE(identical(must(from_json(R"({"value":"AQ==","$type":"bytes"})", json_mode::tagged)),
                          value(bytes{1})));
    EXPECT_TRUE(identical(
        must(from_json(
            R"({"shape":[1],"readonly":false,"data":"AQ==","$type":"array","dtype":"int8"})",
            json_mode::tagged)),
        value(array_of<std::int8_t>(ALD_DTYPE_INT8, {1}, {1}))));
}

TEST(JsonTags, MalformedOnesAreCorrupt) {
    for (const char *text : {
             R"({"$type":"date","value":"2024"})",
             R"({"$type":1})",
             R"({"$type":null})",
             R"({"$type":"double"})",
             R"({"$type":"double","value":"NaN"})",
             R"({"$type":"double","value":1.0})",
             R"({"$type":"double","value":"inf","bits":"7ff8000000000001"})",
             R"({"$type":"double","value":"nan","bits":"7ff0000000000000"})",
             R"({"$type":"double","value":"nan","bits":"7ff80000000001"})",
             R"({"$type":"double","value":"nan","bits":"7ff800000000000g"})",
             R"({"$type":"double","value":"nan","bits":1})",
             R"({"$type":"double","value":"nan","more":1})",
             R"({"$type":"bytes"})",
             R"({"$type":"bytes","value":1})",
             R"({"$type":"bytes","value":"A"})",
             R"({"$type":"bytes","value":"AB=="})",
             R"({"$type":"bytes","value":"AQ==","more":1})",
             R"({"$type":"array","dtype":"int8","shape":[1]})",
             R"({"$type":"array","dtype":"int8","data":"AQ=="})",
             R"({"$type":"array","shape":[1],"data":"AQ=="})",
             R"({"$type":"array","dtype":"int9","shape":[1],"data":"AQ=="})",
             R"({"$type":"array","dtype":"int8","shape":[2],"data":"AQ=="})",
             R"({"$type":"array","dtype":"int8","shape":[-1],"data":"AQ=="})",
             R"({"$type":"array","dtype":"int8","shape":[1.0],"data":"AQ=="})",
             R"({"$type":"array","dtype":"int8","shape":1,"data":"AQ=="})",
             R"({"$type":"array","dtype":"int8","shape":[1,1,1,1,1,1,1,1,1],"data":"AQ=="})",
             R"({"$type":"array","dtype":"int8","shape":[4611686018427387904,4],"data":""})",
             R"({"$type":"array","dtype":"bool","shape":[1],"data":"Ag=="})",
             R"({"$type":"array","dtype":"int8","shape":[1],"data":"AQ==","readonly":1})",
             R"({"$type":"array","dtype":"int8","shape":[1],"data":"AQ==","more":1})",
             R"({"$type":"map"})",
             R"({"$type":"map","value":{}})",
             R"({"$type":"map","value":[["a"]]})",
             R"({"$type":"map","value":[["a",1,2]]})",
             R"({"$type":"map","value":[[1,1]]})",
             R"({"$type":"map","value":[["a",1],["a",2]]})",
             R"({"$type":"map","value":[],"more":1})",
         }) {
        const auto read = from_json(std::string("[0,") + text + "]", json_mode::tagged);
        EXPECT_EQ(code_of(read), ALD_E_CORRUPT) << text;
        EXPECT_EQ(where_of(read), "byte 3") << text;
        EXPECT_TRUE(from_json(text, json_mode::plain)) << text;
    }
}

// --- base64 ---

TEST(Base64, OfRfc4648) {
    const struct {
        const char *plain;
        const char *encoded;
    } vectors[] = {{"", ""},
                   {"f", "Zg=="},
                   {"fo", "Zm8="},
                   {"foo", "Zm9v"},
                   {"foob", "Zm9vYg=="},
                   {"fooba", "Zm9vYmE="},
                   {"foobar", "Zm9vYmFy"}};
    for (const auto &v : vectors) {
        std::string text;
        const std::string_view plain = v.plain;
        append_base64(text, std::as_bytes(std::span(plain)));
        EXPECT_EQ(text, v.encoded);
        EXPECT_EQ(base64_size(plain.size()), text.size());
        EXPECT_EQ(decode_base64(v.encoded), bytes(plain.begin(), plain.end()));
    }
}

TEST(Base64, RefusesAllOtherSpellings) {
    for (const char *text : {"Z", "Zg", "Zg=", "Zg===", "Z===", "====", "=", "Zh==", "Zm9=",
                             "Zg==Zg==", "Zm9v\n", " Zm9", "Zm-_", "Zm9*", "Z=g=", "=m9v"}) {
        EXPECT_EQ(decode_base64(text), std::nullopt) << text;
    }
}

// --- all together ---

TEST(Json, DoublesRoundTripInBothModes) {
    std::mt19937_64 random(7);
    for (int i = 0; i < 100000; ++i) {
        const auto x = std::bit_cast<double>(random());
        if (std::isfinite(x)) {
            const std::string text = must(to_json(value(x), json_mode::plain));
            ASSERT_TRUE(identical(must(from_json(text, json_mode::plain)), value(x))) << text;
        }
    }
}

TEST(Json, RoundTripsRandomValuesExactly) {
    test::value_generator generate(20240301);
    for (int i = 0; i < 3000; ++i) {
        const value v = generate.any();
        for (const int indent : {0, 2}) {
            const std::string text = must(to_json(v, json_mode::tagged, indent));
            const auto back = from_json(text, json_mode::tagged);
            ASSERT_TRUE(back) << message_of(back) << ": " << text;
            ASSERT_TRUE(identical(*back, v)) << text;
        }
    }
}

TEST(Json, PlainTextReadsBackAsWhatItSays) {
    test::value_generator generate(3);
    for (int i = 0; i < 1000; ++i) {
        const std::string text = must(to_json(generate.any(), json_mode::plain));
        const auto back = from_json(text, json_mode::plain);
        if (code_of(back) == ALD_E_LIMIT) {
            continue; // an array of uint64
        }
        ASSERT_TRUE(back) << message_of(back) << ": " << text;
        ASSERT_EQ(must(to_json(*back, json_mode::plain)), text);
    }
}

TEST(Json, EveryTruncationIsCorrupt) {
    test::value_generator generate(4);
    for (int i = 0; i < 200; ++i) {
        // In brackets: a number cut off is a number.
        const std::string text = "[" + must(to_json(generate.any(3), json_mode::tagged)) + "]";
        for (std::size_t size = 0; size < text.size(); ++size) {
            const std::vector<char> cut(text.begin(),
                                        text.begin() + static_cast<std::ptrdiff_t>(size));
            ASSERT_EQ(code_of(from_json({cut.data(), cut.size()}, json_mode::tagged)),
                      ALD_E_CORRUPT)
                << text.substr(0, size);
        }
    }
}

TEST(Json, ChangedBytesNeverDoHarm) {
    test::value_generator generate(5);
    for (int i = 0; i < 20000; ++i) {
        std::string text = must(to_json(generate.any(3), json_mode::tagged));
        for (std::uint64_t n = 1 + generate.below(3); n > 0; --n) {
            text[generate.below(text.size())] = static_cast<char>(generate.below(256));
        }
        const auto read = from_json(text, json_mode::tagged);
        if (read) {
            ASSERT_TRUE(identical(
                must(from_json(must(to_json(*read, json_mode::tagged)), json_mode::tagged)), *read))
                << text;
        }
    }
}

} // namespace
} // namespace alidade
