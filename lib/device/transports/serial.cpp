#include "device/transports/serial.hpp"

#include "base/log.hpp"
#include "base/read_file.hpp"
#include "base/text/utf8.hpp"
#include "device/transports/serial_adapters.hpp"
#include "device/transports/tty.hpp"

#include <alidade/driver.h>

#include <array>
#include <charconv>
#include <climits>
#include <cstdio>

namespace alidade {

namespace {

// A port under another name, as in /dev/serial/by-id, by its own.
std::string own_path(const std::string &path) {
    std::array<char, PATH_MAX> target{};
    const ssize_t size = readlink(path.c_str(), target.data(), target.size());
    const std::string_view link(target.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
    const std::string name(link.substr(link.rfind('/') + 1));
    const bool known = !name.empty() && access(("/sys/class/tty/" + name).c_str(), F_OK) == 0;
    return known ? "/dev/" + name : path;
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

value describe(const serial_adapter &one) {
    map m{{"uri", "serial:" + one.path}, {"path", one.path}, {"description", one.description}};
    if (one.usb) {
        m.emplace_back("vendor_id", std::int64_t{one.usb->vendor});
        m.emplace_back("product_id", std::int64_t{one.usb->product});
    }
    const std::pair<const char *, const std::string &> texts[] = {
        {"manufacturer", one.manufacturer},
        {"product", one.product},
        {"serial_number", one.serial_number},
    };
    for (const auto &[key, text] : texts) {
        if (!text.empty()) {
            m.emplace_back(key, text);
        }
    }
    return m;
}

result<std::string> path_by_serial_number(const line_uri &uri, const std::string &serial_number) {
    const auto all = serial_adapters();
    if (!all) {
        return failure(all.error());
    }
    std::vector<std::string> found;
    std::vector<std::string> others;
    for (const serial_adapter &one : *all) {
        if (one.serial_number == serial_number) {
            found.push_back(one.path);
        } else if (!one.serial_number.empty()) {
            others.push_back(one.serial_number);
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
    auto opened = open_tty(path, settings, set_serial_port);
    if (opened) {
        shorten_latency(path);
    }
    return opened;
}

result<value> list_serial_ports() {
    const auto all = serial_adapters();
    if (!all) {
        return failure(all.error());
    }
    list ports;
    for (const serial_adapter &one : *all) {
        ports.push_back(describe(one));
    }
    return value(std::move(ports));
}

} // namespace alidade
