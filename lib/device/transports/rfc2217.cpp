#include "device/transports/rfc2217.hpp"

#include "base/log.hpp"
#include "base/text/telnet.hpp"

#include <alidade/driver.h>

#include <algorithm>
#include <array>
#include <map>
#include <mutex>
#include <poll.h>

namespace alidade {

namespace {

// Commands of the option; the server's answers are 100 more.
enum com_port : unsigned char {
    set_baud = 1,
    set_size = 2,
    set_parity = 3,
    set_stop = 4,
    set_control = 5,
    purge = 12,
    answer = 100
};

// Timeout of a server's confirmation of settings: some never send it.
constexpr std::int64_t confirming_ns = 1'000'000'000;

// A server may ask us not to send for a while; TCP holds us back by itself, so that is not looked
// at.
class rfc2217_transport final : public tcp_transport {
public:
    rfc2217_transport(const line_uri &uri, descriptor fd)
        : tcp_transport(uri.address, std::move(fd)), uri_(uri.text) {
        decoder_.on_negotiation = [this](unsigned char verb, unsigned char option) {
            negotiated(verb, option);
        };
        decoder_.on_subnegotiation = [this](unsigned char option, std::string_view body) {
            // Leaves out what it tells unasked, as of its modem lines: that confirms nothing.
            if (option == telnet::option_com_port && body.size() > 1 && confirming_ &&
                static_cast<unsigned char>(body[0]) <= set_control + answer) {
                answers_.emplace(static_cast<unsigned char>(body[0]), body.substr(1));
            }
        };
    }

    [[nodiscard]] outcome negotiate(const serial_settings &settings, const line_wait &how_long);

    [[nodiscard]] result<std::size_t> read(std::span<char> to) override {
        const auto count = tcp_transport::read(to);
        return count ? result<std::size_t>(decoder_.decode(to.data(), *count)) : count;
    }
    [[nodiscard]] result<std::size_t> write(std::string_view bytes) override {
        const std::scoped_lock lock(mutex_);
        const auto before = drain();
        if (!before || !*before) {
            return before ? result<std::size_t>(0) : failure(before.error());
        }
        outbox_ += telnet::escaped(bytes);
        const auto after = drain();
        return after ? result<std::size_t>(bytes.size()) : failure(after.error());
    }
    [[nodiscard]] result<bool> flush() override {
        const std::scoped_lock lock(mutex_);
        return drain();
    }
    // Drops what the server has not sent yet.
    bool cut() override {
        say(telnet::subnegotiation(telnet::option_com_port, {"\x0c\x02", 2}));
        return true;
    }

private:
    struct setting {
        com_port command;
        std::string value;
        const char *name;
        std::string wanted;
    };
    [[nodiscard]] static std::vector<setting> list_of(const serial_settings &settings);
    [[nodiscard]] outcome wait_for(const line_wait &how_long, std::int64_t until,
                                   const std::function<bool()> &there);
    [[nodiscard]] outcome check(const std::vector<setting> &settings) const;
    void negotiated(unsigned char verb, unsigned char option);
    void say(std::string_view raw);
    [[nodiscard]] result<bool> drain();

    std::string uri_;
    telnet::decoder decoder_; // with what it tells, of the thread that reads
    std::multimap<unsigned char, std::string> answers_;
    bool confirming_ = true; // settings are waited for
    bool accepted_ = false;
    bool refused_ = false;

    std::mutex mutex_;
    std::string outbox_;
};

result<bool> rfc2217_transport::drain() {
    while (!outbox_.empty()) {
        const auto count = tcp_transport::write(outbox_);
        if (!count) {
            return failure(count.error());
        }
        if (*count == 0) {
            return false;
        }
        outbox_.erase(0, *count);
    }
    return true;
}

// Sends; what cannot go now goes with the next message. A lost line is noticed where it is used.
void rfc2217_transport::say(std::string_view raw) {
    const std::scoped_lock lock(mutex_);
    outbox_ += raw;
    (void)drain();
}

// Declines every option that we have not asked for at the start.
void rfc2217_transport::negotiated(unsigned char verb, unsigned char option) {
    const bool ours = option == telnet::option_binary || option == telnet::option_go_ahead;
    const bool com_port = option == telnet::option_com_port;
    if (com_port && verb == telnet::do_it) {
        accepted_ = true;
    } else if (com_port && (verb == telnet::dont || verb == telnet::wont)) {
        refused_ = refused_ || verb == telnet::dont;
    } else if (verb == telnet::will && !ours) {
        say(telnet::negotiation(telnet::dont, option));
    } else if (verb == telnet::do_it && !ours) {
        say(telnet::negotiation(telnet::wont, option));
    }
}

std::vector<rfc2217_transport::setting>
rfc2217_transport::list_of(const serial_settings &settings) {
    const auto byte = [](std::int32_t x) { return std::string(1, static_cast<char>(x)); };
    std::string baud;
    for (int shift = 24; shift >= 0; shift -= 8) {
        baud += byte((settings.baud >> shift) & 0xff);
    }
    constexpr std::array<const char *, 3> flows{"none", "rtscts", "xonxoff"};
    constexpr std::array<const char *, 3> parities{"none", "odd", "even"};
    constexpr std::array<char, 3> flow_codes{1, 3, 2};
    const auto flow = static_cast<std::size_t>(settings.flow);
    const auto parity = static_cast<std::size_t>(settings.parity);
    std::vector<setting> all{
        {set_baud, baud, "baud", std::to_string(settings.baud)},
        {set_size, byte(settings.data_bits), "bits", std::to_string(settings.data_bits)},
        {set_parity, byte(settings.parity + 1), "parity", parities[parity]},
        {set_stop, byte(settings.stop_bits), "stop", std::to_string(settings.stop_bits)},
        {set_control, byte(flow_codes[flow]), "flow", flows[flow]},
    };
    const auto add_switch = [&](const char *name, const std::optional<bool> &wanted, char on) {
        if (wanted) {
            all.push_back({set_control, byte(*wanted ? on : on + 1), name, *wanted ? "on" : "off"});
        }
    };
    add_switch("dtr", settings.dtr, 8);
    add_switch("rts", settings.rts, 11);
    return all;
}

// Until it is there or a time has come; the request's own end is an error.
outcome rfc2217_transport::wait_for(const line_wait &how_long, std::int64_t until,
                                    const std::function<bool()> &there) {
    std::array<char, 512> dropped{};
    while (!there()) {
        const auto count = read(dropped);
        if (!count) {
            return failure(count.error());
        }
        if (refused_) {
            return fail({.code = ALD_E_UNSUPPORTED, .domain = "line", .where = uri_},
                        "the server at '{}' does not speak RFC 2217; use 'tcp:{}' and set the "
                        "serial port up at the server",
                        uri_, name());
        }
        if (there()) {
            break;
        }
        const line_wait::end end = how_long.await(fd(), POLLIN, until);
        if (end == line_wait::end::cancelled) {
            return fail({.code = ALD_E_CANCELLED, .domain = "line", .where = uri_},
                        "cancelled while the server at '{}' was asked", uri_);
        }
        if (end == line_wait::end::timed_out) {
            break;
        }
    }
    return {};
}

// Compares the settings that a server confirms with those asked for. Some servers confirm nothing,
// or not all of it, and set it nevertheless.
outcome rfc2217_transport::check(const std::vector<setting> &settings) const {
    std::vector<std::string> silent;
    for (const setting &s : settings) {
        const auto [first, last] =
            answers_.equal_range(static_cast<unsigned char>(s.command + answer));
        if (std::any_of(first, last, [&](const auto &told) { return told.second == s.value; })) {
            continue;
        }
        const auto asked =
            std::count_if(settings.begin(), settings.end(),
                          [&](const setting &other) { return other.command == s.command; });
        if (std::distance(first, last) >= asked) {
            return fail({.code = ALD_E_UNSUPPORTED, .domain = "line", .where = uri_},
                        "the serial port of the server at '{}' does not do {}={}", uri_, s.name,
                        s.wanted);
        }
        silent.push_back(fmt::format("{}={}", s.name, s.wanted));
    }
    if (!silent.empty()) {
        log::write(ALD_LOG_WARNING, "line",
                   fmt::format("the server at '{}' did not confirm {} of its serial port; if the "
                               "instrument does not answer, set that at the server",
                               uri_, fmt::join(silent, ", ")));
    }
    return {};
}

outcome rfc2217_transport::negotiate(const serial_settings &settings, const line_wait &how_long) {
    using telnet::negotiation;
    say(negotiation(telnet::will, telnet::option_com_port) +
        negotiation(telnet::will, telnet::option_binary) +
        negotiation(telnet::do_it, telnet::option_binary) +
        negotiation(telnet::will, telnet::option_go_ahead) +
        negotiation(telnet::do_it, telnet::option_go_ahead));
    if (auto spoken = wait_for(how_long, never, [this] { return accepted_; }); !spoken) {
        return spoken;
    }
    if (!accepted_) {
        return fail({.code = ALD_E_TIMEOUT, .domain = "line", .where = uri_},
                    "the server at '{}' did not offer its serial port before the timeout; it may "
                    "not speak RFC 2217, then 'tcp:{}' is right",
                    uri_, name());
    }
    const std::vector<setting> wanted = list_of(settings);
    for (const setting &s : wanted) {
        say(telnet::subnegotiation(telnet::option_com_port,
                                   std::string(1, static_cast<char>(s.command)) + s.value));
    }
    const std::int64_t now = mono_ns();
    const std::int64_t until = how_long.deadline() == never
                                   ? now + confirming_ns
                                   : now + std::min(confirming_ns, (how_long.deadline() - now) / 2);
    const auto all_told = [&] { return answers_.size() >= wanted.size(); };
    if (auto told = wait_for(how_long, until, all_told).and_then([&] { return check(wanted); });
        !told) {
        return told;
    }
    confirming_ = false;
    answers_.clear();
    // Drop what the instrument has sent before: it is no answer to us.
    say(telnet::subnegotiation(telnet::option_com_port, {"\x0c\x01", 2}));
    return {};
}

} // namespace

result<std::unique_ptr<transport>>
open_rfc2217(const line_uri &uri, const serial_settings &settings, const line_wait &how_long) {
    auto fd = connect_tcp(uri, how_long);
    if (!fd) {
        return failure(std::move(fd.error()));
    }
    auto opened = std::make_unique<rfc2217_transport>(uri, std::move(*fd));
    if (auto agreed = opened->negotiate(settings, how_long); !agreed) {
        return failure(std::move(agreed.error()));
    }
    return opened;
}

} // namespace alidade
