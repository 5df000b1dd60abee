#include "sim/link.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"

#include <algorithm>
#include <sys/epoll.h>

namespace alidade {

namespace {

std::int64_t ns(double seconds) noexcept { return static_cast<std::int64_t>(seconds * 1e9); }

} // namespace

simulated_link::~simulated_link() {
    instrument_.reset();
    on_.wake_at(*this, never);
}

outcome simulated_link::switch_on(const instrument_kind &kind, const value &options) {
    auto made = kind.create(*this, bench_, options);
    if (!made) {
        return failure(std::move(made.error()));
    }
    instrument_ = std::move(*made);
    return plug();
}

outcome simulated_link::set_faults(const value &given) {
    auto changed = faults_.changed_by(given);
    if (!changed) {
        return failure(std::move(changed.error()));
    }
    if (given.find("seed") != nullptr) {
        dice_ = fault_dice(changed->seed);
    }
    if (given.find("unplug_after") != nullptr) {
        said_ = 0;
    }
    faults_ = *changed;
    end_->set_modem_lines(faults_.modem_lines);
    return {};
}

outcome simulated_link::plug() { return end_->plugged() ? outcome() : end_->plug(*this); }

void simulated_link::unplug() {
    end_->unplug();
    outbox_.clear();
    blocked_ = false;
    arm();
}

outcome simulated_link::say(std::span<const std::uint8_t> data) {
    if (!end_->plugged()) {
        return fail(ALD_E_DISCONNECTED, "simulation",
                    "the simulated instrument is unplugged; plug it first");
    }
    outbox_.put(data, mono_ns(), false);
    flush();
    return {};
}

void simulated_link::send(std::span<const std::uint8_t> data) {
    if (!end_->plugged() || faults_.silence || dice_.falls(faults_.drop)) {
        return;
    }
    std::vector<std::uint8_t> reply(data.begin(), data.end());
    if (faults_.truncate >= 0 && static_cast<std::size_t>(faults_.truncate) < reply.size()) {
        reply.resize(static_cast<std::size_t>(faults_.truncate));
    }
    for (std::uint8_t &byte : reply) {
        if (dice_.falls(faults_.garble)) {
            byte = dice_.changed(byte);
        }
    }
    outbox_.put(reply, mono_ns() + ns(faults_.delay_s), true);
    flush();
}

void simulated_link::wake_at(std::int64_t t_mono_ns) {
    wakes_ = t_mono_ns;
    arm();
}

void simulated_link::arm() {
    on_.wake_at(*this, std::min(wakes_, blocked_ ? never : outbox_.due()));
}

std::size_t simulated_link::allowed(std::size_t wanted) const noexcept {
    return faults_.unplug_after < 0
               ? wanted
               : std::min(wanted, static_cast<std::size_t>(faults_.unplug_after - said_));
}

// Writes what may be written now.
void simulated_link::flush() {
    blocked_ = false;
    for (;;) {
        const auto next = outbox_.next(mono_ns(), faults_.chunk);
        if (next.empty()) {
            break;
        }
        const std::size_t wanted = allowed(next.size());
        const std::size_t taken = wanted > 0 ? end_->write(next.first(wanted)) : 0;
        said_ += static_cast<std::int64_t>(taken);
        if (faults_.unplug_after >= 0 && said_ >= faults_.unplug_after) {
            faults_.unplug_after = -1; // it can be plugged again
            unplug();
            return;
        }
        if (taken > 0) {
            // No pause where the line was full: it has waited already.
            outbox_.written(taken, mono_ns(), taken == next.size() ? ns(faults_.chunk_pause_s) : 0);
        }
        if (taken < wanted) {
            blocked_ = true;
            break;
        }
    }
    arm();
}

// An event is lost where there is no memory for it: as if the line had lost the bytes.
template <class Body> void simulated_link::guarded(Body &&body) noexcept {
    try {
        body();
    } catch (...) {
        log::write(ALD_LOG_ERROR, "simulation", "a simulated instrument lost bytes: no memory");
    }
}

void simulated_link::ready(int fd, std::uint32_t events) noexcept {
    guarded([&] {
        const auto came = end_->take(fd, events);
        if (!came.empty()) {
            if (faults_.echo) {
                outbox_.put(came, mono_ns(), true);
                flush();
            }
            instrument_->receive(came);
        }
        if ((events & EPOLLOUT) != 0) {
            flush();
        }
    });
}

void simulated_link::due(std::int64_t now) noexcept {
    guarded([&] {
        if (wakes_ <= now) {
            wakes_ = never;
            instrument_->wake(now);
        }
        flush();
    });
}

} // namespace alidade
