// A forked child: giving back and closing do nothing there, all else says FORKED, and the parent
// goes on as if nothing had happened.
#include "capi/every_function.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <sys/wait.h>
#include <unistd.h>

namespace tests {
namespace {

class fork_test : public capi {};

// Runs `body` in a forked child; gives what it writes to its descriptor.
template <class Body> std::string in_child(Body body) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe(ends.data()), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        ::alarm(20); // what hangs here ends by itself
        body(ends[1]);
        ::_exit(0);
    }
    ::close(ends[1]);
    std::string said;
    std::array<char, 4096> some{};
    for (ssize_t n = 0; (n = ::read(ends[0], some.data(), some.size())) > 0;) {
        said.append(some.data(), static_cast<std::size_t>(n));
    }
    ::close(ends[0]);
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0)
        << "the child ended with " << status << " after: " << said;
    return said;
}

void say(int to, std::string_view text) {
    while (!text.empty()) {
        const ssize_t n = ::write(to, text.data(), text.size());
        if (n <= 0) {
            return;
        }
        text.remove_prefix(static_cast<std::size_t>(n));
    }
}

TEST_F(fork_test, every_function_of_the_child_says_so) {
    const good_handles good;
    const auto running = open_mock("mock-readable", R"({"latency": 0.001})");
    const auto &all = every_function();
    const std::string wrong = in_child([&](int to) {
        for (const function &f : all) {
            const outcome o = f.call({&good});
            if (o.status && *o.status != ALD_E_FORKED) {
                say(to, std::string(f.name) + " gave " + ald_status_name(*o.status) + "\n");
            }
            if (o.status && !o.dirty.empty()) {
                say(to, std::string(f.name) + " touched " + o.dirty + "\n");
            }
            if (o.status && o.err.get() != nullptr) {
                say(to, std::string(f.name) + " gave an error object\n");
            }
        }
    });
    EXPECT_EQ(wrong, "");
}

TEST_F(fork_test, giving_back_and_closing_do_nothing_in_the_child) {
    auto d = open_mock("mock-readable");
    auto q = new_queue();
    const std::string wrong = in_child([&](int to) {
        ald_device_close(d);
        ald_queue_close(q);
        ald_device_unref(d);
        ald_queue_unref(q);
        unref(q.get());
        ald_queue_ref(q);
        if (ald_handle_kind(q.get()) != ALD_KIND_NONE || ald_device_status(d) != -1) {
            say(to, "handles are still good in the child\n");
        }
    });
    EXPECT_EQ(wrong, "");
    EXPECT_EQ(ald_device_status(d), ALD_DEVICE_OPEN);
    EXPECT_EQ(ald_queue_wait(q, 0, nullptr, nullptr), ALD_E_TIMEOUT);
}

// Threads of ours hold locks at the moment of the fork; the child must not touch them.
TEST_F(fork_test, the_parent_works_on_while_children_come_and_go) {
    const auto axis = open_mock("mock-movable", R"({"velocity": 0.5})");
    owned<ald_op> move;
    ASSERT_EQ(ald_movable_start_move_abs(axis, 90, -1, move.out(), nullptr), ALD_OK);
    const auto sensor = open_mock("mock-readable", R"({"latency": 0.0005})");
    for (int i = 0; i < 20; ++i) {
        owned<ald_op> read;
        ASSERT_EQ(ald_readable_start_read(sensor, -1, read.out(), nullptr), ALD_OK);
        const std::string wrong = in_child([&](int to) {
            if (ald_op_wait(read, -1, nullptr, nullptr) != ALD_E_FORKED ||
                ald_shutdown(-1, nullptr) != ALD_E_FORKED) {
                say(to, "something worked in the child\n");
            }
            read.reset();
        });
        EXPECT_EQ(wrong, "");
        EXPECT_EQ(end_of(read), ALD_OK);
    }
    EXPECT_EQ(ald_op_status(move), ALD_OP_RUNNING);
    EXPECT_EQ(ald_movable_stop(axis, -2, nullptr), ALD_OK);
    EXPECT_EQ(end_of(move), ALD_E_CANCELLED);
}

TEST_F(fork_test, a_child_that_executes_another_program_starts_anew) {
    const auto d = open_mock("mock-readable");
    const std::string said = in_child([&](int to) {
        ::dup2(to, STDOUT_FILENO);
        ::execl("/proc/self/exe", "child", "--gtest_also_run_disabled_tests",
                "--gtest_filter=*DISABLED_opens_a_device", static_cast<char *>(nullptr));
        say(to, "exec failed");
    });
    EXPECT_NE(said.find("[  PASSED  ] 1 test."), std::string::npos) << said;
}

TEST_F(fork_test, DISABLED_opens_a_device) {
    const auto d = open_mock("mock-readable");
    EXPECT_EQ(ald_device_status(d), ALD_DEVICE_OPEN);
}

} // namespace
} // namespace tests
