# Cameras: what gives frames, waits for triggers and has a time of exposure.

export Camera

"""
    Camera

The [`Capability`](@ref) of cameras: [`FrameProducer`](@ref), [`Triggerable`](@ref) and
[`ExposureControl`](@ref) at once.
"""
abstract type Camera <: Capability end
register_capability(Camera, "frame_producer", "triggerable", "exposure_control")
