# Cameras: arming, triggering, exposing.

export arm, disarm, set_exposure, next_frame

function own_frames(device::Device)
    # Open just in case: it keeps no memory that other streams need.
    device.frames === nothing &&
        (device.frames = open_stream(device, :drop_oldest, 16, 64, ALD_FRAME_STREAM_SPARE))
    return device.frames::FrameStream
end

"""
    arm(camera; timeout=nothing)

Makes a camera ready: it waits for triggers, or runs freely. Frames wait for [`next_frame`](@ref)
from now on.
"""
function arm(device::Device; timeout=nothing)
    own_frames(device)
    do_on((d, limit, out, err) -> ald_camera_start_arm(d, limit, out, err), device, timeout)
    return
end

"""
    trigger(camera; timeout=nothing)

Has an armed camera take one frame; returns when it has accepted that.
"""
function trigger(device::Device; timeout=nothing)
    do_on((d, limit, out, err) -> ald_camera_start_trigger(d, limit, out, err), device, timeout)
    return
end

"""
    disarm(camera; timeout=nothing)

Takes no more frames; an exposure under way is given up.
"""
function disarm(device::Device; timeout=nothing)
    do_on((d, limit, out, err) -> ald_camera_start_disarm(d, limit, out, err), device, timeout)
    return
end

"""
    set_exposure(camera, seconds; timeout=nothing) -> Float64

Sets the time of exposure; gives what the camera has now. All else is a property:
`set(camera, "gain", 2)`, `get(camera, "roi")`.
"""
set_exposure(device::Device, seconds::Real; timeout=nothing) =
    set(device, "exposure", Float64(seconds), timeout=timeout)

"""
    next_frame(camera; timeout=nothing) -> Frame

The next frame, without a copy; waits for one. They come by a stream of the camera's own, which
begins with the first `arm` or `next_frame` and keeps the newest 16; where other streams are open, it
keeps as many as need no more memory.
"""
next_frame(device::Device; timeout=nothing) = take!(own_frames(device), timeout=timeout)
