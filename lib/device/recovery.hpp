// Opening again what was lost in mid-motion: the axes are stopped first.
#pragma once

#include "device/device.hpp"

namespace alidade {

// Stops axes, one after the other, before a device that was opened again is given to anybody: they
// may still move as they did when the line was lost. One that cannot be stopped is waited for.
class recovery final : public std::enable_shared_from_this<recovery> {
public:
    // `opening` has until `deadline`; it ends when all axes stand, or with the first failure.
    static void begin(device &root, const ref<op> &opening, std::int64_t deadline,
                      std::vector<ref<device>> axes);

    recovery(device &root, const ref<op> &opening, std::int64_t deadline,
             std::vector<ref<device>> axes);
    recovery(const recovery &) = delete;
    recovery &operator=(const recovery &) = delete;
    ~recovery(); // ends the opening where nobody goes on with it: the device was closed

private:
    using then = void (recovery::*)(const op &step);

    // Runs at the ends of requests and on timers, where nothing may be thrown.
    void guarded(const std::function<void()> &body) noexcept;
    void look();
    void looked(const op &step);
    void stop(bool stands);
    void stopped(const op &step);
    void next();
    void follow(result<ref<op>> started, then go_on);
    void cancel();
    void end(result<value> how) noexcept;

    [[nodiscard]] device &axis() const { return *axes_.front(); }

    device &root_;
    ref<const object> keep_; // the lab: it owns the device
    ref<op> opening_;
    std::int64_t deadline_;
    std::vector<ref<device>> axes_; // those that are left; the first one is being stopped
    std::mutex mutex_;
    ref<op> step_;
    bool ended_ = false;
};

} // namespace alidade
