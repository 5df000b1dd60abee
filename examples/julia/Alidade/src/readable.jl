# Devices that give a number.

export Readable, Reading, last_reading, last_values, reading, start_read, unit

"""
    Readable

The [`Capability`](@ref) of devices that give a number: `read`, `reading`, `last_reading`, `unit`.
"""
abstract type Readable <: Capability end
register_capability(Readable, "readable")

"""
    Reading

A number with its times: `value`, `t_mono_ns`, `t_wall_ns`, `t_hw_ns`, `clock_id`,
`uncertainty_ns`, `overrange`, `unsettled`.
"""
struct Reading
    value::Float64
    t_mono_ns::Int64
    t_wall_ns::Int64
    t_hw_ns::Int64
    clock_id::UInt64
    uncertainty_ns::Int64
    overrange::Bool
    unsettled::Bool
end

Reading(r::ald_reading) = Reading(
    r.value, r.t_mono_ns, r.t_wall_ns, r.t_hw_ns, r.clock_id, r.uncertainty_ns,
    r.quality & ALD_READING_OVERRANGE != 0, r.quality & ALD_READING_UNSETTLED != 0,
)

"""Starts to read a number; see `read(device)`."""
start_read(device::Device; timeout=nothing) = start_on(
    (d, limit, out, err) -> ald_readable_start_read(d, limit, out, err), device, timeout
)

"""
    read(device; timeout=nothing) -> Float64

Reads a number from a readable device, in `unit(device)`.
"""
Base.read(device::Device; timeout=nothing) = finish(start_read(device, timeout=timeout))

"""The last number that was read from a readable device, with its times."""
last_reading(device::Device) = Reading(
    output_record(
        (record, err) -> ald_readable_last(device, record, err), ald_reading_init, ald_reading
    ),
)

"""
    reading(device; timeout=nothing) -> Reading

Reads a number from a readable device, with its times.
"""
function reading(device::Device; timeout=nothing)
    read(device, timeout=timeout)
    return last_reading(device)
end

"""
    last_values(devices) -> (values, t_mono_ns)

The last numbers of many readable devices at once; `NaN` and 0 where nothing was read yet.
"""
function last_values(devices::AbstractVector{Device})
    count = length(devices)
    numbers, times = Vector{Float64}(undef, count), Vector{Int64}(undef, count)
    GC.@preserve devices begin
        handles = [device.handle for device in devices]
        check(err -> ald_readable_last_many(handles, count, numbers, 8, times, 8, err))
    end
    return numbers, times
end

"""
    unit(device) -> String

The UCUM unit of a readable or movable device.
"""
function unit(device::Device)
    axis = unsafe_string(ald_movable_unit(device))
    return isempty(axis) ? unsafe_string(ald_readable_unit(device)) : axis
end
