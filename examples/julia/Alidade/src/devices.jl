export Device, Schema, path, children, schema, properties, can, cached, set
export start_set, start_get, start_action, act, capabilities, drivers, discover, ports, probe

"""
    Device

An instrument or a part of one. `lab["stage"]`, `device["x"]` and the mocks give them.

- `open(device)`, `close(device)`, `isopen(device)`, `state(device)`; `open(device) do d ... end`.
- `get(device, name)`, `set(device, name, value)`, `cached(device, name)`, `properties(device)`.
- `read(device)` and `reading(device)` of one that is [`Readable`](@ref); `move_abs`, `position`,
  `stop` ... of one that is [`Movable`](@ref); `arm`, `trigger`, `next_frame` ... of a
  [`Camera`](@ref). `can(device, Movable)` tells, `lab["stage", Movable]` wants it so.
- `children(device)`, `device["x"]`, `describe(device)`, `snapshot(device)`.

Numbers are in the device's own unit, `unit(device)`; `unit="um"` in a call converts.
"""
mutable struct Device <: Object
    handle::Ptr{ald_device}
    opens_itself::Bool
    memory::Dict{Symbol,Any} # what capabilities remember, each by a name of its own
    Device(handle::Ptr{ald_device}; opens_itself=false) =
        owned(new(handle, opens_itself, Dict{Symbol,Any}()))
end

"""
    Device(name, driver; options...)

Makes a device in a private lab, without opening it. `drivers()` tells what there is.
"""
function Device(name::AbstractString, driver::AbstractString; opens_itself=false, options...)
    given = Value(values(options))
    return Device(
        output((out, err) -> ald_device_new(name, driver, given, out, err), Ptr{ald_device});
        opens_itself=opens_itself,
    )
end

"""
    drivers() -> list of maps

The drivers of this process: name, doc, options.
"""
drivers() = take_value((out, err) -> ald_driver_list(out, err))

"""
    capabilities() -> list of maps

Lists what devices can do: name, version, doc, within, properties, actions.
"""
capabilities() = take_value((out, err) -> ald_capability_list(out, err))

"""
    discover(; timeout=nothing) -> list of maps

Asks the drivers what is connected: driver, name, description, options.
"""
function discover(; timeout=nothing)
    limit = nanoseconds(timeout, ALD_WAIT_DEFAULT)
    return finish(started((out, err) -> ald_driver_start_discover(limit, out, err)))
end

"""
    ports() -> list of maps

The serial ports of this computer, which are not opened: uri, path, description, and where known
vendor_id, product_id, manufacturer, product, serial_number.
"""
ports() = take_value((out, err) -> ald_port_list(out, err))

"""
    probe(driver, uri; timeout=nothing) -> map

Asks whether an instrument of a driver is at the end of a line: driver, uri, vendor, model,
serial_number, firmware. What is there gets bytes of that driver's protocol, whatever it is.
"""
function probe(driver::AbstractString, uri::AbstractString; timeout=nothing)
    limit = nanoseconds(timeout, ALD_WAIT_DEFAULT)
    return finish(started((out, err) -> ald_driver_start_probe(driver, uri, limit, out, err)))
end

# Starts `start(device, timeout_ns, out, err)` on a device that is ready for it.
function start_on(start, device::Device, timeout)
    limit = nanoseconds(timeout, ALD_WAIT_DEFAULT)
    device.opens_itself && state(device) === :new && open(device)
    return started((out, err) -> start(device, limit, out, err))
end

# The same, and waits for the result.
do_on(start, device::Device, timeout) = finish(start_on(start, device, timeout))

const DEVICE_STATES = (:new, :opening, :open, :disconnected, :closed)

"""
    state(device) -> Symbol

`:new`, `:opening`, `:open`, `:disconnected` or `:closed`.
"""
function state(device::Device)
    number = ald_device_status(device)
    number < 0 && describe(device) # which says why there is none, as in a forked child
    return DEVICE_STATES[number+1]
end

"""Opens a device; `open(device) do d ... end` closes it afterwards."""
function Base.open(device::Device; timeout=nothing)
    limit = nanoseconds(timeout, ALD_WAIT_DEFAULT)
    finish(started((out, err) -> ald_device_start_open(device, limit, out, err)))
    return device
end

"""Closes a device and waits for that: motions stop, the instrument is released."""
function Base.close(device::Device)
    finish(started((out, err) -> ald_device_start_close(device, out, err)))
    return
end

Base.isopen(device::Device) = state(device) === :open

"""The path of a device: its name, or `"parent/child"`."""
path(device::Device) = unsafe_string(ald_device_path(device))

"""
    describe(device) -> map

Path, driver, state, vendor, model, capabilities, children, properties, actions, failed_children.
"""
describe(device::Device) = take_value((out, err) -> ald_device_describe(device, out, err))

"""The children of a device; known when it is open."""
children(device::Device) = [
    Device(output((out, err) -> ald_device_child_at(device, i - 1, out, err), Ptr{ald_device}))
    for i in 1:ald_device_child_count(device)
]

"""A child by its path below the device: `stage["x"]`."""
Base.getindex(device::Device, name::AbstractString) =
    Device(output((out, err) -> ald_device_child(device, name, out, err), Ptr{ald_device}))

"""
    can(device, capability, version=1) -> Bool

Tells whether a device has a capability, a type as [`Movable`](@ref) or a name: `"stop"` for an axis
that can be stopped in mid-motion.
"""
can(device::Device, capability, version=1) = ald_device_can(device, capability, version) == 1

"""
    Schema

Schema of a property: `name`, `type`, `unit`, `doc`, `min`, `max`, `step` (`NaN` for none),
`readable`, `writable`, `constant`.
"""
struct Schema
    name::String
    type::Symbol
    unit::String
    doc::String
    min::Float64
    max::Float64
    step::Float64
    readable::Bool
    writable::Bool
    constant::Bool
end

function Schema(device::Device, ask)
    GC.@preserve device begin # its strings are the device's
        s = output_record(ask, ald_schema_init, ald_schema)
        text(c) = c == C_NULL ? "" : unsafe_string(c)
        return Schema(
            text(s.name), Symbol(unsafe_string(ald_type_name(s.type))), text(s.unit), text(s.doc),
            s.min, s.max, s.step, s.flags & ALD_SCHEMA_READ != 0,
            s.flags & ALD_SCHEMA_WRITE != 0, s.flags & ALD_SCHEMA_CONSTANT != 0,
        )
    end
end

"""Schemas of all properties of a device."""
properties(device::Device) = [
    Schema(device, (record, err) -> ald_device_property_at(device, i - 1, record, err))
    for i in 1:ald_device_property_count(device)
]

"""Schema of a property of a device."""
schema(device::Device, name::AbstractString) =
    Schema(device, (record, err) -> ald_device_property(device, name, record, err))

"""Starts to read a property; see `get(device, name)`."""
start_get(device::Device, name::AbstractString; timeout=nothing) = start_on(
    (d, limit, out, err) -> ald_device_start_get(d, name, limit, out, err), device, timeout
)

"""
    get(device, name; timeout=nothing)

Reads a property from the instrument.
"""
Base.get(device::Device, name::AbstractString; timeout=nothing) =
    finish(start_get(device, name, timeout=timeout))

"""
    cached(device, name)

The last known value of a property, without talking to the instrument, and its age in seconds.
"""
function cached(device::Device, name::AbstractString)
    age = Ref{Int64}(0)
    value = take_value((out, err) -> ald_device_get_cached(device, name, out, age, err))
    return value, age[] / 1e9
end

# A number in the unit of a property, whole where the property is and the conversion rounds.
function own_value(schema::Schema, value, unit)
    schema.type in (:double, :int64) || throw(ArgumentError(
        "$(schema.name) is of type $(schema.type), which has no unit; leave unit away"
    ))
    own = isempty(schema.unit) ? "1" : schema.unit
    converted = convert_unit(value, unit, own)
    is_whole = schema.type === :int64 && isapprox(converted, round(converted), rtol=1e-12)
    return is_whole ? round(Int, converted) : converted
end

"""Starts to write a property; see [`set`](@ref)."""
function start_set(device::Device, name::AbstractString, value; unit=nothing, timeout=nothing)
    device.opens_itself && state(device) === :new && open(device)
    given = Value(unit === nothing ? value : own_value(schema(device, name), value, unit))
    return start_on(
        (d, limit, out, err) -> ald_device_start_set(d, name, given, limit, out, err),
        device,
        timeout,
    )
end

"""
    set(device, name, value; unit=nothing, timeout=nothing)

Writes a property and gives what the instrument has now. Refused before anything is sent if its
type is wrong or it is outside the limits.
"""
set(device::Device, name::AbstractString, value; unit=nothing, timeout=nothing) =
    finish(start_set(device, name, value, unit=unit, timeout=timeout))

"""Starts an action that `describe(device)["actions"]` names."""
function start_action(device::Device, name::AbstractString, arguments=nothing; timeout=nothing)
    given = Value(arguments)
    return start_on(
        (d, limit, out, err) -> ald_device_start_action(d, name, given, limit, out, err),
        device,
        timeout,
    )
end

"""
    act(device, name, arguments=nothing; timeout=nothing)

Does an action and waits for its end.
"""
act(device::Device, name::AbstractString, arguments=nothing; timeout=nothing) =
    finish(start_action(device, name, arguments, timeout=timeout))

"""
    snapshot(device_or_lab; timeout=nothing) -> map

Reads all properties: a map from `"path:property"` to a map with value, unit and t_wall_ns, or with
error.
"""
snapshot(device::Device; timeout=nothing) = do_on(
    (d, limit, out, err) -> ald_device_start_snapshot(d, limit, out, err), device, timeout
)

function Base.show(io::IO, device::Device)
    own = unit(device)
    print(io, "Device(", repr(path(device)), ", :", state(device))
    isempty(own) || print(io, ", unit ", own)
    print(io, ")")
end
