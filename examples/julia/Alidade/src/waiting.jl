# Waiting without blocking. A ccall that waits would stop all tasks, and in a Julia with several
# threads the garbage collector too. So an operation is started and puts a record of its end into
# one queue; that wakes the event loop of Julia (`uv_async_send`), and a task hands the records to
# those who wait for them.

mutable struct Waiter
    event::Base.Event
    record::Union{ald_record,Nothing}
    Waiter() = new(Base.Event(), nothing)
end

# A queue whose records wake Julia. `awake` is notified when an empty queue gets a record.
mutable struct Waker
    handle::Ptr{ald_queue}
    awake::Base.AsyncCondition
end

function Waker(handle::Ptr{ald_queue})
    awake = Base.AsyncCondition()
    check(err -> ald_queue_set_wake(handle, cglobal(:uv_async_send), awake.handle, err))
    return Waker(handle, awake)
end

# Once the function is taken away it does not run any more: the condition may go.
function Base.close(waker::Waker)
    ald_queue_set_wake(waker.handle, C_NULL, C_NULL, C_NULL)
    close(waker.awake)
end

# Takes up to `length(records)` records; the number of them, or nothing at the end of the queue.
function drain!(records::Vector{ald_record}, handle::Ptr{ald_queue})
    count, err = Ref{Int64}(0), Ref{Ptr{ald_error}}(C_NULL)
    status = ald_queue_drain(handle, records, sizeof(ald_record), length(records), count, err)
    status == ALD_OK && return Int(count[])
    failure = AlidadeError(status, err[])
    failure.code === :CLOSED ? nothing : throw(failure)
end

# Hands the ends of operations to the tasks that wait for them.
mutable struct Endings
    handle::Ptr{ald_queue}
    lock::ReentrantLock
    waiters::Dict{UInt64,Waiter}
    tag::UInt64
end

const endings = Ref{Union{Endings,Nothing}}(nothing)
const endings_lock = ReentrantLock()

function current_endings()
    return lock(endings_lock) do
        if endings[] === nothing
            endings[] = start_endings()
        end
        return endings[]::Endings
    end
end

function start_endings()
    handle = output((out, err) -> ald_queue_new(1024, ALD_POLICY_DROP_OLDEST, out, err), Ptr{ald_queue})
    ends = Endings(handle, ReentrantLock(), Dict{UInt64,Waiter}(), 0)
    waker = Waker(handle)
    @async deliver(ends, waker)
    return ends
end

# Ends when the library was shut down: what waits then has ended too.
function deliver(ends::Endings, waker::Waker)
    records = Vector{ald_record}(undef, 256)
    while true
        count = drain!(records, ends.handle)
        count === nothing && break
        count == 0 ? wait(waker.awake) : foreach(i -> deliver(ends, records[i]), 1:count)
    end
    lock(endings_lock) do
        endings[] = nothing
    end
    close(waker)
    left = lock(() -> collect(values(ends.waiters)), ends.lock)
    foreach(waiter -> notify(waiter.event), left)
    unref(ends.handle)
end

function deliver(ends::Endings, record::ald_record)
    unref_any(record.payload) # a failure's error: the operation itself gives it too
    waiter = lock(() -> pop!(ends.waiters, record.tag, nothing), ends.lock)
    waiter === nothing && return
    waiter.record = record
    notify(waiter.event)
end

# Subscribes a new waiter to `which` of an operation; its tag forgets it.
function expect(op, which)
    ends = current_endings()
    waiter = Waiter()
    tag = lock(ends.lock) do
        ends.tag += 1
        ends.waiters[ends.tag] = waiter
        return ends.tag
    end
    try
        check(err -> ald_op_notify(op, ends.handle, tag, which, err))
    catch
        forget(ends, tag)
        rethrow()
    end
    return ends, tag, waiter
end

forget(ends::Endings, tag) = lock(() -> delete!(ends.waiters, tag), ends.lock)

# Waits for `which` of an operation; false if `timeout` seconds passed before.
function wait_for(op, which, timeout)
    limit = nanoseconds(timeout, ALD_WAIT_FOREVER)
    ends, tag, waiter = expect(op, which)
    timer = limit < 0 ? nothing : Timer(_ -> notify(waiter.event), limit / 1e9)
    try
        wait(waiter.event)
    finally
        timer === nothing || close(timer)
        forget(ends, tag)
    end
    return waiter.record !== nothing
end

# Returns the result of an operation, once it has ended. A task that is interrupted meanwhile
# cancels it and waits for its end: the instrument is left defined.
function finish(op)
    ends, tag, waiter = expect(op, ALD_NOTIFY_ENDED)
    try
        wait(waiter.event)
    catch
        ald_op_cancel(op, C_NULL)
        wait(waiter.event)
        rethrow()
    end
    record = waiter.record
    if record !== nothing && record.status == ALD_OK
        record.value_type == ALD_TYPE_DOUBLE && return record.real
        record.value_type == ALD_TYPE_INT && return record.integer
        record.value_type == ALD_TYPE_BOOL && return record.integer != 0
    end
    return take_value((out, err) -> ald_op_result(op, out, err))
end
