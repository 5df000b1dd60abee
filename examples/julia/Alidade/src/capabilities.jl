# Capabilities of devices, as types to ask for. Each capability is a file of its own, which says
# `register_capability(Movable, "movable")` and has the functions that devices with it have.

export Capability, register_capability

"""
    Capability

Supertype of what devices can do: [`Movable`](@ref), [`Readable`](@ref), [`Camera`](@ref) ... are
types below it, of which there are no objects.

- `can(device, Movable)` tells whether a device can do that, `capabilities(device)` all that it can.
- `lab["stage", Movable]` and `device["x", Movable]` give a device that can, and `:UNSUPPORTED` with
  what it is for any other.
"""
abstract type Capability end

# The types, each with the names by which the library knows its capabilities. (A list, as types must
# not be the keys of a dictionary that is precompiled.)
const CAPABILITIES = Tuple{DataType,Vector{String}}[]

"""
    register_capability(type, names...)

Makes `type`, which is below [`Capability`](@ref), that of the devices with a capability, or with all
of several. A package calls it in its `__init__`.
"""
function register_capability(type::Type{<:Capability}, names::AbstractString...)
    isempty(names) && throw(ArgumentError("name the capabilities of $type"))
    filter!(known -> known[1] !== type, CAPABILITIES)
    push!(CAPABILITIES, (type, collect(names)))
    return type
end

function can(device::Device, type::Type{<:Capability})
    at = findfirst(known -> known[1] === type, CAPABILITIES)
    at === nothing &&
        throw(ArgumentError("$type is no capability; make it one by register_capability"))
    return all(name -> can(device, name), CAPABILITIES[at][2])
end

"""
    capabilities(device) -> list of types

Lists what a device can do, as far as this package has types for it;
`describe(device)["capabilities"]` has all names.
"""
capabilities(device::Device) =
    sort([type for (type, _) in CAPABILITIES if can(device, type)], by=string)

# A device that must be able to do something.
function checked(device::Device, type::Type{<:Capability})
    can(device, type) && return device
    wanted = lowercase(replace(string(nameof(type)), r"(?<=[a-z])(?=[A-Z])" => " "))
    message = "'$(path(device))' is not $wanted; its " * instead(device, type, wanted)
    throw(
        AlidadeError(
            :UNSUPPORTED, ALD_E_UNSUPPORTED, message, "device", 0, path(device), "", nothing
        ),
    )
end

# Names the parts that can do something, or else the capabilities that a device has.
function instead(device::Device, type, wanted)
    below = children(device)
    for part in below
        append!(below, children(part))
    end
    paths = join((path(part) for part in below if can(part, type)), ", ")
    isempty(paths) || return (wanted == "movable" ? "axes" : "$wanted parts") * " are $paths"
    names = join(describe(device)["capabilities"], ", ")
    return "capabilities: " * (isempty(names) ? "none" : names)
end

"""A device or a child by its path that can do something: `lab["stage", Movable]`."""
Base.getindex(lab::Lab, path::AbstractString, type::Type{<:Capability}) =
    checked(lab[path], type)

"""A child by its path that can do something: `stage["x", Movable]`."""
Base.getindex(device::Device, path::AbstractString, type::Type{<:Capability}) =
    checked(device[path], type)
