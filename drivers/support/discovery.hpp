// Candidates for a serial driver: ports whose USB ids fit. None is opened.
#pragma once

#include "support/table.hpp"

#include <span>

namespace drivers {

struct usb_id {
    std::int64_t vendor;
    std::int64_t product;
};

// The usual adapters between USB and RS-232.
inline constexpr usb_id serial_adapters[] = {
    {0x0403, 0x6001}, // FTDI FT232R
    {0x0403, 0x6010}, // FTDI FT2232
    {0x0403, 0x6011}, // FTDI FT4232
    {0x0403, 0x6014}, // FTDI FT232H
    {0x0403, 0x6015}, // FTDI FT-X
    {0x067b, 0x2303}, // Prolific PL2303
    {0x10c4, 0xea60}, // Silicon Labs CP210x
    {0x1a86, 0x7523}, // WCH CH340
};

// Adds a map with name, description and options to a list of candidates.
[[nodiscard]] ald_status add_candidate(const ald_host &host, ald_value *list, std::string_view name,
                                       const std::string &description, const value &options,
                                       ald_error **err);

// `what` as in "may be a Newport ESP300".
[[nodiscard]] ald_status discover_serial(const ald_host &host, std::string_view name,
                                         std::string_view what, std::span<const usb_id> ids,
                                         ald_value **candidates, ald_error **err);

} // namespace drivers
