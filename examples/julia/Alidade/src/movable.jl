# Axes. A motion has ended when the axis has settled.

export Movable, limits, move_abs, start_move, move_rel, start_move_rel, home, start_home, stop
export start_stop, wait_settled, jog, start_jog, set_zero, start_set_zero

"""
    Movable

The [`Capability`](@ref) of axes: `move_abs`, `move_rel`, `jog`, `home`, `stop`, `set_zero`, `position`, `limits` ...
"""
abstract type Movable <: Capability end
register_capability(Movable, "movable")

axis_unit(device) = unsafe_string(ald_movable_unit(checked(device, Movable)))

"""
    start_move(axis, position; unit=nothing, timeout=nothing) -> Op

Starts to move an axis and returns when the instrument has accepted that; see [`move_abs`](@ref).
"""
function start_move(device::Device, target::Real; unit=nothing, timeout=nothing)
    device.opens_itself && state(device) === :new && open(device)
    place = in_unit(target, unit, axis_unit(device))
    return accepted(
        start_on(
            (d, limit, out, err) -> ald_movable_start_move_abs(d, place, limit, out, err),
            device,
            timeout,
        ),
    )
end

# A motion that the instrument refuses is reported at once.
function accepted(op::Op)
    wait_begun(op)
    state(op) === :failed && result(op)
    return op
end

"""
    move_abs(axis, position; unit=nothing, timeout=nothing)

Moves an axis to a position and waits until it has settled. A position outside the limits, or in a
unit that measures something else, is refused before anything moves. Another motion of the same
axis gives `:BUSY`. A task that is interrupted meanwhile, or a timeout, stops the axis and waits
until it stands.
"""
function move_abs(device::Device, target::Real; unit=nothing, timeout=nothing)
    device.opens_itself && state(device) === :new && open(device)
    place = in_unit(target, unit, axis_unit(device))
    do_on(
        (d, limit, out, err) -> ald_movable_start_move_abs(d, place, limit, out, err),
        device,
        timeout,
    )
    return
end

"""Starts to move an axis by a distance; see [`start_move`](@ref)."""
function start_move_rel(device::Device, distance::Real; unit=nothing, timeout=nothing)
    device.opens_itself && state(device) === :new && open(device)
    step = in_unit_step(distance, unit, axis_unit(device))
    return accepted(
        start_on(
            (d, limit, out, err) -> ald_movable_start_move_rel(d, step, limit, out, err),
            device,
            timeout,
        ),
    )
end

"""
    move_rel(axis, distance; unit=nothing, timeout=nothing)

Moves an axis by a distance from where it stands; see [`move_abs`](@ref).

It begins at the position that the axis was sent to, as long as it stands there, so that steps add up
exactly, whatever the instrument rounds readings to. After home, a stop, an action of the axis, a motion
by others or a new opening it begins at the reading. Less than the axis's resolution (the `step` of
its "position"), but for 0, is an [`AlidadeError`](@ref) `:RANGE`.
"""
function move_rel(device::Device, distance::Real; unit=nothing, timeout=nothing)
    device.opens_itself && state(device) === :new && open(device)
    step = in_unit_step(distance, unit, axis_unit(device))
    do_on(
        (d, limit, out, err) -> ald_movable_start_move_rel(d, step, limit, out, err),
        device,
        timeout,
    )
    return
end

"""Starts to bring an axis to its home position; see [`home`](@ref)."""
start_home(device::Device; timeout=nothing) = accepted(
    start_on((d, limit, out, err) -> ald_movable_start_home(d, limit, out, err), device, timeout),
)

"""
    home(axis; timeout=nothing)

Brings an axis to its home position and waits until it has settled.
"""
function home(device::Device; timeout=nothing)
    do_on((d, limit, out, err) -> ald_movable_start_home(d, limit, out, err), device, timeout)
    return
end

"""
    start_jog(axis, direction; timeout=nothing) -> Op

Starts to move an axis on and on in one direction; see [`jog`](@ref) and [`start_move`](@ref). To
let the operation go does not stop the axis: [`stop`](@ref), `cancel` and the timeout do.
"""
function start_jog(device::Device, direction::Real; timeout=nothing)
    device.opens_itself && state(device) === :new && open(device)
    sense = Int32(direction > 0) - Int32(direction < 0)
    return accepted(
        start_on(
            (d, limit, out, err) -> ald_movable_start_jog(d, sense, limit, out, err),
            device,
            timeout,
        ),
    )
end

"""
    jog(axis, direction; timeout=nothing)

Moves an axis on and on, at its velocity, toward greater positions for a `direction` above 0 and
toward smaller ones below 0, until it is stopped (which gives `:CANCELLED`) or stands at the end of
its travel. A task that is interrupted, a timeout, an emergency stop, a safe state and closing stop
it too. Nothing stops it when the process is killed: keep `timeout` as short as the jog may last. An
axis that cannot jog gives `:UNSUPPORTED`.
"""
function jog(device::Device, direction::Real; timeout=nothing)
    device.opens_itself && state(device) === :new && open(device)
    sense = Int32(direction > 0) - Int32(direction < 0)
    do_on(
        (d, limit, out, err) -> ald_movable_start_jog(d, sense, limit, out, err), device, timeout
    )
    return
end

"""Starts to make the present position of an axis 0; see [`set_zero`](@ref)."""
start_set_zero(device::Device; timeout=nothing) = start_on(
    (d, limit, out, err) -> ald_movable_start_set_zero(d, limit, out, err), device, timeout
)

"""
    set_zero(axis; timeout=nothing) -> Float64

Makes the present position of an axis 0, and reads it back. Nothing moves. The limits stay the same
numbers, so they lie elsewhere on the instrument afterwards. An axis in motion gives `:BUSY`, one
whose zero cannot be set `:UNSUPPORTED`.
"""
set_zero(device::Device; timeout=nothing) = do_on(
    (d, limit, out, err) -> ald_movable_start_set_zero(d, limit, out, err), device, timeout
)

"""Starts to stop an axis; see [`stop`](@ref)."""
start_stop(device::Device; timeout=nothing) =
    start_on((d, limit, out, err) -> ald_movable_start_stop(d, limit, out, err), device, timeout)

"""
    stop(axis; timeout=nothing)

Stops an axis, before all that is waiting, and waits until it stands. The motion that it ends gives
`:CANCELLED`. This is no safety-rated stop. An axis for which `can(axis, "stop")` is false gives
`:UNSUPPORTED`, and moves on to its goal.
"""
function stop(device::Device; timeout=nothing)
    finish(start_stop(device, timeout=timeout))
    return
end

"""
    wait_settled(axis; timeout=nothing)

Waits until no motion of an axis goes on. A timeout leaves the motion alone.
"""
function wait_settled(device::Device; timeout=nothing)
    do_on(
        (d, limit, out, err) -> ald_movable_start_wait_settled(d, limit, out, err), device, timeout
    )
    return
end

"""
    position(axis; timeout=nothing) -> Float64

Reads the position of an axis, in `unit(axis)`.
"""
Base.position(device::Device; timeout=nothing) = do_on(
    (d, limit, out, err) -> ald_movable_start_position(d, limit, out, err), device, timeout
)

"""
    limits(axis) -> (min, max)

The limits of an axis, in its unit.
"""
function limits(device::Device)
    least, most = Ref(NaN), Ref(NaN)
    check(err -> ald_movable_limits(device, least, most, err))
    return (least[], most[])
end
