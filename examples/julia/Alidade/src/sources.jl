export describe, Source

"""
    Source(array; rate=NaN)

A source of frames: here the array's parts along its last axis (NumPy's first), without a copy.
`take!(source; timeout)` gives the next [`Frame`](@ref), `nothing` at the end; `for frame in source`
all of them. `Source(stream)` is a live camera as a source.
"""
mutable struct Source <: Object
    handle::Ptr{ald_source}
    Source(handle::Ptr{ald_source}) = owned(new(handle))
end

function Source(array::AbstractArray{<:Element}; rate=NaN)
    buffer, view = native(array)
    return Source(
        output((out, err) -> ald_source_new_array(buffer, Ref(view), rate, out, err), Ptr{ald_source}),
    )
end

"""
    describe(source)

Describes a source: `count`, `rate` (per second), `eltype`, `size`, `unit`, `seekable`, `live`.
Sizes and counts that are not known are -1.
"""
function describe(source::Source)
    info = output_record(
        (record, err) -> ald_source_describe(source, record, err),
        ald_source_info_init,
        ald_source_info,
    )
    return (
        count=Int(info.count),
        rate=info.rate,
        eltype=get(DTYPES, info.dtype, Any),
        size=reverse(info.shape[1:max(info.ndim, 0)]),
        unit=text_in(info.unit),
        seekable=info.flags & ALD_SOURCE_SEEKABLE != 0,
        live=info.flags & ALD_SOURCE_LIVE != 0,
    )
end

"""The next [`Frame`](@ref) of a source, whose `index` counts from 0; `nothing` at the end."""
function Base.take!(source::Source; timeout=Inf)
    limit = nanoseconds(timeout, ALD_WAIT_FOREVER)
    try
        return finish(started((out, err) -> ald_source_start_next(source, limit, out, err)))
    catch e
        e isa AlidadeError && e.code === :END || rethrow()
        return nothing
    end
end

function Base.iterate(source::Source, _=nothing)
    frame = take!(source)
    return frame === nothing ? nothing : (frame, nothing)
end
Base.IteratorSize(::Type{Source}) = Base.SizeUnknown()
Base.eltype(::Type{Source}) = Frame

"""
    findindex(source, seconds)

The number of the frame, from 0, that is in force at a time since the first one.
"""
findindex(source::Source, seconds::Real) =
    output((out, err) -> ald_source_find(source, seconds, out, err), Int64)

"""Closes a source: who waits for it gets `:CLOSED`."""
Base.close(source::Source) = ald_source_close(source)
