# Devices that give frames.

export FrameProducer, next_frame

"""
    FrameProducer

The [`Capability`](@ref) of devices that give frames: `next_frame`, `stream`, `roi`, `gain` ...
"""
abstract type FrameProducer <: Capability end
register_capability(FrameProducer, "frame_producer")

# The stream of `next_frame`. Open just in case: beside other streams it needs no memory of its own.
own_frames(device::Device) =
    get!(device.memory, :frames) do
        open_stream(device, :drop_oldest, 16, 64, ALD_FRAME_STREAM_SPARE)
    end::FrameStream

"""
    next_frame(camera; timeout=nothing) -> Frame

The next frame, without a copy; waits for one, as `take!` of a [`FrameStream`](@ref). They come by a stream of the camera's own, which
begins with the first `arm` or `next_frame` and keeps the newest 16; where other streams are open, it
keeps the newest one alone.
"""
next_frame(device::Device; timeout=nothing) = take!(own_frames(device), timeout=timeout)

# A region of the sensor, from the property's value.
region(given) = (x=given["x"], y=given["y"], width=given["width"], height=given["height"])
