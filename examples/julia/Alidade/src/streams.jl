# Streams of a camera's frames. A frame is lent, not copied: it stays as it is while Julia has it.

export stream, FrameStream

"""
    FrameStream

A reader of a camera's frames, with its own queue, drop policy and loss counters; [`stream`](@ref)
makes one.

- `take!(stream; timeout)` gives the next [`Frame`](@ref); `for frame in stream` goes on until the
  stream or the camera is closed.
- `stats(stream)`: `received`, `lost`, `lost_at_source`, `waiting`, `leased`.
"""
mutable struct FrameStream <: Object
    handle::Ptr{ald_frame_stream}
    FrameStream(handle::Ptr{ald_frame_stream}) = owned(new(handle))
end

"""
    stream(camera; policy=:drop_oldest, capacity=16, lease_cap=64) -> FrameStream

Opens one more stream of a camera's frames; it gives those from now on. `policy` is what happens
when `capacity` frames wait: `:latest`, `:drop_oldest`, `:drop_newest`, or `:lossless`, which makes
a camera wait that can. Of more than `lease_cap` frames that Julia still has, the next one gives
`:LIMIT`.
"""
stream(device::Device; policy=:drop_oldest, capacity=16, lease_cap=64) =
    open_stream(device, policy, capacity, lease_cap, 0)

function open_stream(device, policy, capacity, lease_cap, flags)
    device.opens_itself && state(device) === :new && open(device)
    options = Ref(
        ald_frame_stream_options(
            sizeof(ald_frame_stream_options), policy_of(policy), capacity, lease_cap, flags
        ),
    )
    return FrameStream(
        output(
            (out, err) -> ald_frame_stream_open(device, options, out, err), Ptr{ald_frame_stream}
        ),
    )
end

# A frame that waits; nothing if there is none.
function fetch_frame(frames::FrameStream)
    frame, err = Ref{Ptr{ald_frame}}(C_NULL), Ref{Ptr{ald_error}}(C_NULL)
    status = ald_frame_stream_next(frames, 0, C_NULL, frame, C_NULL, err)
    status == ALD_OK && return Frame(frame[])
    failure = AlidadeError(status, err[])
    failure.code === :TIMEOUT || throw(failure)
    return nothing
end

"""
    take!(stream; timeout=nothing) -> Frame

The next frame; waits for one. A task that is interrupted meanwhile loses none. The default is the
exposure, the period of the frames and 10 s, or without limit where what triggers the camera comes
from outside; `Inf` waits without limit.
"""
function Base.take!(frames::FrameStream; timeout=nothing)
    limit = nanoseconds(timeout, ALD_WAIT_DEFAULT)
    deadline = now_mono_ns() + limit
    while true
        frame = fetch_frame(frames)
        frame === nothing || return frame
        finish(started((out, err) -> ald_frame_stream_start_next(frames, limit, out, err)))
        limit < 0 || (limit = max(deadline - now_mono_ns(), 0)) # another task may be faster
    end
end

function Base.iterate(frames::FrameStream, _=nothing)
    try
        return (take!(frames), nothing)
    catch e
        e isa AlidadeError && e.code === :CLOSED || rethrow()
        return nothing
    end
end
Base.IteratorSize(::Type{FrameStream}) = Base.SizeUnknown()
Base.eltype(::Type{FrameStream}) = Frame

function stats(frames::FrameStream)
    s = output_record(
        (record, err) -> ald_frame_stream_get_stats(frames, record, err),
        ald_frame_stream_stats_init,
        ald_frame_stream_stats,
    )
    return (
        received=Int(s.received), lost=Int(s.lost), lost_at_source=Int(s.lost_at_source),
        waiting=Int(s.waiting), leased=Int(s.leased),
    )
end

"""Closes a stream: who waits for it gets `:CLOSED`; frames stay readable."""
Base.close(frames::FrameStream) = ald_frame_stream_close(frames)

function Source(frames::FrameStream)
    return Source(
        output((out, err) -> ald_frame_stream_source(frames, out, err), Ptr{ald_source})
    )
end
