// Operations through the C interface: those of the application and those of the library.
#include "capi/support.hpp"

#include <cmath>
#include <cstring>
#include <thread>

namespace tests {
namespace {

class ops : public capi {};

constexpr std::uint64_t everything = ALD_NOTIFY_BEGUN | ALD_NOTIFY_PROGRESS | ALD_NOTIFY_ENDED;

TEST_F(ops, of_the_host_begins_advances_and_ends_once) {
    const auto o = new_op();
    EXPECT_EQ(ald_op_status(o), ALD_OP_PENDING);
    EXPECT_EQ(ald_op_result(o, nullptr, nullptr), ALD_E_STATE);
    EXPECT_EQ(ald_op_advance(o, nullptr, nullptr), ALD_OK);
    EXPECT_EQ(ald_op_status(o), ALD_OP_RUNNING);
    auto step = initial(ald_progress_init);
    step.done = 3;
    step.total = 4;
    std::strcpy(step.unit, "By");
    std::strcpy(step.phase, "writing");
    EXPECT_EQ(ald_op_advance(o, &step, nullptr), ALD_OK);
    auto seen = initial(ald_progress_init);
    EXPECT_EQ(ald_op_progress(o, &seen, nullptr), ALD_OK);
    EXPECT_EQ(seen.done, 3);
    EXPECT_EQ(seen.total, 4);
    EXPECT_STREQ(seen.unit, "By");
    EXPECT_STREQ(seen.phase, "writing");
    EXPECT_EQ(ald_op_finish(o, ALD_OK, new_int(9), nullptr, nullptr), ALD_OK);
    EXPECT_EQ(ald_op_finish(o, ALD_OK, nullptr, nullptr, nullptr), ALD_E_STATE);
    EXPECT_EQ(ald_op_advance(o, &step, nullptr), ALD_E_STATE);
    owned<ald_value> v;
    EXPECT_EQ(ald_op_result(o, v.out(), nullptr), ALD_OK);
    EXPECT_EQ(int_of(v), 9);
}

TEST_F(ops, that_give_nothing_give_null) {
    const auto o = new_op();
    EXPECT_EQ(ald_op_finish(o, ALD_OK, nullptr, nullptr, nullptr), ALD_OK);
    owned<ald_value> v;
    EXPECT_EQ(ald_op_result(o, v.out(), nullptr), ALD_OK);
    EXPECT_EQ(ald_value_type(v), ALD_TYPE_NULL);
}

TEST_F(ops, a_failure_keeps_the_hosts_own_error) {
    const auto o = new_op();
    error why;
    ASSERT_EQ(ald_error_new(ALD_E_IO, "python", 5, "OSError: no disk", "run.py:3", "Traceback ...",
                            nullptr, why.out(), nullptr),
              ALD_OK);
    EXPECT_EQ(ald_op_finish(o, ALD_E_IO, nullptr, why.get(), nullptr), ALD_OK);
    error seen;
    owned<ald_value> v;
    EXPECT_EQ(ald_op_result(o, v.out(), seen.out()), ALD_E_IO);
    EXPECT_EQ(v.get(), nullptr);
    EXPECT_EQ(message(seen), "OSError: no disk");
    EXPECT_STREQ(ald_error_domain(seen), "python");
    EXPECT_STREQ(ald_error_traceback(seen), "Traceback ...");
    EXPECT_EQ(ald_error_native_code(seen), 5);
}

TEST_F(ops, a_status_alone_makes_an_error) {
    const auto o = new_op();
    EXPECT_EQ(ald_op_finish(o, ALD_E_PROTOCOL, nullptr, nullptr, nullptr), ALD_OK);
    error e;
    EXPECT_EQ(ald_op_result(o, nullptr, e.out()), ALD_E_PROTOCOL);
    EXPECT_NE(message(e).find("ALD_E_PROTOCOL"), std::string::npos);
}

TEST_F(ops, given_up_ends_as_cancelled) {
    auto o = new_op();
    const auto q = new_queue();
    ASSERT_EQ(ald_op_notify(o, q, 4, ALD_NOTIFY_ENDED, nullptr), ALD_OK);
    o.reset();
    ASSERT_EQ(ald_queue_wait(q, 10 * s, nullptr, nullptr), ALD_OK);
    const auto records = drain(q);
    ASSERT_EQ(records.size(), 1U);
    EXPECT_EQ(records[0].status, ALD_E_CANCELLED);
    const error why(static_cast<ald_error *>(records[0].payload));
    EXPECT_NE(message(why), "");
}

TEST_F(ops, of_the_library_is_the_librarys) {
    const auto d = open_mock("mock-movable", R"({"velocity": 0.5})");
    owned<ald_op> o;
    ASSERT_EQ(ald_movable_start_move_abs(d, 90, -1, o.out(), nullptr), ALD_OK);
    EXPECT_EQ(ald_op_advance(o, nullptr, nullptr), ALD_E_INVALID);
    EXPECT_EQ(ald_op_finish(o, ALD_OK, nullptr, nullptr, nullptr), ALD_E_INVALID);
    std::uint64_t asked = 0;
    EXPECT_EQ(ald_op_wait_asked(o, 0, 0, nullptr, &asked, nullptr), ALD_E_INVALID);
    EXPECT_EQ(ald_op_pause(o, nullptr), ALD_E_UNSUPPORTED);
    EXPECT_EQ(ald_op_resume(o, nullptr), ALD_E_UNSUPPORTED);
    o.reset(); // giving it back does not end it
    EXPECT_EQ(ald_movable_move_abs(d, 1, -2, nullptr, nullptr), ALD_E_BUSY);
    EXPECT_EQ(ald_movable_stop(d, -2, nullptr), ALD_OK);
}

TEST_F(ops, whoever_carries_it_out_learns_what_is_asked) {
    const auto o = new_op(ALD_OP_PAUSABLE);
    std::thread asking([&] {
        EXPECT_EQ(ald_op_pause(o, nullptr), ALD_OK);
        EXPECT_TRUE(eventually([&] { return ald_op_status(o) == ALD_OP_PAUSED; }));
        EXPECT_EQ(ald_op_resume(o, nullptr), ALD_OK);
        EXPECT_EQ(ald_op_cancel(o, nullptr), ALD_OK);
    });
    std::uint64_t asked = 0;
    EXPECT_EQ(ald_op_wait_asked(o, asked, -1, nullptr, &asked, nullptr), ALD_OK);
    EXPECT_EQ(asked, std::uint64_t{ALD_OP_ASKED_PAUSE});
    EXPECT_EQ(ald_op_advance(o, nullptr, nullptr), ALD_OK);
    while ((asked & ALD_OP_ASKED_CANCEL) == 0) {
        ASSERT_EQ(ald_op_wait_asked(o, asked, 10 * s, nullptr, &asked, nullptr), ALD_OK);
    }
    asking.join();
    EXPECT_EQ(ald_op_finish(o, ALD_E_CANCELLED, nullptr, nullptr, nullptr), ALD_OK);
    EXPECT_EQ(ald_op_status(o), ALD_OP_CANCELLED);
    EXPECT_EQ(ald_op_wait_asked(o, 0, -1, nullptr, &asked, nullptr), ALD_E_STATE);
    EXPECT_EQ(ald_op_pause(o, nullptr), ALD_E_STATE);
    EXPECT_EQ(ald_op_cancel(o, nullptr), ALD_OK) << "an end stays as it is";
}

TEST_F(ops, a_wait_for_being_asked_times_out_and_is_cancelled) {
    const auto o = new_op();
    std::uint64_t asked = 77;
    EXPECT_EQ(ald_op_wait_asked(o, 0, 1 * ms, nullptr, &asked, nullptr), ALD_E_TIMEOUT);
    EXPECT_EQ(asked, 0U) << "told also at a timeout";
    const auto c = new_cancel();
    ald_cancel_trigger(c);
    EXPECT_EQ(ald_op_wait_asked(o, 0, -1, c, &asked, nullptr), ALD_E_CANCELLED);
}

TEST_F(ops, waits_end_by_end_timeout_and_cancel) {
    const auto o = new_op();
    EXPECT_EQ(ald_op_wait(o, 0, nullptr, nullptr), ALD_E_TIMEOUT);
    EXPECT_EQ(ald_op_wait(o, -2, nullptr, nullptr), ALD_E_INVALID);
    const auto c = new_cancel();
    std::thread waiting([&] { EXPECT_EQ(ald_op_wait(o, -1, c, nullptr), ALD_E_CANCELLED); });
    ald_cancel_trigger(c);
    waiting.join();
    EXPECT_EQ(ald_op_status(o), ALD_OP_PENDING);
    std::thread begun([&] { EXPECT_EQ(ald_op_wait_begun(o, -1, nullptr, nullptr), ALD_OK); });
    std::thread ended([&] { EXPECT_EQ(ald_op_wait(o, -1, nullptr, nullptr), ALD_OK); });
    EXPECT_EQ(ald_op_advance(o, nullptr, nullptr), ALD_OK);
    begun.join();
    EXPECT_EQ(ald_op_finish(o, ALD_OK, nullptr, nullptr, nullptr), ALD_OK);
    ended.join();
}

TEST_F(ops, an_end_is_told_with_its_number) {
    const auto q = new_queue();
    const auto whole = new_op();
    const auto real = new_op();
    const auto flag = new_op();
    for (const auto *o : {&whole, &real, &flag}) {
        ASSERT_EQ(ald_op_notify(*o, q, 0, ALD_NOTIFY_ENDED, nullptr), ALD_OK);
    }
    owned<ald_value> yes;
    ASSERT_EQ(ald_value_new_bool(1, yes.out(), nullptr), ALD_OK);
    EXPECT_EQ(ald_op_finish(whole, ALD_OK, new_int(-3), nullptr, nullptr), ALD_OK);
    EXPECT_EQ(ald_op_finish(real, ALD_OK, new_double(0.5), nullptr, nullptr), ALD_OK);
    EXPECT_EQ(ald_op_finish(flag, ALD_OK, yes, nullptr, nullptr), ALD_OK);
    const auto records = drain(q);
    ASSERT_EQ(records.size(), 3U);
    EXPECT_EQ(records[0].value_type, ALD_TYPE_INT);
    EXPECT_EQ(records[0].integer, -3);
    EXPECT_EQ(records[1].value_type, ALD_TYPE_DOUBLE);
    EXPECT_EQ(records[1].real, 0.5);
    EXPECT_EQ(records[2].value_type, ALD_TYPE_BOOL);
    EXPECT_EQ(records[2].integer, 1);
}

TEST_F(ops, unknown_flags_are_refused) {
    owned<ald_op> o;
    EXPECT_EQ(ald_op_new(std::uint64_t{1} << 63, o.out(), nullptr), ALD_E_INVALID);
    EXPECT_EQ(ald_op_new(ALD_OP_ASKED_CANCEL, o.out(), nullptr), ALD_E_INVALID);
    const auto good = new_op();
    const auto q = new_queue();
    EXPECT_EQ(ald_op_notify(good, q, 0, 0, nullptr), ALD_E_INVALID);
    EXPECT_EQ(ald_op_notify(good, q, 0, everything << 3, nullptr), ALD_E_INVALID);
}

TEST_F(ops, end_with_known_statuses_only) {
    const auto o = new_op();
    for (const ald_status unknown : {5, ALD_E_FORKED - 1, INT32_MAX, INT32_MIN}) {
        error e;
        EXPECT_EQ(ald_op_finish(o, unknown, nullptr, nullptr, e.out()), ALD_E_INVALID);
        EXPECT_NE(message(e).find(std::to_string(unknown) + " is no status"), std::string::npos)
            << message(e);
        EXPECT_EQ(ald_op_status(o), ALD_OP_PENDING) << "it goes on";
    }
    EXPECT_EQ(ald_op_finish(o, ALD_E_FORKED, nullptr, nullptr, nullptr), ALD_OK);
    EXPECT_EQ(ald_op_result(o, nullptr, nullptr), ALD_E_FORKED);
}

TEST_F(ops, texts_of_progress_are_checked) {
    const auto o = new_op();
    auto step = initial(ald_progress_init);
    std::memset(step.unit, 'm', sizeof(step.unit)); // without an end
    EXPECT_EQ(ald_op_advance(o, &step, nullptr), ALD_OK);
    auto seen = initial(ald_progress_init);
    EXPECT_EQ(ald_op_progress(o, &seen, nullptr), ALD_OK);
    EXPECT_EQ(std::strlen(seen.unit), sizeof(seen.unit) - 1);
    step.unit[0] = '\xff';
    EXPECT_EQ(ald_op_advance(o, &step, nullptr), ALD_E_INVALID);
}

} // namespace
} // namespace tests
