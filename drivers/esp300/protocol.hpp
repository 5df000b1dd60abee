// Protocol of an ESP300: questions, commands, and its queue of errors.
#pragma once

#include "errors.hpp"
#include "support/line.hpp"

#include <functional>
#include <string>
#include <vector>

namespace esp300 {

class protocol {
public:
    using urgency = drivers::line::urgency;

    // `was_reset` is told of a version that nobody has asked for: the controller has begun anew.
    protocol(const ald_host &host, std::function<void()> was_reset);

    // Gives the controller's version, "ESP300 Version 3.04 07/27/01".
    drivers::result<std::string> open(const ald_request *request, const std::string &uri);
    void close() { line_.close(); }

    drivers::result<drivers::answer> ask(const ald_request *request, const std::string &question);
    drivers::result<std::string> ask_text(const ald_request *request, const std::string &question);
    drivers::result<drivers::measured> ask_number(const ald_request *request,
                                                  const std::string &question);
    drivers::result<bool> ask_flag(const ald_request *request, const std::string &question);
    drivers::result<std::int64_t> ask_integer(const ald_request *request,
                                              const std::string &question, std::int64_t least,
                                              std::int64_t greatest) {
        return line_.query_integer(request, question, least, greatest);
    }
    // Takes the controller's whole error queue.
    drivers::result<std::vector<entry>> take_errors(const ald_request *request);

    // Commands do not answer: the error queue tells.
    drivers::outcome tell(const ald_request *request, const std::string &command) {
        return line_.write(request, command);
    }
    // Before all else; any thread.
    drivers::outcome tell_now(const std::string &command, urgency how = urgency::waits_for_none) {
        return line_.send_now(command, how);
    }

private:
    static ald_status resync(void *self, ald_port *port, const ald_request *request,
                             ald_error **err);

    const ald_host &host_;
    std::function<void()> was_reset_;
    drivers::line line_;
    int versions_asked_ = 0; // and not come yet: they may come late
};

} // namespace esp300
