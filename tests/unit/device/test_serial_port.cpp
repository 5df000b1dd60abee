// A serial port of a USB adapter, emulated by umockdev: the way through libserialport.
#include "support/stopwatch.hpp"
#include "unit/device/line_bench.hpp"

#include "device/transports/serial.hpp"

#include <umockdev.h>

#include <cstdarg>
#include <dlfcn.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

namespace {

std::atomic<int> modem_lines{0};

// umockdev emulates the port with a pseudo-terminal, which has no modem lines: these are here. What
// else is asked of a terminal it answers by itself; umockdev would not pass that on.
int answer_modem(unsigned long what, int *lines) {
    switch (what) {
    case TIOCMGET: *lines = modem_lines; break;
    case TIOCMSET: modem_lines = *lines; break;
    case TIOCMBIS: modem_lines |= *lines; break;
    default: modem_lines &= ~*lines; break;
    }
    return 0;
}

} // namespace

extern "C" __attribute__((visibility("default"))) int ioctl(int fd, unsigned long what,
                                                            ...) noexcept {
    std::va_list rest;
    va_start(rest, what);
    void *argument = va_arg(rest, void *);
    va_end(rest);
    if (what == TIOCMGET || what == TIOCMSET || what == TIOCMBIS || what == TIOCMBIC) {
        return answer_modem(what, static_cast<int *>(argument));
    }
    if ((what & ~0xffUL) == (TCGETS & ~0xffUL)) {
        return static_cast<int>(syscall(SYS_ioctl, fd, what, argument));
    }
    using function = int (*)(int, unsigned long, ...);
    static const auto next = reinterpret_cast<function>(dlsym(RTLD_NEXT, "ioctl"));
    return next(fd, what, argument);
}

namespace alidade::testing {
namespace {

// An FTDI adapter as the system shows it.
constexpr const char *adapter = R"(P: /devices/usb1/1-1
E: SUBSYSTEM=usb
E: DEVTYPE=usb_device
A: busnum=1
A: devnum=5
A: idVendor=0403
A: idProduct=6001
A: manufacturer=FTDI
A: product=FT232R USB UART
A: serial=A5XK3RJT

P: /devices/usb1/1-1/1-1:1.0
E: SUBSYSTEM=usb
E: DEVTYPE=usb_interface
A: interface=FT232R USB UART

P: /devices/usb1/1-1/1-1:1.0/ttyUSB7
E: SUBSYSTEM=usb-serial
A: latency_timer=16

P: /devices/usb1/1-1/1-1:1.0/ttyUSB7/tty/ttyUSB7
N: ttyUSB7
E: DEVNAME=/dev/ttyUSB7
E: SUBSYSTEM=tty
L: device=../../../ttyUSB7
A: dev=188:7

)";

class SerialPort : public ::testing::Test {
protected:
    void SetUp() override {
        testbed = umockdev_testbed_new();
        plug("ttyUSB7");
    }
    // The adapter, with its port under a name.
    void plug(const std::string &port) {
        std::string devices = adapter;
        for (std::size_t at = devices.find("ttyUSB7"); at != std::string::npos;
             at = devices.find("ttyUSB7", at)) {
            devices.replace(at, port.size(), port);
            at += port.size();
        }
        GError *why = nullptr;
        ASSERT_TRUE(umockdev_testbed_add_from_string(testbed, devices.c_str(), &why))
            << why->message;
        far = umockdev_testbed_get_dev_fd(testbed, ("/dev/" + port).c_str());
        ASSERT_GE(far, 0);
    }
    void unplug() {
        ::close(far);
        g_object_unref(testbed);
        testbed = umockdev_testbed_new();
    }
    void TearDown() override { g_object_unref(testbed); }

    [[nodiscard]] std::string receive(char end) const {
        std::string got;
        pollfd p{far, POLLIN, 0};
        char c = 0;
        while (c != end && poll(&p, 1, 2000) > 0 && ::read(far, &c, 1) == 1) {
            got += c;
        }
        return got;
    }
    void ask_and_answer(line_bench &bench) const {
        const auto opened = bench.open();
        ASSERT_TRUE(opened) << text_of(opened);
        const auto answer = bench.start(asking("VE?\r"));
        EXPECT_EQ(receive('\r'), "VE?\r");
        ASSERT_EQ(::write(far, "ESP300\n", 7), 7);
        EXPECT_EQ(text_of(line_bench::end_of_op(answer)), "ESP300");
    }

    UMockdevTestbed *testbed = nullptr;
    int far = -1;
};

TEST_F(SerialPort, IsListedWithItsAdapter) {
    const auto ports = list_serial_ports();
    ASSERT_TRUE(ports);
    ASSERT_EQ(ports->as_list()->size(), 1U);
    const value &p = ports->as_list()->front();
    const auto text = [&](const char *key) {
        const value *v = p.find(key);
        return v != nullptr && v->as_string() != nullptr ? *v->as_string() : "none";
    };
    EXPECT_EQ(text("uri"), "serial:/dev/ttyUSB7");
    EXPECT_EQ(text("path"), "/dev/ttyUSB7");
    EXPECT_EQ(text("serial_number"), "A5XK3RJT");
    EXPECT_EQ(text("manufacturer"), "FTDI");
    EXPECT_EQ(text("product"), "FT232R USB UART");
    EXPECT_NE(text("description"), "");
    EXPECT_EQ(*p.find("vendor_id"), value(std::int64_t{0x0403}));
    EXPECT_EQ(*p.find("product_id"), value(std::int64_t{0x6001}));
}

TEST_F(SerialPort, IsOpenedConfiguredAndAsked) {
    modem_lines = 0;
    line_bench bench("serial:/dev/ttyUSB7?baud=19200",
                     {.settings = {.data_bits = 8, .stop_bits = 2, .flow = ALD_FLOW_RTS_CTS}});
    ask_and_answer(bench);
    termios t{};
    ASSERT_EQ(tcgetattr(far, &t), 0);
    EXPECT_EQ(cfgetospeed(&t), static_cast<speed_t>(B19200));
    EXPECT_NE(t.c_cflag & CRTSCTS, 0U);
    EXPECT_NE(t.c_cflag & CSTOPB, 0U);
    EXPECT_EQ(modem_lines & (TIOCM_DTR | TIOCM_RTS), TIOCM_DTR | TIOCM_RTS);
}

TEST_F(SerialPort, HasItsModemLinesAsTheUriSays) {
    const auto lines_of = [this](const char *options) {
        modem_lines = TIOCM_DTR | TIOCM_RTS; // as the system has them at an opening
        line_bench bench(std::string("serial:/dev/ttyUSB7") + options);
        ask_and_answer(bench);
        return modem_lines & (TIOCM_DTR | TIOCM_RTS);
    };
    EXPECT_EQ(lines_of(""), TIOCM_DTR | TIOCM_RTS);
    EXPECT_EQ(lines_of("?dtr=off"), TIOCM_RTS);
    EXPECT_EQ(lines_of("?rts=off"), TIOCM_DTR);
    EXPECT_EQ(lines_of("?rts=off&dtr=off&flow=none"), 0);
    EXPECT_EQ(lines_of("?rts=on&dtr=on"), TIOCM_DTR | TIOCM_RTS);
}

TEST_F(SerialPort, IsFoundByItsSerialNumber) {
    line_bench bench("serial:?serial_number=A5XK3RJT&flow=xonxoff");
    ask_and_answer(bench);
    line_bench misspelt("serial:?serial_number=A5XK3RJ7");
    const auto end = misspelt.open();
    EXPECT_EQ(code_of(end), ALD_E_NOT_FOUND);
    EXPECT_NE(text_of(end).find("did you mean 'A5XK3RJT'?"), std::string::npos) << text_of(end);
}

TEST_F(SerialPort, ShortAnswersOfItsAdapterAreNotHeldBack) {
    line_bench bench("serial:/dev/ttyUSB7");
    ask_and_answer(bench);
    gchar *root = umockdev_testbed_get_sys_dir(testbed);
    const std::string place = std::string(root) + "/devices/usb1/1-1/1-1:1.0/ttyUSB7/latency_timer";
    g_free(root);
    const descriptor file(::open(place.c_str(), O_RDONLY));
    std::array<char, 8> text{};
    ASSERT_GT(::read(file.get(), text.data(), text.size() - 1), 0);
    EXPECT_EQ(std::atoi(text.data()), 1);
}

TEST_F(SerialPort, IsMissedWhenItIsUnplugged) {
    line_bench bench("serial:/dev/ttyUSB7");
    ask_and_answer(bench);
    const auto waiting = bench.start(asking("TP?\r"));
    EXPECT_EQ(receive('\r'), "TP?\r");
    const tests::stopwatch watch;
    umockdev_testbed_remove_device(testbed, "/sys/devices/usb1/1-1/1-1:1.0/ttyUSB7/tty/ttyUSB7");
    ::close(far);
    EXPECT_EQ(code_of(line_bench::end_of_op(waiting)), ALD_E_DISCONNECTED);
    EXPECT_TRUE(eventually([&] { return bench.thing->state() == ALD_DEVICE_DISCONNECTED; }));
    EXPECT_LT(watch.own_ns(), 250'000'000); // 100 ms, and what a busy machine may add
    bench.home->close();
    line_bench again("serial:/dev/ttyUSB7");
    EXPECT_EQ(code_of(again.open()), ALD_E_NOT_FOUND);
}

TEST_F(SerialPort, IsFoundAgainUnderAnotherName) {
    line_bench bench("serial:?serial_number=A5XK3RJT");
    ask_and_answer(bench);
    unplug();
    ASSERT_TRUE(eventually([&] { return bench.thing->state() == ALD_DEVICE_DISCONNECTED; }));
    EXPECT_EQ(code_of(bench.open()), ALD_E_NOT_FOUND);
    plug("ttyUSB8");
    ask_and_answer(bench);
    EXPECT_EQ(bench.thing->state(), ALD_DEVICE_OPEN);
}

} // namespace
} // namespace alidade::testing
