#include "driver/ports.hpp"

#include "device/port.hpp"
#include "device/transports/serial.hpp"
#include "driver/tokens.hpp"

namespace alidade::driver_ports {

namespace {

// Ports are given to drivers as they are, too.
port &behind_port(ald_port *p) noexcept { return *reinterpret_cast<port *>(p); }
ald_port *port_of(port &p) noexcept { return reinterpret_cast<ald_port *>(&p); }

outcome put_size(const result<std::size_t> &count, std::size_t *to) {
    if (!count) {
        return failure(count.error());
    }
    if (to != nullptr) {
        *to = *count;
    }
    return {};
}

outcome check_room(const void *to, std::size_t capacity) {
    if (to == nullptr || capacity == 0) {
        return fail(ALD_E_INVALID, "line", "there is no room to read into: {} bytes{}", capacity,
                    to == nullptr ? " at NULL" : "");
    }
    return {};
}

// A member that is 0 is not set.
std::int32_t given_or(std::int32_t given, std::int32_t usual) noexcept {
    return given != 0 ? given : usual;
}

result<port::speech> speech_of(const ald_port_config &config) {
    const serial_settings usual;
    const serial_settings settings{given_or(config.baud, usual.baud),
                                   given_or(config.data_bits, usual.data_bits), config.parity,
                                   given_or(config.stop_bits, usual.stop_bits), config.flow};
    if (auto possible = check_serial_settings(settings); !possible) {
        return failure(std::move(possible.error()));
    }
    if ((config.flags & ~std::uint64_t{ALD_PORT_ABORT_WRITES}) != 0 || config.latency_ns < 0) {
        return fail(ALD_E_INVALID, "line", "a port has unknown flags or a negative latency");
    }
    port::speech how{.settings = settings,
                     .cuts = (config.flags & ALD_PORT_ABORT_WRITES) != 0,
                     .terminator = config.terminator != nullptr ? config.terminator : "\n",
                     .sent_end = config.sent_end != nullptr ? config.sent_end : "",
                     .latency_ns = config.latency_ns};
    if (config.resync != nullptr) {
        how.resync = [resync = config.resync,
                      data = config.user_data](port &p, const request &asked) -> outcome {
            handed_over<ald_error> why;
            const ald_status status = resync(data, port_of(p), request_of(asked), &why.handle);
            return status == ALD_OK ? outcome()
                                    : driver_failure(status, why.handle, asked.target().path());
        };
    }
    return how;
}

} // namespace

ald_status poll_at(ald_node *node, int64_t t_mono_ns, ald_error **err) noexcept {
    return for_driver(err, [&] { return behind_node(node).poll_at(t_mono_ns); });
}

ald_status port_open(const ald_request *r, const char *uri, const ald_port_config *config,
                     ald_port **opened, ald_error **err) noexcept {
    return call(err, in(), out(opened), [&]() -> outcome {
        auto line = text(uri, "URI of a line").and_then([&](const std::string &name) {
            return get_record(config, ald_port_config{}, "configuration of a port")
                .and_then(speech_of)
                .and_then([&](port::speech how) {
                    return port::open(behind_request(r), name, std::move(how));
                });
        });
        if (!line) {
            return failure(std::move(line.error()));
        }
        *opened = port_of(*line->release());
        return {};
    });
}

void port_close(ald_port *p) noexcept {
    const std::unique_ptr<port> closed(p != nullptr ? &behind_port(p) : nullptr);
}

ald_status port_write(ald_port *p, const ald_request *r, const void *data, size_t size,
                      ald_error **err) noexcept {
    return for_driver(err, [&] {
        return bytes_given(data, size, "data").and_then([&](std::string_view given) {
            return behind_port(p).write(behind_request(r), given);
        });
    });
}

ald_status port_read(ald_port *p, const ald_request *r, int64_t deadline_mono_ns, void *buffer,
                     size_t capacity, size_t *size, ald_error **err) noexcept {
    return for_driver(err, [&] {
        if (auto room = check_room(buffer, capacity); !room) {
            return room;
        }
        return put_size(behind_port(p).read(behind_request(r), deadline_mono_ns,
                                            {static_cast<char *>(buffer), capacity}),
                        size);
    });
}

ald_status port_read_line(ald_port *p, const ald_request *r, int64_t deadline_mono_ns, char *text,
                          size_t capacity, size_t *size, ald_error **err) noexcept {
    return for_driver(err, [&] {
        if (auto room = check_room(text, capacity); !room) {
            return room;
        }
        return put_size(
            behind_port(p).read_line(behind_request(r), deadline_mono_ns, {text, capacity}), size);
    });
}

ald_status port_query(ald_port *p, const ald_request *r, const void *data, size_t size, char *text,
                      size_t capacity, size_t *text_size, ald_error **err) noexcept {
    return for_driver(err, [&] {
        return put_size(bytes_given(data, size, "data").and_then([&](std::string_view given) {
            return behind_port(p).query(behind_request(r), given, {text, capacity});
        }),
                        text_size);
    });
}

void port_discard(ald_port *p) noexcept {
    (void)for_driver(nullptr, [&] {
        behind_port(p).discard();
        return outcome();
    });
}

void port_suspect(ald_port *p) noexcept {
    (void)for_driver(nullptr, [&] {
        behind_port(p).suspect();
        return outcome();
    });
}

ald_status port_send_now(ald_port *p, const void *data, size_t size, uint64_t flags,
                         ald_error **err) noexcept {
    return for_driver(err, [&]() -> outcome {
        if ((flags & ~std::uint64_t{ALD_PORT_INTERRUPT}) != 0) {
            return fail(ALD_E_INVALID, "line", "port_send_now knows no flags {:#x}", flags);
        }
        return bytes_given(data, size, "data").and_then([&](std::string_view given) {
            return behind_port(p).send_now(given, (flags & ALD_PORT_INTERRUPT) != 0);
        });
    });
}

ald_status port_list(ald_value **ports, ald_error **err) noexcept {
    return call(err, in(), out(ports), [&] { return give(ports, list_serial_ports()); });
}

} // namespace alidade::driver_ports
