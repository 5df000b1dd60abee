// The devices and events of one experiment set-up.
#pragma once

#include "base/settings.hpp"
#include "device/bench/bench.hpp"
#include "device/device.hpp"

namespace alidade {

// Letters, digits, "_", "-" and ".".
[[nodiscard]] outcome check_device_name(std::string_view name);

class lab final : public object {
public:
    explicit lab(std::string name) : object(ALD_KIND_LAB), name_(std::move(name)) {}

    // A lab with the devices that settings declare, not opened.
    [[nodiscard]] static result<ref<lab>> from_settings(const settings &s);

    [[nodiscard]] const std::string &name() const noexcept { return name_; }
    // The simulated bench of the lab, made when it is asked for the first time.
    [[nodiscard]] result<ref<bench_object>> bench();
    [[nodiscard]] subscriptions &events() noexcept { return events_; }

    [[nodiscard]] result<ref<device>> add(const std::string &name, std::string_view driver,
                                          const value &options);
    [[nodiscard]] std::vector<ref<device>> devices() const;
    [[nodiscard]] result<ref<device>> find(std::string_view path) const;

    [[nodiscard]] result<ref<op>> start_open(std::int64_t timeout_ns);
    [[nodiscard]] result<ref<op>> start_snapshot(std::int64_t timeout_ns);
    [[nodiscard]] outcome emergency_stop();

    void close() noexcept override;
    [[nodiscard]] bool closable() const noexcept override { return true; }

private:
    [[nodiscard]] outcome check_open() const;

    std::string name_;
    mutable std::mutex mutex_;
    std::vector<ref<device>> devices_;
    bool closed_ = false;
    ref<bench_object> bench_;
    subscriptions events_;
};

} // namespace alidade
