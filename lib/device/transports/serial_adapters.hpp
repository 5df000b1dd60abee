// Serial adapters: their settings, who they are, a list of them. libserialport knows all that; a
// build without it has termios and no list.
#pragma once

#include "base/error.hpp"
#include "device/transports/uri.hpp"

#include <optional>
#include <string>
#include <vector>

namespace alidade {

struct serial_adapter {
    struct usb_ids {
        int vendor;
        int product;
    };

    std::string path;
    std::string description;
    std::optional<usb_ids> usb; // unless it is none of USB
    // Empty where it does not say.
    std::string manufacturer;
    std::string product;
    std::string serial_number;
};

// Sets a port that is open as `fd`.
[[nodiscard]] outcome set_serial_port(const std::string &path, int fd,
                                      const serial_settings &settings);
// Lists the adapters that are plugged in.
[[nodiscard]] result<std::vector<serial_adapter>> serial_adapters();

} // namespace alidade
