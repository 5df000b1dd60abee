// Ports on pseudo-terminals: exchanges, suspicion, stops, and lines that go away.
#include "support/stopwatch.hpp"
#include "unit/device/line_bench.hpp"

#include <sys/time.h>
#include <sys/wait.h>

#include <csignal>

namespace alidade::testing {
namespace {

constexpr std::int64_t ms = 1'000'000;

struct on_a_pty {
    explicit on_a_pty(port::speech how = {.terminator = "\r\n"})
        : bench("serial:" + other.path(), std::move(how)) {
        const auto opened = bench.open();
        EXPECT_TRUE(opened) << text_of(opened);
    }
    // Starts an exchange and waits until the instrument has the question.
    result<ref<op>> begin(const std::string &question, std::int64_t timeout_ns = 5'000 * ms) {
        auto started = bench.start(asking(question), timeout_ns);
        EXPECT_EQ(other.receive("\r"), question);
        return started;
    }
    pty_pair other;
    line_bench bench;
};

TEST(Port, AsksAndAnswers) {
    on_a_pty t;
    const auto answer = t.begin("TP?\r");
    t.other.send("1.25\r\n");
    EXPECT_EQ(text_of(line_bench::end_of_op(answer)), "1.25");
}

TEST(Port, ALineMayComeInAnyParts) {
    on_a_pty t;
    const std::string reply = "AB\rC\nD\r\n";
    for (std::size_t cut = 0; cut <= reply.size(); ++cut) {
        const auto answer = t.begin("?\r");
        if (cut > 0) {
            t.other.send(reply.substr(0, cut));
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(3));
        if (cut < reply.size()) {
            t.other.send(reply.substr(cut));
        }
        EXPECT_EQ(text_of(line_bench::end_of_op(answer)), "AB\rC\nD") << cut;
    }
}

TEST(Port, SeveralLinesAndBytesOfOneAnswer) {
    on_a_pty t;
    const auto answer = t.bench.start([](port &line, request &r) -> result<value> {
        if (auto sent = line.write(r, "LS\r"); !sent) {
            return failure(sent.error());
        }
        std::string all;
        std::array<char, 16> text{};
        for (int i = 0; i < 3; ++i) {
            const auto size = line.read_line(r, never, text);
            if (!size) {
                return failure(size.error());
            }
            all += std::string(text.data(), *size) + "|";
        }
        const auto rest = line.read(r, never, std::span(text).first(2));
        return rest ? result<value>(value(all + std::string(text.data(), *rest)))
                    : failure(rest.error());
    });
    EXPECT_EQ(t.other.receive("\r"), "LS\r");
    t.other.send("one\r\n\r\nthree\r\nxyz");
    EXPECT_EQ(text_of(line_bench::end_of_op(answer)), "one||three|xy");
}

TEST(Port, TheTimeoutIsKeptAndSaysWhatCame) {
    on_a_pty t;
    const tests::stopwatch watch;
    const auto waiting = t.begin("TP?\r", 100 * ms);
    t.other.send("1.2");
    const auto end = line_bench::end_of_op(waiting);
    const std::int64_t took = watch.ns();
    const std::int64_t own = watch.own_ns();
    EXPECT_EQ(code_of(end), ALD_E_TIMEOUT) << text_of(end);
    EXPECT_NE(text_of(end).find("gave no answer to 'TP?\\r' in 0."), std::string::npos)
        << text_of(end);
    EXPECT_NE(text_of(end).find("these bytes came without the terminator '\\r\\n': '1.2'"),
              std::string::npos)
        << text_of(end);
    EXPECT_EQ(end.error()->detail().where, "thing");
    EXPECT_GE(took, 100 * ms);
    EXPECT_LE(own, 300 * ms);
}

TEST(Port, ACallMayHaveAnEarlierDeadlineThanItsRequest) {
    on_a_pty t;
    const auto end = t.bench.run([](port &line, request &r) -> result<value> {
        std::array<char, 16> text{};
        const tests::stopwatch watch;
        const std::int64_t deadline = mono_ns() + 30 * ms;
        const auto size = line.read_line(r, deadline, text);
        EXPECT_GE(mono_ns(), deadline);
        EXPECT_LE(watch.own_ns(), 230 * ms);
        return size ? result<value>(value()) : failure(size.error());
    });
    EXPECT_EQ(code_of(end), ALD_E_TIMEOUT) << text_of(end);
}

// Nothing was asked, so nothing can come late: no silence is waited for.
TEST(Port, WaitingInVainForWhatWasNotAskedForIsNotSuspect) {
    on_a_pty t({.terminator = "\r\n", .latency_ns = 3'000 * ms});
    EXPECT_EQ(code_of(t.bench.run([](port &line, request &r) -> result<value> {
                  std::array<char, 16> text{};
                  const auto size = line.read(r, mono_ns() + 5 * ms, text);
                  return size ? result<value>(value()) : failure(size.error());
              })),
              ALD_E_TIMEOUT);
    const auto answer = t.begin("?\r", 1'000 * ms);
    t.other.send("ok\r\n");
    EXPECT_EQ(text_of(line_bench::end_of_op(answer)), "ok");
}

TEST(Port, ACancelEndsTheWait) {
    on_a_pty t;
    const auto waiting = t.begin("TP?\r");
    const tests::stopwatch watch;
    (*waiting)->cancel();
    EXPECT_EQ(code_of(line_bench::end_of_op(waiting)), ALD_E_CANCELLED);
    EXPECT_LT(watch.own_ns(), 500 * ms);
}

TEST(Port, LongLinesAndNulsAreProtocolErrors) {
    on_a_pty t;
    auto answer = t.begin("?\r");
    t.other.send(std::string(200, 'x'));
    auto end = line_bench::end_of_op(answer);
    EXPECT_EQ(code_of(end), ALD_E_PROTOCOL) << text_of(end);
    EXPECT_NE(text_of(end).find("is longer than its driver allows"), std::string::npos);
    answer = t.begin("?\r");
    t.other.send(std::string("a\0b\r\n", 5));
    end = line_bench::end_of_op(answer);
    EXPECT_EQ(code_of(end), ALD_E_PROTOCOL) << text_of(end);
    EXPECT_NE(text_of(end).find("holds a NUL: 'a\\x00b'"), std::string::npos) << text_of(end);
    answer = t.begin("?\r");
    t.other.send(std::string(63, 'y') + "\r\n"); // just fits
    EXPECT_EQ(text_of(line_bench::end_of_op(answer)), std::string(63, 'y'));
}

TEST(Port, ALineThatIsTooLongIsRefusedOnce) {
    on_a_pty t;
    t.other.send(std::string(2000, 'x'));
    std::vector<ald_status> ends;
    const auto end = t.bench.run(
        [&](port &line, request &r) -> result<value> {
            std::array<char, 64> text{};
            do {
                const auto size = line.read_line(r, never, text);
                ends.push_back(size ? ALD_OK : size.error()->code());
            } while (ends.back() == ALD_E_PROTOCOL);
            return fail(ends.back(), "test", "ended");
        },
        200 * ms);
    EXPECT_EQ(code_of(end), ALD_E_TIMEOUT);
    EXPECT_GE(ends.size(), 2U);
    EXPECT_LE(ends.size(), 2001U);
}

// It sends lines for ever.
class babble {
public:
    explicit babble(int fd)
        : thread_([this, fd] {
              fcntl(fd, F_SETFL, O_NONBLOCK);
              while (going_) {
                  pollfd p{fd, POLLOUT, 0};
                  if (poll(&p, 1, 5) > 0) {
                      (void)!::write(fd, "noise\r\n", 7);
                  }
              }
          }) {}
    babble(const babble &) = delete;
    babble &operator=(const babble &) = delete;
    ~babble() {
        going_ = false;
        thread_.join();
    }

private:
    std::atomic<bool> going_{true};
    std::thread thread_;
};

result<value> read_for_ever(port &line, request &r) {
    for (std::array<char, 64> text{};;) {
        const auto size = line.read_line(r, mono_ns() + 300 * ms, text);
        if (!size && size.error()->code() != ALD_E_PROTOCOL) {
            return failure(size.error());
        }
    }
}

TEST(Port, ALineThatNeverFallsSilentHoldsNobody) {
    on_a_pty t;
    const babble now(t.other.fd());
    EXPECT_EQ(code_of(t.bench.run(read_for_ever, 100 * ms)), ALD_E_TIMEOUT);
    const auto reading = t.bench.start(read_for_ever);
    ASSERT_TRUE(reading);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    (*reading)->cancel();
    EXPECT_EQ(code_of(line_bench::end_of_op(reading)), ALD_E_CANCELLED);
    const auto closed = t.bench.start(read_for_ever);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    const tests::stopwatch watch;
    t.bench.home->close();
    EXPECT_LT(watch.own_ns(), 1'000 * ms);
    EXPECT_EQ(code_of(line_bench::end_of_op(closed)), ALD_E_CLOSED);
}

TEST(Port, WhatCameBeforeAQuestionIsNoAnswerToIt) {
    on_a_pty t;
    t.other.send("unasked\r\n");
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    const auto answer = t.begin("?\r");
    t.other.send("asked\r\n");
    EXPECT_EQ(text_of(line_bench::end_of_op(answer)), "asked");
}

TEST(Port, ALateReplyIsNotTakenForTheNextOneWithSilence) {
    on_a_pty t({.terminator = "\r\n", .latency_ns = 100 * ms});
    auto asked = t.begin("A\r", 20 * ms);
    EXPECT_EQ(code_of(line_bench::end_of_op(asked)), ALD_E_TIMEOUT);
    asked = t.bench.start(asking("B\r"));
    std::this_thread::sleep_for(std::chrono::milliseconds(40));
    const std::int64_t late = mono_ns();
    t.other.send("answer to A\r\n");
    EXPECT_EQ(t.other.receive("\r"), "B\r");
    EXPECT_GE(mono_ns() - late, 95 * ms) << "it was sent before the line had been silent";
    t.other.send("answer to B\r\n");
    EXPECT_EQ(text_of(line_bench::end_of_op(asked)), "answer to B");
}

TEST(Port, SilenceThatDoesNotComeEndsWithTheDeadline) {
    on_a_pty t({.terminator = "\r\n", .latency_ns = 10'000 * ms});
    EXPECT_EQ(code_of(line_bench::end_of_op(t.begin("A\r", 20 * ms))), ALD_E_TIMEOUT);
    const auto end = t.bench.run(asking("B\r"), 50 * ms);
    EXPECT_EQ(code_of(end), ALD_E_TIMEOUT);
    EXPECT_NE(text_of(end).find("silent for 10000 ms"), std::string::npos) << text_of(end);
    EXPECT_EQ(t.other.receive("\r", 20), "") << "something was sent to an instrument out of step";
    const auto waiting = t.bench.start(asking("C\r"));
    (*waiting)->cancel();
    EXPECT_EQ(code_of(line_bench::end_of_op(waiting)), ALD_E_CANCELLED);
}

TEST(Port, ALateReplyIsNotTakenForTheNextOneWithResync) {
    int resyncs = 0;
    port::speech how{.terminator = "\r\n", .latency_ns = 10'000 * ms};
    how.resync = [&resyncs](port &line, const request &r) -> outcome {
        ++resyncs;
        const std::string tag = fmt::format("echo {}", resyncs);
        auto echoed = ask(line, r, tag + "\r");
        while (echoed && *echoed != tag) {
            std::array<char, 64> text{};
            echoed = line.read_line(r, mono_ns() + 100 * ms, text).map([&](std::size_t size) {
                return std::string(text.data(), size);
            });
        }
        return echoed ? outcome() : failure(echoed.error());
    };
    on_a_pty t(how);
    EXPECT_EQ(code_of(line_bench::end_of_op(t.begin("A\r", 20 * ms))), ALD_E_TIMEOUT);
    // A resync that fails keeps the port suspect.
    auto asked = t.bench.start(asking("B\r"), 60 * ms);
    EXPECT_EQ(t.other.receive("\r"), "echo 1\r");
    EXPECT_EQ(code_of(line_bench::end_of_op(asked)), ALD_E_TIMEOUT);
    asked = t.bench.start(asking("C\r"));
    EXPECT_EQ(t.other.receive("\r"), "echo 2\r");
    t.other.send("answer to A\r\necho 1\r\necho 2\r\n");
    EXPECT_EQ(t.other.receive("\r"), "C\r");
    t.other.send("answer to C\r\n");
    EXPECT_EQ(text_of(line_bench::end_of_op(asked)), "answer to C");
    // And one that has succeeded is not repeated.
    asked = t.begin("D\r");
    t.other.send("answer to D\r\n");
    EXPECT_EQ(text_of(line_bench::end_of_op(asked)), "answer to D");
    EXPECT_EQ(resyncs, 2);
}

TEST(Port, WhatAnswersOtherwiseIsToldWithItsBytes) {
    port::speech how{.terminator = "\r\n", .latency_ns = 10 * ms};
    how.resync = [](port &line, const request &r) -> outcome {
        auto answer = ask(line, r, "VE?\r");
        while (answer) { // it never is the one
            answer = ask(line, r, "VE?\r");
        }
        return failure(answer.error());
    };
    on_a_pty t(how);
    t.bench.line->suspect();
    const auto asked = t.bench.start(asking("A\r"), 200 * ms);
    EXPECT_EQ(t.other.receive("\r"), "VE?\r");
    t.other.send("ERROR\xfe\r\n" + std::string(200, 'x'));
    const auto end = line_bench::end_of_op(asked);
    EXPECT_EQ(code_of(end), ALD_E_PROTOCOL) << text_of(end);
    EXPECT_NE(text_of(end).find("these bytes came: 'ERROR\\xfe\\r\\nxxx"), std::string::npos)
        << text_of(end);
    EXPECT_LT(text_of(end).size(), 400U);
}

TEST(Port, TheDriverMayCallItSuspect) {
    int resyncs = 0;
    port::speech how{.terminator = "\r\n"};
    how.resync = [&resyncs](port &, const request &) -> outcome {
        ++resyncs;
        return {};
    };
    on_a_pty t(how);
    t.bench.line->suspect();
    const auto asked = t.begin("A\r");
    t.other.send("ok\r\n");
    EXPECT_EQ(text_of(line_bench::end_of_op(asked)), "ok");
    EXPECT_EQ(resyncs, 1);
}

TEST(Port, ABlockedWriteSaysHowMuchWasTaken) {
    on_a_pty t;
    const auto fastest = tests::quickest(300 * ms, [&] {
        const tests::stopwatch watch;
        const auto end = t.bench.run(
            [](port &line, request &r) -> result<value> {
                const std::string much(1 << 20, 'x');
                const auto sent = line.write(r, much);
                return sent ? result<value>(value()) : failure(sent.error());
            },
            100 * ms);
        EXPECT_EQ(code_of(end), ALD_E_TIMEOUT) << text_of(end);
        EXPECT_NE(text_of(end).find("of 1048576 bytes before the timeout"), std::string::npos)
            << text_of(end);
        EXPECT_GE(watch.ns(), 100 * ms);
        return watch.own_ns();
    });
    EXPECT_LE(fastest, 300 * ms);
}

TEST(Port, UrgentBytesGoOutWhileAReplyIsWaitedFor) {
    on_a_pty t;
    const auto waiting = t.begin("A\r");
    std::vector<result<ref<op>>> queued;
    for (int i = 0; i < 10; ++i) {
        queued.push_back(t.bench.thing->start_get("reply", 5'000 * ms, false));
    }
    const auto fastest = tests::quickest(10 * ms, [&] {
        const tests::stopwatch watch;
        EXPECT_TRUE(t.bench.line->send_now("ST\r", false));
        EXPECT_EQ(t.other.receive("\r"), "ST\r");
        return watch.own_ns();
    });
    EXPECT_LT(fastest, 10 * ms);
    t.other.send("answer to A\r\n");
    EXPECT_EQ(text_of(line_bench::end_of_op(waiting)), "answer to A");
    for (const auto &next : queued) {
        EXPECT_EQ(t.other.receive("\r"), "A\r");
        t.other.send("again\r\n");
        EXPECT_EQ(text_of(line_bench::end_of_op(next)), "again");
    }
}

// The request that waits ends, those behind it go on after a resync, each with its own answer.
std::int64_t time_of_a_stop() {
    on_a_pty t({.terminator = "\r\n", .latency_ns = 50 * ms});
    std::atomic<int> number{0};
    t.bench.steps->on_submit = [&](request &r) {
        if (r.what().verb == ALD_VERB_ACT) {
            r.complete(t.bench.line->send_now("ST\r", true).map([] { return value(); }));
            return;
        }
        const int mine = ++number;
        const auto answer = ask(*t.bench.line, r, fmt::format("Q{}\r", mine));
        r.complete(answer ? result<value>(value(*answer)) : failure(answer.error()));
    };
    std::vector<result<ref<op>>> queued;
    for (int i = 0; i < 11; ++i) {
        queued.push_back(t.bench.thing->start_get("reply", 5'000 * ms, false));
    }
    EXPECT_EQ(t.other.receive("\r"), "Q1\r");
    const tests::stopwatch watch;
    const auto stopped = t.bench.thing->start_stop(ALD_WAIT_DEFAULT);
    EXPECT_EQ(t.other.receive("\r"), "ST\r");
    const std::int64_t took = watch.own_ns();
    EXPECT_TRUE(line_bench::end_of_op(stopped));
    const auto interrupted = line_bench::end_of_op(queued[0]);
    EXPECT_EQ(code_of(interrupted), ALD_E_CANCELLED);
    EXPECT_NE(text_of(interrupted).find("a stop interrupted"), std::string::npos)
        << text_of(interrupted);
    t.other.send("late answer to Q1\r\n");
    for (std::size_t i = 1; i < queued.size(); ++i) {
        EXPECT_EQ(t.other.receive("\r"), fmt::format("Q{}\r", i + 1));
        t.other.send(fmt::format("A{}\r\n", i + 1));
        EXPECT_EQ(text_of(line_bench::end_of_op(queued[i])), fmt::format("A{}", i + 1));
    }
    return took;
}

TEST(Port, AStopInterruptsTheWaitAndTheRestGoesOn) {
    EXPECT_LT(tests::quickest(10 * ms, time_of_a_stop), 10 * ms);
}

std::int64_t time_of_an_emergency_stop() {
    on_a_pty t({.terminator = "\r\n", .latency_ns = 10 * ms});
    t.bench.steps->on_submit = [&](request &r) {
        if (r.what().verb == ALD_VERB_ACT) {
            r.complete(t.bench.line->send_now("ST\r", true).map([] { return value(); }));
            return;
        }
        const auto answer = ask(*t.bench.line, r, "Q\r");
        r.complete(answer ? result<value>(value(*answer)) : failure(answer.error()));
    };
    const auto waiting = t.bench.thing->start_get("reply", 5'000 * ms, false);
    EXPECT_EQ(t.other.receive("\r"), "Q\r");
    const tests::stopwatch watch;
    EXPECT_TRUE(t.bench.home->emergency_stop());
    EXPECT_EQ(t.other.receive("\r"), "ST\r");
    const std::int64_t took = watch.own_ns();
    EXPECT_EQ(code_of(line_bench::end_of_op(waiting)), ALD_E_CANCELLED);
    return took;
}

TEST(Port, TheEmergencyStopOfALabComesThroughAsWell) {
    EXPECT_LT(tests::quickest(10 * ms, time_of_an_emergency_stop), 10 * ms);
}

TEST(Port, AStopCutsOffWhatIsOnItsWayWhereTheDriverSaysSo) {
    on_a_pty t({.cuts = true, .terminator = "\r\n"});
    const auto writing = t.bench.start([](port &line, request &r) -> result<value> {
        const auto sent = line.write(r, std::string(1 << 20, 'x'));
        return sent ? result<value>(value()) : failure(sent.error());
    });
    pollfd begun{t.other.fd(), POLLIN, 0};
    EXPECT_EQ(poll(&begun, 1, 5'000), 1);
    std::this_thread::sleep_for(std::chrono::milliseconds(50)); // until the line takes no more
    std::thread stop([&] { EXPECT_TRUE(t.bench.line->send_now("ST\r", false)); });
    const std::string got = t.other.receive("\r");
    stop.join();
    EXPECT_LT(got.size(), std::size_t{1} << 20);
    EXPECT_EQ(got.substr(got.size() - 3), "ST\r");
    const auto end = line_bench::end_of_op(writing);
    EXPECT_EQ(code_of(end), ALD_E_CANCELLED) << text_of(end);
    EXPECT_NE(text_of(end).find("a stop cut off"), std::string::npos) << text_of(end);
}

TEST(Port, ALineThatGoesWhileItIsWaitedForDisconnects) {
    const auto fastest = tests::quickest(100 * ms, [] {
        on_a_pty t;
        const auto waiting = t.begin("A\r");
        const tests::stopwatch watch;
        t.other.unplug();
        EXPECT_EQ(code_of(line_bench::end_of_op(waiting)), ALD_E_DISCONNECTED);
        EXPECT_TRUE(eventually([&] { return t.bench.thing->state() == ALD_DEVICE_DISCONNECTED; }));
        return watch.own_ns();
    });
    EXPECT_LT(fastest, 100 * ms);
}

TEST(Port, ALineThatGoesWhileItIsIdleDisconnectsWithoutWork) {
    const auto fastest = tests::quickest(100 * ms, [] {
        on_a_pty t;
        const tests::stopwatch watch;
        t.other.unplug();
        EXPECT_TRUE(eventually([&] { return t.bench.thing->state() == ALD_DEVICE_DISCONNECTED; }));
        const std::int64_t took = watch.own_ns();
        // The hang-up lasts, and nobody looks at it again and again.
        const std::clock_t cpu = std::clock();
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
        EXPECT_LT(std::clock() - cpu, CLOCKS_PER_SEC / 20);
        return took;
    });
    EXPECT_LT(fastest, 100 * ms);
}

TEST(Port, ADisconnectedDeviceOpensAgain) {
    auto first = std::make_unique<pty_pair>();
    pty_pair second;
    line_bench bench("serial:" + first->path());
    ASSERT_TRUE(bench.open());
    first->unplug();
    EXPECT_TRUE(eventually([&] { return bench.thing->state() == ALD_DEVICE_DISCONNECTED; }));
    bench.steps->on_open = [&](request &r) {
        bench.line = nullptr;
        auto again = port::open(r, "serial:" + second.path(), {});
        ASSERT_TRUE(again) << again.error()->detail().message;
        bench.line = std::move(*again);
        r.complete(value());
    };
    EXPECT_TRUE(bench.open());
    const auto asked = bench.start(asking("?\r"));
    EXPECT_EQ(second.receive("\r"), "?\r");
    second.send("here\n");
    EXPECT_EQ(text_of(line_bench::end_of_op(asked)), "here");
}

TEST(Port, TheWatchEndsWithTheRuntimeAndStartsAnew) {
    for (int i = 0; i < 2; ++i) {
        {
            on_a_pty t;
            t.other.unplug();
            EXPECT_TRUE(
                eventually([&] { return t.bench.thing->state() == ALD_DEVICE_DISCONNECTED; }));
        }
        EXPECT_TRUE(runtime::instance().shutdown(deadline_after(10'000 * ms)));
    }
}

TEST(Port, ClosingTheLabEndsAWait) {
    on_a_pty t;
    const auto waiting = t.begin("A\r", ALD_WAIT_DEFAULT);
    const tests::stopwatch watch;
    t.bench.home->close();
    EXPECT_EQ(code_of(line_bench::end_of_op(waiting)), ALD_E_CLOSED);
    EXPECT_LT(watch.own_ns(), 1'000 * ms);
}

TEST(Port, SignalsDoNotDisturb) {
    struct sigaction quiet {};
    quiet.sa_handler = [](int) {};
    struct sigaction before {};
    ASSERT_EQ(sigaction(SIGALRM, &quiet, &before), 0);
    const itimerval storm{{0, 200}, {0, 200}};
    const itimerval calm{};
    ASSERT_EQ(setitimer(ITIMER_REAL, &storm, nullptr), 0);
    {
        on_a_pty t;
        for (int i = 0; i < 50; ++i) {
            const auto asked = t.bench.start(asking("?\r"));
            // The test's own poll is interrupted, too.
            std::string got;
            while (got.size() < 2) {
                got += t.other.receive("\r", 1);
            }
            t.other.send("ok\r\n");
            EXPECT_EQ(text_of(line_bench::end_of_op(asked)), "ok");
        }
        const tests::stopwatch watch;
        EXPECT_EQ(code_of(t.bench.run(asking("?\r"), 100 * ms)), ALD_E_TIMEOUT);
        EXPECT_GE(watch.ns(), 100 * ms);
        EXPECT_LE(watch.own_ns(), 300 * ms);
    }
    ASSERT_EQ(setitimer(ITIMER_REAL, &calm, nullptr), 0);
    ASSERT_EQ(sigaction(SIGALRM, &before, nullptr), 0);
}

// Polls of one node: the last time counts, and they take their turn among the rest.
TEST(Poll, OnePendsForANode) {
    on_a_pty t;
    std::atomic<int> polls{0};
    std::atomic<std::int64_t> polled_at{0};
    t.bench.steps->on_submit = [&](request &r) {
        if (r.what().verb == ALD_VERB_POLL) {
            polled_at = mono_ns();
            ++polls;
        }
        r.complete(value());
    };
    const std::int64_t now = mono_ns();
    ASSERT_TRUE(t.bench.thing->poll_at(now + 10'000 * ms));
    ASSERT_TRUE(t.bench.thing->poll_at(now + 30 * ms));
    EXPECT_TRUE(eventually([&] { return polls == 1; }));
    EXPECT_GE(polled_at, now + 30 * ms);
    ASSERT_TRUE(t.bench.thing->poll_at(mono_ns() + 20 * ms));
    t.bench.home->close();
    std::this_thread::sleep_for(std::chrono::milliseconds(60));
    EXPECT_EQ(polls, 1);
}

TEST(Poll, OneThatWasReplacedWhileItWaitedForItsTurnIsDropped) {
    on_a_pty t;
    std::atomic<int> polls{0};
    t.bench.steps->on_submit = [&](request &r) {
        if (r.what().verb == ALD_VERB_POLL) {
            ++polls;
            r.complete(value());
            return;
        }
        EXPECT_TRUE(r.target().poll_at(mono_ns()));
        (void)r.sleep_until(mono_ns() + 50 * ms); // it waits behind us
        EXPECT_TRUE(r.target().poll_at(mono_ns() + 30 * ms));
        r.complete(value());
    };
    EXPECT_TRUE(line_bench::end_of_op(t.bench.thing->start_get("reply", 5'000 * ms, false)));
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    EXPECT_EQ(polls, 0);
    EXPECT_TRUE(eventually([&] { return polls == 1; }));
}

TEST(Poll, EndsWithADisconnection) {
    on_a_pty t;
    std::atomic<int> polls{0};
    t.bench.steps->on_submit = [&](request &r) {
        ++polls;
        r.complete(value());
    };
    ASSERT_TRUE(t.bench.thing->poll_at(mono_ns() + 150 * ms));
    t.other.unplug();
    EXPECT_TRUE(eventually([&] { return t.bench.thing->state() == ALD_DEVICE_DISCONNECTED; }));
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    EXPECT_EQ(polls, 0);
}

TEST(Poll, IsForBlockingDrivers) {
    testing::bench quick(false);
    const auto refused = quick.thing->poll_at(mono_ns());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error()->code(), ALD_E_UNSUPPORTED);
}

} // namespace
} // namespace alidade::testing
