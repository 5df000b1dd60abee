# Devices whose time of exposure can be set.

export ExposureControl

"""
    ExposureControl

The [`Capability`](@ref) of devices with a time of exposure: `exposure`, `set_exposure`.
"""
abstract type ExposureControl <: Capability end
register_capability(ExposureControl, "exposure_control")
