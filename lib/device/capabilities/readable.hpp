// Devices that give a number: what `readable` means, in the verbs of a device.
#pragma once

#include "base/readable.hpp"
#include "device/capabilities/records.hpp"
#include "device/device.hpp"

namespace alidade::capabilities::readable {

[[nodiscard]] result<ref<op>> start_read(device &of, std::int64_t timeout_ns, bool here);
[[nodiscard]] result<alidade::reading> read(device &of, std::int64_t deadline,
                                            const cancel_source *cancel);
[[nodiscard]] result<ald_reading> last_reading(const device &of);
// "" for what is not readable.
[[nodiscard]] const char *unit(const device &of) noexcept;

// The last number and its times.
class last_number final : public facet {
public:
    void learned(std::string_view property, const value &v, const ald_reading *times,
                 std::int64_t t_mono_ns) override;

    // Last reading; its time is 0 where nothing was read yet.
    [[nodiscard]] ald_reading reading() const;
    // False if nothing was read yet. Takes no lock, and is in the header because thousands are
    // looked at in one go.
    [[nodiscard]] bool peek(double &number, std::int64_t &t_mono_ns) const noexcept {
        for (;;) {
            const std::uint32_t before = version_.load(std::memory_order_acquire);
            number = peeked_.load(std::memory_order_acquire);
            t_mono_ns = peeked_t_.load(std::memory_order_acquire);
            if ((before & 1U) == 0 && version_.load(std::memory_order_relaxed) == before) {
                return t_mono_ns != 0;
            }
        }
    }

private:
    // The reading once more, for looks without a lock: odd while it is being written.
    std::atomic<std::uint32_t> version_{0};
    std::atomic<double> peeked_{0};
    std::atomic<std::int64_t> peeked_t_{0};
    mutable std::mutex mutex_;
    ald_reading last_{};
};

// NULL for what is not readable. Takes no lock.
[[nodiscard]] inline const last_number *last_of(const device &of) noexcept {
    return static_cast<const last_number *>(of.facet_of(record));
}

// A readable device, for rooms that know no devices.
class sensor final : public alidade::readable {
public:
    explicit sensor(ref<device> of) : device_(std::move(of)), keep_(device_->keep_alive()) {}

    [[nodiscard]] result<alidade::reading> read(std::int64_t deadline,
                                                const cancel_source *cancel) override {
        return capabilities::readable::read(*device_, deadline, cancel);
    }
    [[nodiscard]] const std::string &unit() const noexcept override { return unit_; }

private:
    ref<device> device_;
    ref<const object> keep_;
    std::string unit_ = capabilities::readable::unit(*device_);
};

} // namespace alidade::capabilities::readable
