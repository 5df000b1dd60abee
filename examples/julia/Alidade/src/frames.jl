# Frames: an array with what is known of it, which never changes.

export Frame

"""
    Frame(array; metadata=nothing, known...)

An array with what is known of it, as cameras and sources give it: `image`, a read-only
`NativeArray` of the size (width, height) that keeps the memory, and the values that were in force
when it was exposed: `exposure` (s), `gain`, `offset`, `temperature` (Cel), `bit_depth`, `roi`,
`binning`. `index` is its number in its source, `seq` that in the camera's stream, `lost_before` how
many were lost before it, `hw_seq` the camera's own count. `t_mono_ns`, `t_wall_ns` (UTC) and
`t_hw_ns` are the middle of the exposure, within `uncertainty_ns`. `saturated` and `incomplete` tell
what is wrong with it; `metadata` is a `Dict` with all else.

A frame is made of any array of numbers, with the names above as keywords:
`Frame(image, exposure=0.02, metadata=Dict("sample" => "A3"))`. The elements are copied, except those
of a `NativeArray`, whose memory is shared.
"""
mutable struct Frame <: Object
    handle::Ptr{ald_frame}
    info::ald_frame_info
    Frame(handle::Ptr{ald_frame}) = owned(new(handle, frame_info(handle)))
end

function Frame(array::AbstractArray{<:Element}; metadata=nothing, known...)
    buffer, view = native(array)
    info = Ref(known_info(; known...))
    others = Value(metadata === nothing ? Dict{String,Any}() : metadata)
    return Frame(
        output(
            (out, err) -> ald_frame_new(Ref(view), buffer, info, others, out, err), Ptr{ald_frame}
        ),
    )
end

frame_info(handle::Ptr{ald_frame}) = output_record(
    (record, err) -> ald_frame_get_info(handle, record, err), ald_frame_info_init, ald_frame_info
)

const FRAME_FLAGS = (saturated=ALD_FRAME_SATURATED, incomplete=ALD_FRAME_INCOMPLETE)
const INFO_FIELDS = setdiff(
    fieldnames(ald_frame_info),
    (:struct_size, :flags, :roi_x, :roi_y, :roi_width, :roi_height, :binning_x, :binning_y),
)
const FRAME_FIELDS = (INFO_FIELDS..., :roi, :binning, keys(FRAME_FLAGS)..., :image, :metadata)

# The record of the library with what the caller knows.
function known_info(; known...)
    fields = Dict{Symbol,Any}()
    for (name, x) in known
        if name === :roi
            for side in (:x, :y, :width, :height)
                fields[Symbol(:roi_, side)] = getproperty(x, side)
            end
        elseif name === :binning
            fields[:binning_x], fields[:binning_y] = x
        elseif haskey(FRAME_FLAGS, name)
            x && (fields[:flags] = get(fields, :flags, UInt64(0)) | FRAME_FLAGS[name])
        elseif name in INFO_FIELDS
            fields[name] = x
        else
            throw(
                ArgumentError(
                    "a frame has no $name; it has $(join(setdiff(FRAME_FIELDS, (:image,)), ", "))"
                ),
            )
        end
    end
    record = Ref{ald_frame_info}()
    ald_frame_info_init(record, sizeof(ald_frame_info))
    unknown = record[]
    return ald_frame_info(
        (get(fields, name, getfield(unknown, name)) for name in fieldnames(ald_frame_info))...
    )
end

function Base.getproperty(frame::Frame, name::Symbol)
    name in fieldnames(Frame) && return getfield(frame, name)
    info = getfield(frame, :info)
    name in INFO_FIELDS && return getfield(info, name)
    name === :image && return image_of(frame)
    name === :metadata &&
        return take_value((out, err) -> ald_frame_metadata(frame, out, err))
    name === :roi && return (
        x=Int(info.roi_x), y=Int(info.roi_y), width=Int(info.roi_width), height=Int(info.roi_height)
    )
    name === :binning && return (Int(info.binning_x), Int(info.binning_y))
    haskey(FRAME_FLAGS, name) && return info.flags & FRAME_FLAGS[name] != 0
    return getfield(frame, name) # for its error
end
Base.propertynames(::Frame, private::Bool=false) =
    private ? (fieldnames(Frame)..., FRAME_FIELDS...) : FRAME_FIELDS

# Array of a frame's pixels. Its buffer keeps the memory, and so the frame's lease, while it is
# used.
function image_of(frame::Frame)
    view = output_record(
        (record, err) -> ald_frame_get_view(frame, record, err), ald_view_init, ald_view
    )
    buffer = output((out, err) -> ald_frame_buffer(frame, out, err), Ptr{ald_buffer})
    return NativeArray(Buffer(buffer), view)
end

Base.show(io::IO, f::Frame) = print(io, "Frame ", f.seq, " ", size(f.image), " ", f.exposure, " s")
