// Lines over TCP: terminal servers and instruments with a socket.
#pragma once

#include "device/transports/line_wait.hpp"
#include "device/transports/transport.hpp"
#include "device/transports/uri.hpp"

namespace alidade {

class tcp_transport : public transport {
public:
    using transport::transport;

    ~tcp_transport() override;
    [[nodiscard]] result<std::size_t> read(std::span<char> to) override;
    [[nodiscard]] result<std::size_t> write(std::string_view bytes) override;
};

// Looks the host up and connects, within the time of the request.
[[nodiscard]] result<descriptor> connect_tcp(const line_uri &uri, const line_wait &how_long);

[[nodiscard]] result<std::unique_ptr<transport>> open_tcp(const line_uri &uri,
                                                          const line_wait &how_long);

} // namespace alidade
