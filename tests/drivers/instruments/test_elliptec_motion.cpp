// The driver of the Elliptec bus at a line that a test holds in its hands: motions that nobody sees
// the end of.
#include "fake_line.hpp"

#include <gtest/gtest.h>

extern "C" const ald_driver *ald_driver_elliptec_v2(const ald_host *host);

namespace {

// A bus with one motor, which says that it is busy.
class bus final : public fake::line {
public:
    explicit bus(std::string type) : type_(std::move(type)) {}
    bool garbled = false; // all but what it is

    std::string answer(const std::string &command) override {
        if (command == "0in") {
            return "0IN" + type_ +
                   "11400517"
                   "2023"
                   "17"
                   "01"
                   "003C"
                   "00000400";
        }
        if (garbled) {
            return "#!";
        }
        return command == "0gs" ? "0GS09" : command == "0gp" ? "0PO00000000" : "";
    }

private:
    std::string type_;
};

void expect_given_up(const char *type, const std::string &told) {
    fake::use_manual_clock(1'000'000'000'000);
    {
        bus line(type);
        fake::device device(
            *ald_driver_elliptec_v2(&fake::host_with_lines()),
            fake::datum_map{{"uri", "serial:x"}, {"addresses", fake::datum_list{"0"}}});
        const fake::reply opened = device.open();
        ASSERT_EQ(opened.status, ALD_OK) << opened.why.message;
        const auto move = device.start(ALD_VERB_SET, "0", "position", 5.0);
        line.garbled = true;
        for (int i = 0; i < 5; ++i) {
            EXPECT_FALSE(move->completed) << "after " << i << " answers";
            (void)device.wait(*device.start(ALD_VERB_POLL, "0", ""));
        }
        ASSERT_TRUE(move->completed);
        EXPECT_EQ(move->answer.status, ALD_E_PROTOCOL);
        for (const std::string &words :
             {told, std::string("may still move"), std::string("'#!'"),
              std::string("look at it, and stop it at its controller")}) {
            EXPECT_NE(move->answer.why.message.find(words), std::string::npos)
                << move->answer.why.message;
        }
        line.garbled = false;
    }
    fake::use_real_clock();
}

TEST(elliptec_motions, one_that_is_given_up_may_still_move) {
    expect_given_up("0E", "'0' was told to stop");
}

TEST(elliptec_motions, one_that_cannot_be_stopped_is_not_said_to_have_been_told) {
    expect_given_up("14", "'0' cannot be stopped");
}

} // namespace
