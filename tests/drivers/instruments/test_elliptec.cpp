#include "elliptec/models.hpp"

#include <gtest/gtest.h>
#include <random>

namespace {

using namespace elliptec;

TEST(elliptec_messages, the_captured_identity_of_an_ell14) {
    const auto in = parse("2IN0E1140051720231701016800023000\r\n");
    ASSERT_TRUE(in);
    EXPECT_EQ(in->address, 2);
    EXPECT_EQ(in->code, "IN");
    const auto who = parse_identity(in->data);
    ASSERT_TRUE(who);
    EXPECT_EQ(who->type, 14);
    EXPECT_EQ(who->serial_number, "11400517");
    EXPECT_EQ(who->year, 2023);
    EXPECT_EQ(who->firmware, "17");
    EXPECT_EQ(who->hardware, 1);
    EXPECT_EQ(who->travel, 360);
    EXPECT_EQ(who->pulses, 143360);
    EXPECT_TRUE(find_model(who->type)->rotates());
    EXPECT_DOUBLE_EQ(scale_of(*who) * 360, 143360);
}

TEST(elliptec_messages, a_stage_counts_pulses_per_millimetre) {
    const auto who = parse_identity("11"
                                    "11700001"
                                    "2022"
                                    "16"
                                    "01"
                                    "001C"
                                    "00000400");
    ASSERT_TRUE(who);
    EXPECT_EQ(who->type, 17);
    EXPECT_EQ(find_model(who->type)->what, model::kind::stage);
    EXPECT_EQ(who->travel, 28);
    EXPECT_DOUBLE_EQ(scale_of(*who), 1024);
}

TEST(elliptec_messages, an_identity_that_is_cut_or_changed_is_none) {
    const std::string good = "0E1140051720231701016800023000";
    for (std::size_t size = 0; size < good.size(); ++size) {
        EXPECT_FALSE(parse_identity(good.substr(0, size)));
    }
    EXPECT_FALSE(parse_identity(good + "0"));
}

identity of_type(int type, std::int64_t pulses, int travel, int hardware = 1) {
    return {.type = type,
            .serial_number = "11400517",
            .hardware = hardware,
            .travel = travel,
            .pulses = pulses};
}

TEST(elliptec_models, those_that_turn_are_in_degrees) {
    for (const auto &[type, pulses] : {std::pair(14, 143360), std::pair(16, 65536),
                                       std::pair(18, 262144), std::pair(21, 65536)}) {
        EXPECT_STREQ(find_model(type)->unit(), "deg") << type;
        EXPECT_DOUBLE_EQ(scale_of(of_type(type, pulses, 360)) * 360, pulses) << type;
    }
}

TEST(elliptec_models, only_three_models_can_be_stopped) {
    for (int type = 0; type < 256; ++type) {
        const model *m = find_model(type);
        EXPECT_EQ(m != nullptr && m->stops, type == 14 || type == 16 || type == 21) << type;
    }
}

TEST(elliptec_models, sliders_go_by_number_and_tell_when_they_are_between) {
    for (const auto &[type, places, pitch] :
         {std::tuple(6, 2, 31), std::tuple(9, 4, 31), std::tuple(12, 6, 19)}) {
        const model &m = *find_model(type);
        EXPECT_STREQ(m.unit(), "1");
        EXPECT_TRUE(check(of_type(type, 0, pitch))) << "they need no pulses";
        EXPECT_DOUBLE_EQ(range_of(of_type(type, 0, pitch)).max, places - 1);
        for (int i = 0; i < places; ++i) {
            EXPECT_EQ(place_of(m, std::int64_t{i} * pitch), i);
        }
        EXPECT_FALSE(place_of(m, pitch / 2));
        EXPECT_FALSE(place_of(m, -pitch));
        EXPECT_FALSE(place_of(m, std::int64_t{places} * pitch));
    }
    EXPECT_EQ(place_of(*find_model(9), 96), 3) << "as public clients count";
}

TEST(elliptec_models, what_has_no_scale_or_is_unknown_is_refused_by_name) {
    const auto unknown = check(of_type(99, 1024, 28));
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error().code, ALD_E_UNSUPPORTED);
    EXPECT_NE(unknown.error().message.find("ELL99"), std::string::npos);
    EXPECT_FALSE(check(of_type(14, 0, 360)));
    EXPECT_FALSE(check(of_type(17, 0, 28)));
    EXPECT_FALSE(check(of_type(17, 1024, 0)));
    EXPECT_TRUE(check(of_type(20, 1024, 60)));
}

TEST(elliptec_models, an_iris_opens_from_what_its_hardware_says) {
    EXPECT_DOUBLE_EQ(range_of(of_type(15, 1000, 10, 32)).min, 1.0);
    EXPECT_DOUBLE_EQ(range_of(of_type(15, 1000, 11, 33)).min, 0.0);
    EXPECT_DOUBLE_EQ(range_of(of_type(15, 1000, 11)).max, 11.5);
}

TEST(elliptec_messages, positions_are_in_twos_complement) {
    EXPECT_EQ(to_long(0x4600), "00004600");
    EXPECT_EQ(to_long(-1), "FFFFFFFF");
    EXPECT_EQ(parse_long("FFFFFFFF"), -1);
    EXPECT_EQ(parse_long("80000000"), -2147483648LL);
    EXPECT_EQ(parse_long("7FFFFFFF"), 2147483647);
    for (const char *text : {"", "0", "0000000", "000000000", "0000000G", "-0000001", " 0000001"}) {
        EXPECT_FALSE(parse_long(text)) << text;
    }
    for (const std::int64_t x : {0LL, 1LL, -1LL, 143360LL, -143360LL, 2147483647LL}) {
        EXPECT_EQ(parse_long(to_long(x)), x);
    }
}

TEST(elliptec_messages, lines_of_anything_never_make_a_wrong_message) {
    for (const char *text : {"", "0", "0P", "GPO00000000", "0po00000000", "0PO0000 000",
                             "0P000000000", "0PO\x01", "0PO-0000001"}) {
        EXPECT_FALSE(parse(text)) << text;
    }
    std::mt19937_64 random(1);
    for (int i = 0; i < 20000; ++i) {
        std::string line(random() % 14, ' ');
        for (char &c : line) {
            c = static_cast<char>(random());
        }
        if (const auto m = parse(line)) {
            EXPECT_EQ(m->code.size(), 2U);
            EXPECT_TRUE(m->address >= 0 && m->address < 16);
            EXPECT_EQ(m->data.find_first_not_of("0123456789ABCDEFabcdef"), std::string::npos);
        }
    }
}

TEST(elliptec_messages, motors_tell_their_current_and_frequencies) {
    const auto heard = parse("0I1100428FFFFFFFF00BD008B"); // the example of the manual
    ASSERT_TRUE(heard);
    EXPECT_EQ(heard->code, "I1");
    const auto told = parse_motor_data(heard->data);
    ASSERT_TRUE(told);
    EXPECT_NEAR(told->current, 0.57, 0.005);
    EXPECT_NEAR(told->forward_frequency, 78e3, 500);
    EXPECT_NEAR(told->backward_frequency, 106e3, 500);
    for (const char *bad : {"", "100428FFFFFFFF00BD008", "100428FFFFFFFF0000008B",
                            "100428FFFFFFFF00BD0000", "100428FFFFFFFF00BD008B0"}) {
        EXPECT_FALSE(parse_motor_data(bad)) << bad;
    }
}

TEST(elliptec_messages, statuses_are_named) {
    EXPECT_EQ(to_fault(status_busy, "m", "ma").code, ALD_E_BUSY);
    EXPECT_EQ(to_fault(status_out_of_range, "m", "ma").code, ALD_E_RANGE);
    EXPECT_EQ(to_fault(status_mechanical_timeout, "m", "ma").code, ALD_E_TIMEOUT);
    EXPECT_EQ(to_fault(status_unsupported, "m", "ma").code, ALD_E_UNSUPPORTED);
    EXPECT_EQ(to_fault(status_initializing, "m", "ma").code, ALD_E_STATE);
    EXPECT_EQ(to_fault(status_range, "m", "ma").code, ALD_E_RANGE);
    EXPECT_EQ(to_fault(0x7f, "m", "ma").code, ALD_E_STATE);
    EXPECT_NE(to_fault(0x7f, "m", "ma").message.find("7F"), std::string::npos);
}

} // namespace
