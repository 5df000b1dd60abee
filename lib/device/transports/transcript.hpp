// A record of what went over a line, that people read and `replay:` plays.
//
// Each session begins with the line "alidade transcript 1". The others are a time in seconds since
// then, a mark (">" to the instrument, "<" from it, "!" something that happened) and the bytes,
// in which what is no printable ASCII is written \r, \n, \t, \\ or \x and two hexadecimal digits.
#pragma once

#include "device/transports/transport.hpp"
#include "device/transports/uri.hpp"

#include <vector>

namespace alidade {

struct transcript_entry {
    std::int64_t t_ns = 0; // since the beginning of the session
    char mark = '!';
    std::string bytes;
    std::size_t line = 0; // in the file, from 1
};

[[nodiscard]] std::string escaped_bytes(std::string_view bytes);

// The last session of a file.
[[nodiscard]] result<std::vector<transcript_entry>> read_transcript(const std::string &path);

// The same line, recorded at the end of a file.
[[nodiscard]] result<std::unique_ptr<transport>>
recorded(std::unique_ptr<transport> line, const line_uri &uri, const std::string &path);

} // namespace alidade
