// The devices and events of one experiment set-up.
#pragma once

#include "base/text/settings.hpp"
#include "device/device.hpp"
#include "sim/bench/bench.hpp"

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

    // Fails when something that is declared does not fit a device; devices stay open then.
    [[nodiscard]] result<ref<op>> start_open(std::int64_t timeout_ns);
    [[nodiscard]] result<ref<op>> start_snapshot(std::int64_t timeout_ns);
    // Latches, and stops all: see `ald_lab_emergency_stop`.
    [[nodiscard]] outcome emergency_stop();
    void reset_stop();
    [[nodiscard]] stop_latch &latch() noexcept { return latch_; }
    // Brings all open devices to their safe states. One that is gone and has declared steps fails.
    [[nodiscard]] result<ref<op>> start_safe_state(std::int64_t timeout_ns);

    // Groups of presets: a preset is a map from "path:property" to a value. What is not known
    // before a device was open is checked when it is opened, and when a preset is applied.
    [[nodiscard]] result<value> check_setting(std::string_view target, const value &v) const;
    [[nodiscard]] outcome check_tolerance(std::string_view target, const value &v) const;
    [[nodiscard]] outcome set_group(const std::string &group, const value &presets,
                                    const value &tolerances);
    [[nodiscard]] outcome remove_group(std::string_view group);
    [[nodiscard]] value groups() const;
    [[nodiscard]] result<ref<op>> start_apply(const std::string &group, const std::string &preset,
                                              std::int64_t timeout_ns);
    [[nodiscard]] result<ref<op>> start_current(const std::string &group, std::int64_t timeout_ns);

    // Named positions: a map from the path of an axis to where it is there.
    [[nodiscard]] result<value> check_place(std::string_view axis, const value &v) const;
    [[nodiscard]] outcome set_position(const std::string &position, const value &axes);
    [[nodiscard]] outcome forget(std::string_view position);
    [[nodiscard]] value positions() const;
    // No axes: all of the open devices.
    [[nodiscard]] result<ref<op>> start_remember(const std::string &position,
                                                 const std::vector<std::string> &axes,
                                                 std::int64_t timeout_ns);
    [[nodiscard]] result<ref<op>> start_go_to(const std::string &position, std::int64_t timeout_ns);

    // A declared safe state, preset, tolerance or position that does not fit what its device turned
    // out to be, or that could not be looked at: the device was never open, or the part is there
    // and cannot be used.
    struct finding {
        std::string key;   // as in TOML: positions.load."stage/x"
        std::string where; // "lab.toml:12:3"; empty for what was declared in code
        std::string device;
        std::string part;     // path of the device or the child that it is about
        ref<const error> why; // NULL: not looked at
    };
    // Findings about all devices, or about one.
    [[nodiscard]] std::vector<finding> findings(const device *only = nullptr) const;
    // The same for people: a map with findings and unchecked.
    [[nodiscard]] value check() const;
    // True while a caller waits for all devices to open, who is told of what does not fit.
    [[nodiscard]] bool is_opening() const noexcept { return opening_ > 0; }
    // Forgets the places in a file of what was declared under a key, and is replaced or taken away.
    void forget_places(const std::string &key);

    void close() noexcept override;
    [[nodiscard]] bool closable() const noexcept override { return true; }

private:
    struct group {
        map presets;
        map tolerances;
    };

    void note_places(const settings &s);
    [[nodiscard]] result<value> opened(map devices) const;
    [[nodiscard]] outcome check_open() const;
    [[nodiscard]] outcome check_still_open() const;
    [[nodiscard]] outcome take(const ref<device> &made);
    // NULL for a part that is not known before its device was open.
    [[nodiscard]] result<ref<device>> find_so_far(std::string_view path) const;
    [[nodiscard]] result<group> group_named(std::string_view name) const;
    [[nodiscard]] std::vector<std::string> all_axes() const;

    void tell(std::int32_t kind) noexcept;

    std::string name_;
    stop_latch latch_;
    mutable std::mutex mutex_;
    std::vector<std::pair<std::string, group>> groups_;
    map positions_;
    std::map<std::string, std::string> places_; // of what settings declare, by keys
    std::vector<ref<device>> devices_;
    bool closed_ = false;
    std::atomic<int> opening_{0};
    ref<bench_object> bench_;
    subscriptions events_;
};

} // namespace alidade
