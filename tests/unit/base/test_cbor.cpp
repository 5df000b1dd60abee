#include "base/text/cbor.hpp"

#include "support/stopwatch.hpp"
#include "unit/base/values_support.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

namespace alidade {
namespace {

using test::array_of;
using test::code_of;
using test::from_hex;
using test::identical;
using test::integer;
using test::message_of;
using test::must;
using test::nested_lists;
using test::to_hex;
using test::where_of;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

value one_to(std::int64_t last) {
    list items;
    for (std::int64_t i = 1; i <= last; ++i) {
        items.push_back(integer(i));
    }
    return value(std::move(items));
}

value list_of(std::initializer_list<value> items) { return value(list(items)); }

// --- RFC 8949, appendix A ---

struct example {
    const char *encoded;
    value decoded;
};

// What values have, and whether the writer chooses the same bytes.
TEST(Cbor, ReadsAppendixA) {
    const value letters(map{{"a", value("A")},
                            {"b", value("B")},
                            {"c", value("C")},
                            {"d", value("D")},
                            {"e", value("E")}});
    const value nested =
        list_of({integer(1), list_of({integer(2), integer(3)}), list_of({integer(4), integer(5)})});
    const value bc(map{{"b", value("c")}});
    const value a1b23(map{{"a", integer(1)}, {"b", list_of({integer(2), integer(3)})}});
    const example examples[] = {
        {"00", integer(0)},
        {"01", integer(1)},
        {"0a", integer(10)},
        {"17", integer(23)},
        {"1818", integer(24)},
        {"1819", integer(25)},
        {"1864", integer(100)},
        {"1903e8", integer(1000)},
        {"1a000f4240", integer(1000000)},
        {"1b000000e8d4a51000", integer(1000000000000)},
        {"20", integer(-1)},
        {"29", integer(-10)},
        {"3863", integer(-100)},
        {"3903e7", integer(-1000)},
        {"f90000", value(0.0)},
        {"f98000", value(-0.0)},
        {"f93c00", value(1.0)},
        {"fb3ff199999999999a", value(1.1)},
        {"f93e00", value(1.5)},
        {"f97bff", value(65504.0)},
        {"fa47c35000", value(100000.0)},
        {"fa7f7fffff", value(3.4028234663852886e+38)},
        {"fb7e37e43c8800759c", value(1.0e+300)},
        {"f90001", value(5.960464477539063e-8)},
        {"f90400", value(0.00006103515625)},
        {"f9c400", value(-4.0)},
        {"fbc010666666666666", value(-4.1)},
        {"f97c00", value(infinity)},
        {"f97e00", value(nan)},
        {"f9fc00", value(-infinity)},
        {"fa7f800000", value(infinity)},
        {"fa7fc00000", value(nan)},
        {"faff800000", value(-infinity)},
        {"fb7ff0000000000000", value(infinity)},
        {"fb7ff8000000000000", value(nan)},
        {"fbfff0000000000000", value(-infinity)},
        {"f4", value(false)},
        {"f5", value(true)},
        {"f6", value()},
        {"40", value(bytes{})},
        {"4401020304", value(bytes{1, 2, 3, 4})},
        {"60", value("")},
        {"6161", value("a")},
        {"6449455446", value("IETF")},
        {"62225c", value("\"\\")},
        {"62c3bc", value("\u00fc")},
        {"63e6b0b4", value("\u6c34")},
        {"64f0908591", value("\U00010151")},
        {"80", value(list{})},
        {"83010203", one_to(3)},
        {"8301820203820405", nested},
        {"98190102030405060708090a0b0c0d0e0f101112131415161718181819", one_to(25)},
        {"a0", value(map{})},
        {"a26161016162820203", a1b23},
        {"826161a161626163", list_of({value("a"), bc})},
        {"a56161614161626142616361436164614461656145", letters},
        {"5f42010243030405ff", value(bytes{1, 2, 3, 4, 5})},
        {"7f657374726561646d696e67ff", value("streaming")},
        {"9fff", value(list{})},
        {"9f018202039f0405ffff", nested},
        {"9f01820203820405ff", nested},
        {"83018202039f0405ff", nested},
        {"83019f0203ff820405", nested},
        {"9f0102030405060708090a0b0c0d0e0f101112131415161718181819ff", one_to(25)},
        {"bf61610161629f0203ffff", a1b23},
        {"826161bf61626163ff", list_of({value("a"), bc})},
        {"bf6346756ef563416d7421ff", value(map{{"Fun", value(true)}, {"Amt", integer(-2)}})},
    };
    for (const example &e : examples) {
        const auto read = from_cbor(from_hex(e.encoded));
        ASSERT_TRUE(read) << e.encoded << ": " << message_of(read);
        EXPECT_TRUE(identical(*read, e.decoded)) << e.encoded;
    }
}

struct refusal {
    const char *encoded;
    ald_status expected;
};

TEST(Cbor, RefusesOfAppendixAWhatValuesDoNotHave) {
    const refusal refusals[] = {
        {"1bffffffffffffffff", ALD_E_LIMIT},
        {"c249010000000000000000", ALD_E_LIMIT},
        {"3bffffffffffffffff", ALD_E_LIMIT},
        {"c349010000000000000000", ALD_E_LIMIT},
        {"f7", ALD_E_UNSUPPORTED},
        {"f0", ALD_E_UNSUPPORTED},
        {"f8ff", ALD_E_UNSUPPORTED},
        {"c074323031332d30332d32315432303a30343a30305a", ALD_E_UNSUPPORTED},
        {"c11a514b67b0", ALD_E_UNSUPPORTED},
        {"c1fb41d452d9ec200000", ALD_E_UNSUPPORTED},
        {"d74401020304", ALD_E_UNSUPPORTED},
        {"d818456449455446", ALD_E_UNSUPPORTED},
        {"d82076687474703a2f2f7777772e6578616d706c652e636f6d", ALD_E_UNSUPPORTED},
        {"a201020304", ALD_E_UNSUPPORTED},
    };
    for (const refusal &r : refusals) {
        EXPECT_EQ(code_of(from_cbor(from_hex(r.encoded))), r.expected) << r.encoded;
    }
}

// --- RFC 8949, appendix F: what is not well-formed ---

TEST(Cbor, RefusesAppendixF) {
    const struct {
        const char *what;
        const char *encoded;
    } malformed[] = {
        {"the input ends in a head", "18 19 1a 1b 1901 1a0102 1b01020304050607 38 58 78 98 "
                                     "9a01ff00 b8 d8 f8 f900 fa0000 fb000000"},
        {"definite-length strings with too little data",
         "41 61 5affffffff00 5bffffffffffffffff010203 7affffffff00 7b7fffffffffffffff010203"},
        {"definite-length lists and maps that are not closed by enough items",
         "81 818181818181818181 8200 a1 a20102 a100 a2000000"},
        {"indefinite-length strings not closed by a break", "5f4100 7f6100"},
        {"indefinite-length lists and maps not closed by a break",
         "9f 9f0102 bf 819f 9f8000 9f9f9f9f9fffffffff 9f819f819f9fffffff"},
        {"reserved additional information",
         "1c 1d 1e 3c 3d 3e 5c 5d 5e 7c 7d 7e 9c 9d 9e bc bd be dc dd de fc fd fe"},
        {"reserved two-byte encodings of simple values", "f800 f801 f818 f81f"},
        {"indefinite-length string chunks of the wrong kind",
         "5f00ff 5f21ff 5f6100ff 5f80ff 5fa0ff 5fc000ff 5fe0ff 7f4100ff 5f5f4100ffff 7f7f6100ffff"},
        {"a break on its own", "ff 81ff 8200ff a1ff a1ff00 a20000ff 9f81ff 9f829f819f9fffffffff"},
        {"indefinite length where there is none", "1f 3f df"},
    };
    for (const auto &group : malformed) {
        std::istringstream words(group.encoded);
        for (std::string encoded; words >> encoded;) {
            EXPECT_EQ(code_of(from_cbor(from_hex(encoded))), ALD_E_CORRUPT)
                << group.what << ": " << encoded;
        }
    }
    // Here a key that is no text, or a tag, is met before what is malformed.
    for (const char *encoded : {"a100ff", "bf00ff", "bf000000ff", "bf01020102", "c0"}) {
        EXPECT_EQ(code_of(from_cbor(from_hex(encoded))), ALD_E_UNSUPPORTED) << encoded;
    }
}

struct corruption {
    const char *what;
    const char *encoded;
    ald_status expected;
    const char *where;
};

TEST(Cbor, NamesTheOffsetOfWhatIsWrong) {
    const corruption corruptions[] = {
        {"nothing at all", "", ALD_E_CORRUPT, "byte 0"},
        {"a second item", "0001", ALD_E_CORRUPT, "byte 1"},
        {"cut off in an integer", "1a0001", ALD_E_CORRUPT, "byte 3"},
        {"cut off in a text", "646162", ALD_E_CORRUPT, "byte 3"},
        {"no UTF-8", "63 61ff62", ALD_E_CORRUPT, "byte 2"},
        {"no UTF-8 in a later chunk", "7f 6161 62c328 ff", ALD_E_CORRUPT, "byte 4"},
        {"a character split over chunks", "7f 61c3 61bc ff", ALD_E_CORRUPT, "byte 2"},
        {"no UTF-8 in a key", "a1 61ff 00", ALD_E_CORRUPT, "byte 2"},
        {"a key twice", "a3 6161 01 6162 02 6161 03", ALD_E_CORRUPT, "byte 7"},
        {"a key twice, without length", "bf 6161 01 6161 02 ff", ALD_E_CORRUPT, "byte 4"},
        {"a reserved head", "82 00 1c", ALD_E_CORRUPT, "byte 2"},
        {"a key that is a number", "a1 01 02", ALD_E_UNSUPPORTED, "byte 1"},
        {"a key of bytes", "a1 4161 02", ALD_E_UNSUPPORTED, "byte 1"},
        {"undefined", "82 00 f7", ALD_E_UNSUPPORTED, "byte 2"},
        {"an unknown tag", "81 c000", ALD_E_UNSUPPORTED, "byte 1"},
        {"a large integer", "81 1b8000000000000000", ALD_E_LIMIT, "byte 1"},
        {"a large negative integer", "81 3b8000000000000000", ALD_E_LIMIT, "byte 1"},
    };
    for (const corruption &c : corruptions) {
        const auto read = from_cbor(from_hex(c.encoded));
        EXPECT_EQ(code_of(read), c.expected) << c.what;
        EXPECT_EQ(where_of(read), c.where) << c.what;
        EXPECT_EQ(message_of(read).rfind(c.where, 0), 0U) << c.what << ": " << message_of(read);
    }
}

// --- writing ---

TEST(Cbor, WritesTheShortestIntegersAndLongDoubles) {
    const struct {
        value v;
        const char *encoded;
    } cases[] = {
        {integer(0), "00"},
        {integer(23), "17"},
        {integer(24), "1818"},
        {integer(255), "18ff"},
        {integer(256), "190100"},
        {integer(65535), "19ffff"},
        {integer(65536), "1a00010000"},
        {integer(4294967295), "1affffffff"},
        {integer(4294967296), "1b0000000100000000"},
        {integer(std::numeric_limits<std::int64_t>::max()), "1b7fffffffffffffff"},
        {integer(std::numeric_limits<std::int64_t>::min()), "3b7fffffffffffffff"},
        {integer(-1), "20"},
        {integer(-24), "37"},
        {integer(-25), "3818"},
        {integer(-256), "38ff"},
        {integer(-257), "390100"},
        {value(0.0), "fb0000000000000000"},
        {value(-0.0), "fb8000000000000000"},
        {value(1.0), "fb3ff0000000000000"},
        {value(infinity), "fb7ff0000000000000"},
        {value(std::bit_cast<double>(0xfff8000000000123U)), "fbfff8000000000123"},
        {value(std::bit_cast<double>(0x7ff0000000000001U)), "fb7ff0000000000001"},
        {value(), "f6"},
        {value(true), "f5"},
        {value(false), "f4"},
        {value("a"), "6161"},
        {value(bytes{1}), "4101"},
        {value(map{{"b", integer(1)}, {"a", integer(2)}}), "a2616201616102"},
    };
    for (const auto &c : cases) {
        EXPECT_EQ(to_hex(must(to_cbor(c.v))), c.encoded);
        EXPECT_TRUE(identical(must(from_cbor(from_hex(c.encoded))), c.v)) << c.encoded;
    }
}

TEST(Cbor, ReadsIntegersThatAreLongerThanNeeded) {
    for (const char *encoded : {"05", "1805", "190005", "1a00000005", "1b0000000000000005",
                                "c24105", "c2420005", "c24a00000000000000000005", "c25f4105ff"}) {
        EXPECT_TRUE(identical(must(from_cbor(from_hex(encoded))), integer(5))) << encoded;
    }
    EXPECT_EQ(must(from_cbor(from_hex("c240"))), integer(0));
    EXPECT_EQ(must(from_cbor(from_hex("c34105"))), integer(-6));
    EXPECT_EQ(must(from_cbor(from_hex("c3487fffffffffffffff"))),
              integer(std::numeric_limits<std::int64_t>::min()));
    EXPECT_EQ(code_of(from_cbor(from_hex("c3488000000000000000"))), ALD_E_LIMIT);
}

TEST(Cbor, ReadsEveryHalf) {
    for (std::uint32_t bits = 0; bits <= 0xffff; ++bits) {
        const bytes encoded{0xf9, static_cast<std::uint8_t>(bits >> 8),
                            static_cast<std::uint8_t>(bits)};
        const double x = *must(from_cbor(encoded)).as_double();
        const std::uint32_t exponent = (bits >> 10) & 0x1f;
        const double fraction = static_cast<double>(bits & 0x3ff) / 1024;
        const double sign = (bits & 0x8000) != 0 ? -1 : 1;
        if (exponent == 0x1f) {
            ASSERT_EQ(std::isnan(x), fraction != 0) << bits;
            ASSERT_EQ(std::signbit(x), sign < 0) << bits;
        } else if (exponent == 0) {
            ASSERT_EQ(x, sign * std::ldexp(fraction, -14)) << bits;
            ASSERT_EQ(std::signbit(x), sign < 0) << bits;
        } else {
            ASSERT_EQ(x, sign * std::ldexp(1 + fraction, static_cast<int>(exponent) - 15)) << bits;
        }
    }
}

TEST(Cbor, SkipsTheSelfDescription) {
    EXPECT_EQ(must(from_cbor(from_hex("d9d9f7 05"))), integer(5));
    EXPECT_EQ(code_of(from_cbor(from_hex("d9d9f7"))), ALD_E_CORRUPT);
    EXPECT_EQ(code_of(from_cbor(from_hex("d9d9f7 d9d9f7 05"))), ALD_E_UNSUPPORTED);
}

TEST(Cbor, RefusesHandlesAndSaysWhere) {
    const value handle{ref<const object>(ref<buffer>(buffer::allocate(1)))};
    const value v(map{{"a", integer(1)},
                      {"devices", list_of({value(), value(map{{"the camera", handle}})})}});
    const auto written = to_cbor(v);
    EXPECT_EQ(code_of(written), ALD_E_UNSUPPORTED);
    EXPECT_EQ(where_of(written), "devices.1.\"the camera\"");
    EXPECT_EQ(code_of(to_cbor(handle)), ALD_E_UNSUPPORTED);
}

// --- arrays ---

struct array_example {
    const char *what;
    array a;
    const char *encoded;
};

array readonly(array a) {
    a.view.flags = ALD_VIEW_READONLY;
    return a;
}

TEST(CborArray, UsesTheTagsOfRfc8746) {
    const array_example examples[] = {
        {"uint8", array_of<std::uint8_t>(ALD_DTYPE_UINT8, {2}, {1, 255}), "d840 42 01ff"},
        {"uint16", array_of<std::uint16_t>(ALD_DTYPE_UINT16, {2}, {1, 0x1234}), "d845 44 01003412"},
        {"uint32", array_of<std::uint32_t>(ALD_DTYPE_UINT32, {1}, {1}), "d846 44 01000000"},
        {"uint64", array_of<std::uint64_t>(ALD_DTYPE_UINT64, {1}, {1}), "d847 48 0100000000000000"},
        {"int8", array_of<std::int8_t>(ALD_DTYPE_INT8, {2}, {-1, 1}), "d848 42 ff01"},
        {"int16", array_of<std::int16_t>(ALD_DTYPE_INT16, {1}, {-2}), "d84d 42 feff"},
        {"int32", array_of<std::int32_t>(ALD_DTYPE_INT32, {1}, {-2}), "d84e 44 feffffff"},
        {"int64", array_of<std::int64_t>(ALD_DTYPE_INT64, {1}, {-2}), "d84f 48 feffffffffffffff"},
        {"float16", array_of<std::uint16_t>(ALD_DTYPE_FLOAT16, {1}, {0x3c00}), "d854 42 003c"},
        {"float32", array_of<float>(ALD_DTYPE_FLOAT32, {1}, {1}), "d855 44 0000803f"},
        {"float64", array_of<double>(ALD_DTYPE_FLOAT64, {1}, {1}), "d856 48 000000000000f03f"},
        {"no elements", array_of<double>(ALD_DTYPE_FLOAT64, {0}, {}), "d856 40"},
        {"two dimensions", array_of<std::uint8_t>(ALD_DTYPE_UINT8, {2, 3}, {1, 2, 3, 4, 5, 6}),
         "d828 82 820203 d840 46 010203040506"},
        {"eight dimensions",
         array_of<std::uint8_t>(ALD_DTYPE_UINT8, {1, 1, 1, 1, 1, 1, 1, 2}, {7, 8}),
         "d828 82 88 01010101010101 02 d840 42 0708"},
    };
    for (const array_example &e : examples) {
        EXPECT_EQ(to_hex(must(to_cbor(value(e.a)))), to_hex(from_hex(e.encoded))) << e.what;
        EXPECT_TRUE(identical(must(from_cbor(from_hex(e.encoded))), value(e.a))) << e.what;
    }
}

TEST(CborArray, NamesWhatHasNoTag) {
    const std::string head = "d81b 85 6d616c69646164652f6172726179 "; // 27, "alidade/array"
    const struct {
        const char *what;
        array a;
        std::string encoded;
    } examples[] = {
        {"bool", array_of<std::uint8_t>(ALD_DTYPE_BOOL, {3}, {1, 0, 1}),
         head + "64626f6f6c 8103 f4 d840 43 010001"},
        {"complex64", array_of<float>(ALD_DTYPE_COMPLEX64, {1}, {1, -1}),
         head + "69636f6d706c65783634 8101 f4 d855 48 0000803f000080bf"},
        {"complex128", array_of<double>(ALD_DTYPE_COMPLEX128, {1}, {1, 0}),
         head + "6a636f6d706c6578313238 8101 f4 d856 50 000000000000f03f0000000000000000"},
        {"read-only", readonly(array_of<std::uint8_t>(ALD_DTYPE_UINT8, {2}, {1, 2})),
         head + "6575696e7438 8102 f5 d840 42 0102"},
        {"scalar", array_of<std::uint8_t>(ALD_DTYPE_UINT8, {}, {9}),
         head + "6575696e7438 80 f4 d840 41 09"},
        {"no elements in two dimensions", array_of<std::uint8_t>(ALD_DTYPE_UINT8, {0, 3}, {}),
         head + "6575696e7438 820003 f4 d840 40"},
    };
    for (const auto &e : examples) {
        EXPECT_EQ(to_hex(must(to_cbor(value(e.a)))), to_hex(from_hex(e.encoded))) << e.what;
        EXPECT_TRUE(identical(must(from_cbor(from_hex(e.encoded))), value(e.a))) << e.what;
    }
}

TEST(CborArray, WritesBoolsAsZeroAndOne) {
    const array any = array_of<std::uint8_t>(ALD_DTYPE_BOOL, {3}, {7, 0, 255});
    const value back = must(from_cbor(must(to_cbor(value(any)))));
    EXPECT_TRUE(identical(back, value(array_of<std::uint8_t>(ALD_DTYPE_BOOL, {3}, {1, 0, 1}))));
}

TEST(CborArray, PacksElementsInCOrder) {
    array columns = array_of<std::uint8_t>(ALD_DTYPE_UINT8, {2, 3}, {1, 2, 3, 4, 5, 6});
    std::swap(columns.view.shape[0], columns.view.shape[1]);
    std::swap(columns.view.strides[0], columns.view.strides[1]);
    EXPECT_EQ(to_hex(must(to_cbor(value(columns)))), "d8288282"
                                                     "0302"
                                                     "d84046"
                                                     "010402050306");
}

TEST(CborArray, ReadsBigEndianAndTheRfcsExample) {
    const array expected = array_of<std::uint16_t>(ALD_DTYPE_UINT16, {2, 3}, {2, 4, 8, 4, 16, 256});
    EXPECT_TRUE(identical(must(from_cbor(from_hex("d828 82 820203 d841 4c"
                                                  "000200040008000400100100"))),
                          value(expected)));
    EXPECT_TRUE(identical(must(from_cbor(from_hex("d852 48 3ff0000000000000"))),
                          value(array_of<double>(ALD_DTYPE_FLOAT64, {1}, {1}))));
    EXPECT_TRUE(identical(must(from_cbor(from_hex("d849 42 fffe"))),
                          value(array_of<std::int16_t>(ALD_DTYPE_INT16, {1}, {-2}))));
    EXPECT_TRUE(identical(must(from_cbor(from_hex("d844 41 fe"))),
                          value(array_of<std::uint8_t>(ALD_DTYPE_UINT8, {1}, {254}))));
}

TEST(CborArray, ReadsColumnMajor) {
    const value read = must(from_cbor(from_hex("d90410 82 820203 d840 46 010402050306")));
    EXPECT_TRUE(identical(
        read, value(array_of<std::uint8_t>(ALD_DTYPE_UINT8, {2, 3}, {1, 2, 3, 4, 5, 6}))));
    must(read.as_array()->memory->check(read.as_array()->view));
}

TEST(CborArray, ReadsOpenEndedForms) {
    const value expected(array_of<std::uint8_t>(ALD_DTYPE_UINT8, {2, 2}, {1, 2, 3, 4}));
    EXPECT_TRUE(identical(must(from_cbor(from_hex("d828 9f 9f0202ff d840 5f 4101 43020304 ff ff"))),
                          expected));
}

TEST(CborArray, DescriptionsDoNotCountAsDepth) {
    const value bools(array_of<std::uint8_t>(ALD_DTYPE_BOOL, {1, 1}, {1}));
    const value deep = nested_lists(64, bools);
    EXPECT_TRUE(identical(must(from_cbor(must(to_cbor(deep)))), deep));
}

TEST(CborArray, RefusesMalformedDescriptions) {
    const std::string head = "d81b 85 6d616c69646164652f6172726179 ";
    const struct {
        const char *what;
        std::string encoded;
        ald_status expected;
    } cases[] = {
        {"no whole element", "d845 43 010203", ALD_E_CORRUPT},
        {"a typed array of text", "d840 6161", ALD_E_CORRUPT},
        {"a typed array of a list", "d840 80", ALD_E_CORRUPT},
        {"the reserved tag 76", "d84c 40", ALD_E_UNSUPPORTED},
        {"quadruple precision", "d853 40", ALD_E_UNSUPPORTED},
        {"a homogeneous list", "d829 80", ALD_E_UNSUPPORTED},
        {"40 of a number", "d828 00", ALD_E_CORRUPT},
        {"40 of one part", "d828 81 80", ALD_E_CORRUPT},
        {"40 of three parts", "d828 83 8101 d840 4100 00", ALD_E_CORRUPT},
        {"40 of a plain list", "d828 82 8102 820102", ALD_E_UNSUPPORTED},
        {"a shape too small", "d828 82 8101 d840 420102", ALD_E_CORRUPT},
        {"a shape too large", "d828 82 820202 d840 420102", ALD_E_CORRUPT},
        {"a shape that overflows", "d828 82 82 1b4000000000000000 04 d840 40", ALD_E_CORRUPT},
        {"a negative length", "d828 82 8120 d840 40", ALD_E_CORRUPT},
        {"a length that is a double", "d828 82 81f93c00 d840 4101", ALD_E_CORRUPT},
        {"a shape that is a number", "d828 82 01 d840 4101", ALD_E_CORRUPT},
        {"nine dimensions", "d828 82 89010101010101010101 d840 4101", ALD_E_UNSUPPORTED},
        {"40 in 40", "d828 82 8101 d828 82 8101 d840 4101", ALD_E_CORRUPT},
        {"27 in 40", "d828 82 8101 d81b 80", ALD_E_CORRUPT},
        {"27 of nothing", "d81b 80", ALD_E_UNSUPPORTED},
        {"27 of a number", "d81b 00", ALD_E_CORRUPT},
        {"27 of another type", "d81b 82 63466f6f 00", ALD_E_UNSUPPORTED},
        {"27 without a name", "d81b 8101", ALD_E_UNSUPPORTED},
        {"too few parts", "d81b 84 6d616c69646164652f6172726179 64626f6f6c 8101 f4", ALD_E_CORRUPT},
        {"an unknown dtype", head + "63666f6f 8101 f4 d840 4101", ALD_E_CORRUPT},
        {"elements of another dtype", head + "6575696e7438 8101 f4 d848 4101", ALD_E_CORRUPT},
        {"bools of 2", head + "64626f6f6c 8101 f4 d840 4102", ALD_E_CORRUPT},
        {"half a complex number", head + "69636f6d706c65783634 8101 f4 d855 44 00000000",
         ALD_E_CORRUPT},
        {"read-only: perhaps", head + "6575696e7438 8101 f6 d840 4101", ALD_E_CORRUPT},
        {"elements that are bytes", head + "6575696e7438 8101 f4 4101", ALD_E_CORRUPT},
    };
    for (const auto &c : cases) {
        EXPECT_EQ(code_of(from_cbor(from_hex(c.encoded))), c.expected) << c.what;
    }
}

// --- depth, size ---

TEST(CborLimits, DepthIs64) {
    for (const char *open : {"81", "9f", "a16161", "bf6161"}) {
        const auto nested = [open](int levels) {
            std::string text;
            for (int i = 0; i < levels; ++i) {
                text += open;
            }
            text += "00";
            if (open[0] == '9' || open[0] == 'b') {
                for (int i = 0; i < levels; ++i) {
                    text += "ff";
                }
            }
            return from_hex(text);
        };
        EXPECT_EQ(must(from_cbor(nested(64))).depth(), 64) << open;
        EXPECT_EQ(code_of(from_cbor(nested(65))), ALD_E_LIMIT) << open;
        EXPECT_EQ(code_of(from_cbor(nested(100000))), ALD_E_LIMIT) << open;
    }
}

TEST(CborLimits, DepthOfTagsAndDescriptionsIsBounded) {
    const auto repeated = [](const char *hex, int times) {
        std::string text;
        for (int i = 0; i < times; ++i) {
            text += hex;
        }
        return code_of(from_cbor(from_hex(text)));
    };
    EXPECT_EQ(repeated("d828", 100000), ALD_E_CORRUPT);
    EXPECT_EQ(repeated("d81b", 100000), ALD_E_CORRUPT);
    EXPECT_EQ(repeated("d840", 100000), ALD_E_CORRUPT);
    EXPECT_EQ(repeated("c2", 100000), ALD_E_CORRUPT);
    EXPECT_EQ(repeated("c0", 100000), ALD_E_UNSUPPORTED);
    EXPECT_EQ(repeated("81d828", 100000), ALD_E_CORRUPT);
    EXPECT_EQ(repeated("5f", 100000), ALD_E_CORRUPT);
}

TEST(CborLimits, ClaimedSizesAllocateNothing) {
    for (const char *encoded : {
             "5b1000000000000000",             // bytes
             "7b1000000000000000",             // text
             "9b1000000000000000",             // list
             "bb1000000000000000",             // map
             "5bffffffffffffffff",             //
             "9bffffffffffffffff",             //
             "bbffffffffffffffff",             //
             "d8565b1000000000000000",         // typed array
             "c25b1000000000000000",           // bignum
             "a17b100000000000000061",         // key
             "d8288282 1b1000000000000000 01", // shape
             "5f5b1000000000000000",           // chunk
             "9a0fffffff",                     // large enough to hurt if it were believed
             "9a0fffffff 9a0fffffff 9a0fffffff",
         }) {
        EXPECT_EQ(code_of(from_cbor(from_hex(encoded))), ALD_E_CORRUPT) << encoded;
    }
}

TEST(CborLimits, WritingEndsAtTheCap) {
    value v(std::string(1 << 20, 'x'));
    for (int i = 0; i < 30; ++i) { // 2^30 copies of the text
        v = list_of({v, v});
    }
    EXPECT_EQ(code_of(to_cbor(v)), ALD_E_LIMIT);

    array repeated = must(zeros(ALD_DTYPE_FLOAT64, std::vector<std::int64_t>{1}));
    repeated.view.shape[0] = std::int64_t{1} << 40;
    repeated.view.strides[0] = 0;
    must(repeated.memory->check(repeated.view));
    EXPECT_EQ(code_of(to_cbor(value(repeated))), ALD_E_LIMIT);
}

TEST(CborLimits, ManyKeysTakeNoLongerThanSorting) {
    map items;
    for (int i = 0; i < 200000; ++i) {
        items.emplace_back(std::to_string(i), value());
    }
    const bytes encoded = must(to_cbor(value(std::move(items))));
    const ::tests::stopwatch watch;
    EXPECT_EQ(must(from_cbor(encoded)).as_map()->size(), 200000U);
    EXPECT_LT(watch.own_ns(), 10'000'000'000);
}

// --- all together ---

TEST(Cbor, RoundTripsRandomValuesExactly) {
    test::value_generator generate(20240229);
    for (int i = 0; i < 3000; ++i) {
        const value v = generate.any();
        const bytes encoded = must(to_cbor(v));
        const auto back = from_cbor(encoded);
        ASSERT_TRUE(back) << i << ": " << message_of(back);
        ASSERT_TRUE(identical(*back, v)) << i << ' ' << to_hex(encoded);
        ASSERT_EQ(*back, v) << i;
        ASSERT_EQ(to_hex(must(to_cbor(*back))), to_hex(encoded)) << i;
    }
}

TEST(Cbor, EveryTruncationIsCorrupt) {
    test::value_generator generate(1);
    for (int i = 0; i < 300; ++i) {
        const bytes encoded = must(to_cbor(generate.any()));
        for (std::size_t size = 0; size < encoded.size(); ++size) {
            // In memory of its own, so that the sanitizer sees a byte read beyond the end.
            const bytes cut(encoded.begin(), encoded.begin() + static_cast<std::ptrdiff_t>(size));
            ASSERT_EQ(code_of(from_cbor(cut)), ALD_E_CORRUPT) << to_hex(cut);
        }
    }
}

TEST(Cbor, ChangedBytesNeverDoHarm) {
    test::value_generator generate(2);
    for (int i = 0; i < 20000; ++i) {
        bytes encoded = must(to_cbor(generate.any(3)));
        for (std::uint64_t n = 1 + generate.below(3); n > 0; --n) {
            encoded[generate.below(encoded.size())] =
                static_cast<std::uint8_t>(generate.below(256));
        }
        const auto read = from_cbor(encoded);
        if (read) { // what is read can be written, and means the same again
            ASSERT_TRUE(identical(must(from_cbor(must(to_cbor(*read)))), *read)) << to_hex(encoded);
        }
    }
}

} // namespace
} // namespace alidade
