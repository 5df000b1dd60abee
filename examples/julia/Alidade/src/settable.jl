# Outputs: set-point, read-back, limits and unit.

export Settable, set_output, start_set_output, setpoint, readback, output_limits, output_unit

"""
    Settable

The [`Capability`](@ref) of what puts something out: `set_output`, `setpoint`, `readback`,
`output_limits`, `output_unit`.
"""
abstract type Settable <: Capability end
register_capability(Settable, "settable")

"""
    output_unit(output) -> String

The UCUM unit of an output.
"""
output_unit(device::Device) = unsafe_string(ald_settable_unit(checked(device, Settable)))

"""
    set_output(output, setpoint; unit=nothing, timeout=nothing) -> Float64

Sets an output and waits until it has settled; gives the set-point that the instrument has. A
timeout, or a task that is interrupted, holds the output where it is.
"""
set_output(device::Device, target::Real; unit=nothing, timeout=nothing) =
    finish(start_set_output(device, target, unit=unit, timeout=timeout))

"""Starts to set an output; see [`set_output`](@ref)."""
function start_set_output(device::Device, target::Real; unit=nothing, timeout=nothing)
    device.opens_itself && state(device) === :new && open(device)
    x = in_unit(target, unit, output_unit(device))
    return start_on(
        (d, limit, out, err) -> ald_settable_start_set(d, x, limit, out, err), device, timeout
    )
end

"""
    setpoint(output; timeout=nothing) -> Float64

Reads what an output is to be.
"""
setpoint(device::Device; timeout=nothing) = do_on(
    (d, limit, out, err) -> ald_settable_start_setpoint(d, limit, out, err), device, timeout
)

"""
    readback(output; timeout=nothing) -> Float64

Reads what an output is.
"""
readback(device::Device; timeout=nothing) = do_on(
    (d, limit, out, err) -> ald_settable_start_readback(d, limit, out, err), device, timeout
)

"""
    output_limits(output) -> (min, max)

The limits of a set-point, in the output's unit.
"""
function output_limits(device::Device)
    least, greatest = Ref(0.0), Ref(0.0)
    check(err -> ald_settable_limits(checked(device, Settable), least, greatest, err))
    return least[], greatest[]
end
