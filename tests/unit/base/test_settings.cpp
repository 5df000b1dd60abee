#include "base/text/settings.hpp"

#include "base/text/toml_depth.hpp"
#include "unit/base/values_support.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

namespace alidade {
namespace {

using test::code_of;
using test::identical;
using test::integer;
using test::message_of;
using test::must;
using test::where_of;

constexpr const char *lab = R"(# A lab.
name = "bench 2"
"with.dot" = 1

[devices.stage]
driver = "esp300"
limits = [0, 25.5]
axes = { x = 1, "y.z" = 2 }

[devices.camera]
exposure = 0.05

[[plans]]
name = "first"
[[plans]]
name = "second"
points = [[1, 2], [3, 4]]
)";

ref<settings> parsed(std::string_view text) { return must(settings::parse(text, "lab.toml")); }

value at(const settings &s, std::string_view key) { return *must(s.find(key)).content; }

std::string place(const settings &s, std::string_view key) {
    return s.where(must(s.find(key)).places->at);
}

// --- types ---

struct type_case {
    const char *text;
    value meaning;
};

TEST(Settings, ReadEveryTypeOfToml) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const type_case cases[] = {
        {"true", value(true)},
        {"false", value(false)},
        {"0", integer(0)},
        {"+99", integer(99)},
        {"-17", integer(-17)},
        {"1_000", integer(1000)},
        {"0xDEAD_beef", integer(0xdeadbeef)},
        {"0o755", integer(0755)},
        {"0b1010", integer(10)},
        {"9223372036854775807", integer(std::numeric_limits<std::int64_t>::max())},
        {"-9223372036854775808", integer(std::numeric_limits<std::int64_t>::min())},
        {"1.0", value(1.0)},
        {"-0.0", value(-0.0)},
        {"0.1", value(0.1)},
        {"5e+22", value(5e22)},
        {"6.626e-34", value(6.626e-34)},
        {"224_617.445_991_228", value(224617.445991228)},
        {"inf", value(infinity)},
        {"-inf", value(-infinity)},
        {"\"\"", value("")},
        {R"("tab\t \u00e4 \U0001f52c")", value("tab\t \u00e4 \U0001f52c")},
        {R"('C:\path')", value("C:\\path")},
        {"\"\"\"\nfirst\nsecond\"\"\"", value("first\nsecond")},
        {"\"\"\"a\\\n  \u00e4\"\"\"", value("a\u00e4")},
        {"'''\nfirst\nsecond'''", value("first\nsecond")},
        {"1979-05-27", value("1979-05-27")},
        {"07:32:00", value("07:32:00")},
        {"07:32:00.5", value("07:32:00.5")},
        {"00:32:00.999999", value("00:32:00.999999")},
        {"1979-05-27T07:32:00", value("1979-05-27T07:32:00")},
        {"1979-05-27 07:32:00", value("1979-05-27T07:32:00")},
        {"1979-05-27T07:32:00Z", value("1979-05-27T07:32:00Z")},
        {"1979-05-27T00:32:00.123-07:30", value("1979-05-27T00:32:00.123-07:30")},
        {"1979-05-27T00:32:00+01:00", value("1979-05-27T00:32:00+01:00")},
        {"[]", value(list{})},
        {"[1, \"a\", [2.0]]", value(list{integer(1), value("a"), value(list{value(2.0)})})},
        {"{}", value(map{})},
        {"{ b = 1, a.c = 2 }", value(map{{"b", integer(1)}, {"a", value(map{{"c", integer(2)}})}})},
    };
    for (const type_case &c : cases) {
        const auto s = parsed(std::string("x = ") + c.text);
        EXPECT_TRUE(identical(at(*s, "x"), c.meaning)) << c.text;
    }
    EXPECT_TRUE(std::isnan(*at(*parsed("x = nan"), "x").as_double()));
    EXPECT_EQ(at(*parsed(""), ""), value(map{}));
}

TEST(Settings, KeepTheOrderOfTheText) {
    const auto s = parsed("z = 1\na = 2\n[m]\nq = 1\nb = 2\n[c.d]\n[a2]\n[c]\nx = 1");
    std::vector<std::string> keys;
    for (const auto &[key, item] : *at(*s, "").as_map()) {
        keys.push_back(key);
    }
    EXPECT_EQ(keys, (std::vector<std::string>{"z", "a", "m", "c", "a2"}));
    EXPECT_EQ(at(*s, "m").as_map()->front().first, "q");
}

// --- keys ---

TEST(Settings, FindPartsByKey) {
    const auto s = parsed(lab);
    EXPECT_EQ(at(*s, "").type(), ALD_TYPE_MAP);
    EXPECT_EQ(at(*s, "name"), value("bench 2"));
    EXPECT_EQ(at(*s, "devices.stage.limits.0"), integer(0));
    EXPECT_EQ(at(*s, "devices.stage.limits.1"), value(25.5));
    EXPECT_EQ(at(*s, "\"with.dot\""), integer(1));
    EXPECT_EQ(at(*s, "'with.dot'"), integer(1));
    EXPECT_EQ(at(*s, "devices.stage.axes.\"y.z\""), integer(2));
    EXPECT_EQ(at(*s, "plans.1.name"), value("second"));
    EXPECT_EQ(at(*s, "plans.1.points.1.0"), integer(3));
    EXPECT_EQ(at(*s, "devices.\"camera\".exposure"), value(0.05));
    EXPECT_EQ(at(*parsed("0 = \"a number as a key\""), "0"), value("a number as a key"));
}

struct missing_key {
    const char *key;
    ald_status expected;
    const char *message;
    const char *where;
};

TEST(Settings, NameTheNearestKey) {
    const auto s = parsed(lab);
    const missing_key cases[] = {
        {"nme", ALD_E_NOT_FOUND, "there is no 'nme' in lab.toml (did you mean 'name'?)",
         "lab.toml:1:1"},
        {"with.dot", ALD_E_NOT_FOUND, "there is no 'with' in lab.toml", "lab.toml:1:1"},
        {"devices.stag", ALD_E_NOT_FOUND, "there is no 'stag' in 'devices' (did you mean 'stage'?)",
         "lab.toml:5:2"},
        {"devices.camera.exposur", ALD_E_NOT_FOUND,
         "there is no 'exposur' in 'devices.camera' (did you mean 'exposure'?)", "lab.toml:10:10"},
        {"devices.stage.limits.2", ALD_E_NOT_FOUND,
         "there is no '2' in 'devices.stage.limits' (the list has 2 items, counted from 0)",
         "lab.toml:7:1"},
        {"devices.stage.limits.-1", ALD_E_NOT_FOUND,
         "there is no '-1' in 'devices.stage.limits' (the list has 2 items, counted from 0)",
         "lab.toml:7:1"},
        {"name.x", ALD_E_NOT_FOUND,
         "there is no 'x' in 'name' (a value of type string has no keys)", "lab.toml:2:1"},
        {"devices..stage", ALD_E_INVALID,
         "'devices..stage' is no path of keys: join names by dots, and quote a name that has a "
         "dot in it",
         ""},
    };
    for (const missing_key &c : cases) {
        const auto found = s->find(c.key);
        EXPECT_EQ(code_of(found), c.expected) << c.key;
        EXPECT_EQ(message_of(found), c.message);
        EXPECT_EQ(where_of(found), c.where) << c.key;
    }
}

TEST(Settings, KnowWhereEveryKeyStands) {
    const auto s = parsed(lab);
    const struct {
        const char *key;
        const char *where;
    } cases[] = {
        {"", "lab.toml:1:1"},
        {"name", "lab.toml:2:1"},
        {"\"with.dot\"", "lab.toml:3:1"},
        {"devices", "lab.toml:5:2"},
        {"devices.stage", "lab.toml:5:10"},
        {"devices.stage.driver", "lab.toml:6:1"},
        {"devices.stage.limits", "lab.toml:7:1"},
        {"devices.stage.limits.1", "lab.toml:7:14"},
        {"devices.stage.axes.x", "lab.toml:8:10"},
        {"devices.camera.exposure", "lab.toml:11:1"},
        {"plans", "lab.toml:13:3"},
        {"plans.0", "lab.toml:13:1"},
        {"plans.1", "lab.toml:15:1"},
        {"plans.1.points", "lab.toml:17:1"},
        {"plans.1.points.1.0", "lab.toml:17:20"},
    };
    for (const auto &c : cases) {
        EXPECT_EQ(place(*s, c.key), c.where) << c.key;
    }
}

TEST(Settings, CountColumnsInCharacters) {
    const auto s = parsed("x = { \"\u00e4\u6c34\" = 1, b = 2 }");
    EXPECT_EQ(place(*s, "x.b"), "lab.toml:1:17");
    EXPECT_EQ(place(*parsed("\r\n\r\na = 1"), "a"), "lab.toml:3:1");
}

// --- malformed text ---

TEST(Settings, SayWhereTheyAreNoToml) {
    const struct {
        const char *text;
        const char *where;
    } cases[] = {
        {"x", "lab.toml:1:2"},
        {"x =", "lab.toml:1:4"},
        {"a = 1\nb = \n", "lab.toml:2:5"},
        {"a = 1\na = 2", "lab.toml:2:1"},
        {"[t]\n[t]", "lab.toml:2:1"},
        {"\n[ = 1", "lab.toml:2:3"},
        {"x = 9223372036854775808", "lab.toml:1:24"},
    };
    for (const auto &c : cases) {
        const auto read = settings::parse(c.text, "lab.toml");
        EXPECT_EQ(code_of(read), ALD_E_CORRUPT) << c.text;
        EXPECT_EQ(where_of(read).substr(0, where_of(read).rfind(':')),
                  std::string(c.where).substr(0, std::string(c.where).rfind(':')))
            << c.text << where_of(read);
        EXPECT_EQ(message_of(read).rfind("no valid TOML: ", 0), 0U) << message_of(read);
    }
    for (const char *text : {"= 1",
                             "x = 01",
                             "x = 1.",
                             "x = .5",
                             "x = 'a",
                             "x = \"\\x\"",
                             "x = [1",
                             "x = {a = 1",
                             "x = {a = 1,}",
                             "[",
                             "[]",
                             "[a",
                             "[[a]",
                             "[a]]",
                             "[ = 1",
                             "[[ = 1",
                             "[a. = 1",
                             "[ \u0124",
                             "\u00e4 = 1",
                             "x = \u00e4",
                             "x = 1 \u2603",
                             "a. = 1",
                             "x = 1 y = 2",
                             "x = \xff",
                             "\xff = 1",
                             "x = \"\xc3\"",
                             "x = \"a\nb\"",
                             "x.y = 1\nx = 2",
                             "x = 1979-13-01",
                             "x = 25:00:00",
                             "x = 1__0",
                             "x = tru",
                             "x = \"\u0001\"",
                             "\"\"\"x\"\"\" = 1",
                             "x = {}\n[x.y]",
                             "x = [1]\n[[x]]",
                             "x = 0xfffffffffffffffff"}) {
        EXPECT_EQ(code_of(settings::parse(text, "lab.toml")), ALD_E_CORRUPT) << text;
    }
}

TEST(Settings, MessagesAreOneLineOfUtf8) {
    const std::string long_key(1000, 'k');
    for (const std::string &text :
         {std::string("\"a\\nb\" = 1\n\"a\\nb\" = 2"), long_key + " = 1\n" + long_key + " = 2",
          "\"" + std::string(170, ' ') + "\u6c34\u6c34\u6c34\u6c34\" = 1\n[\"" +
              std::string(170, ' ') + "\u6c34\u6c34\u6c34\u6c34\"]",
          std::string("x = \x07"), std::string("x = \u2028")}) {
        const std::string message = message_of(settings::parse(text, "lab.toml"));
        EXPECT_NE(message, "");
        EXPECT_EQ(message.find('\n'), std::string::npos) << message;
        EXPECT_EQ(invalid_utf8(message), std::string_view::npos) << message;
    }
}

TEST(Settings, EveryTruncationIsReadOrRefused) {
    const std::string text = lab;
    for (std::size_t size = 0; size < text.size(); ++size) {
        const std::vector<char> cut(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(size));
        const ald_status code = code_of(settings::parse({cut.data(), cut.size()}, "lab.toml"));
        EXPECT_TRUE(code == ALD_OK || code == ALD_E_CORRUPT) << size;
    }
}

// --- depth and size ---

std::string repeated(std::string_view piece, std::size_t times) {
    std::string text;
    for (std::size_t i = 0; i < times; ++i) {
        text += piece;
    }
    return text;
}

std::string dotted(std::size_t pieces) {
    std::string key = repeated("a.", pieces);
    key.pop_back();
    return key;
}

TEST(SettingsDepth, IsAtMost64) {
    const auto lists = [](std::size_t levels) {
        return "x = " + repeated("[", levels) + repeated("]", levels);
    };
    EXPECT_EQ(at(*parsed(lists(63)), "").depth(), 64);
    EXPECT_EQ(code_of(settings::parse(lists(64), "lab.toml")), ALD_E_LIMIT);
    EXPECT_EQ(at(*parsed(dotted(64) + " = 1"), "").depth(), 64);
    EXPECT_EQ(code_of(settings::parse(dotted(65) + " = 1", "lab.toml")), ALD_E_LIMIT);
    EXPECT_EQ(at(*parsed("[" + dotted(63) + "]"), "").depth(), 64);
    EXPECT_EQ(code_of(settings::parse("[" + dotted(64) + "]", "lab.toml")), ALD_E_LIMIT);
    EXPECT_EQ(code_of(settings::parse("[" + dotted(40) + "]\n" + dotted(40) + " = 1", "lab.toml")),
              ALD_E_LIMIT);
}

TEST(SettingsDepth, DoesNotExhaustTheStack) {
    const std::string cases[] = {
        "x = " + repeated("[", 1000000),      "x = " + repeated("{a=", 1000000),
        "x = " + repeated("{a.b=[", 1000000), dotted(1000000) + " = 1",
        "[" + dotted(1000000) + "]",          "[[" + dotted(1000000) + "]]",
        "a = {" + dotted(1000000) + " = 1}",  repeated("'a' . \"b\" .", 500000) + "c = 1",
        "x = 1\n" + dotted(1000000) + " = 1",
    };
    for (const std::string &text : cases) {
        EXPECT_EQ(code_of(settings::parse(text, "lab.toml")), ALD_E_LIMIT) << text.substr(0, 20);
    }
}

TEST(SettingsDepth, IsNotMistakenForDots) {
    const std::string texts[] = {
        "x = \"" + dotted(1000) + "\"",
        "x = '" + dotted(1000) + "'",
        "x = \"\"\"\n" + dotted(1000) + "\"\"\"",
        "x = '''\n" + dotted(1000) + "'''",
        "# " + dotted(1000),
        "x = [" + repeated("1.5, ", 1000) + "]",
        "x = [" + repeated("[1.5], ", 1000) + "]",
        "x = [" + repeated("'a.b', ", 1000) + "]",
        "x = [\n" + repeated("1.5 ,\n", 1000) + "]",
        "x = [" + repeated("{ a.b = 1.5 }, ", 1000) + "]",
        "x = \"\\\"" + dotted(1000) + "\"",
        "x = \"\"\"\"\"" + dotted(1000) + "\"\"\"\"\"",
        "x = '[[[[[[[[' # [[[[[[[",
        repeated("[a.b.c]\n[a.b.d]\n", 1) + repeated("[[l.m]]\nx.y = 1.5\n", 1000),
    };
    for (const std::string &text : texts) {
        EXPECT_EQ(line_nested_deeper_than(text, 5), std::nullopt) << text.substr(0, 40);
        EXPECT_EQ(code_of(settings::parse(text, "lab.toml")), ALD_OK) << text.substr(0, 40);
    }
}

TEST(SettingsDepth, NamesTheLine) {
    EXPECT_EQ(where_of(settings::parse("a = 1\n\n[" + dotted(100) + "]", "lab.toml")),
              "lab.toml:3");
}

TEST(Settings, AreAtMost16MiB) {
    const std::string text((std::size_t{16} << 20) + 1, '\n');
    EXPECT_EQ(code_of(settings::parse(text, "lab.toml")), ALD_E_LIMIT);
    EXPECT_EQ(code_of(settings::parse(std::string_view(text).substr(1), "lab.toml")), ALD_OK);
}

// --- files ---

class SettingsFile : public testing::Test {
protected:
    void SetUp() override {
        std::string name = (std::filesystem::temp_directory_path() / "settings-XXXXXX").string();
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        folder_ = name;
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    std::string file(const std::string &name, std::string_view content) {
        const std::filesystem::path path = folder_ / name;
        std::ofstream(path, std::ios::binary) << content;
        return path.string();
    }

    std::filesystem::path folder_;
};

TEST_F(SettingsFile, IsLoadedAndNamedByItsPath) {
    const std::string path = file("lab.toml", lab);
    const auto s = must(settings::load(path));
    EXPECT_EQ(at(*s, "name"), value("bench 2"));
    EXPECT_EQ(place(*s, "name"), path + ":2:1");
    const auto broken = settings::load(file("broken.toml", "a = 1\nb"));
    EXPECT_EQ(code_of(broken), ALD_E_CORRUPT);
    EXPECT_EQ(where_of(broken).rfind((folder_ / "broken.toml:2:").string(), 0), 0U);
}

TEST_F(SettingsFile, MayStartWithAByteOrderMark) {
    EXPECT_EQ(at(*must(settings::load(file("bom.toml", "\xef\xbb\xbf"
                                                       "a = 1"))),
                 "a"),
              integer(1));
}

TEST_F(SettingsFile, FailuresCarryTheSystemsCode) {
    const auto missing = settings::load((folder_ / "none.toml").string());
    EXPECT_EQ(code_of(missing), ALD_E_NOT_FOUND);
    EXPECT_EQ(missing.error()->detail().native_code, ENOENT);
    EXPECT_NE(message_of(missing).find("none.toml"), std::string::npos);

    EXPECT_EQ(code_of(settings::load(folder_.string())), ALD_E_IO);
    EXPECT_EQ(code_of(settings::load(file("x", "a = 1") + "/y")), ALD_E_IO);

    const std::string secret = file("secret.toml", "a = 1");
    ::chmod(secret.c_str(), 0);
    if (::geteuid() != 0) { // root may read everything
        EXPECT_EQ(code_of(settings::load(secret)), ALD_E_PERMISSION);
    }
}

TEST_F(SettingsFile, BeyondTheLimitIsRefused) {
    const std::string path = file("large.toml", "");
    ASSERT_EQ(::truncate(path.c_str(), (16 << 20) + 1), 0);
    EXPECT_EQ(code_of(settings::load(path)), ALD_E_LIMIT);
    EXPECT_EQ(code_of(settings::load("/dev/zero")), ALD_E_LIMIT);
}

// --- checks ---

std::vector<schema> camera_records() {
    return {must(validated({.name = "driver",
                            .type = ALD_TYPE_STRING,
                            .flags = ALD_SCHEMA_READ | ALD_SCHEMA_REQUIRED})),
            must(validated(
                {.name = "exposure", .type = ALD_TYPE_DOUBLE, .unit = "s", .min = 0, .max = 10})),
            must(validated({.name = "mode",
                            .type = ALD_TYPE_STRING,
                            .choices = value(list{value("slow"), value("fast")})})),
            must(validated({.name = "roi", .type = ALD_TYPE_LIST}))};
}

struct table_case {
    const char *what;
    const char *text;
    ald_status expected;
    const char *where;
    const char *message;
};

TEST(SettingsCheck, TellsAllProblemsOfATable) {
    const table_case cases[] = {
        {"fine", "[camera]\ndriver = 'a'\nexposure = 1\nmode = 'slow'\nroi = [1]", ALD_OK, "", ""},
        {"what may be left out", "[camera]\ndriver = 'a'", ALD_OK, "", ""},
        {"unknown", "[camera]\ndriver = 'a'\nexposrue = 1", ALD_E_NOT_FOUND, "lab.toml:3:1",
         "unknown key 'exposrue' (did you mean 'exposure'?)"},
        {"unlike any", "[camera]\ndriver = 'a'\nzzzzzzzzzz = 1", ALD_E_NOT_FOUND, "lab.toml:3:1",
         "unknown key 'zzzzzzzzzz'"},
        {"missing", "\n[camera]\nexposure = 1.0", ALD_E_INVALID, "lab.toml:2:2",
         "the key 'driver' is missing"},
        {"a wrong type", "[camera]\ndriver = 5", ALD_E_INVALID, "lab.toml:2:1",
         "driver is of type int64, expected string"},
        {"out of range", "[camera]\ndriver = 'a'\n  exposure = 12", ALD_E_RANGE, "lab.toml:3:3",
         "exposure is 12 s, allowed are 0 s to 10 s"},
        {"not a number", "[camera]\ndriver = 'a'\nexposure = nan", ALD_E_INVALID, "lab.toml:3:1",
         "exposure is NaN, expected a number"},
        {"two problems", "[camera]\nexposure = -1\nmod = 'slow'\ndriver = ''", ALD_E_RANGE,
         "lab.toml:2:1",
         "exposure is -1 s, allowed are 0 s to 10 s; 1 more problem: lab.toml:3:1: unknown key "
         "'mod' (did you mean 'mode'?)"},
        {"three problems", "[camera]\nmode = 'fats'\nexposure = 11", ALD_E_INVALID, "lab.toml:2:1",
         "mode is 'fats', allowed are 'slow', 'fast' (did you mean 'fast'?); 2 more problems: "
         "lab.toml:3:1: exposure is 11 s, allowed are 0 s to 10 s; lab.toml:1:2: the key "
         "'driver' is missing"},
        {"no table", "camera = 1", ALD_E_INVALID, "lab.toml:1:1",
         "'camera' is of type int64, expected a table"},
        {"nothing there", "camra = {}", ALD_E_NOT_FOUND, "lab.toml:1:1",
         "there is no 'camera' in lab.toml (did you mean 'camra'?)"},
    };
    const auto records = camera_records();
    for (const table_case &c : cases) {
        const auto checked = parsed(c.text)->check("camera", records);
        EXPECT_EQ(code_of(checked), c.expected) << c.what;
        EXPECT_EQ(message_of(checked), c.message) << c.what;
        EXPECT_EQ(where_of(checked), c.where) << c.what;
    }
}

TEST(SettingsCheck, OfTheWholeFileAndOfListItems) {
    const auto records = camera_records();
    EXPECT_EQ(code_of(parsed("driver = 'a'")->check("", records)), ALD_OK);
    EXPECT_EQ(where_of(parsed("x = 1")->check("", records)), "lab.toml:1:1");
    const auto s = parsed("[[cameras]]\ndriver = 'a'\n[[cameras]]\ndriver = 1");
    EXPECT_EQ(code_of(s->check("cameras.0", records)), ALD_OK);
    EXPECT_EQ(where_of(s->check("cameras.1", records)), "lab.toml:4:1");
    EXPECT_EQ(code_of(parsed("")->check("", {})), ALD_OK);
}

TEST(SettingsCheck, EndsLongLists) {
    std::string text;
    for (int i = 0; i < 100; ++i) {
        text += "unknown" + std::to_string(i) + " = 1\n";
    }
    const std::string message = message_of(parsed(text)->check("", {}));
    EXPECT_EQ(message.rfind("unknown key 'unknown0'; 99 more problems: lab.toml:2:1: ", 0), 0U);
    EXPECT_TRUE(message.ends_with("'unknown10'; ...")) << message;
}

} // namespace
} // namespace alidade
