# Events of a device or a lab: iterated, or given to a function in a task of its own.

export Subscription, EventStream, events, subscribe

"""
    EventStream

The events of a device or a lab, iterated until it is closed. See [`events`](@ref).
"""
struct EventStream
    queue::Queue
    subject::Union{Device,Lab}
end

attach(device::Device, queue, kind) =
    check(err -> ald_device_subscribe(device, queue, kind, 0, err))
attach(lab::Lab, queue, kind) = check(err -> ald_lab_subscribe(lab, queue, kind, 0, err))
detach(device::Device, queue, err) = ald_device_unsubscribe(device, queue, err)
detach(lab::Lab, queue, err) = ald_lab_unsubscribe(lab, queue, err)

"""
    events(device_or_lab, kinds...; policy=:drop_oldest, capacity=1000) -> EventStream

The events from now on, of these kinds (`"property.changed"`, `"device.closed"`, ...) or of all.

```julia
for event in events(lab, "property.changed")
    println(event.payload["device"], " ", event.payload["value"])
end
```

`take!(stream; timeout)` waits for one; `close(stream)` ends it.
"""
function events(
    subject::Union{Device,Lab}, kinds::AbstractString...; policy=:drop_oldest, capacity=1000
)
    queue = Queue(capacity, policy=policy)
    numbers = isempty(kinds) ? Int32[0] : register_event.(collect(kinds))
    foreach(number -> attach(subject, queue, number), numbers)
    return EventStream(queue, subject)
end

Base.take!(stream::EventStream; timeout=Inf) = take!(stream.queue, timeout=timeout)
Base.iterate(stream::EventStream, more=nothing) = iterate(stream.queue, more)
Base.IteratorSize(::Type{EventStream}) = Base.SizeUnknown()
Base.eltype(::Type{EventStream}) = Record
stats(stream::EventStream) = stats(stream.queue)
drain(stream::EventStream) = drain(stream.queue)

"""Ends a stream of events; who iterates it comes to its end."""
function Base.close(stream::EventStream)
    detach(stream.subject, stream.queue, C_NULL) # may have ended already
    close(stream.queue)
end

"""
    Subscription

Subscription, made by [`subscribe`](@ref): `close(subscription)` ends it and waits for a call that
runs.
"""
struct Subscription
    stream::EventStream
    task::Task
end

"""
    subscribe(f, device_or_lab, kinds...) -> Subscription

Calls `f(record)` for each event, in a task of its own, one after the other. What `f` throws is
logged, and the next event comes all the same.
"""
function subscribe(
    f, subject::Union{Device,Lab}, kinds::AbstractString...; policy=:drop_oldest, capacity=1000
)
    stream = events(subject, kinds...; policy=policy, capacity=capacity)
    task = @async for record in stream
        try
            f(record)
        catch e
            @error "a subscriber of $(record.kind) failed" exception = (e, catch_backtrace())
        end
    end
    return Subscription(stream, task)
end

function Base.close(subscription::Subscription)
    close(subscription.stream)
    current_task() === subscription.task || wait(subscription.task)
    return
end
