// Simulated instruments on their lines, seen from the other end by plain system calls.
#include "base/clock.hpp"
#include "base/runtime.hpp"
#include "sim/simulation.hpp"
#include "unit/device/line_bench.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <mutex>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

using namespace alidade;

namespace {

constexpr std::int64_t ms = 1'000'000;

// Answers each line with "<counter> <line>\n"; "later <ms>" with "late\n" after a while; "power"
// with a quantity of the bench.
class counting final : public instrument {
public:
    counting(instrument_link &line, std::shared_ptr<optical_bench> on, std::int64_t first)
        : line_(line), bench_(std::move(on)), count_(first) {}
    void receive(std::span<const std::uint8_t> data) override {
        for (const std::uint8_t byte : data) {
            if (byte != '\n') {
                text_ += static_cast<char>(byte);
                continue;
            }
            const std::string command = std::exchange(text_, {});
            if (command.starts_with("later ")) {
                line_.wake_at(mono_ns() + std::stoi(command.substr(6)) * ms);
            } else if (command == "power") {
                say(fmt::format("{:.6e}\n", bench_->at("power", mono_ns())));
            } else {
                say(fmt::format("{} {}\n", count_++, command));
            }
        }
    }
    void wake(std::int64_t) override { say("late\n"); }

private:
    void say(const std::string &text) {
        line_.send({reinterpret_cast<const std::uint8_t *>(text.data()), text.size()});
    }
    instrument_link &line_;
    std::shared_ptr<optical_bench> bench_;
    std::int64_t count_;
    std::string text_;
};

class counting_kind final : public instrument_kind {
public:
    const std::string &name() const override { return name_; }
    const std::string &doc() const override { return doc_; }
    const std::string &driver() const override { return driver_; }
    std::span<const schema> options() const override { return options_; }
    result<std::unique_ptr<instrument>> create(instrument_link &line,
                                               const std::shared_ptr<optical_bench> &on,
                                               const value &options) const override {
        const std::int64_t first = *options.find("first")->as_int();
        if (first == 13) {
            return fail(ALD_E_UNSUPPORTED, "test", "it cannot count from 13");
        }
        return std::make_unique<counting>(line, on, first);
    }

private:
    std::string name_ = "counter";
    std::string doc_ = "Counts.";
    std::string driver_ = "none";
    std::vector<schema> options_{{.name = "first",
                                  .type = ALD_TYPE_INT,
                                  .doc = "where it begins",
                                  .min = 0,
                                  .initial = value(std::int64_t{1})},
                                 {.name = "loud", .type = ALD_TYPE_BOOL, .initial = value(false)},
                                 {.name = "level", .type = ALD_TYPE_DOUBLE, .initial = value(0.0)}};
};

ref<simulation> started(const value &options = {}, std::shared_ptr<optical_bench> on = nullptr) {
    auto s = simulation::start("counter", std::move(on), options);
    EXPECT_TRUE(s) << s.error()->detail().message;
    return s ? *s : nullptr;
}

// The client's end of a line.
class client {
public:
    explicit client(const simulation &of) {
        const std::string &uri = of.uri();
        if (uri.starts_with("serial:")) {
            fd_ = open(uri.c_str() + 7, O_RDWR | O_NOCTTY | O_CLOEXEC);
        } else {
            sockaddr_in where{};
            where.sin_family = AF_INET;
            where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
            where.sin_port =
                htons(static_cast<std::uint16_t>(std::stoi(uri.substr(uri.rfind(':') + 1))));
            fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
            EXPECT_EQ(connect(fd_, reinterpret_cast<sockaddr *>(&where), sizeof where), 0);
        }
        EXPECT_GE(fd_, 0) << uri;
    }
    client(const client &) = delete;
    client &operator=(const client &) = delete;
    ~client() { close(fd_); }

    void write(std::string_view text) const {
        EXPECT_EQ(::write(fd_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    }
    // Up to a line's end or so many bytes; what there is after `timeout`.
    [[nodiscard]] std::string read(std::int64_t timeout = 5000 * ms,
                                   std::size_t most = 1000) const {
        std::string all;
        const std::int64_t deadline = mono_ns() + timeout;
        while (all.size() < most && (all.empty() || all.back() != '\n')) {
            pollfd p{fd_, POLLIN, 0};
            const auto left = std::max<std::int64_t>(deadline - mono_ns(), 0) / ms;
            char c = 0;
            if (poll(&p, 1, static_cast<int>(left)) <= 0 || ::read(fd_, &c, 1) <= 0) {
                break;
            }
            all += c;
        }
        return all;
    }
    [[nodiscard]] std::string ask(std::string_view command) const {
        write(std::string(command) + "\n");
        return read();
    }
    // The line is gone: a hang-up, an error or an end.
    [[nodiscard]] bool gone() const {
        pollfd p{fd_, POLLIN, 0};
        char c = 0;
        return poll(&p, 1, 5000) == 1 && ::read(fd_, &c, 1) <= 0;
    }

private:
    int fd_ = -1;
};

outcome set_faults(simulation &s, map faults) { return s.set_faults(value(std::move(faults))); }

class Simulation : public ::testing::Test {
protected:
    static void SetUpTestSuite() {
        static std::once_flag once;
        std::call_once(once,
                       [] { ASSERT_TRUE(instruments::add(std::make_unique<counting_kind>())); });
    }
};

class SimulationLine : public Simulation, public ::testing::WithParamInterface<const char *> {};

TEST_P(SimulationLine, AnswersAndLetsClientsComeAndGo) {
    const auto s = started(map{{"listen", GetParam()}, {"first", std::int64_t{7}}});
    for (int i = 0; i < 20; ++i) {
        const client c(*s);
        EXPECT_EQ(c.ask("hello"), fmt::format("{} hello\n", 7 + 2 * i));
        EXPECT_EQ(c.ask("again"), fmt::format("{} again\n", 8 + 2 * i));
    }
    const std::string where = s->uri();
    s->close();
    EXPECT_EQ(s->say({}).error()->code(), ALD_E_CLOSED);
    EXPECT_EQ(s->uri(), where);
}

TEST_P(SimulationLine, IsUnpluggedAndPluggedAgain) {
    const auto s = started(map{{"listen", GetParam()}});
    for (int i = 0; i < 20; ++i) {
        const client c(*s);
        EXPECT_EQ(c.ask("a"), fmt::format("{} a\n", i + 1));
        ASSERT_TRUE(s->unplug());
        ASSERT_TRUE(s->unplug());
        EXPECT_TRUE(c.gone());
        const std::uint8_t byte = 'x';
        EXPECT_EQ(s->say({&byte, 1}).error()->code(), ALD_E_DISCONNECTED);
        ASSERT_TRUE(s->plug());
        ASSERT_TRUE(s->plug());
    }
}

TEST_P(SimulationLine, WakesTheInstrument) {
    const auto s = started(map{{"listen", GetParam()}});
    const client c(*s);
    const std::int64_t asked = mono_ns();
    EXPECT_EQ(c.ask("later 50"), "late\n");
    EXPECT_GE(mono_ns() - asked, 50 * ms);
}

INSTANTIATE_TEST_SUITE_P(Kinds, SimulationLine, ::testing::Values("pty", "tcp"),
                         [](const auto &tested) { return std::string(tested.param); });

TEST_F(Simulation, SharesABench) {
    const auto on = *optical_bench::make("", value(), mono_ns());
    const auto s = started({}, on);
    const client c(*s);
    EXPECT_EQ(c.ask("power"), fmt::format("{:.6e}\n", on->at("power", mono_ns())));
    ASSERT_TRUE(on->set("shutter", 0, mono_ns()));
    EXPECT_EQ(c.ask("power"), "1.000000e-09\n");
}

TEST_F(Simulation, SaysWhatIsWrongWithItsOptions) {
    const auto code = [](const char *name, const value &options) {
        const auto s = simulation::start(name, nullptr, options);
        return s ? ALD_OK : s.error()->code();
    };
    EXPECT_EQ(code("countre", {}), ALD_E_NOT_FOUND);
    EXPECT_EQ(code("counter", map{{"frist", std::int64_t{1}}}), ALD_E_NOT_FOUND);
    EXPECT_EQ(code("counter", map{{"first", "one"}}), ALD_E_INVALID);
    EXPECT_EQ(code("counter", map{{"first", std::int64_t{-1}}}), ALD_E_RANGE);
    EXPECT_EQ(code("counter", map{{"first", std::int64_t{13}}}), ALD_E_UNSUPPORTED);
    EXPECT_EQ(code("counter", map{{"listen", "radio"}}), ALD_E_INVALID);
}

TEST_F(Simulation, TakesOptionsAsText) {
    using texts = std::vector<std::pair<std::string, std::string>>;
    const auto code = [](const texts &options) {
        const auto s = simulation::start("counter", nullptr, options);
        return s ? ALD_OK : s.error()->code();
    };
    EXPECT_EQ(code({{"first", "3"}, {"loud", "true"}, {"level", "1.5"}, {"listen", "tcp"}}),
              ALD_OK);
    EXPECT_EQ(code({{"level", "2"}}), ALD_OK);
    EXPECT_EQ(code({{"first", "3.5"}}), ALD_E_INVALID);
    EXPECT_EQ(code({{"loud", "1"}}), ALD_E_INVALID);
    EXPECT_EQ(code({{"lout", "true"}}), ALD_E_NOT_FOUND);
    EXPECT_EQ(code({{"first", "3"}, {"first", "4"}}), ALD_E_INVALID);
}

TEST_F(Simulation, DelaysReplies) {
    const auto s = started();
    ASSERT_TRUE(set_faults(*s, map{{"delay", 0.05}}));
    const client c(*s);
    const std::int64_t asked = mono_ns();
    c.write("a\nb\n");
    EXPECT_EQ(c.read(), "1 a\n");
    EXPECT_GE(mono_ns() - asked, 50 * ms);
    EXPECT_EQ(c.read(), "2 b\n");
}

TEST_F(Simulation, SaysUnsolicitedLinesBeforeDelayedReplies) {
    const auto s = started();
    ASSERT_TRUE(set_faults(*s, map{{"delay", 0.2}}));
    const client c(*s);
    c.write("a\n");
    const std::string text = "button\n";
    ASSERT_TRUE(s->say({reinterpret_cast<const std::uint8_t *>(text.data()), text.size()}));
    EXPECT_EQ(c.read(), "button\n");
    EXPECT_EQ(c.read(), "1 a\n");
}

TEST_F(Simulation, CutsDropsAndSilencesReplies) {
    const auto s = started();
    const client c(*s);
    ASSERT_TRUE(set_faults(*s, map{{"truncate", std::int64_t{3}}}));
    c.write("abc\n");
    EXPECT_EQ(c.read(5000 * ms, 3), "1 a");
    ASSERT_TRUE(set_faults(*s, map{{"truncate", std::int64_t{-1}}, {"silence", true}}));
    c.write("b\n");
    ASSERT_TRUE(set_faults(*s, map{}));
    EXPECT_EQ(c.read(50 * ms), "");
    ASSERT_TRUE(set_faults(*s, map{{"silence", false}, {"drop", 1.0}}));
    c.write("c\n");
    EXPECT_EQ(c.read(50 * ms), "");
    ASSERT_TRUE(set_faults(*s, map{{"drop", 0.0}}));
    EXPECT_EQ(c.ask("d"), "4 d\n");
}

TEST_F(Simulation, EchoesFirst) {
    const auto s = started();
    ASSERT_TRUE(set_faults(*s, map{{"echo", true}}));
    const client c(*s);
    EXPECT_EQ(c.ask("hello"), "hello\n");
    EXPECT_EQ(c.read(), "1 hello\n");
}

TEST_F(Simulation, GarblesTheSameBytesForTheSameSeed) {
    const auto garbled = [](std::int64_t seed) {
        const auto s = started();
        EXPECT_TRUE(set_faults(*s, map{{"garble", 0.3}, {"seed", seed}}));
        const client c(*s);
        c.write("0123456789012345678901234567890123456789\n");
        return c.read(5000 * ms, 43);
    };
    const std::string first = garbled(1);
    EXPECT_EQ(first.size(), 43U);
    EXPECT_NE(first, "1 0123456789012345678901234567890123456789\n");
    EXPECT_EQ(first, garbled(1));
    EXPECT_NE(first, garbled(2));
}

TEST_F(Simulation, WritesInChunks) {
    const auto s = started();
    ASSERT_TRUE(set_faults(*s, map{{"chunk", std::int64_t{1}}, {"chunk_pause", 0.01}}));
    const client c(*s);
    const std::int64_t asked = mono_ns();
    EXPECT_EQ(c.ask("abc"), "1 abc\n");
    EXPECT_GE(mono_ns() - asked, 50 * ms);
}

TEST_F(Simulation, UnplugsAfterEveryByte) {
    for (std::int64_t after = 0; after <= 6; ++after) {
        const auto s = started();
        ASSERT_TRUE(set_faults(*s, map{{"unplug_after", after}}));
        const client c(*s);
        c.write("abc\n");
        (void)c.read();
        EXPECT_TRUE(c.gone()) << after;
        ASSERT_TRUE(s->plug());
        EXPECT_EQ(client(*s).ask("d"), "2 d\n");
    }
}

TEST_F(Simulation, RefusesBadFaults) {
    const auto s = started();
    const auto code = [&](map faults) {
        const auto set = set_faults(*s, std::move(faults));
        return set ? ALD_OK : set.error()->code();
    };
    EXPECT_EQ(code({{"dely", 1.0}}), ALD_E_NOT_FOUND);
    EXPECT_EQ(code({{"delay", -1.0}}), ALD_E_RANGE);
    EXPECT_EQ(code({{"garble", 1.5}}), ALD_E_RANGE);
    EXPECT_EQ(code({{"truncate", std::int64_t{-2}}}), ALD_E_RANGE);
    EXPECT_EQ(code({{"echo", std::int64_t{1}}}), ALD_E_INVALID);
}

TEST_F(Simulation, OutlivesAClientThatNeverReads) {
    const auto s = started();
    {
        const client deaf(*s);
        const std::string line(900, 'x');
        for (int i = 0; i < 200; ++i) {
            deaf.write(line + "\n");
        }
    }
    const auto other = started();
    EXPECT_EQ(client(*other).ask("a"), "1 a\n");
    s->close();
}

TEST_F(Simulation, ServesManyAtOnce) {
    std::vector<ref<simulation>> all;
    for (int i = 0; i < 100; ++i) {
        all.push_back(started());
    }
    std::vector<std::unique_ptr<client>> clients;
    for (const auto &s : all) {
        clients.push_back(std::make_unique<client>(*s));
    }
    for (int round = 1; round <= 3; ++round) {
        for (const auto &c : clients) {
            c->write("x\n");
        }
        for (const auto &c : clients) {
            EXPECT_EQ(c->read(), fmt::format("{} x\n", round));
        }
    }
}

TEST_F(Simulation, IsUsedByManyThreads) {
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([i] {
            for (int k = 0; k < 20; ++k) {
                const auto s = started(map{{"listen", i % 2 == 0 ? "pty" : "tcp"}});
                EXPECT_EQ(client(*s).ask("x"), "1 x\n");
                EXPECT_TRUE(s->unplug());
                EXPECT_TRUE(s->plug());
                EXPECT_EQ(client(*s).ask("x"), "2 x\n");
            }
        });
    }
    for (std::thread &t : threads) {
        t.join();
    }
}

TEST_F(Simulation, NegotiatesASerialPortOverTelnet) {
    const auto s = started(map{{"listen", "rfc2217"}});
    EXPECT_TRUE(s->uri().starts_with("rfc2217:127.0.0.1:"));
    const client c(*s);
    using namespace std::string_view_literals;
    c.write("\xff\xfb\x2c"sv); // IAC WILL COM-PORT
    EXPECT_EQ(c.read(5000 * ms, 3), "\xff\xfd\x2c"sv);
    EXPECT_EQ(c.read(5000 * ms, 7), "\xff\xfa\x2c\x6b\xb0\xff\xf0"sv) << "CTS, DSR and CD are on";
    c.write("\xff\xfa\x2c\x01\x00\x00\x25\x80\xff\xf0"sv); // SET-BAUDRATE 9600
    EXPECT_EQ(c.read(5000 * ms, 10), "\xff\xfa\x2c\x65\x00\x00\x25\x80\xff\xf0"sv);
    c.write("\xff\xfd\x05"sv); // DO STATUS, which it does not know
    EXPECT_EQ(c.read(5000 * ms, 3), "\xff\xfc\x05"sv);
    c.write("a\xff\xff\n"sv);
    EXPECT_EQ(c.read(), "1 a\xff\xff\n"sv);
}

// NOTIFY-MODEMSTATE: lines in the upper half, what has changed in the lower one.
TEST_F(Simulation, TellsOfItsModemLinesByTheMaskOfTheClient) {
    using namespace std::string_view_literals;
    const auto s = started(map{{"listen", "rfc2217"}});
    const client c(*s);
    const auto told = [&](const char *lines) {
        EXPECT_TRUE(set_faults(*s, map{{"modem_lines", lines}}));
        return c.read(5000 * ms, 7);
    };
    c.write("\xff\xfb\x2c"sv);
    EXPECT_EQ(c.read(5000 * ms, 10), "\xff\xfd\x2c\xff\xfa\x2c\x6b\xb0\xff\xf0"sv);
    EXPECT_EQ(told("dsr,cd"), "\xff\xfa\x2c\x6b\xa1\xff\xf0"sv);
    EXPECT_EQ(told("cd,ri"), "\xff\xfa\x2c\x6b\xc2\xff\xf0"sv) << "a ring begins untold";
    EXPECT_EQ(told("cd"), "\xff\xfa\x2c\x6b\x84\xff\xf0"sv) << "and is told at its end";
    EXPECT_EQ(told("cts"), "\xff\xfa\x2c\x6b\x19\xff\xf0"sv);
    c.write("\xff\xfa\x2c\x0b\x11\xff\xf0"sv); // SET-MODEMSTATE-MASK
    EXPECT_EQ(c.read(5000 * ms, 7), "\xff\xfa\x2c\x6f\x11\xff\xf0"sv);
    EXPECT_TRUE(set_faults(*s, map{{"modem_lines", "cts,dsr,cd"}}));
    EXPECT_EQ(told("dsr,cd"), "\xff\xfa\x2c\x6b\x01\xff\xf0"sv) << "CTS alone, nothing before it";
    c.write("\xff\xfa\x2c\x0b\x00\xff\xf0"sv);
    EXPECT_EQ(c.read(5000 * ms, 7), "\xff\xfa\x2c\x6f\x00\xff\xf0"sv);
    EXPECT_TRUE(set_faults(*s, map{{"modem_lines", "cts"}}));
    EXPECT_EQ(c.ask("a"), "1 a\n") << "nothing of it";
    // One that comes anew is told of the lines as they are.
    const client next(*s);
    next.write("\xff\xfb\x2c"sv);
    EXPECT_EQ(next.read(5000 * ms, 10), "\xff\xfd\x2c\xff\xfa\x2c\x6b\x10\xff\xf0"sv);
    const auto wrong = set_faults(*s, map{{"modem_lines", "cts,dtr"}});
    ASSERT_FALSE(wrong);
    EXPECT_NE(wrong.error()->detail().message.find("expected those that are on"),
              std::string::npos);
}

using alidade::testing::asking;
using alidade::testing::line_bench;

TEST_F(Simulation, IsSwitchedOnByItsUri) {
    for (const char *uri : {"sim:counter?first=5", "sim:counter?first=5&listen=tcp"}) {
        line_bench b(uri, {.terminator = "\n"});
        ASSERT_TRUE(b.open());
        EXPECT_EQ(*b.run(asking("x\n"))->as_string(), "5 x");
        // The bench is that of the device's lab.
        ASSERT_TRUE((*b.home->bench())->content->set("shutter", 0, mono_ns()));
        EXPECT_EQ(*b.run(asking("power\n"))->as_string(), "1.000000e-09");
    }
    const auto on = *optical_bench::make("far", map{{"background", 0.5}, {"shutter", 0.0}}, 0);
    line_bench b("sim:counter?bench=far", {.terminator = "\n"});
    ASSERT_TRUE(b.open());
    EXPECT_EQ(*b.run(asking("power\n"))->as_string(), "5.000000e-01");
}

TEST_F(Simulation, SaysWhatIsWrongWithItsUri) {
    const auto why = [](const char *uri) {
        const auto opened = line_bench(uri).open();
        return opened ? ALD_OK : opened.error()->code();
    };
    EXPECT_EQ(why("sim:countre"), ALD_E_NOT_FOUND);
    EXPECT_EQ(why("sim:counter?frist=1"), ALD_E_NOT_FOUND);
    EXPECT_EQ(why("sim:counter?first=one"), ALD_E_INVALID);
    EXPECT_EQ(why("sim:counter?bench=nowhere"), ALD_E_NOT_FOUND);
}

TEST_F(Simulation, EndsWithTheLibraryAndStartsAnew) {
    auto s = started();
    ASSERT_TRUE(runtime::instance().shutdown(mono_ns() + 5000 * ms));
    EXPECT_TRUE(s->set_faults(value(map{})));
    s = nullptr;
    const auto fresh = started();
    EXPECT_EQ(client(*fresh).ask("a"), "1 a\n");
}

} // namespace
