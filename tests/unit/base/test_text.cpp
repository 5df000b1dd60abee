#include "base/text/json_text.hpp"
#include "base/text/text.hpp"
#include "base/value/key_path.hpp"

#include "unit/base/values_support.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace alidade {
namespace {

using test::code_of;
using test::must;

TEST(Shown, IsShortAndOnOneLine) {
    EXPECT_EQ(shown(""), "''");
    EXPECT_EQ(shown("abc"), "'abc'");
    EXPECT_EQ(shown("a\nb\x01\x7f"), "'a\\nb\\u0001\\u007f'");
    EXPECT_EQ(shown("\"\\"), "'\"\\'");
    EXPECT_EQ(shown(std::string(80, 'x')), "'" + std::string(80, 'x') + "'");
    EXPECT_EQ(shown(std::string(81, 'x')), "'" + std::string(80, 'x') + "...'");
}

TEST(Shown, NeverCutsACharacter) {
    for (std::size_t lead = 70; lead < 90; ++lead) {
        const std::string text = std::string(lead, 'x') + "\U0001f52c\U0001f52c\U0001f52c";
        EXPECT_EQ(invalid_utf8(shown(text)), std::string_view::npos) << lead;
    }
}

struct path_case {
    const char *text;
    std::vector<std::string> pieces;
};

TEST(KeyPath, ReadsPieces) {
    const path_case cases[] = {
        {"", {}},
        {"a", {"a"}},
        {"devices.stage.limits.0", {"devices", "stage", "limits", "0"}},
        {"\"a.b\".c", {"a.b", "c"}},
        {"'a.b'.\"c.d\"", {"a.b", "c.d"}},
        {"a.\"\"", {"a", ""}},
        {"''", {""}},
        {R"('a\n')", {R"(a\n)"}},
        {R"("\b\t\n\f\r\"\\")", {"\b\t\n\f\r\"\\"}},
        {R"("\u00e4\U0001f52c")", {"\u00e4\U0001f52c"}},
        {"ND 0", {"ND 0"}},
        {"\u00e4.\u00f6", {"\u00e4", "\u00f6"}},
        {"a-b_c.1", {"a-b_c", "1"}},
        {"it's.b", {"it's", "b"}},
    };
    for (const path_case &c : cases) {
        EXPECT_EQ(must(parse_key_path(c.text)), c.pieces) << c.text;
    }
}

TEST(KeyPath, RefusesWhatIsMalformed) {
    for (const char *text : {".",         "a.",          ".a",          "a..b",
                             "\"a",       "'a",          "\"a\"b",      "'a'b",
                             "\"",        "'",           "\"\\x\"",     "\"\\",
                             "\"\\u12\"", "\"\\u00g0\"", "\"\\ud800\"", "\"\\U00110000\"",
                             "a.\"b",     "\"a\".",      "\"\\u",       "\"\\U1234567\""}) {
        EXPECT_EQ(code_of(parse_key_path(text)), ALD_E_INVALID) << text;
    }
}

TEST(KeyPath, WritesWhatItReads) {
    for (const key_path &path : {key_path{},
                                 {"a", "b"},
                                 {"a.b", "c"},
                                 {""},
                                 {"a\"b", "c\\d", "e\nf"},
                                 {"\u00e4", "0"},
                                 {"'", "x y"},
                                 {"\x7f"}}) {
        EXPECT_EQ(must(parse_key_path(to_string(path))), path) << to_string(path);
    }
    EXPECT_EQ(to_string({"a", "b.c", ""}), "a.\"b.c\".\"\"");
}

} // namespace
} // namespace alidade
