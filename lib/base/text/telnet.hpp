// The bytes of telnet: what is data and what is talk between the two ends of the connection.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace alidade::telnet {

inline constexpr unsigned char se = 240, sb = 250, will = 251, wont = 252, do_it = 253, dont = 254,
                               iac = 255;
inline constexpr unsigned char option_binary = 0, option_go_ahead = 3, option_com_port = 44;

[[nodiscard]] std::string negotiation(unsigned char verb, unsigned char option);
[[nodiscard]] std::string subnegotiation(unsigned char option, std::string_view body);
// Data with each byte 255 doubled.
[[nodiscard]] std::string escaped(std::string_view data);

// Takes a stream apart, wherever it is cut.
class decoder {
public:
    std::function<void(unsigned char verb, unsigned char option)> on_negotiation;
    std::function<void(unsigned char option, std::string_view body)> on_subnegotiation;

    // Writes the data among `size` bytes over them and tells how much that is.
    std::size_t decode(char *bytes, std::size_t size);

private:
    enum class state { data, command, option, body, body_command };
    void in_body(unsigned char c);

    // Longer ones than any that we know are cut.
    static constexpr std::size_t longest_body = 64;
    state state_ = state::data;
    unsigned char verb_ = 0;
    std::string body_;
};

} // namespace alidade::telnet
