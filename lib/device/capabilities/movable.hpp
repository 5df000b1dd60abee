// Axes: what `movable` means, in the verbs of a device.
#pragma once

#include "device/capabilities/records.hpp"
#include "device/device.hpp"

namespace alidade::capabilities::movable {

// Position that the axis was sent to. As long as it stands there, relative moves start from it:
// from the reading, which is rounded, their sum would drift.
class sent_position final : public facet {
public:
    void arrived(std::string_view property, const value &goal, const value &reached) override;
    void departed() noexcept override;
    void ended(ald_status why) noexcept override;

    // Start of a relative move of an axis that reads `reading`: the position that it was sent to if
    // it stands within `allowed` of that or of where its motion ended, or else the reading.
    [[nodiscard]] double start_from(double reading, double allowed) const noexcept;

private:
    struct place {
        double goal;
        double reached;
    };

    mutable std::mutex mutex_;
    std::optional<place> sent_;
};

[[nodiscard]] result<ref<op>> start_move_abs(device &axis, double position,
                                             std::int64_t timeout_ns);
[[nodiscard]] result<ref<op>> start_move_rel(device &axis, double distance,
                                             std::int64_t timeout_ns);
[[nodiscard]] result<ref<op>> start_home(device &axis, std::int64_t timeout_ns);
// Toward greater positions where `direction` is more than 0.
[[nodiscard]] result<ref<op>> start_jog(device &axis, std::int32_t direction,
                                        std::int64_t timeout_ns);
[[nodiscard]] result<ref<op>> start_set_zero(device &axis, std::int64_t timeout_ns);
[[nodiscard]] result<ref<op>> start_stop(device &axis, std::int64_t timeout_ns);
[[nodiscard]] result<ref<op>> start_wait_settled(device &axis, std::int64_t timeout_ns);
[[nodiscard]] result<ref<op>> start_position(device &axis, std::int64_t timeout_ns, bool here);
[[nodiscard]] result<std::pair<double, double>> limits(const device &axis);
// "" for what is not movable.
[[nodiscard]] const char *unit(const device &axis) noexcept;

// Cancels that are triggered whenever this axis is told to stop.
[[nodiscard]] outcome attach_cancel(device &axis, ref<cancel_source> c);
[[nodiscard]] outcome detach_cancel(device &axis, const cancel_source &c);

} // namespace alidade::capabilities::movable
