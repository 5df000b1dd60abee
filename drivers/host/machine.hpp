// The files of one computer, below a root directory that tests may choose.
#pragma once

#include "fault.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace host_driver {

// Time of a reading: the midpoint and half the width of the time that it took.
struct moment {
    std::int64_t t_mono_ns = 0;
    std::int64_t uncertainty_ns = 0;
};

struct file_text {
    std::string text;
    moment when;
};

class machine {
public:
    // `now` reads the monotonic clock.
    machine(std::string root, std::int64_t (*now)());

    // "/proc/stat" for "proc/stat".
    [[nodiscard]] std::string path(std::string_view below) const;

    // Reads a file in full. DISCONNECTED says that it is not there, or its hardware is not.
    [[nodiscard]] result<file_text> read(const std::string &path) const;

    // A file of one line, without the blanks around it; nothing if it cannot be read.
    [[nodiscard]] std::optional<std::string> line(const std::string &path) const;
    // A file of one number; nothing if it cannot be read or is none.
    [[nodiscard]] std::optional<std::int64_t> integer(const std::string &path) const;

private:
    std::string root_;
    std::int64_t (*now_)();
};

} // namespace host_driver
