export Op, progress, result, cancel, pause, resume, Cancel, state, trigger

"""
    Op

Long work that goes on by itself. It ends once: done, failed or cancelled. Forgetting it does not
cancel it.

- `wait(op; timeout)`: waits for its end; a timeout throws, and does not cancel it.
- `result(op)` or `fetch(op)`: waits and gives its result, or throws its error.
- `state(op)`, `isready(op)` (it has ended), `progress(op)`, `updates(op)`.
- `cancel(op)`, `pause(op)`, `resume(op)`.
"""
mutable struct Op <: Object
    handle::Ptr{ald_op}
    Op(handle::Ptr{ald_op}) = owned(new(handle))
end

# Starts an operation by `start(out, err)`.
started(start) = Op(output(start, Ptr{ald_op}))

const OP_STATES = (:pending, :running, :paused, :done, :failed, :cancelled)

"""
    state(op) -> Symbol

`:pending`, `:running`, `:paused`, `:done`, `:failed` or `:cancelled`.
"""
function state(op::Op)
    number = ald_op_status(op)
    number < 0 && progress(op) # which says why there is none, as in a forked child
    return OP_STATES[number+1]
end

"""Tells whether an operation has ended, well or not."""
Base.isready(op::Op) = state(op) in (:done, :failed, :cancelled)

timed_out(what) = AlidadeError(
    :TIMEOUT, ALD_E_TIMEOUT, "$what; allow more time", "op", 0, "", "", nothing
)

"""
    wait(op; timeout=Inf)

Waits until an operation has ended, well or not. After `timeout` seconds an `AlidadeError` with the
code `:TIMEOUT` is thrown; the operation goes on.
"""
function Base.wait(op::Op; timeout=Inf)
    wait_for(op, ALD_NOTIFY_ENDED, timeout) ||
        isready(op) ||
        throw(timed_out("the operation had not ended after $timeout s"))
    return op
end

"""
    wait_begun(op; timeout=Inf)

Waits until an operation is no longer pending: the instrument has accepted a motion, or it has
ended.
"""
function wait_begun(op::Op; timeout=Inf)
    wait_for(op, ALD_NOTIFY_BEGUN | ALD_NOTIFY_ENDED, timeout) ||
        state(op) !== :pending ||
        throw(timed_out("the operation had not begun after $timeout s"))
    return op
end

"""
    result(op; timeout=Inf)

Waits for the end of an operation and gives what it gave, or throws its error.
"""
function result(op::Op; timeout=Inf)
    wait(op, timeout=timeout)
    return take_value((out, err) -> ald_op_result(op, out, err))
end

Base.fetch(op::Op) = result(op)

"""
    cancel(op)

Asks an operation to end and returns at once. A cancelled motion stops and stands.
"""
cancel(op::Op) = check(err -> ald_op_cancel(op, err))

"""Asks an operation to hold."""
pause(op::Op) = check(err -> ald_op_pause(op, err))

"""Lets an operation that holds go on."""
resume(op::Op) = check(err -> ald_op_resume(op, err))

"""
    progress(op)

Progress of an operation: `state`, `done`, `total` (-1 unknown), `rate` per second, `eta` and
`elapsed` in seconds, `unit`, `phase`.
"""
function progress(op::Op)
    p = output_record(
        (record, err) -> ald_op_progress(op, record, err), ald_progress_init, ald_progress
    )
    return (
        state=OP_STATES[p.state+1],
        done=p.done,
        total=p.total,
        rate=p.rate,
        eta=p.eta,
        elapsed=p.elapsed,
        unit=text_in(p.unit),
        phase=text_in(p.phase),
    )
end

"""
    Op(; pausable=false)

An operation that the caller carries out: `advance(op, ...)`, then `complete(op, result)`.
"""
Op(; pausable=false) =
    started((out, err) -> ald_op_new(pausable ? ALD_OP_PAUSABLE : UInt64(0), out, err))

text_out(text, ::Val{N}) where {N} =
    ntuple(i -> i < N && i <= sizeof(text) ? codeunit(text, i) : 0x00, N)

"""
    advance(op, done=0; total=-1, unit="1", phase="")

Says that the caller's operation runs, and how far it is.
"""
function advance(op::Op, done=0; total=-1, unit="1", phase="")
    told = Ref(
        ald_progress(
            sizeof(ald_progress), ALD_OP_RUNNING, done, total, NaN, NaN, 0,
            text_out(unit, Val(16)), text_out(phase, Val(48)),
        ),
    )
    check(err -> ald_op_advance(op, told, err))
end

"""
    asked(op) -> (cancel=Bool, pause=Bool)

Request to the caller's own operation: cancel, pause or resume.
"""
function asked(op::Op)
    flags, err = Ref{UInt64}(0), Ref{Ptr{ald_error}}(C_NULL)
    status = ald_op_wait_asked(op, typemax(UInt64), ALD_WAIT_NOT, C_NULL, flags, err)
    status in (ALD_OK, ALD_E_TIMEOUT) || throw(AlidadeError(status, err[]))
    err[] == C_NULL || ald_error_unref(err[])
    return (cancel=flags[] & ALD_OP_ASKED_CANCEL != 0, pause=flags[] & ALD_OP_ASKED_PAUSE != 0)
end

"""
    complete(op, result=nothing)
    complete(op, error::AlidadeError)

Ends the caller's operation.
"""
function complete(op::Op, given=nothing)
    value = Value(given)
    check(err -> ald_op_finish(op, ALD_OK, value, C_NULL, err))
end

function complete(op::Op, failure::AlidadeError)
    made = output(Ptr{ald_error}) do out, err
        ald_error_new(
            failure.status, failure.domain, failure.native_code, failure.message,
            failure.where, failure.traceback, C_NULL, out, err,
        )
    end
    try
        check(err -> ald_op_finish(op, failure.status, C_NULL, made, err))
    finally
        ald_error_unref(made)
    end
end

function Base.show(io::IO, op::Op)
    print(io, "Op(:", state(op), ")")
end

"""
    Cancel()

Ends what it was given to, [`record_series`](@ref), once it is triggered by [`trigger`](@ref).
"""
mutable struct Cancel <: Object
    handle::Ptr{ald_cancel}
    Cancel(handle::Ptr{ald_cancel}) = owned(new(handle))
end
Cancel() = Cancel(output((out, err) -> ald_cancel_new(out, err), Ptr{ald_cancel}))

"""
    trigger(cancel)

Ends what a cancel was given to. Returns at once, from any task or thread.
"""
function trigger(cancel::Cancel)
    ald_cancel_trigger(cancel)
    return
end

is_triggered(cancel::Cancel) = ald_cancel_is_triggered(cancel) == 1

# Calls a function in a task of its own when a cancel is triggered, until the watcher is closed.
function when_triggered(wake, cancel::Cancel)
    fd = Ref(Int32(-1))
    check(err -> ald_cancel_fd(cancel, fd, err))
    watcher = FDWatcher(RawFD(fd[]), true, false)
    @async begin
        try
            wait(watcher)
        catch # it was closed
        end
        is_triggered(cancel) && wake()
    end
    return watcher
end
