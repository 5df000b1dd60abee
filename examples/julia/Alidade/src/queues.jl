export updates, Queue, Record, drain, stats, register_event

const POLICIES = Dict(
    :latest => ALD_POLICY_LATEST,
    :drop_oldest => ALD_POLICY_DROP_OLDEST,
    :drop_newest => ALD_POLICY_DROP_NEWEST,
    :lossless => ALD_POLICY_LOSSLESS,
)

"""
    Queue(capacity=1000; policy=:drop_oldest)

A queue of records with one consumer. `policy` is what it does when it is full: `:latest`,
`:drop_oldest`, `:drop_newest` or `:lossless`.

- `take!(queue; timeout)` waits for a record; `nothing` after the timeout; `EOFError` when the
  queue is closed and empty.
- `for record in queue` goes on until the queue is closed.
- `drain(queue)` takes what is there without waiting.
- `push!(queue, ...)` puts a record of the application in.
"""
mutable struct Queue <: Object
    handle::Ptr{ald_queue}
    waker::Union{Waker,Nothing}
    taken::Vector{ald_record}
    Queue(handle::Ptr{ald_queue}) = owned(new(handle, nothing, ald_record[]))
end

function Queue(capacity::Integer=1000; policy=:drop_oldest)
    kind = policy_of(policy)
    return Queue(
        output((out, err) -> ald_queue_new(capacity, kind, out, err), Ptr{ald_queue}),
    )
end

function policy_of(policy)
    haskey(POLICIES, policy) || throw(
        ArgumentError("no policy $(repr(policy)); known are $(join(sort!(collect(keys(POLICIES))), ", "))"),
    )
    return POLICIES[policy]
end

"""
    Record

Record of a queue: `kind` (as `"op.ended"`), `seq`, `lost_before`, `source`, `t_mono_ns`, `tag`,
`payload` (a value or an object, or `nothing`), `status` (a `Symbol`), `value` (a number or a bool,
or `nothing`).
"""
struct Record
    kind::String
    seq::Int64
    lost_before::Int64
    source::UInt64
    t_mono_ns::Int64
    tag::UInt64
    payload::Any
    status::Symbol
    value::Union{Nothing,Bool,Int64,Float64}
end

function Record(r::ald_record)
    return Record(
        unsafe_string(ald_event_name(r.kind)), r.seq, r.lost_before, r.source, r.t_mono_ns, r.tag,
        payload(r.payload), code_name(r.status), scalar(r),
    )
end

# A record owns its payload.
function payload(handle::Ptr{Cvoid})
    handle == C_NULL && return nothing
    held = object(handle)
    return held isa Value ? julia(held) : held
end

function scalar(r::ald_record)
    r.value_type == ALD_TYPE_DOUBLE && return r.real
    r.value_type == ALD_TYPE_INT && return r.integer
    r.value_type == ALD_TYPE_BOOL && return r.integer != 0
    return nothing
end

# Fetches records; false at the end of the queue.
function fill!(queue::Queue)
    records = Vector{ald_record}(undef, 64)
    count = GC.@preserve queue drain!(records, queue.handle)
    count === nothing && return false
    append!(queue.taken, view(records, 1:count))
    return true
end

"""
    drain(queue) -> Vector{Record}

Takes all records that are there now, without waiting.
"""
function drain(queue::Queue)
    while true
        before = length(queue.taken)
        open = fill!(queue)
        open && length(queue.taken) > before || break
    end
    records = Record.(queue.taken)
    empty!(queue.taken)
    return records
end

"""
    take!(queue; timeout=Inf)

Waits for a record. Gives `nothing` after `timeout` seconds, and throws `EOFError` when the queue is
closed and empty. One task at a time.
"""
function Base.take!(queue::Queue; timeout=Inf)
    limit = nanoseconds(timeout, ALD_WAIT_FOREVER)
    deadline = limit < 0 ? typemax(Int64) : ald_clock_mono_ns() + limit
    while isempty(queue.taken)
        fill!(queue) || throw(EOFError())
        isempty(queue.taken) || break
        wait_awake(queue, deadline) || return nothing
    end
    return Record(popfirst!(queue.taken))
end

# Waits until the queue was woken; false after the deadline.
function wait_awake(queue::Queue, deadline)
    left = deadline == typemax(Int64) ? Inf : (deadline - ald_clock_mono_ns()) / 1e9
    left > 0 || return false
    if queue.waker === nothing
        queue.waker = Waker(queue.handle)
        # The library may hold the queue longer than Julia does.
        finalizer(queue) do q
            exiting[] || ald_queue_set_wake(q.handle, C_NULL, C_NULL, C_NULL)
        end
    end
    awake = queue.waker.awake
    if left == Inf
        wait(awake)
    else
        # A condition has no timeout of its own: the timer wakes it as a record would.
        timer = Timer(_ -> ccall(:uv_async_send, Cint, (Ptr{Cvoid},), awake.handle), left)
        try
            wait(awake)
        finally
            close(timer)
        end
    end
    return true
end

function Base.iterate(queue::Queue, _=nothing)
    try
        return take!(queue), nothing
    catch e
        e isa EOFError || rethrow()
        return nothing
    end
end
Base.IteratorSize(::Type{Queue}) = Base.SizeUnknown()
Base.eltype(::Type{Queue}) = Record

"""
    push!(queue; kind="user", tag=0, payload=nothing, value=nothing)

Puts a record of the application into a queue. A full lossless queue refuses it with `:WOULD_BLOCK`.
"""
function Base.push!(queue::Queue; kind=nothing, tag=0, payload=nothing, value=nothing)
    number = kind === nothing ? ALD_EVENT_USER : register_event(kind)
    held = payload === nothing ? nothing : payload isa Object ? payload : Value(payload)
    type, integer, real = scalar_fields(value)
    GC.@preserve held begin
        record = Ref(
            ald_record(
                sizeof(ald_record), number, 0, 0, 0, 0, tag, 0,
                held === nothing ? C_NULL : Ptr{Cvoid}(held.handle), ALD_OK, type, integer, real,
            ),
        )
        check(err -> ald_queue_push(queue, record, ALD_WAIT_NOT, C_NULL, err))
    end
    return queue
end

scalar_fields(::Nothing) = (ALD_TYPE_NULL, 0, 0.0)
scalar_fields(x::Bool) = (ALD_TYPE_BOOL, Int64(x), 0.0)
scalar_fields(x::Integer) = (ALD_TYPE_INT, Int64(x), 0.0)
scalar_fields(x::AbstractFloat) = (ALD_TYPE_DOUBLE, 0, Float64(x))

"""
    register_event(name) -> Int32

The number of a kind of record, `"<noun>.<past participle>"`; a new name is registered.
"""
register_event(name::AbstractString) =
    output((out, err) -> ald_event_register(name, out, err), Int32)

"""
    stats(queue)

Counters of a queue: `pushed`, `lost`, `waiting`, `capacity`.
"""
function stats(queue::Queue)
    s = output_record(
        (record, err) -> ald_queue_get_stats(queue, record, err),
        ald_queue_stats_init,
        ald_queue_stats,
    )
    return (
        pushed=Int(s.pushed), lost=Int(s.lost), waiting=Int(s.waiting), capacity=Int(s.capacity)
    )
end

struct Updates
    op::Op
    queue::Queue
end

"""
    updates(op)

Iterates what `progress(op)` tells, as often as something has changed (at most 20 times a second),
until the operation has ended.
"""
function updates(op::Op)
    queue = Queue(1, policy=:latest)
    check(err -> ald_op_notify(op, queue, 0, ALD_NOTIFY_PROGRESS | ALD_NOTIFY_ENDED, err))
    return Updates(op, queue)
end

function Base.iterate(updates::Updates, _=nothing)
    take!(updates.queue).kind == "op.ended" && return nothing
    return progress(updates.op), nothing
end
Base.IteratorSize(::Type{Updates}) = Base.SizeUnknown()

"""Closes a queue: nothing goes in any more; what is in can still be taken."""
Base.close(queue::Queue) = ald_queue_close(queue)
