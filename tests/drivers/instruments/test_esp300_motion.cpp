// The driver of the ESP300 at a line that a test holds in its hands: stops that come between two
// bytes, answers that do not come, versions that nobody has asked for.
#include "fake_line.hpp"

#include <gtest/gtest.h>

#include <algorithm>

extern "C" const ald_driver *ald_driver_esp300_v2(const ald_host *host);

namespace {

// A controller with one axis that stands at 0 and never gets anywhere.
class controller final : public fake::line {
public:
    int lost_versions = 0; // questions for the version that get lost
    bool banner = false;   // it says its version by itself, in place of an answer
    bool silent = false;
    bool garbled = false; // all but the version

    std::string answer(const std::string &command) override {
        if (command == "2ST") {
            error_ = "9, 1, AXIS NUMBER OUT OF RANGE";
        }
        if (command.back() != '?' || silent || (command == "VE?" && lost_versions-- > 0)) {
            return "";
        }
        if (command == "VE?" || std::exchange(banner, false)) {
            return "ESP300 Version 3.04 07/27/01";
        }
        return garbled ? "#!" : command == "TB?" ? std::exchange(error_, no_error) : known(command);
    }

private:
    static constexpr const char *no_error = "0, 1, NO ERROR DETECTED";

    static std::string known(const std::string &question) {
        static const std::map<std::string, std::string> answers{
            {"1SN?", "2"},  {"1SU?", "0.001"}, {"1SL?", "0"},     {"1SR?", "0"},
            {"1VU?", "10"}, {"1AU?", "20"},    {"1ID?", "STAGE"}, {"1MO?", "1"},
            {"1MD?", "0"},  {"1TP?", "0"},     {"1VA?", "5"}};
        return answers.at(question);
    }

    std::string error_ = no_error;
};

class esp300_motions : public testing::Test {
protected:
    esp300_motions() {
        fake::use_manual_clock(1'000'000'000'000);
        device_ =
            std::make_unique<fake::device>(*ald_driver_esp300_v2(&fake::host_with_lines()),
                                           fake::datum_map{{"uri", "serial:x"}, {"enable", false}});
        const fake::reply opened = device_->open();
        EXPECT_EQ(opened.status, ALD_OK) << opened.why.message;
    }
    ~esp300_motions() override {
        line_.silent = false;
        line_.garbled = false;
        device_.reset();
        fake::use_real_clock();
    }
    void poll(int times) {
        for (int i = 0; i < times; ++i) {
            (void)device_->wait(*device_->start(ALD_VERB_POLL, "1", ""));
        }
    }
    // How many commands were sent before this one, from a place on.
    [[nodiscard]] std::ptrdiff_t place_of(const std::string &command, std::ptrdiff_t from = 0) {
        return std::find(line_.sent.begin() + from, line_.sent.end(), command) - line_.sent.begin();
    }

    controller line_;
    std::unique_ptr<fake::device> device_;
};

// The driver has looked whether it may move, and the bytes of the stop go out before those of the
// move.
TEST_F(esp300_motions, a_stop_just_before_the_move_is_sent_again_at_once) {
    std::shared_ptr<fake::request> stop;
    line_.before = [&](const std::string &text) {
        if (text == "1PA5" && !stop) {
            stop = device_->start(ALD_VERB_ACT, "1", "stop");
        }
    };
    const auto move = device_->start(ALD_VERB_SET, "1", "position", 5.0);
    ASSERT_TRUE(stop);
    const auto moved = place_of("1PA5");
    const auto stopped_again = place_of("1ST", moved);
    EXPECT_LT(place_of("1ST", place_of("1TP?")), moved);
    EXPECT_EQ(stopped_again, moved + 1) << "something is asked while the axis moves";
    EXPECT_LT(stopped_again, static_cast<std::ptrdiff_t>(line_.sent.size()));
}

TEST_F(esp300_motions, one_that_is_given_up_may_still_move) {
    const auto move = device_->start(ALD_VERB_SET, "1", "position", 5.0);
    line_.garbled = true;
    poll(5);
    ASSERT_TRUE(move->completed);
    EXPECT_EQ(move->answer.status, ALD_E_PROTOCOL);
    for (const char *words : {"axis '1' was told to stop", "may still move", "'#!'",
                              "look at it, and stop it at its controller"}) {
        EXPECT_NE(move->answer.why.message.find(words), std::string::npos)
            << move->answer.why.message;
    }
    EXPECT_EQ(line_.sent.back(), "1ST");
}

TEST_F(esp300_motions, one_that_was_cancelled_and_is_not_seen_to_stand_may_still_move) {
    const auto move = device_->start(ALD_VERB_SET, "1", "position", 5.0);
    line_.silent = true;
    device_->cancel(*move);
    poll(5);
    ASSERT_TRUE(move->completed);
    EXPECT_EQ(move->answer.status, ALD_E_TIMEOUT);
    EXPECT_NE(move->answer.why.message.find("may still move"), std::string::npos)
        << move->answer.why.message;
}

TEST_F(esp300_motions, a_late_version_is_no_reset_and_a_later_one_is) {
    line_.lost_versions = 1; // one answer may come late
    line_.suspect = true;
    EXPECT_EQ(device_->get("1", "velocity").value.real(), 5);
    line_.banner = true; // nobody has asked, and whatever was asked before has been answered
    EXPECT_EQ(device_->get("1", "velocity").status, ALD_E_STATE_LOST);
}

} // namespace
