// A line that a test holds in its hands: drivers open it as their port, the test sees what they
// send and puts answers in.
#pragma once

#include "fake_host.hpp"

#include <deque>
#include <functional>
#include <string>
#include <vector>

namespace fake {

// The instrument at the other end.
class line {
public:
    line();
    line(const line &) = delete;
    line &operator=(const line &) = delete;
    virtual ~line();

    // What to say to a command; "" for nothing.
    virtual std::string answer(const std::string &command) = 0;

    std::vector<std::string> sent{};
    std::deque<std::string> inbox{};
    bool suspect = false;
    // Runs when a command is about to go out.
    std::function<void(const std::string &)> before = [](const std::string &) {};

private:
    friend struct port_functions;
    void take(std::string bytes);

    ald_port_config config_{};
    bool resyncing_ = false;
};

// The table of `host`, with ports: all lead to the line that was made last. Waiting for what does
// not come moves the manual clock by a second.
[[nodiscard]] const ald_host &host_with_lines();

} // namespace fake
