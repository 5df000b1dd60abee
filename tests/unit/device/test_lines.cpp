// Kinds of lines: URIs, terminals, TCP, RFC 2217, transcripts.
#include "support/stopwatch.hpp"
#include "unit/device/line_bench.hpp"

#include "base/text/telnet.hpp"
#include "device/transports/serial.hpp"
#include "device/transports/transcript.hpp"
#include "device/transports/tty.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <chrono>
#include <fstream>
#include <sstream>
#include <thread>

namespace alidade::testing {
namespace {

constexpr std::int64_t ms = 1'000'000;

std::string why(const std::string &uri) {
    const auto parsed = parse_line_uri(uri);
    if (!parsed) {
        return parsed.error()->detail().message;
    }
    const auto settings = serial_settings_of(*parsed, {});
    const auto text = text_settings_of(*parsed);
    return !settings ? settings.error()->detail().message
           : !text   ? text.error()->detail().message
                     : "";
}

void expect_message(const std::string &uri, const std::string &part) {
    EXPECT_NE(why(uri).find(part), std::string::npos) << uri << ": " << why(uri);
}

TEST(Uri, SaysWhatALineIs) {
    const auto uri = parse_line_uri("serial:/dev/tty%20USB0?baud=115200&parity=even&flow=rtscts&"
                                    "stop=2&bits=7&transcript=a%3db");
    ASSERT_TRUE(uri);
    EXPECT_EQ(uri->scheme, "serial");
    EXPECT_EQ(uri->address, "/dev/tty USB0");
    EXPECT_EQ(*uri->option("transcript"), "a=b");
    const auto s = serial_settings_of(*uri, {});
    ASSERT_TRUE(s);
    EXPECT_EQ(s->baud, 115200);
    EXPECT_EQ(s->parity, ALD_PARITY_EVEN);
    EXPECT_EQ(s->flow, ALD_FLOW_RTS_CTS);
    EXPECT_EQ(s->stop_bits, 2);
    EXPECT_EQ(s->data_bits, 7);
    EXPECT_EQ(serial_settings_of(*parse_line_uri("serial:/dev/x"), {.baud = 300})->baud, 300);
    EXPECT_EQ(why("sim:esp300?axes=3&anything=x"), "");
}

TEST(Uri, SaysHowLinesEndAndWhatTheModemLinesAre) {
    const auto of = [](const char *uri) { return *text_settings_of(*parse_line_uri(uri)); };
    EXPECT_EQ(of("serial:/dev/x").terminator, "");
    EXPECT_FALSE(of("serial:/dev/x").echo);
    EXPECT_EQ(of("serial:/dev/x?terminator=lf").terminator, "\n");
    EXPECT_EQ(of("tcp:h:1?terminator=cr&echo=on").terminator, "\r");
    EXPECT_EQ(of("rfc2217:h:1?terminator=crlf&echo=off").terminator, "\r\n");
    EXPECT_TRUE(of("tcp:h:1?echo=on").echo);
    EXPECT_EQ(of("sim:x?terminator=anything").terminator, "") << "an option of the instrument";
    const auto s = serial_settings_of(*parse_line_uri("serial:/dev/x?dtr=off&rts=on"), {});
    ASSERT_TRUE(s);
    EXPECT_EQ(s->dtr, std::optional(false));
    EXPECT_EQ(s->rts, std::optional(true));
    EXPECT_EQ(serial_settings_of(*parse_line_uri("serial:/dev/x"), {})->dtr, std::nullopt);
    expect_message("serial:/dev/x?terminator=crlff", "did you mean 'crlf'?");
    expect_message("serial:/dev/x?echo=yes", "expected one of off, on");
    expect_message("rfc2217:h:1?dtr=1", "expected one of off, on");
    expect_message("tcp:h:1?dtr=on", "'tcp:' has no option 'dtr'");
    expect_message("serial:/dev/x?rts=off&flow=rtscts", "RTS belongs to the flow control");
}

TEST(Uri, NamesWhatIsWrongAndTheNearest) {
    expect_message("seriel:/dev/ttyUSB0", "did you mean 'serial'?");
    expect_message("/dev/ttyUSB0", "write 'serial:/dev/ttyUSB0'");
    expect_message("", "no known kind of line");
    expect_message("serial:", "names no line");
    expect_message("serial:/dev/x?buad=9600", "did you mean 'baud'?");
    expect_message("serial:/dev/x?baud", "expected name=value");
    expect_message("serial:/dev/x?baud=fast", "expected a number from 50 to 4000000");
    expect_message("serial:/dev/x?baud=9600&baud=9600", "stands twice");
    expect_message("serial:/dev/x?bits=9", "from 5 to 8");
    expect_message("serial:/dev/x?parity=evn", "did you mean 'even'?");
    expect_message("serial:/dev/x?flow=none%", "hexadecimal");
    expect_message("tcp:host:1?baud=9600", "'tcp:' has no option 'baud'");
    expect_message("serial:/dev/\xff", "is no text");
    expect_message("serial:/dev/a\nb", "is no text");
    expect_message("serial:/dev/%ff", "'/dev/%ff' stands for bytes that are no text");
    expect_message("replay:x?transcript=%0a", "'%0a' stands for bytes that are no text");
}

TEST(Uri, HostsAndPorts) {
    const auto of = [](const std::string &uri) -> std::string {
        const auto r = host_and_port_of(*parse_line_uri(uri));
        return r ? r->host + " " + r->port : r.error()->detail().message;
    };
    EXPECT_EQ(of("tcp:lab.example:5000"), "lab.example 5000");
    EXPECT_EQ(of("tcp:[fe80::1%25eth0]:23"), "fe80::1%eth0 23");
    for (const char *bad : {"tcp:host", "tcp::1", "tcp:host:", "tcp:host:0", "tcp:host:65536",
                            "tcp:host:12x", "tcp:::1:5000", "tcp:[::1]", "tcp:[::1]5000"}) {
        EXPECT_NE(of(bad).find("no host and port"), std::string::npos) << bad << ": " << of(bad);
    }
}

result<value> opening(const std::string &uri, std::int64_t timeout_ns = 2'000 * ms,
                      port::speech how = {}) {
    line_bench bench(uri, std::move(how));
    return bench.open(timeout_ns);
}

TEST(Terminal, WhatIsNotThereIsNotFound) {
    const auto end = opening("serial:/dev/ttyUSB77");
    EXPECT_EQ(code_of(end), ALD_E_NOT_FOUND) << text_of(end);
    EXPECT_NE(text_of(end).find("there is no port '/dev/ttyUSB77'"), std::string::npos);
    const auto by_number = opening("serial:?serial_number=A5XK3RJT");
    EXPECT_EQ(code_of(by_number), ALD_E_NOT_FOUND) << text_of(by_number);
    EXPECT_NE(text_of(by_number).find("'A5XK3RJT'"), std::string::npos);
}

TEST(Terminal, WhatIsNoTerminalIsInvalid) {
    EXPECT_EQ(code_of(opening("serial:/dev/null")), ALD_E_INVALID);
    EXPECT_EQ(code_of(opening("serial:/dev/x?serial_number=1")), ALD_E_INVALID);
}

TEST(Terminal, WithoutPermissionItIsRefused) {
    pty_pair other;
    ASSERT_EQ(chmod(other.path().c_str(), 0), 0);
    // Root may everything: what others are told is looked at without trying.
    const result<value> end = geteuid() != 0 ? opening("serial:" + other.path())
                                             : result<value>(tty_refused(other.path(), EACCES));
    EXPECT_EQ(code_of(end), ALD_E_PERMISSION) << text_of(end);
    EXPECT_NE(text_of(end).find("'dialout'"), std::string::npos) << text_of(end);
}

TEST(Terminal, ASecondOneIsBusy) {
    pty_pair other;
    const std::string uri = "serial:" + other.path();
    line_bench first(uri);
    ASSERT_TRUE(first.open());
    const auto second = opening(uri);
    EXPECT_EQ(code_of(second), ALD_E_BUSY) << text_of(second);
    EXPECT_NE(text_of(second).find("is in use by another program"), std::string::npos);
    first.home->close();
    first.line = nullptr;
    EXPECT_TRUE(opening(uri)) << "it is free again";
}

TEST(Terminal, InUseByAnotherProcessIsBusy) {
    pty_pair other;
    std::array<int, 2> ready{};
    ASSERT_EQ(pipe(ready.data()), 0);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) { // as another program does it
        const int fd = ::open(other.path().c_str(), O_RDWR | O_NOCTTY);
        const bool locked = flock(fd, LOCK_EX) == 0 && ::write(ready[1], "x", 1) == 1;
        (void)::pause();
        _exit(locked ? 0 : 1);
    }
    char c = 0;
    ASSERT_EQ(::read(ready[0], &c, 1), 1);
    termios before{};
    termios after{};
    ASSERT_EQ(tcgetattr(other.fd(), &before), 0);
    EXPECT_EQ(code_of(opening("serial:" + other.path() + "?baud=300")), ALD_E_BUSY);
    ASSERT_EQ(tcgetattr(other.fd(), &after), 0);
    EXPECT_EQ(cfgetospeed(&before), cfgetospeed(&after)) << "its settings were changed";
    kill(child, SIGKILL);
    ASSERT_EQ(waitpid(child, nullptr, 0), child);
    ::close(ready[0]);
    ::close(ready[1]);
}

// A child that sleeps, with all that was open when it was made.
class child {
public:
    // Without the C library's fork nothing of ours runs in the child.
    explicit child(bool by_fork)
        : pid_(by_fork ? fork() : static_cast<pid_t>(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0))) {
        if (pid_ == 0) {
            for (;;) {
                (void)::pause();
            }
        }
        EXPECT_GT(pid_, 0);
    }
    child(const child &) = delete;
    child &operator=(const child &) = delete;
    ~child() {
        kill(pid_, SIGKILL);
        EXPECT_EQ(waitpid(pid_, nullptr, 0), pid_);
    }

private:
    pid_t pid_;
};

TEST(Terminal, IsFreeWhenItIsClosedWhateverAChildHas) {
    for (const bool by_fork : {true, false}) {
        pty_pair other;
        line_bench first("serial:" + other.path());
        ASSERT_TRUE(first.open());
        const child sleeps(by_fork);
        EXPECT_EQ(code_of(opening("serial:" + other.path())), ALD_E_BUSY);
        first.home->close();
        first.line = nullptr;
        const auto again = opening("serial:" + other.path());
        EXPECT_TRUE(again) << text_of(again) << (by_fork ? " (fork)" : " (clone)");
    }
}

TEST(Terminal, HasTheSettingsOfTheUriAndOfTheDriver) {
    pty_pair other;
    line_bench bench("serial:" + other.path() + "?baud=57600&parity=odd&flow=xonxoff",
                     {.settings = {.baud = 300, .stop_bits = 2}});
    ASSERT_TRUE(bench.open());
    termios t{};
    ASSERT_EQ(tcgetattr(other.fd(), &t), 0);
    EXPECT_EQ(cfgetospeed(&t), static_cast<speed_t>(B57600));
    EXPECT_NE(t.c_cflag & CSTOPB, 0U);
    EXPECT_NE(t.c_iflag & IXON, 0U);
    EXPECT_EQ(t.c_lflag & (ICANON | ECHO), 0U);
    EXPECT_EQ(code_of(opening("serial:" + other.path() + "?baud=12345")), ALD_E_BUSY);
}

TEST(Terminal, WithoutModemLinesTheyCannotBeSet) {
    pty_pair other;
    const auto end = opening("serial:" + other.path() + "?dtr=off");
    EXPECT_EQ(code_of(end), ALD_E_UNSUPPORTED) << text_of(end);
    EXPECT_NE(text_of(end).find("has no line DTR"), std::string::npos) << text_of(end);
}

// As another program leaves the terminal behind that reads without waiting.
void set_vmin(const std::string &path, cc_t vmin) {
    const descriptor fd(::open(path.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
    termios t{};
    EXPECT_EQ(tcgetattr(fd.get(), &t), 0);
    t.c_cc[VMIN] = vmin;
    t.c_lflag |= ECHO;
    EXPECT_EQ(tcsetattr(fd.get(), TCSANOW, &t), 0);
}

TEST(Terminal, SettingsOfAnotherProgramAreNotItsEnd) {
    pty_pair other;
    line_bench bench("serial:" + other.path());
    ASSERT_TRUE(bench.open());
    for (int i = 0; i < 3; ++i) {
        set_vmin(other.path(), 0);
        const auto answer = bench.start(asking("?\n"));
        EXPECT_EQ(other.receive("\n"), "?\n");
        other.send("here\n");
        EXPECT_EQ(text_of(line_bench::end_of_op(answer)), "here");
        termios t{};
        ASSERT_EQ(tcgetattr(other.fd(), &t), 0);
        EXPECT_EQ(t.c_cc[VMIN], 1);
        EXPECT_EQ(t.c_lflag & ECHO, 0U) << "all of ours are set again";
    }
    EXPECT_EQ(bench.thing->state(), ALD_DEVICE_OPEN);
    other.unplug(); // and its end is still seen
    EXPECT_TRUE(eventually([&] { return bench.thing->state() == ALD_DEVICE_DISCONNECTED; }));
}

TEST(Terminal, AProgramThatSetsItAgainAndAgainHoldsNobodyUp) {
    pty_pair other;
    line_bench bench("serial:" + other.path());
    ASSERT_TRUE(bench.open());
    std::atomic<bool> going{true};
    std::thread again([&] {
        while (going) {
            set_vmin(other.path(), 0);
        }
    });
    const auto end = bench.run(asking("?\n"), 200 * ms);
    EXPECT_EQ(code_of(end), ALD_E_TIMEOUT) << text_of(end);
    going = false;
    again.join();
}

TEST(Terminal, LinesEndAsTheUriSays) {
    const std::pair<const char *, std::string> ends[] = {
        {"lf", "\n"}, {"cr", "\r"}, {"crlf", "\r\n"}};
    for (const auto &[name, end] : ends) {
        pty_pair other;
        line_bench bench("serial:" + other.path() + "?terminator=" + name,
                         {.terminator = "\r\n", .sent_end = "\r"});
        ASSERT_TRUE(bench.open());
        const auto answer = bench.start(asking("1TP?\r"));
        EXPECT_EQ(other.receive(end), "1TP?" + end) << name;
        other.send("1.25" + end);
        EXPECT_EQ(text_of(line_bench::end_of_op(answer)), "1.25") << name;
        ASSERT_TRUE(bench.line->send_now("1ST\r", false));
        EXPECT_EQ(other.receive(end), "1ST" + end) << name;
    }
}

TEST(Terminal, EndsThatTheProtocolFixesCannotBeOthers) {
    pty_pair other;
    const auto end = opening("serial:" + other.path() + "?terminator=lf");
    EXPECT_EQ(code_of(end), ALD_E_UNSUPPORTED) << text_of(end);
    EXPECT_NE(text_of(end).find("leave 'terminator' out"), std::string::npos) << text_of(end);
}

struct echoing {
    pty_pair other{};
    line_bench bench{"serial:" + other.path() + "?echo=on", {.latency_ns = 20 * ms}};
    // Sends what came back, and more; with a pause, byte by byte for who reads.
    std::string exchange(const std::string &question, const std::string &back,
                         std::chrono::milliseconds pause = {},
                         std::int64_t timeout_ns = 10'000 * ms) {
        const auto answer = bench.start(asking(question), timeout_ns);
        EXPECT_EQ(other.receive("\n"), question);
        for (const char c : back) {
            other.send({&c, 1});
            std::this_thread::sleep_for(pause);
        }
        return text_of(line_bench::end_of_op(answer));
    }
};

TEST(Echo, IsNoAnswer) {
    echoing t;
    ASSERT_TRUE(t.bench.open());
    EXPECT_EQ(t.exchange("?\n", "?\nhere\n"), "here");
    EXPECT_EQ(t.exchange("??\n", "??\n??\n"), "??") << "an answer that looks like it";
    // What nothing was waited for after comes back, too, before the next answer.
    EXPECT_TRUE(t.bench.run([](port &line, request &r) -> result<value> {
        return line.write(r, "set 1\n").map([] { return value(); });
    }));
    EXPECT_EQ(t.other.receive("\n"), "set 1\n");
    EXPECT_EQ(t.exchange("?\n", "set 1\n?\n1\n"), "1");
}

TEST(Echo, ThatDiffersIsAnErrorAndTheNextOneIsRight) {
    echoing t;
    ASSERT_TRUE(t.bench.open());
    for (const char *back : {"?\xff\nhere\n", "here\n", "!"}) {
        const std::string told = t.exchange("?\n", back);
        EXPECT_NE(told.find("where '?\\n' had been sent"), std::string::npos) << told;
        EXPECT_NE(told.find("PROTOCOL"), std::string::npos) << told;
        EXPECT_EQ(t.exchange("?\n", "?\nhere\n"), "here");
    }
    const std::string parted = t.exchange("?\n", "?\xff\n", std::chrono::milliseconds(10));
    EXPECT_NE(parted.find("sent back '?\\xff"), std::string::npos) << parted;
    EXPECT_NE(parted.find("where '?\\n' had been sent"), std::string::npos) << parted;
    EXPECT_EQ(t.exchange("?\n", "?\nhere\n"), "here");
    const std::string nothing = t.exchange("?\n", "?\n", {}, 300 * ms);
    EXPECT_NE(nothing.find("TIMEOUT"), std::string::npos) << nothing;
    EXPECT_EQ(t.exchange("?\n", "?\nhere\n"), "here");
}

TEST(Terminal, UnusualSpeedsAreRefused) {
    pty_pair other;
    const auto end = opening("serial:" + other.path() + "?baud=12345");
    EXPECT_EQ(code_of(end), ALD_E_UNSUPPORTED) << text_of(end);
}

TEST(Terminal, WhatCameBeforeItWasOpenedIsDropped) {
    pty_pair other;
    other.send("old\n");
    line_bench bench("serial:" + other.path());
    ASSERT_TRUE(bench.open());
    const auto end = bench.run([](port &line, request &r) -> result<value> {
        std::array<char, 8> text{};
        const auto size = line.read_line(r, mono_ns() + 20 * ms, text);
        return size ? result<value>(value(std::string(text.data(), *size))) : failure(size.error());
    });
    EXPECT_EQ(code_of(end), ALD_E_TIMEOUT) << text_of(end);
}

TEST(Ports, AreListed) {
    const auto ports = list_serial_ports();
    ASSERT_TRUE(ports);
    for (const value &p : *ports->as_list()) {
        EXPECT_EQ(*p.find("uri")->as_string(), "serial:" + *p.find("path")->as_string());
    }
}

// A server with one connection, on the loopback.
class server {
public:
    explicit server(int family = AF_INET) {
        listening_ = descriptor(socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_storage any{};
        socklen_t size = sizeof(any);
        if (family == AF_INET) {
            auto &in = reinterpret_cast<sockaddr_in &>(any);
            in.sin_family = AF_INET;
            in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
            size = sizeof(sockaddr_in);
        } else {
            auto &in = reinterpret_cast<sockaddr_in6 &>(any);
            in.sin6_family = AF_INET6;
            in.sin6_addr = in6addr_loopback;
            size = sizeof(sockaddr_in6);
        }
        usable_ = bind(listening_.get(), reinterpret_cast<sockaddr *>(&any), size) == 0 &&
                  listen(listening_.get(), 4) == 0;
        (void)getsockname(listening_.get(), reinterpret_cast<sockaddr *>(&any), &size);
        port_ = ntohs(reinterpret_cast<sockaddr_in &>(any).sin_port); // in both at the same place
    }
    [[nodiscard]] bool usable() const { return usable_; }
    [[nodiscard]] std::string port() const { return std::to_string(port_); }
    void accept() { peer_ = descriptor(accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC)); }
    void stop_listening() { listening_ = descriptor(); }
    void hang_up() { peer_ = descriptor(); }
    void send(std::string_view bytes) const {
        EXPECT_EQ(::send(peer_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(bytes.size()));
    }
    // Nothing when the other end has gone.
    [[nodiscard]] std::string receive_one() const {
        char c = 0;
        return ::recv(peer_.get(), &c, 1, 0) == 1 ? std::string(1, c) : "";
    }
    // Whether the other end goes before long.
    [[nodiscard]] bool is_left() const {
        pollfd p{peer_.get(), POLLRDHUP, 0};
        return poll(&p, 1, 2000) > 0;
    }
    [[nodiscard]] std::string receive(std::string_view end) const {
        std::string got;
        pollfd p{peer_.get(), POLLIN, 0};
        while (got.find(end) == std::string::npos && poll(&p, 1, 2000) > 0) {
            char c = 0;
            if (::recv(peer_.get(), &c, 1, 0) != 1) {
                break;
            }
            got += c;
        }
        return got;
    }

private:
    descriptor listening_;
    descriptor peer_;
    bool usable_ = false;
    int port_ = 0;
};

// How long until it is known that the other end has gone while nobody waits.
std::int64_t ask_over(server &other, const std::string &uri) {
    line_bench bench(uri);
    EXPECT_TRUE(bench.open());
    other.accept();
    const auto answer = bench.start(asking("?\n"));
    EXPECT_EQ(other.receive("\n"), "?\n");
    other.send("here\n");
    EXPECT_EQ(text_of(line_bench::end_of_op(answer)), "here");
    const tests::stopwatch watch;
    other.hang_up();
    EXPECT_TRUE(eventually([&] { return bench.thing->state() == ALD_DEVICE_DISCONNECTED; }));
    return watch.own_ns();
}

TEST(Tcp, NumbersAndNames) {
    server other;
    for (const char *host : {"127.0.0.1", "localhost"}) {
        const std::string uri = std::string("tcp:") + host + ":" + other.port();
        EXPECT_LT(tests::quickest(100 * ms, [&] { return ask_over(other, uri); }), 100 * ms);
    }
}

TEST(Tcp, VersionSix) {
    server other(AF_INET6);
    if (!other.usable()) {
        GTEST_SKIP() << "this computer has no IPv6";
    }
    EXPECT_LT(
        tests::quickest(100 * ms, [&] { return ask_over(other, "tcp:[::1]:" + other.port()); }),
        100 * ms);
}

TEST(Tcp, GoneWhileItIsWaitedFor) {
    const auto fastest = tests::quickest(100 * ms, [] {
        server other;
        line_bench bench("tcp:127.0.0.1:" + other.port());
        EXPECT_TRUE(bench.open());
        other.accept();
        const auto waiting = bench.start(asking("?\n"));
        EXPECT_EQ(other.receive("\n"), "?\n");
        const tests::stopwatch watch;
        other.hang_up();
        EXPECT_EQ(code_of(line_bench::end_of_op(waiting)), ALD_E_DISCONNECTED);
        return watch.own_ns();
    });
    EXPECT_LT(fastest, 100 * ms);
}

TEST(Tcp, IsLeftWhenItIsClosedWhateverAChildHas) {
    for (const bool by_fork : {true, false}) {
        server other;
        line_bench bench("tcp:127.0.0.1:" + other.port());
        ASSERT_TRUE(bench.open());
        other.accept();
        const child sleeps(by_fork);
        bench.home->close();
        bench.line = nullptr;
        EXPECT_TRUE(other.is_left()) << (by_fork ? "fork" : "clone");
    }
}

TEST(Tcp, NobodyThereIsNotFound) {
    server other;
    const std::string uri = "tcp:127.0.0.1:" + other.port();
    other.stop_listening();
    const auto end = opening(uri);
    EXPECT_EQ(code_of(end), ALD_E_NOT_FOUND) << text_of(end);
    EXPECT_NE(text_of(end).find("nobody answers at '" + uri + "'"), std::string::npos);
    EXPECT_EQ(code_of(opening("tcp:no-such-host.invalid:5000")), ALD_E_NOT_FOUND);
}

// Telnet as a server speaks it, in a thread of its own.
class telnet_server {
public:
    telnet_server(std::string agrees, std::function<std::string(std::string)> confirms)
        : confirms_(std::move(confirms)), thread_([this, agrees = std::move(agrees)] {
              other.accept();
              other.send(agrees);
              serve();
          }) {}
    telnet_server(const telnet_server &) = delete;
    telnet_server &operator=(const telnet_server &) = delete;
    ~telnet_server() { thread_.join(); }

    server other;

private:
    void serve() {
        telnet::decoder decoder;
        decoder.on_negotiation = [](unsigned char, unsigned char) {};
        decoder.on_subnegotiation = [this](unsigned char option, std::string_view body) {
            if (option == telnet::option_com_port) {
                std::string answer = confirms_(std::string(body));
                if (!answer.empty()) {
                    answer[0] = static_cast<char>(answer[0] + 100);
                    other.send(telnet::subnegotiation(telnet::option_com_port, answer));
                }
            }
        };
        // One byte at a time, and echoes data: what comes back went through both escapes.
        for (std::string got = other.receive_one(); !got.empty(); got = other.receive_one()) {
            if (decoder.decode(got.data(), 1) == 1) {
                const std::string escaped = telnet::escaped(got);
                for (const char c : escaped) {
                    other.send({&c, 1});
                }
            }
        }
    }
    std::function<std::string(std::string)> confirms_;
    std::thread thread_;
};

const std::string agreement = telnet::negotiation(telnet::do_it, telnet::option_com_port);

TEST(Rfc2217, SettingsAndBytesGoThrough) {
    std::map<int, std::string> set;
    telnet_server far(agreement, [&](const std::string &body) {
        set[body[0]] = body.substr(1);
        return body;
    });
    line_bench bench(
        "rfc2217:127.0.0.1:" + far.other.port() + "?baud=16777215",
        {.settings = {
             .data_bits = 7, .parity = ALD_PARITY_EVEN, .stop_bits = 2, .flow = ALD_FLOW_RTS_CTS}});
    const auto refused = bench.open();
    EXPECT_EQ(code_of(refused), ALD_E_INVALID) << "a baud rate beyond what is possible";
    line_bench good("rfc2217:127.0.0.1:" + far.other.port() + "?baud=65535",
                    {.settings = {.data_bits = 7,
                                  .parity = ALD_PARITY_EVEN,
                                  .stop_bits = 2,
                                  .flow = ALD_FLOW_RTS_CTS},
                     .terminator = "\n"});
    const auto opened = good.open();
    ASSERT_TRUE(opened) << text_of(opened);
    EXPECT_EQ(set[1], std::string("\0\0\xff\xff", 4)) << "each byte 255 is doubled on its way";
    EXPECT_EQ(set[2], "\x07");
    EXPECT_EQ(set[3], "\x03");
    EXPECT_EQ(set[4], "\x02");
    EXPECT_EQ(set[5], "\x03");
    const std::string odd = "a\xff\xff\xf0z\r\n";
    const auto echoed = good.run(asking(odd));
    EXPECT_EQ(text_of(echoed), odd.substr(0, odd.size() - 1));
    good.line = nullptr;
}

// The settings that a server of some kind got, and how the opening ended.
std::vector<std::string> set_at(const std::string &options, result<value> &end,
                                const std::function<std::string(std::string)> &confirms) {
    std::vector<std::string> set;
    telnet_server far(agreement, [&](const std::string &body) {
        if (body[0] < 10) {
            set.push_back(body);
        }
        return confirms(body);
    });
    line_bench bench("rfc2217:127.0.0.1:" + far.other.port() + options);
    end = bench.open(2'000 * ms);
    if (end) {
        end = bench.run(asking("here\n")); // it sends back what it gets
    }
    bench.line = nullptr;
    return set;
}

TEST(Rfc2217, AServerThatConfirmsNotAllIsUsedAllTheSame) {
    result<value> end;
    (void)set_at("", end, [](const std::string &body) { return body[0] == 5 ? "" : body; });
    EXPECT_EQ(text_of(end), "here");
    (void)set_at("", end, [](const std::string &) { return std::string(); });
    EXPECT_EQ(text_of(end), "here");
}

TEST(Rfc2217, ModemLinesAreSetAtTheServer) {
    result<value> end;
    const auto same = [](const std::string &body) { return body; };
    const auto has = [](const std::vector<std::string> &set, const char *what) {
        return std::find(set.begin(), set.end(), what) != set.end();
    };
    auto set = set_at("?dtr=on&rts=off", end, same);
    EXPECT_EQ(text_of(end), "here");
    EXPECT_TRUE(has(set, "\x05\x08"));
    EXPECT_TRUE(has(set, "\x05\x0c"));
    set = set_at("?dtr=off&rts=on", end, same);
    EXPECT_TRUE(has(set, "\x05\x09"));
    EXPECT_TRUE(has(set, "\x05\x0b"));
    (void)set_at("?dtr=off", end, [](const std::string &body) {
        return body == "\x05\x09" ? std::string("\x05\x08") : body;
    });
    EXPECT_EQ(code_of(end), ALD_E_UNSUPPORTED);
    EXPECT_NE(text_of(end).find("does not do dtr=off"), std::string::npos) << text_of(end);
}

TEST(Rfc2217, AServerThatRefusesIsNamed) {
    telnet_server far(telnet::negotiation(telnet::dont, telnet::option_com_port),
                      [](const std::string &) { return std::string(); });
    const auto end = opening("rfc2217:127.0.0.1:" + far.other.port());
    EXPECT_EQ(code_of(end), ALD_E_UNSUPPORTED) << text_of(end);
    EXPECT_NE(text_of(end).find("use 'tcp:127.0.0.1:"), std::string::npos) << text_of(end);
}

TEST(Rfc2217, AServerThatSaysNothingTimesOut) {
    telnet_server far("login: ", [](const std::string &) { return std::string(); });
    const auto end = opening("rfc2217:127.0.0.1:" + far.other.port(), 50 * ms);
    EXPECT_EQ(code_of(end), ALD_E_TIMEOUT) << text_of(end);
    EXPECT_NE(text_of(end).find("may not speak RFC 2217"), std::string::npos) << text_of(end);
}

TEST(Rfc2217, ASettingThatTheServerDoesNotTakeIsNamed) {
    telnet_server far(agreement, [](const std::string &body) {
        return body[0] == 3 ? std::string("\x03\x01") : body; // no parity, whatever is asked for
    });
    const auto end = opening("rfc2217:127.0.0.1:" + far.other.port() + "?parity=odd");
    EXPECT_EQ(code_of(end), ALD_E_UNSUPPORTED) << text_of(end);
    EXPECT_NE(text_of(end).find("does not do parity=odd"), std::string::npos) << text_of(end);
}

// Real servers tell of the modem lines of their port unasked, at the opening and later.
TEST(Rfc2217, WhatAServerTellsUnaskedConfirmsNothing) {
    std::string told = agreement;
    for (int i = 0; i < 10; ++i) {
        told += telnet::subnegotiation(telnet::option_com_port, "\x6b\xb0");
    }
    telnet_server far(told, [](const std::string &body) {
        return body[0] == 3 ? std::string("\x03\x01") : body;
    });
    const auto end = opening("rfc2217:127.0.0.1:" + far.other.port() + "?parity=odd");
    EXPECT_EQ(code_of(end), ALD_E_UNSUPPORTED) << text_of(end);
    EXPECT_NE(text_of(end).find("does not do parity=odd"), std::string::npos) << text_of(end);
}

class Transcript : public ::testing::Test {
protected:
    void TearDown() override { (void)unlink(path.c_str()); }
    [[nodiscard]] std::string content() const {
        std::stringstream all;
        all << std::ifstream(path).rdbuf();
        return all.str();
    }
    void write(const std::string &text) const { std::ofstream(path) << text; }
    // The session of an instrument that answers once and then not at all.
    void record() const {
        pty_pair other;
        line_bench bench("serial:" + other.path() + "?transcript=" + path);
        ASSERT_TRUE(bench.open());
        auto asked = bench.start(asking("A\r\xff"));
        EXPECT_EQ(other.receive("\xff"), "A\r\xff");
        other.send("one");
        std::this_thread::sleep_for(std::chrono::milliseconds(30));
        other.send(" two\n");
        EXPECT_EQ(text_of(line_bench::end_of_op(asked)), "one two");
        EXPECT_EQ(code_of(bench.run(asking("B\r"), 20 * ms)), ALD_E_TIMEOUT);
        bench.line = nullptr;
    }
    std::string path = fmt::format("{}alidade-transcript-{}", ::testing::TempDir(), getpid());
};

TEST_F(Transcript, TellsAllThatWentOverTheLine) {
    record();
    const std::string text = content();
    for (const char *part :
         {"alidade transcript 1\n", " ! opened serial:", " > A\\r\\xff\n", " < one", " > B\\r\n",
          " ! timeout: no answer", " ! suspect: ", " ! closed\n"}) {
        EXPECT_NE(text.find(part), std::string::npos) << part << " is not in\n" << text;
    }
    const auto entries = read_transcript(path);
    ASSERT_TRUE(entries) << entries.error()->detail().message;
    EXPECT_TRUE(std::is_sorted(entries->begin(), entries->end(),
                               [](const auto &a, const auto &b) { return a.t_ns < b.t_ns; }));
}

TEST_F(Transcript, IsPlayedBackInItsOwnTime) {
    record();
    line_bench bench("replay:" + path);
    ASSERT_TRUE(bench.open());
    const std::int64_t before = mono_ns();
    EXPECT_EQ(text_of(bench.run(asking("A\r\xff"))), "one two");
    EXPECT_GE(mono_ns() - before, 25 * ms);
    EXPECT_EQ(code_of(bench.run(asking("B\r"), 20 * ms)), ALD_E_TIMEOUT);
    const auto end = bench.run(asking("C\r"));
    EXPECT_EQ(code_of(end), ALD_E_PROTOCOL);
    EXPECT_NE(text_of(end).find("at its end; got 'C\\r'"), std::string::npos) << text_of(end);
    bench.line = nullptr;
}

TEST_F(Transcript, SendingSomethingElseIsAnError) {
    record();
    line_bench bench("replay:" + path);
    ASSERT_TRUE(bench.open());
    const auto end = bench.run(asking("AB\r"));
    EXPECT_EQ(code_of(end), ALD_E_PROTOCOL);
    EXPECT_NE(text_of(end).find("expected 'A\\r\\xff', got 'AB\\r'"), std::string::npos)
        << text_of(end);
    bench.line = nullptr;
}

TEST_F(Transcript, TheLastSessionIsPlayedAndTheLineMayBeLost) {
    record();
    write(content() + "alidade transcript 1\n0.000000000 > X\n0.000000000 < y\\n\n"
                      "0.000000100 ! lost: gone\n");
    line_bench bench("replay:" + path);
    ASSERT_TRUE(bench.open());
    EXPECT_EQ(text_of(bench.run(asking("X"))), "y");
    EXPECT_EQ(code_of(bench.run([](port &line, request &r) -> result<value> {
                  std::array<char, 8> text{};
                  const auto size = line.read(r, never, text);
                  return size ? result<value>(value()) : failure(size.error());
              })),
              ALD_E_DISCONNECTED);
    EXPECT_TRUE(eventually([&] { return bench.thing->state() == ALD_DEVICE_DISCONNECTED; }));
    bench.line = nullptr;
}

TEST_F(Transcript, FilesThatAreNoneAreRefused) {
    const auto end_with = [&](const std::string &text) {
        write(text);
        const auto end = opening("replay:" + path);
        EXPECT_EQ(code_of(end), ALD_E_CORRUPT) << text;
        return text_of(end);
    };
    const std::string first = "alidade transcript 1\n";
    EXPECT_NE(end_with("").find("is empty"), std::string::npos);
    EXPECT_NE(end_with("hello\n").find("is no transcript"), std::string::npos);
    for (const char *bad : {"x", "0.1 > a", "0.000000000 ? a", "0.000000000 > ",
                            "0.000000000 > \\q", "0.000000000 > \\x4", "0.000000000 > a\\",
                            "99999999999.000000000 > a", "0.-00000012 > a", "-1.000000000 > a"}) {
        EXPECT_NE(end_with(first + bad + "\n").find("line 2 of"), std::string::npos) << bad;
    }
    EXPECT_EQ(code_of(opening("replay:/nowhere")), ALD_E_NOT_FOUND);
    EXPECT_EQ(code_of(opening("replay:/nowhere?transcript=/nowhere/x")), ALD_E_NOT_FOUND);
}

} // namespace
} // namespace alidade::testing
