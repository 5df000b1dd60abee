// Bytes that a simulated instrument has sent and its line has not taken yet.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

namespace alidade {

class outbox {
public:
    // From a time on; not before what was put in earlier with `in_turn`.
    void put(std::span<const std::uint8_t> data, std::int64_t t_mono_ns, bool in_turn);

    // The bytes that may be written now, not more than `chunk` (0 for all).
    [[nodiscard]] std::span<const std::uint8_t> next(std::int64_t now, std::int64_t chunk) const;
    // Takes `count` bytes out that were written; the rest of this piece waits for `pause_ns`.
    void written(std::size_t count, std::int64_t now, std::int64_t pause_ns);
    // Time at which `next` gives something again; `never` if nothing is left.
    [[nodiscard]] std::int64_t due() const;
    void clear() {
        pieces_.clear();
        held_ = 0;
    }

private:
    struct piece {
        std::int64_t t_mono_ns;
        bool in_turn;
        std::size_t begun;
        std::vector<std::uint8_t> data;
    };
    std::deque<piece> pieces_;
    std::size_t held_ = 0;
};

} // namespace alidade
