// The way out of a port: one message after the other, and urgent ones before all else.
#pragma once

#include "device/transports/line_wait.hpp"
#include "device/transports/transport.hpp"

#include <condition_variable>

namespace alidade {

class port_output {
public:
    // `cuts`: an urgent message cuts off one that is on its way, which otherwise goes first.
    // `wake` is what a writer sleeps with.
    port_output(transport &line, const wake_descriptor &wake, bool cuts) noexcept
        : line_(line), wake_(wake), cuts_(cuts) {}

    // Sends all bytes; `taken` tells how many the line took.
    [[nodiscard]] outcome write(const line_wait &how_long, std::string_view bytes,
                                std::size_t &taken);
    // True if it cut something off.
    [[nodiscard]] result<bool> send_now(std::string_view bytes);

private:
    class turn;
    [[nodiscard]] result<bool> push(std::string_view bytes, std::size_t &taken);
    [[nodiscard]] failure stalled(std::size_t taken, std::size_t size) const;

    transport &line_;
    const wake_descriptor &wake_;
    const bool cuts_;
    std::mutex mutex_;
    std::condition_variable free_;
    bool busy_ = false;
    int urgent_ = 0; // that wait or send
    bool cut_ = false;
};

} // namespace alidade
