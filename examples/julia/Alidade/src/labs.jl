export snapshot, Lab, add, absent, check_lab, emergency_stop, reset_stop, is_stopped, lab_of

"""
    Lab(path)
    Lab(settings)
    Lab(; name="lab")

The devices and events of one experiment set-up: those of a TOML file, or an empty one.

```julia
open(Lab("computer.toml")) do lab
    println(read(lab["computer/cpu"]), " ", unit(lab["computer/cpu"]))
end
```

`open` opens all devices at the same time; `absent(lab)` tells which could not be opened, and the
others work. `lab["stage/x"]` gives a device, `keys(lab)` their names.
"""
mutable struct Lab <: Object
    handle::Ptr{ald_lab}
    absent::ValueMap
    Lab(handle::Ptr{ald_lab}) = owned(new(handle, ValueMap()))
end

Lab(; name="lab") = Lab(output((out, err) -> ald_lab_new(name, out, err), Ptr{ald_lab}))
Lab(settings::Settings) =
    Lab(output((out, err) -> ald_lab_from_settings(settings, out, err), Ptr{ald_lab}))
Lab(path::AbstractString) = Lab(load_settings(path))

"""
    add(lab, name, driver; options...) -> Device

Adds a device to a lab, without opening it.
"""
function add(lab::Lab, name::AbstractString, driver::AbstractString; options...)
    given = Value(values(options))
    return Device(
        output((out, err) -> ald_lab_add(lab, name, driver, given, out, err), Ptr{ald_device})
    )
end

"""
Opens all devices of a lab at the same time; `open(lab) do lab ... end` closes it afterwards.

Then what the lab declares is checked as by `check_lab`: when something does not fit a device an
error names all of it, and the devices stay open until the lab is closed.
"""
function Base.open(lab::Lab; timeout=nothing)
    limit = nanoseconds(timeout, ALD_WAIT_DEFAULT)
    ended = finish(started((out, err) -> ald_lab_start_open(lab, limit, out, err)))
    lab.absent = ValueMap((name => why for (name, why) in ended if why !== nothing)...)
    for (name, why) in lab.absent
        @warn "the device $name is absent: $(in_julia(why["message"]))"
    end
    return lab
end

"""
    absent(lab) -> map

The devices that the last `open(lab)` could not open: name to a map with status and message, and
unchecked, the keys of what is declared for the device, if there are any.
"""
absent(lab::Lab) = lab.absent

"""
    check_lab(lab) -> map

Checks the safe states, presets and positions that a lab declares: findings, each of a misfit, a
map with key, where, device, status and message; and unchecked, of devices that were never open.
Asks no instrument and moves nothing.
"""
check_lab(lab::Lab) = take_value((out, err) -> ald_lab_check(lab, out, err))

# Base's own closes only what has opened: instruments that did would stay open.
function Base.open(f::Function, lab::Lab; timeout=nothing)
    try
        open(lab; timeout=timeout)
        return f(lab)
    finally
        close(lab)
    end
end

"""Closes a lab and all its devices, and waits for that."""
function Base.close(lab::Lab)
    finish(started((out, err) -> ald_lab_start_close(lab, out, err)))
    return
end

"""The name of a lab."""
name(lab::Lab) = unsafe_string(ald_lab_name(lab))

Base.length(lab::Lab) = Int(ald_lab_device_count(lab))

function Base.iterate(lab::Lab, i=1)
    i > length(lab) && return nothing
    found = output((out, err) -> ald_lab_device_at(lab, i - 1, out, err), Ptr{ald_device})
    return Device(found), i + 1
end
Base.eltype(::Type{Lab}) = Device
Base.keys(lab::Lab) = [path(device) for device in lab]

"""A device or a child by its path."""
Base.getindex(lab::Lab, path::AbstractString) =
    Device(output((out, err) -> ald_lab_device(lab, path, out, err), Ptr{ald_device}))

function snapshot(lab::Lab; timeout=nothing)
    limit = nanoseconds(timeout, ALD_WAIT_DEFAULT)
    return finish(started((out, err) -> ald_lab_start_snapshot(lab, limit, out, err)))
end

"""
    emergency_stop(lab)

Stops every axis of every open device, before all that is waiting, and ends exposures; does not wait
until they stand. Axes in motion that cannot be stopped go on to their goals: `:UNSUPPORTED` names
them. This is no safety-rated stop.

It latches: until [`reset_stop`](@ref) whatever starts a motion or an exposure gives `:STATE`, also
when it was asked for before, and recordings end.
"""
emergency_stop(lab::Lab) = check(err -> ald_lab_emergency_stop(lab, err))

"""
    reset_stop(lab)

Lets motions and exposures be started again after an [`emergency_stop`](@ref); starts nothing.
"""
reset_stop(lab::Lab) = check(err -> ald_lab_reset_stop(lab, err))

"""
    is_stopped(lab) -> Bool

Tells whether an emergency stop holds.
"""
is_stopped(lab::Lab) = ald_lab_is_stopped(lab) == 1

"""
    lab_of(device) -> Lab

The lab that a device belongs to; one that was made alone has a lab of its own.
"""
lab_of(device::Device) =
    Lab(output((out, err) -> ald_device_lab(device, out, err), Ptr{ald_lab}))

Base.show(io::IO, lab::Lab) = print(io, "Lab(", repr(name(lab)), ", ", length(lab), " devices)")
