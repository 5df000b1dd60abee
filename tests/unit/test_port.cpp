#include "unit/line_bench.hpp"

namespace alidade::testing {
namespace {

constexpr std::int64_t ms = 1'000'000;

struct on_a_pty {
    explicit on_a_pty(port::speech how = {.terminator = "\r\n"})
        : bench("serial:" + other.path(), std::move(how)) {
        const auto opened = bench.open();
        EXPECT_TRUE(opened) << text_of(opened);
    }
    pty_pair other;
    line_bench bench;
};

TEST(Port, AsksAndAnswers) {
    on_a_pty t;
    const auto answer = t.bench.start(asking("TP?\r"));
    EXPECT_EQ(t.other.receive("\r"), "TP?\r");
    t.other.send("1.25\r\n");
    EXPECT_EQ(text_of(line_bench::end_of_op(answer)), "1.25");
}

TEST(Port, ALineMayComeInAnyParts) {
    on_a_pty t;
    const std::string reply = "AB\rC\nD\r\n";
    for (std::size_t cut = 0; cut <= reply.size(); ++cut) {
        const auto answer = t.bench.start(asking("?\r"));
        EXPECT_EQ(t.other.receive("\r"), "?\r");
        t.other.send(reply.substr(0, cut));
        std::this_thread::sleep_for(std::chrono::milliseconds(3));
        t.other.send(reply.substr(cut));
        EXPECT_EQ(text_of(line_bench::end_of_op(answer)), "AB\rC\nD") << cut;
    }
}

TEST(Port, TheTimeoutIsKept) {
    on_a_pty t;
    const std::int64_t before = mono_ns();
    const auto end = t.bench.run(asking("TP?\r"), 100 * ms);
    const std::int64_t took = mono_ns() - before;
    EXPECT_EQ(code_of(end), ALD_E_TIMEOUT) << text_of(end);
    EXPECT_NE(text_of(end).find("did not answer to 'TP?\\r'"), std::string::npos) << text_of(end);
    EXPECT_GE(took, 100 * ms);
    EXPECT_LE(took, 300 * ms);
}

} // namespace
} // namespace alidade::testing
