#include "support/text.hpp"

#include <gtest/gtest.h>

namespace {

using namespace drivers;

TEST(texts, numbers_as_instruments_write_them) {
    EXPECT_EQ(to_plain_double("5E-9"), 5e-9);
    EXPECT_EQ(to_plain_double("+.75E-9"), 0.75e-9);
    EXPECT_EQ(to_plain_double(" -12.00001 "), -12.00001);
    EXPECT_EQ(to_plain_double("0"), 0.0);
    EXPECT_EQ(to_plain_integer("+007"), 7);
}

TEST(texts, what_is_no_finite_number_is_none) {
    for (const char *text : {"",
                             " ",
                             "+",
                             "-",
                             "nan",
                             "NAN",
                             "inf",
                             "-inf",
                             "infinity",
                             "1e999",
                             "-1e999",
                             "1e-999",
                             "1.5x",
                             "1 2",
                             "1,5",
                             "0x10",
                             "++1",
                             "+-1",
                             "--1",
                             "1e",
                             ".",
                             "5E-9\x01",
                             "\xff"
                             "1"}) {
        EXPECT_FALSE(to_plain_double(text)) << "'" << text << "'";
    }
    for (const char *text : {"", "1.0", "1e3", "9223372036854775808", "+-1", "0x1"}) {
        EXPECT_FALSE(to_plain_integer(text)) << "'" << text << "'";
    }
}

TEST(texts, hexadecimal_is_digits_alone) {
    EXPECT_EQ(to_hexadecimal("0002bF"), 0x2bfU);
    for (const char *text : {"", "0x1", "G", "-1", " 1", "123456789"}) {
        EXPECT_FALSE(to_hexadecimal(text)) << "'" << text << "'";
    }
}

TEST(texts, decimals_have_no_exponent_and_no_idle_zeros) {
    EXPECT_EQ(decimals(1e-5, 6), "0.00001");
    EXPECT_EQ(decimals(2.5, 6), "2.5");
    EXPECT_EQ(decimals(-0.0, 6), "0");
    EXPECT_EQ(decimals(-1e-9, 6), "0");
    EXPECT_EQ(decimals(100, 6), "100");
    EXPECT_EQ(decimals(1e20, 3), "100000000000000000000");
}

} // namespace
