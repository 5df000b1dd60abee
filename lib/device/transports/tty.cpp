#include "device/transports/tty.hpp"

#include "base/log.hpp"

#include <alidade/driver.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <system_error>

namespace alidade {

namespace {

struct speed {
    std::int32_t baud;
    speed_t code;
};

constexpr std::array speeds{
    speed{50, B50},           speed{75, B75},           speed{110, B110},
    speed{134, B134},         speed{150, B150},         speed{200, B200},
    speed{300, B300},         speed{600, B600},         speed{1200, B1200},
    speed{1800, B1800},       speed{2400, B2400},       speed{4800, B4800},
    speed{9600, B9600},       speed{19200, B19200},     speed{38400, B38400},
    speed{57600, B57600},     speed{115200, B115200},   speed{230400, B230400},
    speed{460800, B460800},   speed{500000, B500000},   speed{576000, B576000},
    speed{921600, B921600},   speed{1000000, B1000000}, speed{1152000, B1152000},
    speed{1500000, B1500000}, speed{2000000, B2000000}, speed{2500000, B2500000},
    speed{3000000, B3000000}, speed{3500000, B3500000}, speed{4000000, B4000000},
};

tcflag_t size_flag(std::int32_t bits) noexcept {
    constexpr std::array<tcflag_t, 4> flags{CS5, CS6, CS7, CS8};
    return flags[static_cast<std::size_t>(bits - 5)];
}

tcflag_t when(bool condition, tcflag_t flag) noexcept { return condition ? flag : 0; }

// Sets what holds for every line. libserialport 0.1.1 puts the flag of RTS/CTS where the system
// does not look for it; and reading nothing has to differ from the end of the line.
outcome finish_settings(const std::string &path, int fd, const serial_settings &settings,
                        termios &t) {
    if (tcgetattr(fd, &t) != 0) {
        return tty_refused(path, errno);
    }
    t.c_cflag &= ~static_cast<tcflag_t>(CRTSCTS);
    t.c_cflag |= when(settings.flow == ALD_FLOW_RTS_CTS, CRTSCTS);
    t.c_cc[VMIN] = 1;
    t.c_cc[VTIME] = 0;
    return tcsetattr(fd, TCSANOW, &t) == 0 ? outcome() : tty_refused(path, errno);
}

// The exclusive mode keeps out programs that ask for no lock, of ordinary users. It ends with the
// terminal, and a pseudo-terminal does not end with a process that is killed: whoever has its other
// end keeps it, and nobody but root could open it ever again.
outcome keep_others_out(const std::string &path, int fd) {
    constexpr unsigned first_pseudo_terminal = 136; // major numbers of Linux's /dev/pts
    constexpr unsigned last_pseudo_terminal = 143;
    struct stat what {};
    if (fstat(fd, &what) == 0 && S_ISCHR(what.st_mode) &&
        major(what.st_rdev) >= first_pseudo_terminal &&
        major(what.st_rdev) <= last_pseudo_terminal) {
        return {};
    }
    return ioctl(fd, TIOCEXCL) == 0 ? outcome() : tty_refused(path, errno);
}

// Sets DTR or RTS; without a setting it is on, as the system has it at the opening.
outcome set_modem_line(const std::string &path, int fd, const char *name, int line,
                       const std::optional<bool> &on) {
    if (ioctl(fd, on.value_or(true) ? TIOCMBIS : TIOCMBIC, &line) == 0 || !on) {
        return {}; // a pseudo-terminal has none
    }
    return fail({.code = ALD_E_UNSUPPORTED, .domain = "line", .where = path, .native_code = errno},
                "'{}' has no line {} to set: {}; leave the option out", path, name,
                std::generic_category().message(errno));
}

} // namespace

outcome set_by_termios(const std::string &path, int fd, const serial_settings &s) {
    const auto *found = std::find_if(speeds.begin(), speeds.end(),
                                     [&](const speed &known) { return known.baud == s.baud; });
    if (found == speeds.end()) {
        return fail({.code = ALD_E_UNSUPPORTED, .domain = "line", .where = path},
                    "'{}' knows no baud rate {}; choose a usual one such as 9600, 19200 or 115200",
                    path, s.baud);
    }
    termios t{};
    if (tcgetattr(fd, &t) != 0) {
        return tty_refused(path, errno);
    }
    cfmakeraw(&t);
    t.c_cflag &= ~static_cast<tcflag_t>(CSIZE | PARENB | PARODD | CSTOPB);
    t.c_cflag |= CREAD | CLOCAL | size_flag(s.data_bits) | when(s.stop_bits == 2, CSTOPB) |
                 when(s.parity != ALD_PARITY_NONE, PARENB) |
                 when(s.parity == ALD_PARITY_ODD, PARODD);
    t.c_iflag &= ~static_cast<tcflag_t>(IXON | IXOFF | IXANY);
    t.c_iflag |= when(s.flow == ALD_FLOW_XON_XOFF, IXON | IXOFF);
    cfsetispeed(&t, found->code);
    cfsetospeed(&t, found->code);
    return tcsetattr(fd, TCSANOW, &t) == 0 ? outcome() : tty_refused(path, errno);
}

failure tty_refused(const std::string &path, int number) {
    error_detail at{.domain = "line", .where = path, .native_code = number};
    switch (number) {
    case ENOENT:
    case ENODEV:
    case ENXIO:
        at.code = ALD_E_NOT_FOUND;
        return fail(std::move(at),
                    "there is no port '{}'; check the cable, `ald_port_list` tells what there is",
                    path);
    case EACCES:
    case EPERM:
        at.code = ALD_E_PERMISSION;
        return fail(std::move(at),
                    "'{}' may not be used by this user; the group that may is usually 'dialout'",
                    path);
    case EBUSY:
    case EWOULDBLOCK:
        at.code = ALD_E_BUSY;
        return fail(std::move(at),
                    "'{}' is in use by another program or another device; close that first", path);
    case ENOTTY:
        at.code = ALD_E_INVALID;
        return fail(std::move(at), "'{}' is not a serial port or a terminal", path);
    default:
        return failure(located(
            fail_errno(number, "line", "'" + path + "' cannot be used as a serial port").value(),
            path));
    }
}

tty_transport::~tty_transport() {
    // Both outlive our descriptor where a child that was forked meanwhile has one, too.
    (void)ioctl(fd(), TIOCNXCL);
    (void)flock(fd(), LOCK_UN);
}

// Nothing read is the end of the line, but for a terminal that another program has told to read
// without waiting for a byte (VMIN 0). Then ours is set again: once for each time, so that nobody
// is held up by a program that does it again and again.
bool tty_transport::is_gone() const {
    pollfd line{fd(), POLLIN, 0};
    termios now{};
    if (poll(&line, 1, 0) < 0 || (line.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0 ||
        tcgetattr(fd(), &now) != 0 || now.c_cc[VMIN] != 0) {
        return true;
    }
    log::write(ALD_LOG_WARNING, "line",
               fmt::format("another program has changed the settings of '{}'; ours are set again",
                           name()));
    return tcsetattr(fd(), TCSANOW, &settings_) != 0;
}

result<std::size_t> tty_transport::read(std::span<char> to) {
    const ssize_t done = ::read(fd(), to.data(), to.size());
    return done == 0 && is_gone() ? closed_by_peer() : count_of(done);
}

result<std::size_t> tty_transport::write(std::string_view bytes) {
    return count_of(::write(fd(), bytes.data(), bytes.size()));
}

bool tty_transport::cut() {
    int left = 0;
    const bool some = ioctl(fd(), TIOCOUTQ, &left) == 0 && left > 0;
    (void)tcflush(fd(), TCOFLUSH);
    return some;
}

result<std::unique_ptr<transport>> open_tty(const std::string &path,
                                            const serial_settings &settings, tty_setter set) {
    descriptor fd(::open(path.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
    if (!fd.open()) {
        return tty_refused(path, errno);
    }
    const int raw = fd.get();
    // The lock keeps out what asks for it, root's programs too; the exclusive mode the others. The
    // lock comes first: a port that somebody else uses keeps its settings.
    if (flock(raw, LOCK_EX | LOCK_NB) != 0) {
        return tty_refused(path, errno);
    }
    termios ours{};
    auto ready = set(path, raw, settings).and_then([&] {
        return finish_settings(path, raw, settings, ours);
    });
    if (!ready) {
        return failure(std::move(ready.error()));
    }
    auto opened = std::make_unique<tty_transport>(path, std::move(fd), ours);
    if (auto alone = keep_others_out(path, raw); !alone) {
        return failure(std::move(alone.error()));
    }
    auto set_up = set_modem_line(path, raw, "DTR", TIOCM_DTR, settings.dtr);
    if (set_up) {
        set_up = set_modem_line(path, raw, "RTS", TIOCM_RTS, settings.rts);
    }
    if (!set_up) {
        return failure(std::move(set_up.error()));
    }
    (void)tcflush(raw, TCIFLUSH); // what came before us is no answer
    return opened;
}

} // namespace alidade
