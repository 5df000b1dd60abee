# Devices that give frames.

export FrameProducer, next_frame

"""
    FrameProducer

The [`Capability`](@ref) of devices that give frames: `next_frame`, `stream`, `roi`, `gain` ...
"""
abstract type FrameProducer <: Capability end
register_capability(FrameProducer, "frame_producer")

function own_frames(device::Device)
    device.frames === nothing && (device.frames = stream(device))
    return device.frames::FrameStream
end

"""
    next_frame(camera; timeout=nothing) -> Frame

The next frame, without a copy; waits for one. They come by a stream of the camera's own, which
begins with the first `arm` or `next_frame` and keeps the newest 16.
"""
next_frame(device::Device; timeout=nothing) = take!(own_frames(device), timeout=timeout)

# A region of the sensor, from the property's value.
region(given) = (x=given["x"], y=given["y"], width=given["width"], height=given["height"])
