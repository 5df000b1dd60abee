# Frames of cameras. A frame is lent by its stream, not copied: it stays as it is while Julia has it.

export stream, FrameStream, Frame

"""
    Frame

A picture: `image`, a `NativeArray` of the size (width, height), and the values that were in force
when it was exposed: `exposure` (s), `gain`, `offset`, `temperature` (Cel), `bit_depth`, `roi`,
`binning`. `seq` is its number in the stream, `lost_before` how many were lost before it, `hw_seq`
the camera's own count. `t_mono_ns`, `t_wall_ns` (UTC) and `t_hw_ns` are the middle of the exposure,
within `uncertainty_ns`. `saturated` and `incomplete` tell what is wrong with it.
"""
struct Frame{A<:NativeArray}
    image::A
    seq::Int64
    lost_before::Int64
    hw_seq::Int64
    t_mono_ns::Int64
    t_wall_ns::Int64
    t_hw_ns::Int64
    clock_id::UInt64
    uncertainty_ns::Int64
    exposure::Float64
    gain::Float64
    offset::Float64
    temperature::Float64
    bit_depth::Int
    roi::NamedTuple{(:x, :y, :width, :height),NTuple{4,Int}}
    binning::Tuple{Int,Int}
    saturated::Bool
    incomplete::Bool
end

function Frame(image::NativeArray, f::ald_frame)
    return Frame(
        image, f.seq, f.lost_before, f.hw_seq, f.t_mono_ns, f.t_wall_ns, f.t_hw_ns, f.clock_id,
        f.uncertainty_ns, f.exposure, f.gain, f.offset, f.temperature, Int(f.bit_depth),
        (x=Int(f.roi_x), y=Int(f.roi_y), width=Int(f.roi_width), height=Int(f.roi_height)),
        (Int(f.binning_x), Int(f.binning_y)), f.flags & ALD_FRAME_SATURATED != 0,
        f.flags & ALD_FRAME_INCOMPLETE != 0,
    )
end

Base.show(io::IO, f::Frame) = print(io, "Frame ", f.seq, " ", size(f.image), " ", f.exposure, " s")

"""
    FrameStream

One of any number of consumers of a camera's frames; [`stream`](@ref) makes one.

- `take!(stream; timeout)` gives the next [`Frame`](@ref); `for frame in stream` goes on until the
  stream or the camera is closed.
- `stats(stream)`: `received`, `lost`, `lost_at_source`, `waiting`, `leased`.
"""
mutable struct FrameStream <: Object
    handle::Ptr{ald_consumer}
    FrameStream(handle::Ptr{ald_consumer}) = owned(new(handle))
end

"""
    stream(camera; policy=:drop_oldest, capacity=16, lease_cap=64) -> FrameStream

Opens one more consumer of a camera's frames; it gets those from now on. `policy` is what happens
when `capacity` frames wait: `:latest`, `:drop_oldest`, `:drop_newest`, or `:lossless`, which makes
a camera wait that can. Of more than `lease_cap` frames that Julia still has, the next one gives
`:LIMIT`.
"""
function stream(device::Device; policy=:drop_oldest, capacity=16, lease_cap=64)
    device.opens_itself && state(device) === :new && open(device)
    options = Ref(
        ald_consumer_options(
            sizeof(ald_consumer_options), policy_of(policy), capacity, lease_cap, 0
        ),
    )
    return FrameStream(
        output((out, err) -> ald_stream_open(device, options, out, err), Ptr{ald_consumer}),
    )
end

# A frame that waits; nothing if there is none.
function fetch_frame(frames::FrameStream)
    view, record = Ref{ald_view}(), Ref{ald_frame}()
    ald_view_init(view, sizeof(ald_view))
    ald_frame_init(record, sizeof(ald_frame))
    buffer, err = Ref{Ptr{ald_buffer}}(C_NULL), Ref{Ptr{ald_error}}(C_NULL)
    status = ald_consumer_next(frames, 0, C_NULL, buffer, view, record, err)
    status == ALD_OK && return Frame(NativeArray(Buffer(buffer[]), view[]), record[])
    failure = AlidadeError(status, err[])
    failure.code === :TIMEOUT || throw(failure)
    return nothing
end

"""
    take!(stream; timeout=nothing) -> Frame

The next frame; waits for one. A task that is interrupted meanwhile loses none.
"""
function Base.take!(frames::FrameStream; timeout=nothing)
    limit = nanoseconds(timeout, ALD_WAIT_FOREVER)
    deadline = now_mono_ns() + limit
    while true
        frame = fetch_frame(frames)
        frame === nothing || return frame
        finish(started((out, err) -> ald_consumer_start_next(frames, limit, out, err)))
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
        (record, err) -> ald_consumer_get_stats(frames, record, err),
        ald_consumer_stats_init,
        ald_consumer_stats,
    )
    return (
        received=Int(s.received), lost=Int(s.lost), lost_at_source=Int(s.lost_at_source),
        waiting=Int(s.waiting), leased=Int(s.leased),
    )
end

"""Closes a stream: who waits for it gets `:CLOSED`; frames stay readable."""
Base.close(frames::FrameStream) = ald_consumer_close(frames)
