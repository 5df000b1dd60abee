#include "sim/telnet_server.hpp"

#include <algorithm>
#include <utility>

namespace alidade {

namespace {

constexpr std::uint8_t iac = 255;
constexpr std::uint8_t dont = 254;
constexpr std::uint8_t do_it = 253;
constexpr std::uint8_t wont = 252;
constexpr std::uint8_t will = 251;
constexpr std::uint8_t sub_begins = 250;
constexpr std::uint8_t sub_ends = 240;

constexpr std::uint8_t binary = 0;
constexpr std::uint8_t suppress_go_ahead = 3;
constexpr std::uint8_t com_port = 44;

constexpr std::uint8_t notify_modem_state = 7;
constexpr std::uint8_t set_modem_mask = 11;
constexpr unsigned to_delta = 4; // from a modem line to the bit that says that it has changed
constexpr std::uint8_t ring_delta = modem_line::ri >> to_delta; // only of the end of a ring

constexpr std::uint8_t server = 100; // is added to a client's command in the answer
constexpr std::size_t longest_sub = 256;

constexpr bool known(std::uint8_t option) noexcept {
    return option == binary || option == suppress_go_ahead || option == com_port;
}

void append_escaped(std::vector<std::uint8_t> &to, std::uint8_t byte) {
    to.push_back(byte);
    if (byte == iac) {
        to.push_back(iac);
    }
}

} // namespace

std::vector<std::uint8_t> telnet_server::escaped(std::span<const std::uint8_t> data) {
    std::vector<std::uint8_t> bytes;
    bytes.reserve(data.size());
    for (const std::uint8_t b : data) {
        append_escaped(bytes, b);
    }
    return bytes;
}

// Each question is answered once, or the two sides would acknowledge each other for ever.
void telnet_server::answer_option(std::uint8_t option, sorted &to) {
    const auto asked = static_cast<std::uint16_t>(verb_ << 8U | option);
    if (std::find(settled_.begin(), settled_.end(), asked) != settled_.end()) {
        return;
    }
    settled_.push_back(asked);
    std::uint8_t reply = 0;
    switch (verb_) {
    case do_it: reply = known(option) ? will : wont; break;
    case will: reply = known(option) ? do_it : dont; break;
    case dont: reply = wont; break;
    default: reply = dont; break;
    }
    to.answers.insert(to.answers.end(), {iac, reply, option});
    if (option == com_port && (verb_ == will || verb_ == do_it) && !std::exchange(agreed_, true)) {
        notify(0, to.answers);
    }
}

// Tells the state of the modem lines, as far as the client's mask lets it through.
void telnet_server::notify(std::uint8_t changed, std::vector<std::uint8_t> &to) const {
    auto deltas = static_cast<std::uint8_t>(changed >> to_delta);
    if ((modem_lines_ & modem_line::ri) != 0) {
        deltas &= static_cast<std::uint8_t>(~ring_delta);
    }
    to.insert(to.end(), {iac, sub_begins, com_port, notify_modem_state + server});
    append_escaped(to, (modem_lines_ | deltas) & modem_mask_);
    to.insert(to.end(), {iac, sub_ends});
}

std::vector<std::uint8_t> telnet_server::set_modem_lines(std::uint8_t on) {
    const std::uint8_t changed = std::exchange(modem_lines_, on) ^ on;
    std::vector<std::uint8_t> told;
    if (agreed_ && ((changed | changed >> to_delta) & modem_mask_) != 0) {
        notify(changed, told);
    }
    return told;
}

void telnet_server::answer_sub(sorted &to) {
    if (sub_.size() < 2 || sub_[0] != com_port || sub_[1] >= server) {
        return;
    }
    if (sub_[1] == set_modem_mask && sub_.size() > 2) {
        modem_mask_ = sub_[2];
    }
    to.answers.insert(to.answers.end(),
                      {iac, sub_begins, com_port, static_cast<std::uint8_t>(sub_[1] + server)});
    for (std::size_t i = 2; i < sub_.size(); ++i) {
        append_escaped(to.answers, sub_[i]);
    }
    to.answers.insert(to.answers.end(), {iac, sub_ends});
}

void telnet_server::step(std::uint8_t byte, sorted &to) {
    switch (state_) {
    case state::data:
        if (byte == iac) {
            state_ = state::command;
        } else {
            to.data.push_back(byte);
        }
        return;
    case state::command:
        state_ = state::data;
        if (byte == iac) {
            to.data.push_back(iac);
        } else if (byte == sub_begins) {
            sub_.clear();
            state_ = state::sub;
        } else if (byte >= will) {
            verb_ = byte;
            state_ = state::option;
        }
        return;
    case state::option:
        answer_option(byte, to);
        state_ = state::data;
        return;
    case state::sub:
        if (byte == iac) {
            state_ = state::sub_command;
        } else if (sub_.size() < longest_sub) {
            sub_.push_back(byte);
        }
        return;
    case state::sub_command:
        if (byte == iac) {
            sub_.push_back(iac);
            state_ = state::sub;
        } else {
            answer_sub(to);
            state_ = state::data;
        }
        return;
    }
}

telnet_server::sorted telnet_server::receive(std::span<const std::uint8_t> bytes) {
    sorted to;
    for (const std::uint8_t b : bytes) {
        step(b, to);
    }
    return to;
}

} // namespace alidade
