// A line to an instrument as its driver uses it: exchanges in step, and what to do when they are
// not.
#pragma once

#include "device/device.hpp"
#include "device/port_output.hpp"
#include "device/transports/uri.hpp"

#include <thread>

namespace alidade {

class port {
public:
    // Protocol of an instrument: settings of the line, terminators, pauses.
    struct speech {
        serial_settings settings{};
        bool cuts = false; // an urgent message cuts off one that is on its way
        std::string terminator = "\n";
        std::string sent_end{}; // what ends messages; empty: they have no end that could be another
        std::int64_t latency_ns = 0;
        std::function<outcome(port &, const request &)> resync{}; // may be empty
    };

    [[nodiscard]] static result<std::unique_ptr<port>> open(const request &asked,
                                                            std::string_view uri, speech how);
    port(const port &) = delete;
    port &operator=(const port &) = delete;
    // Ends what other threads do here.
    ~port();

    [[nodiscard]] outcome write(const request &asked, std::string_view bytes);
    // Reads at least one byte.
    [[nodiscard]] result<std::size_t> read(const request &asked, std::int64_t deadline,
                                           std::span<char> to);
    // Reads a line, without its terminator and ended by NUL.
    [[nodiscard]] result<std::size_t> read_line(const request &asked, std::int64_t deadline,
                                                std::span<char> to);
    // Sends, and reads a line unless `to` is empty. What had come before is thrown away.
    [[nodiscard]] result<std::size_t> query(const request &asked, std::string_view bytes,
                                            std::span<char> to);
    void discard();
    void suspect();
    [[nodiscard]] outcome send_now(std::string_view bytes, bool interrupt);

private:
    class visit;
    port(const request &asked, speech how);

    [[nodiscard]] outcome start(std::unique_ptr<transport> line);
    [[nodiscard]] outcome may_go_on(const request &asked);
    [[nodiscard]] outcome trust(const request &asked);
    [[nodiscard]] outcome wait_for_silence(const request &asked);
    [[nodiscard]] outcome send(const request &asked, std::string_view bytes);
    [[nodiscard]] result<std::size_t> take_line(const request &asked, std::int64_t deadline,
                                                std::span<char> to);
    [[nodiscard]] outcome receive_more(const line_wait &how_long);
    [[nodiscard]] bool is_first_after(const line_wait &how_long);
    [[nodiscard]] result<std::size_t> receive();
    [[nodiscard]] failure nothing_came(const char *what);
    [[nodiscard]] failure nothing_fitted(const failure &why);
    [[nodiscard]] outcome end_lines_with(const line_uri &uri, const std::string &terminator);
    [[nodiscard]] std::string with_its_end(std::string_view bytes) const;
    [[nodiscard]] bool resyncs();
    [[nodiscard]] failure misfit(const char *why, std::string_view line);
    [[nodiscard]] failure gone(const failure &why);
    [[nodiscard]] outcome drop_input();
    void doubt(const char *why);
    void answered(bool yes);

    device &owner_;
    ref<const object> keep_; // the lab: it owns the device
    std::uint64_t opening_;  // of the device
    speech how_;
    wake_descriptor wake_;
    std::unique_ptr<transport> line_;
    std::unique_ptr<port_output> output_;
    hangups::id watch_ = 0;

    // Used by the thread that reads.
    std::string inbox_;
    std::string last_sent_;
    std::int64_t sent_at_ = 0;
    std::string heard_;                                 // the beginning of what has come since
    std::string end_of_lines_;                          // instead of the driver's; empty: that
    std::pair<std::uint64_t, std::int64_t> last_end_{}; // request and time that had passed last

    std::mutex mutex_;
    std::condition_variable left_;
    int inside_ = 0;
    bool closing_ = false;
    std::uint64_t current_ = 0;     // number of the request that used the port last
    std::uint64_t interrupted_ = 0; // number of the request that a stop has interrupted
    bool awaits_reply_ = false;
    bool suspect_ = false;
    std::int64_t suspect_since_ = 0;
    std::uint64_t doubts_ = 0;
    std::thread::id resyncing_{};
};

} // namespace alidade
