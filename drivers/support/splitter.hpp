// Commands out of a stream of bytes, for simulated instruments.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace drivers {

class splitter {
public:
    // `ignored` are bytes that mean nothing. A command longer than `longest` loses its rest.
    splitter(char end, std::string_view ignored, std::size_t longest)
        : end_(end), ignored_(ignored), longest_(longest) {}

    // Calls `command` with each one that is complete.
    template <class Command> void feed(std::string_view bytes, Command command) {
        for (const char c : bytes) {
            if (c == end_) {
                const std::string whole = std::move(begun_);
                begun_.clear();
                command(std::string_view(whole));
            } else if (ignored_.find(c) == std::string_view::npos && begun_.size() < longest_) {
                begun_ += c;
            }
        }
    }

private:
    char end_;
    std::string_view ignored_;
    std::size_t longest_;
    std::string begun_{};
};

} // namespace drivers
