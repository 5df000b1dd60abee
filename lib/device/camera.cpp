// Cameras: frames, triggers and exposure.
#include "base/log.hpp"
#include "device/device.hpp"

namespace alidade {

result<std::shared_ptr<frame_sink>> device::frames() const {
    if (auto able = check_can("frame_producer"); !able) {
        return failure(std::move(able.error()));
    }
    const std::scoped_lock lock(mutex_);
    return frames_;
}

result<ref<op>> device::start_camera_action(std::string_view name, std::int64_t timeout_ns) {
    if (auto able = check_can("triggerable"); !able) {
        return failure(std::move(able.error()));
    }
    return start_action(name, value(), timeout_ns);
}

result<ref<op>> device::start_set_exposure(double seconds, std::int64_t timeout_ns, bool here) {
    if (auto able = check_can("exposure_control"); !able) {
        return failure(std::move(able.error()));
    }
    return start_set("exposure", seconds, timeout_ns, here);
}

void device::disarm() noexcept {
    try {
        const auto told = start_action("disarm", value(), ALD_WAIT_DEFAULT);
        if (told) {
            return;
        }
        log::write(ALD_LOG_WARNING, path_, "not disarmed: " + told.error()->detail().message);
    } catch (...) {
        log::write(ALD_LOG_WARNING, path_, "not disarmed for want of memory");
    }
}

void device::end_started() noexcept try {
    for (const ref<request> &r : requests().all()) {
        // Motions end by the stop of their axis, if the driver has them already.
        const bool on_its_way = r->operation()->state() == ALD_OP_PENDING;
        if (r->what().starts && (!r->what().motion || on_its_way)) {
            r->end(request::reason::emergency_stop);
        }
    }
    std::vector<ref<device>> nodes;
    collect_nodes(nodes);
    for (const ref<device> &d : nodes) {
        if (!d->can("triggerable", 1)) {
            continue;
        }
        d->disarm();
        if (auto mine = d->frames()) {
            (*mine)->wake_held_down();
        }
    }
} catch (...) {
    log::write(ALD_LOG_ERROR, path_, "not all could be ended for want of memory");
}

// Of this node and those below it.
void device::end_frames(ald_status why) noexcept {
    std::shared_ptr<frame_sink> mine;
    {
        const std::scoped_lock lock(mutex_);
        mine = frames_;
    }
    if (mine) {
        mine->end(why);
    }
    for (std::size_t i = 0;; ++i) { // without a copy of the list: that needs memory
        device *child = nullptr;
        {
            const std::scoped_lock lock(mutex_);
            child = i < children_.size() ? children_[i].get() : nullptr;
        }
        if (child == nullptr) {
            return;
        }
        child->end_frames(why); // children stay as long as we do
    }
}

} // namespace alidade
