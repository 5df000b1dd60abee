#include "base/error.hpp"
#include "base/text/one_line.hpp"

#include <gtest/gtest.h>

using namespace alidade;

namespace {

TEST(OneLine, ShowsWhatWouldBreakIt) {
    EXPECT_EQ(one_line("a\nb\r\tc\x7f"), "a\\x0ab\\x0d\\x09c\\x7f");
    EXPECT_EQ(one_line("\x1b[2J"), "\\x1b[2J") << "it would clear a terminal";
    EXPECT_EQ(one_line("a\xc2\x85z"), "a\\xc2\\x85z") << "NEXT LINE";
    EXPECT_EQ(one_line("a\xe2\x80\xa8z"), "a\\xe2\\x80\\xa8z") << "LINE SEPARATOR";
    EXPECT_EQ(one_line(std::string_view("a\0b", 3)), "a\\x00b");
}

TEST(OneLine, ShowsBytesThatAreNoText) {
    EXPECT_EQ(one_line("\xff ok \xc3"), "\\xff ok \\xc3");
    EXPECT_EQ(one_line("\xc3\xa4\xe2\x82\xac"), "\xc3\xa4\xe2\x82\xac") << "letters stay";
}

TEST(OneLine, KeepsTheEndOfALongOne) {
    std::string told;
    for (int i = 0; i < 4000; ++i) {
        told += "\xe2\x82\xac";
    }
    const std::string line = one_line("begin " + told + "; do this");
    EXPECT_LE(line.size(), 4200U);
    EXPECT_EQ(line.substr(0, 6), "begin ");
    EXPECT_NE(line.find(" bytes ...] "), std::string::npos);
    EXPECT_TRUE(line.ends_with("; do this"));
    EXPECT_TRUE(is_one_line(line.substr(0, 3000).substr(0, line.find(" [..."))))
        << "cut in between";
}

TEST(OneLine, IsWhatErrorsHave) {
    const failure why = fail({.code = ALD_E_INVALID, .domain = "a\nb", .where = "lab\r/x"},
                             "'{}' is no name", "stage\nINFO: all is well");
    EXPECT_EQ(why.value()->detail().message, "'stage\\x0aINFO: all is well' is no name");
    EXPECT_EQ(why.value()->detail().domain, "a\\x0ab");
    EXPECT_EQ(why.value()->detail().where, "lab\\x0d/x");
}

} // namespace
