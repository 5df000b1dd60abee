# Devices that wait for triggers.

export Triggerable, arm, disarm

"""
    Triggerable

The [`Capability`](@ref) of devices that are armed and triggered: `arm`, `trigger`, `disarm`,
`trigger_mode` ...
"""
abstract type Triggerable <: Capability end
register_capability(Triggerable, "triggerable")

"""
    arm(device; timeout=nothing)

Makes a device ready: it waits for triggers, or runs freely. Frames of a camera wait for
[`next_frame`](@ref) from now on.
"""
function arm(device::Device; timeout=nothing)
    can(device, FrameProducer) && own_frames(device)
    do_on((d, limit, out, err) -> ald_camera_start_arm(d, limit, out, err), device, timeout)
    return
end

"""
    trigger(device; timeout=nothing)

Triggers an armed device: a camera takes one frame. Returns when it has accepted that.
"""
function trigger(device::Device; timeout=nothing)
    do_on((d, limit, out, err) -> ald_camera_start_trigger(d, limit, out, err), device, timeout)
    return
end

"""
    disarm(device; timeout=nothing)

Takes no more frames; an exposure under way is given up.
"""
function disarm(device::Device; timeout=nothing)
    do_on((d, limit, out, err) -> ald_camera_start_disarm(d, limit, out, err), device, timeout)
    return
end
