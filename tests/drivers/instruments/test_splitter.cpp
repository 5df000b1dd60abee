#include "support/splitter.hpp"

#include <gtest/gtest.h>
#include <vector>

namespace {

std::vector<std::string> split(const std::vector<std::string> &pieces) {
    drivers::splitter splitter('\r', "\n", 8);
    std::vector<std::string> commands;
    for (const std::string &piece : pieces) {
        splitter.feed(piece, [&](std::string_view command) { commands.emplace_back(command); });
    }
    return commands;
}

TEST(splitter, commands_are_the_same_however_they_come) {
    const std::string all = "1TP\r\n2PA1.5\r\rVE?\r";
    const std::vector<std::string> whole{"1TP", "2PA1.5", "", "VE?"};
    EXPECT_EQ(split({all}), whole);
    for (std::size_t cut = 0; cut <= all.size(); ++cut) {
        EXPECT_EQ(split({all.substr(0, cut), all.substr(cut)}), whole) << cut;
    }
}

TEST(splitter, a_command_that_is_too_long_loses_its_rest) {
    EXPECT_EQ(split({std::string(100, 'x'), "\rVE?\r"}),
              (std::vector<std::string>{"xxxxxxxx", "VE?"}));
}

} // namespace
