// A C++ face of a port for instruments that are asked in lines of text.
#pragma once

#include "support/host.hpp"

#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace drivers {

// Answer of an instrument, and its time: within `uncertainty_ns` of `t_mono_ns`.
struct answer {
    std::string text;
    std::int64_t t_mono_ns = 0;
    std::int64_t uncertainty_ns = 0;
};

class line {
public:
    struct settings {
        const char *instrument = ""; // as in "no ESP300 answers"
        std::int32_t baud = 9600;
        std::int32_t flow = ALD_FLOW_NONE;
        const char *sent_end = "";   // what ends a command; "" fixes the ends, as its protocol does
        const char *terminator = ""; // what ends a reply
        std::int64_t latency_ns = 0;
    };
    // Finds out whether instrument and driver are in step; see `ald_port_config`.
    using resync_function = ald_status (*)(void *user_data, ald_port *port,
                                           const ald_request *request, ald_error **err);

    line(const ald_host &host, const settings &how) : host_(host), how_(how) {}
    line(const line &) = delete;
    line &operator=(const line &) = delete;
    ~line() { close(); }

    // The port is suspect at first: whatever another program has left behind is not an answer.
    outcome open(const ald_request *request, const std::string &uri, resync_function resync,
                 void *user_data);
    void close();
    [[nodiscard]] bool is_open() const { return static_cast<bool>(port()); }

    // Called by one thread at a time, inside `submit`. What a stop has interrupted fails with
    // ALD_E_CANCELLED.
    result<answer> query(const ald_request *request, std::string_view command);
    outcome write(const ald_request *request, std::string_view command);
    // Without throwing away what has arrived, for lines on which instruments speak by themselves.
    outcome send(const ald_request *request, std::string_view command);
    result<answer> read(const ald_request *request, std::int64_t deadline_mono_ns);

    result<measured> query_number(const ald_request *request, std::string_view command);
    result<std::int64_t> query_integer(const ald_request *request, std::string_view command,
                                       std::int64_t least, std::int64_t greatest);

    // Before all else; any thread.
    enum class urgency { waits_for_none, interrupts };
    outcome send_now(std::string_view command, urgency how = urgency::waits_for_none);

    // The next reply may not be the one to the next question. Any thread.
    void doubt();

    // A reply that is none: the next one may not fit either. Any thread.
    fault unexpected(std::string_view command, std::string_view reply, std::string_view expected);

    // For a resync function, which has a port of its own.
    [[nodiscard]] static std::optional<std::string>
    read_line_of(const ald_host &host, ald_port *port, const ald_request *request,
                 std::int64_t deadline_mono_ns, ald_status &status, ald_error **err);

private:
    [[nodiscard]] std::shared_ptr<ald_port> port() const;
    [[nodiscard]] std::string ended(std::string_view command) const;
    result<answer> exchange(const ald_request *request, std::string_view command, bool wants_reply);

    const ald_host &host_;
    settings how_;
    mutable std::mutex mutex_;
    std::shared_ptr<ald_port> port_; // whoever sends holds it too
};

} // namespace drivers
