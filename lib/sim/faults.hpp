// Faults of a simulated instrument's line.
#pragma once

#include "base/value/schema.hpp"

#include <cstdint>
#include <vector>

namespace alidade {

// Modem lines as RFC 2217 tells of them.
namespace modem_line {
constexpr std::uint8_t cts = 0x10;
constexpr std::uint8_t dsr = 0x20;
constexpr std::uint8_t ri = 0x40;
constexpr std::uint8_t cd = 0x80;
constexpr std::uint8_t plugged_in = cts | dsr | cd;
} // namespace modem_line

struct faults {
    double delay_s = 0;             // before each reply
    double garble = 0;              // probability that a byte is changed
    std::int64_t truncate = -1;     // bytes after which a reply is cut
    double drop = 0;                // probability that a reply is lost
    bool silence = false;           // no reply at all
    bool echo = false;              // what comes goes back first
    std::int64_t chunk = 0;         // bytes per write; 0 for all
    double chunk_pause_s = 0;       // between writes
    std::int64_t unplug_after = -1; // bytes until the line is cut
    std::int64_t seed = 0;
    std::uint8_t modem_lines = modem_line::plugged_in; // that are on

    [[nodiscard]] static const std::vector<schema> &records();
    // Merges a map into the faults; those that it does not name stay.
    [[nodiscard]] result<faults> changed_by(const value &given) const;
};

// Random numbers of garbled and lost replies, given by the seed and a count.
class fault_dice {
public:
    explicit fault_dice(std::int64_t seed = 0) noexcept : seed_(static_cast<std::uint64_t>(seed)) {}
    // True with a probability.
    [[nodiscard]] bool falls(double probability) noexcept;
    // Another byte in its place.
    [[nodiscard]] std::uint8_t changed(std::uint8_t byte) noexcept;

private:
    [[nodiscard]] std::uint64_t next() noexcept;
    std::uint64_t seed_;
    std::uint64_t count_ = 0;
};

} // namespace alidade
