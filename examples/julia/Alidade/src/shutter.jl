# Shutters. Closed is safe: an emergency stop and the safe state of a lab close them.

export Shutter, open_shutter, start_open_shutter, close_shutter, start_close_shutter, shutter_state

"""
    Shutter

The [`Capability`](@ref) of what lets light through or blocks it: `open_shutter`, `close_shutter`,
`shutter_state`.
"""
abstract type Shutter <: Capability end
register_capability(Shutter, "shutter")

"""
    open_shutter(shutter; timeout=nothing)

Opens a shutter and waits until it is open. A task that is interrupted meanwhile, or a timeout,
closes it again. `open` is that of the device, as of any other.
"""
function open_shutter(device::Device; timeout=nothing)
    do_on((d, limit, out, err) -> ald_shutter_start_open(d, limit, out, err), device, timeout)
    return
end

"""Starts to open a shutter; see [`open_shutter`](@ref)."""
start_open_shutter(device::Device; timeout=nothing) = accepted(
    start_on((d, limit, out, err) -> ald_shutter_start_open(d, limit, out, err), device, timeout),
)

"""
    close_shutter(shutter; timeout=nothing)

Closes a shutter and waits until it is closed. Goes before all that is waiting, and ends an opening
that is under way.
"""
function close_shutter(device::Device; timeout=nothing)
    finish(start_close_shutter(device, timeout=timeout))
    return
end

"""Starts to close a shutter; see [`close_shutter`](@ref)."""
start_close_shutter(device::Device; timeout=nothing) = start_on(
    (d, limit, out, err) -> ald_shutter_start_close(d, limit, out, err), device, timeout
)

"""
    shutter_state(shutter; timeout=nothing) -> String

Reads the state: "closed", "opening", "open" or "closing".
"""
shutter_state(device::Device; timeout=nothing) = do_on(
    (d, limit, out, err) -> ald_shutter_start_read_state(d, limit, out, err), device, timeout
)
