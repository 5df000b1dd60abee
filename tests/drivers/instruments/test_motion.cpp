// The one place where requests of an axis are completed: exactly once, whoever comes first.
#include "fake_host.hpp"
#include "support/motion.hpp"
#include "support/table.hpp"

#include <gtest/gtest.h>
#include <thread>

namespace {

using namespace drivers;

// A driver whose axis does what the test says.
struct axis {
    static constexpr const char *domain = "test";

    axis(const ald_host &host, ald_node *, const options &) : going(host, domain) { last = this; }
    void submit(ald_request *request) {
        const ald_request_info info = describe(fake::host(), request);
        if (info.verb == ALD_VERB_ACT && std::string_view(info.name) == "stop") {
            going.add_stop(request);
            going.check_stop(request);
        } else if (info.verb == ALD_VERB_ACT) {
            going.begin(request);
            going.release();
        } else {
            complete(fake::host(), request);
        }
    }
    void cancel(ald_request *request) {
        if (going.cancel(request)) {
            ++told;
            if (unreachable) {
                going.lose(request, {ALD_E_IO, "the line is held"});
            }
        }
    }

    motion going;
    int told = 0;
    bool unreachable = false;
    static inline axis *last = nullptr;
};

const ald_driver &table() {
    using functions = driver_functions<axis>;
    functions::host = &fake::host();
    static ald_driver driver{};
    driver.struct_size = sizeof(driver);
    driver.abi = ALD_DRIVER_ABI;
    driver.create = functions::create;
    driver.destroy = functions::destroy;
    driver.submit = functions::submit;
    driver.cancel = functions::cancel;
    return driver;
}

class motions : public testing::Test {
protected:
    motions() : device_(table()) { EXPECT_EQ(device_.open().status, ALD_OK); }
    ~motions() override { EXPECT_TRUE(device_.problems().empty()); }
    [[nodiscard]] motion &going() { return axis::last->going; }

    fake::device device_;
};

TEST_F(motions, end_with_their_place_and_end_the_stops) {
    const auto move = device_.start(ALD_VERB_ACT, "", "move");
    const auto stop = device_.start(ALD_VERB_ACT, "", "stop");
    EXPECT_TRUE(going().goes_on());
    EXPECT_TRUE(going().told_to_stop());
    EXPECT_TRUE(going().hold());
    going().end(done{}, 2.5);
    going().end_stops(done{});
    going().release();
    EXPECT_FALSE(going().goes_on());
    EXPECT_EQ(device_.wait(*move).value.real(), 2.5);
    EXPECT_EQ(device_.wait(*stop).status, ALD_OK);
    EXPECT_FALSE(going().hold());
    going().release();
}

TEST_F(motions, a_cancel_asks_for_a_stop_and_completes_nothing) {
    const auto move = device_.start(ALD_VERB_ACT, "", "move");
    device_.cancel(*move);
    EXPECT_EQ(axis::last->told, 1);
    EXPECT_TRUE(going().told_to_stop());
    EXPECT_TRUE(going().goes_on());
    going().end(fault{ALD_E_CANCELLED, "it stands"}, std::nullopt);
    EXPECT_EQ(device_.wait(*move).status, ALD_E_CANCELLED);
}

TEST_F(motions, an_axis_out_of_reach_is_let_go_by_whoever_holds_it) {
    axis::last->unreachable = true;
    const auto free = device_.start(ALD_VERB_ACT, "", "move");
    device_.cancel(*free);
    EXPECT_EQ(device_.wait(*free).status, ALD_E_IO) << "it may still move";

    const auto held = device_.start(ALD_VERB_ACT, "", "move");
    EXPECT_TRUE(going().hold());
    device_.cancel(*held);
    EXPECT_TRUE(going().goes_on()) << "the one that holds it may still use it";
    going().release();
    EXPECT_FALSE(going().goes_on());
    EXPECT_EQ(device_.wait(*held).status, ALD_E_IO);
}

TEST_F(motions, what_an_earlier_opening_has_left_ends_with_the_next) {
    const auto move = device_.start(ALD_VERB_ACT, "", "move");
    const auto stop = device_.start(ALD_VERB_ACT, "", "stop");
    going().drop();
    EXPECT_EQ(device_.wait(*move).status, ALD_E_DISCONNECTED);
    EXPECT_EQ(device_.wait(*stop).status, ALD_E_DISCONNECTED);
    EXPECT_FALSE(going().goes_on());
    EXPECT_FALSE(going().told_to_stop());
}

TEST_F(motions, what_a_stop_goes_before_is_told_to_stop) {
    const auto stop = device_.start(ALD_VERB_ACT, "", "stop");
    const auto move = device_.start(ALD_VERB_ACT, "", "move");
    EXPECT_TRUE(going().told_to_stop());
    going().end(fault{ALD_E_CANCELLED, "stopped"}, std::nullopt);
    going().end_stops(done{});
    EXPECT_EQ(device_.wait(*move).status, ALD_E_CANCELLED);
    EXPECT_EQ(device_.wait(*stop).status, ALD_OK);
}

TEST_F(motions, a_cancelled_stop_is_completed_once) {
    const auto stop = device_.start(ALD_VERB_ACT, "", "stop");
    device_.cancel(*stop);
    EXPECT_EQ(device_.wait(*stop).status, ALD_E_CANCELLED);
    going().end_stops(done{});
}

// Cancels, stops and ends from three threads: the fake host counts completions.
TEST_F(motions, whoever_comes_first_completes_it_alone) {
    for (int i = 0; i < 300; ++i) {
        const auto move = device_.start(ALD_VERB_ACT, "", "move");
        const auto stop = device_.start(ALD_VERB_ACT, "", "stop");
        std::thread canceller([&] {
            device_.cancel(*move);
            device_.cancel(*stop);
        });
        if (going().hold()) {
            going().end(done{}, 1.0);
            going().end_stops(done{});
        }
        going().release();
        canceller.join();
        device_.wait(*move);
        device_.wait(*stop);
    }
}

} // namespace
