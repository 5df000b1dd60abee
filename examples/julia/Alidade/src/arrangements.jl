# Arrangements of a lab: groups of presets, named positions, safe states; and drivers from outside
# the tree.

export groups, set_group, remove_group, apply_preset, current_preset, positions
export set_position, forget_position, remember, go_to, set_safe_state, safe_state
export set_reopen, load_driver

"""
    load_driver(path)

Loads a driver from a shared library outside the tree, for the life of the process.
"""
load_driver(path::AbstractString) = check(err -> ald_driver_load(path, err))

"""
    groups(lab) -> map

The groups of presets of a lab by their names: for each presets and tolerances.
"""
groups(lab::Lab) = take_value((out, err) -> ald_lab_groups(lab, out, err))

"""
    set_group(lab, name, presets; tolerances=nothing)

Makes a group of presets, or replaces one: properties that are switched as one.

```julia
set_group(lab, "objective", Dict("x20" => Dict("turret:position" => 2)))
apply_preset(lab, "objective", "x20")
current_preset(lab, "objective")         # "x20"
```

`tolerances` tells how far "path:property" may be from the number of a preset and still count.
"""
function set_group(lab::Lab, name::AbstractString, presets; tolerances=nothing)
    given = Value(presets)
    near = Value(tolerances)
    check(err -> ald_lab_set_group(lab, name, given, near, err))
end

"""Takes a group of presets away."""
remove_group(lab::Lab, name::AbstractString) = check(err -> ald_lab_remove_group(lab, name, err))

"""
    apply_preset(lab, group, preset; timeout=nothing) -> map

Switches a group to one of its presets, and gives what the instruments have then. Different
instruments are set at the same time, the properties of one in the order of the preset.
"""
function apply_preset(lab::Lab, group::AbstractString, preset::AbstractString; timeout=nothing)
    limit = nanoseconds(timeout, ALD_WAIT_DEFAULT)
    return finish(
        started((out, err) -> ald_lab_start_apply(lab, group, preset, limit, out, err))
    )
end

"""
    current_preset(lab, group; timeout=nothing)

To which of its presets a group is switched, as the instruments say; `nothing` if to none.
"""
function current_preset(lab::Lab, group::AbstractString; timeout=nothing)
    limit = nanoseconds(timeout, ALD_WAIT_DEFAULT)
    return finish(started((out, err) -> ald_lab_start_current(lab, group, limit, out, err)))
end

"""
    positions(lab) -> map

The named positions of a lab: for each where the axes are there, by their paths.
"""
positions(lab::Lab) = take_value((out, err) -> ald_lab_positions(lab, out, err))

"""
    set_position(lab, name, axes)

Names a position: a map from the path of each axis to where it is there, in the axis's unit.
"""
function set_position(lab::Lab, name::AbstractString, axes)
    given = Value(axes)
    check(err -> ald_lab_set_position(lab, name, given, err))
end

"""Forgets a named position."""
forget_position(lab::Lab, name::AbstractString) =
    check(err -> ald_lab_forget_position(lab, name, err))

"""
    remember(lab, name, axes=nothing; timeout=nothing) -> map

Remembers where axes are now under a name; `nothing` is all axes of the open devices.
"""
function remember(lab::Lab, name::AbstractString, axes=nothing; timeout=nothing)
    limit = nanoseconds(timeout, ALD_WAIT_DEFAULT)
    paths = Value(axes)
    return finish(
        started(
            (out, err) -> ald_lab_start_remember_position(lab, name, paths, limit, out, err)
        ),
    )
end

"""
    go_to(lab, name; timeout=nothing) -> map

Brings all axes of a named position there at the same time, and waits until they stand.
"""
function go_to(lab::Lab, name::AbstractString; timeout=nothing)
    limit = nanoseconds(timeout, ALD_WAIT_DEFAULT)
    return finish(started((out, err) -> ald_lab_start_go_to(lab, name, limit, out, err)))
end

"""
    set_safe_state(device, steps)

Declares what brings a device to its safe state after its axes have stopped: maps in order, with
`set` and `to`, or with `act`. `nothing` is the driver's own, the action "safe".
"""
function set_safe_state(device::Device, steps)
    given = Value(steps)
    declared = steps === nothing ? C_NULL : given
    check(err -> ald_device_set_safe_state(device, declared, err))
end

"""
    safe_state(device_or_lab; timeout=nothing) -> Vector{String}

Brings a device, or all open devices of a lab at the same time, to the safe state. A step that fails
does not keep the others from being tried. While an emergency stop holds, steps that would start
something are left out; their names are given. This is no safety-rated function.
"""
safe_state(device::Device; timeout=nothing) =
    left_out(do_on(ald_device_start_safe_state, device, timeout))
function safe_state(lab::Lab; timeout=nothing)
    limit = nanoseconds(timeout, ALD_WAIT_DEFAULT)
    return left_out(finish(started((out, err) -> ald_lab_start_safe_state(lab, limit, out, err))))
end

left_out(result) = String[step for step in result["left_out"]]

"""
    set_reopen(device, interval)

Opens a device that went away again by itself, every `interval` seconds; `nothing` for not.
"""
function set_reopen(device::Device, interval)
    ns = interval === nothing ? Int64(0) : nanoseconds(interval, ALD_WAIT_DEFAULT)
    check(err -> ald_device_set_reopen(device, ns, err))
end
