#include "support/line.hpp"

#include "support/text.hpp"

#include <array>

namespace drivers {

namespace {

constexpr std::size_t longest_reply = 512;

using buffer = std::array<char, longest_reply>;

} // namespace

outcome line::open(const ald_request *request, const std::string &uri, resync_function resync,
                   void *user_data) {
    close();
    ald_port_config config{};
    config.struct_size = sizeof(config);
    config.baud = how_.baud;
    config.data_bits = 8;
    config.parity = ALD_PARITY_NONE;
    config.stop_bits = 1;
    config.flow = how_.flow;
    config.terminator = how_.terminator;
    config.latency_ns = how_.latency_ns;
    config.resync = resync;
    config.user_data = user_data;
    config.sent_end = how_.sent_end;
    ald_port *opened = nullptr;
    ald_error *why = nullptr;
    const ald_status status = host_.port_open(request, uri.c_str(), &config, &opened, &why);
    if (status != ALD_OK) {
        return failed(host_, status, why);
    }
    std::shared_ptr<ald_port> held(opened, [&host = host_](ald_port *p) { host.port_close(p); });
    host_.port_suspect(opened);
    const std::scoped_lock lock(mutex_);
    port_ = std::move(held);
    return done{};
}

void line::close() {
    std::shared_ptr<ald_port> ended; // closed after the lock
    const std::scoped_lock lock(mutex_);
    ended.swap(port_);
}

std::shared_ptr<ald_port> line::port() const {
    const std::scoped_lock lock(mutex_);
    return port_;
}

std::string line::ended(std::string_view command) const {
    return std::string(command).append(how_.sent_end);
}

result<answer> line::exchange(const ald_request *request, std::string_view command,
                              bool wants_reply) {
    const auto held = port();
    if (!held) {
        return fault{ALD_E_STATE, std::string("the line to the ") + how_.instrument +
                                      " is not open; open the device first"};
    }
    const std::string sent = ended(command);
    buffer text{};
    std::size_t size = 0;
    ald_error *why = nullptr;
    const std::int64_t before = host_.mono_ns();
    const ald_status status =
        host_.port_query(held.get(), request, sent.data(), sent.size(),
                         wants_reply ? text.data() : nullptr, text.size(), &size, &why);
    if (status != ALD_OK) {
        return failed(host_, status, why);
    }
    const std::int64_t half = (host_.mono_ns() - before) / 2;
    return answer{std::string(text.data(), size), before + half, half};
}

result<answer> line::query(const ald_request *request, std::string_view command) {
    return exchange(request, command, true);
}

outcome line::write(const ald_request *request, std::string_view command) {
    const auto said = exchange(request, command, false);
    return said ? outcome(done{}) : said.error();
}

outcome line::send(const ald_request *request, std::string_view command) {
    const auto held = port();
    if (!held) {
        return fault{ALD_E_STATE, "the line is not open"};
    }
    const std::string sent = ended(command);
    ald_error *why = nullptr;
    const ald_status status = host_.port_write(held.get(), request, sent.data(), sent.size(), &why);
    return status == ALD_OK ? outcome(done{}) : failed(host_, status, why);
}

result<answer> line::read(const ald_request *request, std::int64_t deadline_mono_ns) {
    const auto held = port();
    if (!held) {
        return fault{ALD_E_STATE, "the line is not open"};
    }
    ald_status status = ALD_OK;
    ald_error *why = nullptr;
    auto text = read_line_of(host_, held.get(), request, deadline_mono_ns, status, &why);
    if (!text) {
        return failed(host_, status, why);
    }
    return answer{std::move(*text), host_.mono_ns(), 0};
}

std::optional<std::string> line::read_line_of(const ald_host &host, ald_port *port,
                                              const ald_request *request,
                                              std::int64_t deadline_mono_ns, ald_status &status,
                                              ald_error **err) {
    buffer text{};
    std::size_t size = 0;
    status =
        host.port_read_line(port, request, deadline_mono_ns, text.data(), text.size(), &size, err);
    return status == ALD_OK ? std::optional(std::string(text.data(), size)) : std::nullopt;
}

result<measured> line::query_number(const ald_request *request, std::string_view command) {
    const auto said = query(request, command);
    if (!said) {
        return said.error();
    }
    const auto number = to_plain_double(said->text);
    if (!number) {
        return unexpected(command, said->text, "a finite number");
    }
    return measured{*number, said->t_mono_ns, said->uncertainty_ns};
}

result<std::int64_t> line::query_integer(const ald_request *request, std::string_view command,
                                         std::int64_t least, std::int64_t greatest) {
    const auto said = query(request, command);
    if (!said) {
        return said.error();
    }
    const auto number = to_plain_integer(said->text);
    if (!number || *number < least || *number > greatest) {
        return unexpected(command, said->text,
                          "an integer from " + std::to_string(least) + " to " +
                              std::to_string(greatest));
    }
    return *number;
}

outcome line::send_now(std::string_view command, urgency how) {
    const auto held = port();
    if (!held) {
        return fault{ALD_E_STATE, std::string("the line to the ") + how_.instrument +
                                      " is not open; open the device first"};
    }
    const std::string sent = ended(command);
    ald_error *why = nullptr;
    const ald_status status =
        host_.port_send_now(held.get(), sent.data(), sent.size(),
                            how == urgency::interrupts ? ALD_PORT_INTERRUPT : 0, &why);
    return status == ALD_OK ? outcome(done{}) : failed(host_, status, why);
}

void line::doubt() {
    if (const auto held = port()) {
        host_.port_suspect(held.get());
    }
}

fault line::unexpected(std::string_view command, std::string_view reply,
                       std::string_view expected) {
    doubt();
    std::string message = "the " + std::string(how_.instrument) + " answered '" + escaped(command) +
                          "' with '" + escaped(reply) + "'; expected " + std::string(expected) +
                          "; check cable, baud rate and whether another program uses the line";
    return {ALD_E_PROTOCOL, std::move(message)};
}

} // namespace drivers
