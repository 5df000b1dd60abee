// Cameras: frames, triggers and exposure.
#include "device/device.hpp"

namespace alidade {

result<std::shared_ptr<stream>> device::frames() const {
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

// Of this node and those below it.
void device::end_frames(ald_status why) noexcept {
    std::shared_ptr<stream> mine;
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
