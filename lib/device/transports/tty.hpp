// Terminals: what libserialport refuses, pseudo-terminals above all.
#pragma once

#include "device/transports/transport.hpp"
#include "device/transports/uri.hpp"

#include <termios.h>

namespace alidade {

// A terminal that is open and ours alone, with our settings.
class tty_transport : public transport {
public:
    tty_transport(std::string name, descriptor fd, const termios &settings)
        : transport(std::move(name), std::move(fd)), settings_(settings) {}

    ~tty_transport() override;
    [[nodiscard]] result<std::size_t> read(std::span<char> to) override;
    [[nodiscard]] result<std::size_t> write(std::string_view bytes) override;
    bool cut() override;

private:
    [[nodiscard]] bool is_gone() const;

    termios settings_;
};

// Setter of a terminal's settings: by termios unless something better is there.
using tty_setter = outcome (*)(const std::string &path, int fd, const serial_settings &settings);
[[nodiscard]] outcome set_by_termios(const std::string &path, int fd,
                                     const serial_settings &settings);

[[nodiscard]] result<std::unique_ptr<transport>>
open_tty(const std::string &path, const serial_settings &settings, tty_setter set = set_by_termios);

// Words the failure of opening or setting a terminal.
[[nodiscard]] failure tty_refused(const std::string &path, int number);

} // namespace alidade
