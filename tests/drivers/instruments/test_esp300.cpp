#include "esp300/errors.hpp"

#include <gtest/gtest.h>

namespace {

using namespace esp300;

TEST(esp300_errors, entries_of_the_queue) {
    const auto none = parse_entry("0, 451322, NO ERROR DETECTED");
    ASSERT_TRUE(none);
    EXPECT_EQ(none->code, 0);
    EXPECT_EQ(none->axis(), 0);
    const auto limit = parse_entry("204,1001425,POSITIVE HARDWARE LIMIT DETECTED");
    ASSERT_TRUE(limit);
    EXPECT_EQ(limit->axis(), 2);
    EXPECT_EQ(limit->kind(), 4);
    EXPECT_EQ(limit->text, "POSITIVE HARDWARE LIMIT DETECTED");
    for (const char *text : {"502000102451, 4551, X", "", "0", "0, 1", "x, 1, y", "-1, 2, z",
                             "1.5, 2, z", ", , ", "1,x,y"}) {
        EXPECT_FALSE(parse_entry(text)) << text;
    }
}

TEST(esp300_errors, become_statuses_that_name_the_axis_and_what_to_do) {
    struct expectation {
        std::int64_t code;
        ald_status status;
        bool loses_position;
    };
    for (const expectation &e : {expectation{6, ALD_E_UNSUPPORTED, false},
                                 {9, ALD_E_NOT_FOUND, false},
                                 {101, ALD_E_RANGE, false},
                                 {103, ALD_E_STATE, true},
                                 {204, ALD_E_RANGE, true},
                                 {305, ALD_E_RANGE, true},
                                 {106, ALD_E_RANGE, false},
                                 {108, ALD_E_NOT_FOUND, true},
                                 {113, ALD_E_STATE, false},
                                 {120, ALD_E_STATE, true},
                                 {199, ALD_E_STATE, false}}) {
        const entry met{e.code, "TEXT"};
        const auto why = to_fault(met, "axis 'x'", "1PA5");
        EXPECT_EQ(why.code, e.status) << e.code;
        EXPECT_EQ(why.native_code, e.code);
        EXPECT_EQ(loses_position(met), e.loses_position) << e.code;
        EXPECT_NE(why.message.find("axis 'x'"), std::string::npos);
        EXPECT_NE(why.message.find("1PA5"), std::string::npos);
    }
    EXPECT_NE(to_fault({113, "MOTOR NOT ENABLED"}, "a", "b").message.find("'enabled'"),
              std::string::npos);
}

} // namespace
