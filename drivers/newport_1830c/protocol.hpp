// Protocol of a Newport 1830-C: questions, which it answers, and commands, which it does not.
#pragma once

#include "support/line.hpp"

namespace newport_1830c {

// The bits of the answer to Q?, as the user's manual has them (page 38 and Appendix A). C clears
// all but the message that is available.
inline constexpr std::int64_t parameter_error = 1;
inline constexpr std::int64_t command_error = 2;
inline constexpr std::int64_t saturated = 4;
inline constexpr std::int64_t over_range = 8;
inline constexpr std::int64_t message_available = 16;
// Changes its range by itself, starts up or calibrates itself.
inline constexpr std::int64_t busy = 32;
inline constexpr std::int64_t service_request = 64;
// A new reading that is not over range, saturated or of a range that was being changed; D? clears
// it.
inline constexpr std::int64_t reading_ready = 128;

class protocol {
public:
    explicit protocol(const ald_host &host);

    // Identifies the meter by its answer to Z?, which is all that can be known: it has no *IDN?.
    drivers::outcome open(const ald_request *request, const std::string &uri);
    void close() { line_.close(); }

    // A question with its mark, "U?"; one of those that have whole numbers as answers.
    drivers::result<std::int64_t> ask(const ald_request *request, std::string_view question);
    // "D?": the reading, in the unit that it shows.
    drivers::result<drivers::measured> ask_reading(const ald_request *request) {
        return line_.query_number(request, "D?");
    }
    drivers::outcome tell(const ald_request *request, std::string_view command) {
        return line_.write(request, command);
    }
    // Sends a setting, and asks whether the meter has it.
    drivers::outcome change(const ald_request *request, const std::string &command,
                            std::string_view question, std::int64_t wanted);

private:
    static ald_status resync(void *self, ald_port *port, const ald_request *request,
                             ald_error **err);

    const ald_host &host_;
    drivers::line line_;
};

} // namespace newport_1830c
