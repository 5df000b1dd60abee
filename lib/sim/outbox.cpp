#include "sim/outbox.hpp"

#include "base/clock.hpp"

#include <algorithm>

namespace alidade {

namespace {
// More than a line ever holds; a client that never reads must not eat the memory.
constexpr std::size_t most_held = std::size_t{4} << 20;
} // namespace

void outbox::put(std::span<const std::uint8_t> data, std::int64_t t_mono_ns, bool in_turn) {
    if (data.empty() || held_ + data.size() > most_held) {
        return;
    }
    for (const piece &p : pieces_) {
        if (in_turn && p.in_turn) {
            t_mono_ns = std::max(t_mono_ns, p.t_mono_ns);
        }
    }
    // Not into the middle of a piece that is on its way.
    auto place = std::find_if(pieces_.begin(), pieces_.end(), [&](const piece &p) {
        return p.begun == 0 && p.t_mono_ns > t_mono_ns;
    });
    pieces_.insert(place, {t_mono_ns, in_turn, 0, {data.begin(), data.end()}});
    held_ += data.size();
}

std::span<const std::uint8_t> outbox::next(std::int64_t now, std::int64_t chunk) const {
    if (pieces_.empty() || pieces_.front().t_mono_ns > now) {
        return {};
    }
    const piece &p = pieces_.front();
    const auto left = std::span(p.data).subspan(p.begun);
    return chunk > 0 ? left.first(std::min(left.size(), static_cast<std::size_t>(chunk))) : left;
}

void outbox::written(std::size_t count, std::int64_t now, std::int64_t pause_ns) {
    piece &p = pieces_.front();
    p.begun += count;
    held_ -= count;
    if (p.begun == p.data.size()) {
        pieces_.pop_front();
    } else {
        p.t_mono_ns = now + pause_ns;
    }
}

std::int64_t outbox::due() const { return pieces_.empty() ? never : pieces_.front().t_mono_ns; }

} // namespace alidade
