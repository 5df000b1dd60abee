// The serving side of RFC 2217: a serial port's settings within a telnet connection.
#pragma once

#include "sim/faults.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace alidade {

// Takes the telnet layer off what comes and puts it on what goes. Settings of the port are
// acknowledged as they are asked for: a simulated line has none.
class telnet_server {
public:
    struct sorted {
        std::vector<std::uint8_t> data;    // for the instrument
        std::vector<std::uint8_t> answers; // for the client
    };
    [[nodiscard]] sorted receive(std::span<const std::uint8_t> bytes);
    [[nodiscard]] static std::vector<std::uint8_t> escaped(std::span<const std::uint8_t> data);
    // Begins anew, with another client.
    void reset() noexcept {
        const std::uint8_t on = modem_lines_;
        *this = telnet_server();
        modem_lines_ = on;
    }
    // Gives what is to be told to the client, if it wants to know.
    [[nodiscard]] std::vector<std::uint8_t> set_modem_lines(std::uint8_t on);

private:
    enum class state { data, command, option, sub, sub_command };
    void step(std::uint8_t byte, sorted &to);
    void answer_option(std::uint8_t option, sorted &to);
    void answer_sub(sorted &to);
    void notify(std::uint8_t changed, std::vector<std::uint8_t> &to) const;

    state state_ = state::data;
    std::uint8_t verb_ = 0;
    std::vector<std::uint8_t> sub_;
    std::vector<std::uint16_t> settled_; // verb and option that were answered already
    bool agreed_ = false;                // the client speaks RFC 2217
    std::uint8_t modem_lines_ = modem_line::plugged_in;
    std::uint8_t modem_mask_ = 0xff; // what the client wants to be told
};

} // namespace alidade
