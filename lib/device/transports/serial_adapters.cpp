#include "device/transports/serial_adapters.hpp"

#include "base/text/utf8.hpp"
#include "device/transports/tty.hpp"

#include <libserialport.h>

#include <array>
#include <cerrno>
#include <memory>

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

std::string utf8_or_nothing(const char *text) {
    return text != nullptr && invalid_utf8(text) == std::string_view::npos ? text : "";
}

serial_adapter known_of(const sp_port *p) {
    serial_adapter known{.path = utf8_or_nothing(sp_get_port_name(p)),
                         .description = utf8_or_nothing(sp_get_port_description(p)),
                         .usb = {},
                         .manufacturer = utf8_or_nothing(sp_get_port_usb_manufacturer(p)),
                         .product = utf8_or_nothing(sp_get_port_usb_product(p)),
                         .serial_number = utf8_or_nothing(sp_get_port_usb_serial(p))};
    serial_adapter::usb_ids ids{};
    if (sp_get_port_usb_vid_pid(p, &ids.vendor, &ids.product) == SP_OK) {
        known.usb = ids;
    }
    return known;
}

} // namespace

// Falls back on termios for terminals that libserialport does not know or that have no modem lines.
outcome set_serial_port(const std::string &path, int fd, const serial_settings &settings) {
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

result<std::vector<serial_adapter>> serial_adapters() {
    sp_port **listed = nullptr;
    if (const sp_return status = sp_list_ports(&listed); status != SP_OK) {
        return status == SP_ERR_MEM
                   ? failure(out_of_memory())
                   : fail_errno(sp_last_error_code(), "line", "listing the serial ports");
    }
    const port_list all(listed);
    std::vector<serial_adapter> found;
    for (sp_port **p = all.get(); *p != nullptr; ++p) {
        found.push_back(known_of(*p));
    }
    return found;
}

} // namespace alidade
