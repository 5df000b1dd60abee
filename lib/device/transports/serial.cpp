#include "device/transports/serial.hpp"

#include "base/log.hpp"
#include "base/read_file.hpp"
#include "base/text/utf8.hpp"
#include "device/transports/tty.hpp"

#include <alidade/driver.h>
#include <libserialport.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <climits>
#include <cstdio>

namespace alidade {

namespace {

struct free_port {
    void operator()(sp_port *p) const noexcept { sp_free_port(p); }
};
struct free_list {
    void operator()(sp_port **list) const noexcept { sp_free_port_list(list); }
};
struct free_config {
    void operator()(sp_port_config *c) const noexcept { sp_free_config(c); }
};
using port_handle = std::unique_ptr<sp_port, free_port>;
using port_list = std::unique_ptr<sp_port *, free_list>;
using config_handle = std::unique_ptr<sp_port_config, free_config>;

// A port that libserialport has open.
class opened_port {
public:
    explicit opened_port(sp_port *p) noexcept : port_(p) {}
    opened_port(const opened_port &) = delete;
    opened_port &operator=(const opened_port &) = delete;
    ~opened_port() { sp_close(port_); }

private:
    sp_port *port_;
};

// A port under another name, as in /dev/serial/by-id, by its own.
std::string own_path(const std::string &path) {
    std::array<char, PATH_MAX> target{};
    const ssize_t size = readlink(path.c_str(), target.data(), target.size());
    const std::string_view link(target.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
    const std::string name(link.substr(link.rfind('/') + 1));
    const bool known = !name.empty() && access(("/sys/class/tty/" + name).c_str(), F_OK) == 0;
    return known ? "/dev/" + name : path;
}

failure refused(const std::string &path, sp_return why) {
    const int number = why == SP_ERR_FAIL ? sp_last_error_code() : 0;
    return why == SP_ERR_MEM    ? failure(out_of_memory())
           : why == SP_ERR_SUPP ? fail({.code = ALD_E_UNSUPPORTED, .domain = "line", .where = path},
                                       "'{}' cannot do these settings of a serial line", path)
                                : tty_refused(path, number);
}

sp_return apply(sp_port *to, sp_port_config *config, const serial_settings &s) {
    constexpr std::array parities{SP_PARITY_NONE, SP_PARITY_ODD, SP_PARITY_EVEN};
    constexpr std::array flows{SP_FLOWCONTROL_NONE, SP_FLOWCONTROL_RTSCTS, SP_FLOWCONTROL_XONXOFF};
    const sp_return steps[] = {
        sp_set_config_baudrate(config, s.baud),
        sp_set_config_bits(config, s.data_bits),
        sp_set_config_parity(config, parities[static_cast<std::size_t>(s.parity)]),
        sp_set_config_stopbits(config, s.stop_bits),
        sp_set_config_flowcontrol(config, flows[static_cast<std::size_t>(s.flow)]),
    };
    for (const sp_return step : steps) {
        if (step != SP_OK) {
            return step;
        }
    }
    return sp_set_config(to, config);
}

// Falls back on termios for terminals that libserialport does not know or that have no modem lines.
outcome set_by_libserialport(const std::string &path, int fd, const serial_settings &settings) {
    sp_port *found = nullptr;
    if (sp_get_port_by_name(path.c_str(), &found) != SP_OK) {
        return set_by_termios(path, fd, settings);
    }
    const port_handle known(found);
    if (const sp_return opened = sp_open(found, SP_MODE_READ_WRITE); opened != SP_OK) {
        return opened == SP_ERR_FAIL && sp_last_error_code() == ENOTTY
                   ? set_by_termios(path, fd, settings)
                   : refused(path, opened);
    }
    const opened_port until_set(found);
    sp_port_config *made = nullptr;
    if (const sp_return status = sp_new_config(&made); status != SP_OK) {
        return refused(path, status);
    }
    const config_handle config(made);
    const sp_return applied = apply(found, made, settings);
    return applied == SP_OK ? outcome() : refused(path, applied);
}

// FTDI's adapters keep short answers back for 16 ms unless told otherwise.
void shorten_latency(const std::string &path) {
    const std::string place =
        "/sys/class/tty/" + path.substr(path.rfind('/') + 1) + "/device/latency_timer";
    constexpr std::size_t size_max = 64;
    const std::string now = read_file(place, size_max, "line").value_or("");
    int latency = 0;
    std::from_chars(now.data(), now.data() + now.size(), latency);
    if (latency <= 1) {
        return;
    }
    std::FILE *const timer = std::fopen(place.c_str(), "we");
    const bool set = timer != nullptr && std::fputs("1", timer) >= 0;
    if (const bool written = timer != nullptr && std::fclose(timer) == 0; !set || !written) {
        log::write(ALD_LOG_INFO, "line",
                   fmt::format("answers from '{}' come up to {} ms late: its adapter's latency "
                               "timer cannot be set by this user; as root, write 1 to {}",
                               path, latency, place));
    }
}

std::string utf8_or_nothing(const char *text) {
    return text != nullptr && invalid_utf8(text) == std::string_view::npos ? text : "";
}

value describe(const sp_port *p) {
    const std::string path = utf8_or_nothing(sp_get_port_name(p));
    map m{{"uri", "serial:" + path},
          {"path", path},
          {"description", utf8_or_nothing(sp_get_port_description(p))}};
    int vendor = 0;
    int product = 0;
    if (sp_get_port_usb_vid_pid(p, &vendor, &product) == SP_OK) {
        m.emplace_back("vendor_id", std::int64_t{vendor});
        m.emplace_back("product_id", std::int64_t{product});
    }
    const std::pair<const char *, const char *> texts[] = {
        {"manufacturer", sp_get_port_usb_manufacturer(p)},
        {"product", sp_get_port_usb_product(p)},
        {"serial_number", sp_get_port_usb_serial(p)},
    };
    for (const auto &[key, text] : texts) {
        if (const std::string known = utf8_or_nothing(text); !known.empty()) {
            m.emplace_back(key, known);
        }
    }
    return m;
}

result<port_list> all_ports() {
    sp_port **list = nullptr;
    if (const sp_return listed = sp_list_ports(&list); listed != SP_OK) {
        return listed == SP_ERR_MEM
                   ? failure(out_of_memory())
                   : fail_errno(sp_last_error_code(), "line", "listing the serial ports");
    }
    return port_list(list);
}

result<std::string> path_by_serial_number(const line_uri &uri, const std::string &serial_number) {
    const auto all = all_ports();
    if (!all) {
        return failure(all.error());
    }
    std::vector<std::string> found;
    std::vector<std::string> others;
    for (sp_port **p = all->get(); *p != nullptr; ++p) {
        if (const std::string s = utf8_or_nothing(sp_get_port_usb_serial(*p)); s == serial_number) {
            found.emplace_back(sp_get_port_name(*p));
        } else if (!s.empty()) {
            others.push_back(s);
        }
    }
    const error_detail at{.code = ALD_E_NOT_FOUND, .domain = "line", .where = uri.text};
    if (found.empty()) {
        return fail(at, "no adapter with the serial number '{}' is plugged in{}; there {}",
                    serial_number, did_you_mean(serial_number, others),
                    others.empty() ? "is none with a serial number"
                                   : fmt::format("are {}", fmt::join(others, ", ")));
    }
    if (found.size() > 1) {
        return fail({.code = ALD_E_INVALID, .domain = "line", .where = uri.text},
                    "the serial number '{}' fits {} ports; give the path instead, one of {}",
                    serial_number, found.size(), fmt::join(found, ", "));
    }
    return found.front();
}

} // namespace

result<std::unique_ptr<transport>> open_serial(const line_uri &uri,
                                               const serial_settings &settings) {
    const std::string *serial_number = uri.option("serial_number");
    if (serial_number != nullptr && !uri.address.empty()) {
        return fail({.code = ALD_E_INVALID, .domain = "uri", .where = uri.text},
                    "'{}' has a path and a serial number; give one of them", uri.text);
    }
    const auto given = serial_number != nullptr ? path_by_serial_number(uri, *serial_number)
                                                : result<std::string>(uri.address);
    if (!given) {
        return failure(given.error());
    }
    const std::string path = own_path(*given);
    auto opened = open_tty(path, settings, set_by_libserialport);
    if (opened) {
        shorten_latency(path);
    }
    return opened;
}

result<value> list_serial_ports() {
    const auto all = all_ports();
    if (!all) {
        return failure(all.error());
    }
    list ports;
    for (sp_port **p = all->get(); *p != nullptr; ++p) {
        ports.push_back(describe(*p));
    }
    return value(std::move(ports));
}

} // namespace alidade
