#include "host/text.hpp"

#include "fake_value.hpp"

#include <gtest/gtest.h>

using namespace host_driver;

TEST(text, lines_know_their_numbers_and_whether_they_ended) {
    lines in("a\n\nb", "f");
    ASSERT_TRUE(in.next());
    EXPECT_EQ(in.line(), "a");
    EXPECT_TRUE(in.ended());
    ASSERT_TRUE(in.next());
    EXPECT_EQ(in.line(), "");
    ASSERT_TRUE(in.next());
    EXPECT_EQ(in.line(), "b");
    EXPECT_FALSE(in.ended());
    EXPECT_EQ(in.malformed("no").message, "f:3: no");
    EXPECT_EQ(in.malformed("no").code, ALD_E_PROTOCOL);
    EXPECT_FALSE(in.next());
    EXPECT_EQ(lines("", "f").malformed("empty").message, "f:1: empty");
}

TEST(text, words_come_one_after_the_other) {
    std::string_view line = "  one\ttwo  ";
    EXPECT_EQ(take_word(line), "one");
    EXPECT_EQ(take_word(line), "two");
    EXPECT_EQ(take_word(line), "");
    EXPECT_EQ(take_word(line), "");
    EXPECT_EQ(trimmed(" \t a b \n"), "a b");
    EXPECT_EQ(trimmed(" \n"), "");
}

TEST(text, numbers_are_whole_words_within_their_range) {
    EXPECT_EQ(to_unsigned("18446744073709551615"), UINT64_MAX);
    EXPECT_EQ(to_unsigned("18446744073709551616"), std::nullopt);
    EXPECT_EQ(to_unsigned("-1"), std::nullopt);
    EXPECT_EQ(to_unsigned("12x"), std::nullopt);
    EXPECT_EQ(to_unsigned(""), std::nullopt);
    EXPECT_EQ(to_signed("-42"), -42);
    EXPECT_EQ(to_int("2147483648"), std::nullopt);
    EXPECT_EQ(to_double("1.5"), 1.5);
    EXPECT_EQ(to_double("inf"), std::nullopt);
    EXPECT_EQ(to_double("nan"), std::nullopt);
    EXPECT_EQ(to_double("1,5"), std::nullopt);
    EXPECT_EQ(times(UINT64_MAX / 2, 2), UINT64_MAX - 1);
    EXPECT_EQ(times(UINT64_MAX / 2 + 1, 2), std::nullopt);
}

TEST(text, names_of_children_keep_to_the_allowed_characters) {
    EXPECT_EQ(child_name("nvme0n1"), "nvme0n1");
    EXPECT_EQ(child_name("Package id 0"), "Package_id_0");
    EXPECT_EQ(child_name("cciss/c0d0"), "cciss_c0d0");
    EXPECT_EQ(child_name("bond0.1042"), "bond0.1042");
    EXPECT_EQ(child_name("gr\xc3\xb6\xc3\x9f"), "gr____");
    EXPECT_EQ(child_name(""), "_");
    EXPECT_LE(child_name(std::string(500, 'x')).size(), 60U);
}

TEST(text, what_is_not_utf8_becomes_printable) {
    EXPECT_EQ(printable("Gr\xc3\xb6\xc3\x9f"
                        "e \xe2\x82\xac \xf0\x9f\x8c\xa1"),
              "Gr\xc3\xb6\xc3\x9f"
              "e \xe2\x82\xac \xf0\x9f\x8c\xa1");
    EXPECT_EQ(printable("a\x01\x7f\xff"
                        "b"),
              "a???b");
    EXPECT_EQ(printable("\xc3"), "?");
    EXPECT_EQ(printable("\xed\xa0\x80"), "???"); // half of a surrogate pair
    EXPECT_EQ(printable("\xc0\xaf"), "??");      // overlong
    EXPECT_EQ(printable("\xf4\x90\x80\x80"), "????");
    EXPECT_EQ(printable("\xc2\x9b"), "??"); // a control character
}

TEST(text, printable_is_utf8_whatever_comes_in) {
    std::uint32_t state = 1;
    for (int i = 0; i < 20000; ++i) {
        std::string bytes;
        for (int k = 0; k < 6; ++k) {
            state = state * 1664525U + 1013904223U;
            bytes += static_cast<char>(state >> 24U);
        }
        ASSERT_TRUE(fake::valid_utf8(printable(bytes)));
    }
}
