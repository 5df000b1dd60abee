#include "base/text/telnet.hpp"

namespace alidade::telnet {

namespace {

char as_char(unsigned char c) noexcept { return static_cast<char>(c); }

} // namespace

std::string negotiation(unsigned char verb, unsigned char option) {
    return {as_char(iac), as_char(verb), as_char(option)};
}

std::string subnegotiation(unsigned char option, std::string_view body) {
    return std::string{as_char(iac), as_char(sb), as_char(option)} + escaped(body) +
           std::string{as_char(iac), as_char(se)};
}

std::string escaped(std::string_view data) {
    std::string all;
    all.reserve(data.size() + 8);
    for (const char c : data) {
        all += c;
        if (c == as_char(iac)) {
            all += c;
        }
    }
    return all;
}

void decoder::in_body(unsigned char c) {
    if (body_.size() < longest_body) {
        body_ += as_char(c);
    }
    state_ = state::body;
}

std::size_t decoder::decode(char *bytes, std::size_t size) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < size; ++i) {
        const auto c = static_cast<unsigned char>(bytes[i]);
        switch (state_) {
        case state::data:
            if (c == iac) {
                state_ = state::command;
            } else {
                bytes[kept++] = bytes[i];
            }
            break;
        case state::command:
            state_ = state::data;
            if (c == iac) {
                bytes[kept++] = bytes[i];
            } else if (c == sb) {
                body_.clear();
                state_ = state::body;
            } else if (c >= will) {
                verb_ = c;
                state_ = state::option;
            }
            break;
        case state::option:
            state_ = state::data;
            on_negotiation(verb_, c);
            break;
        case state::body:
            if (c == iac) {
                state_ = state::body_command;
            } else {
                in_body(c);
            }
            break;
        case state::body_command:
            if (c == iac) {
                in_body(c);
                break;
            }
            state_ = state::data;
            if (c == se && !body_.empty()) {
                on_subnegotiation(static_cast<unsigned char>(body_[0]),
                                  std::string_view(body_).substr(1));
            }
            break;
        }
    }
    return kept;
}

} // namespace alidade::telnet
