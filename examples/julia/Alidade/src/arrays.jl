# Memory of the library as Julia arrays, and Julia arrays as memory of the library.

export NativeArray, share

mutable struct Buffer <: Object
    handle::Ptr{ald_buffer}
    Buffer(handle::Ptr{ald_buffer}) = owned(new(handle))
end

const DTYPES = Dict{ald_dtype,DataType}(
    ALD_DTYPE_BOOL => Bool,
    ALD_DTYPE_INT8 => Int8,
    ALD_DTYPE_INT16 => Int16,
    ALD_DTYPE_INT32 => Int32,
    ALD_DTYPE_INT64 => Int64,
    ALD_DTYPE_UINT8 => UInt8,
    ALD_DTYPE_UINT16 => UInt16,
    ALD_DTYPE_UINT32 => UInt32,
    ALD_DTYPE_UINT64 => UInt64,
    ALD_DTYPE_FLOAT16 => Float16,
    ALD_DTYPE_FLOAT32 => Float32,
    ALD_DTYPE_FLOAT64 => Float64,
    ALD_DTYPE_COMPLEX64 => ComplexF32,
    ALD_DTYPE_COMPLEX128 => ComplexF64,
)
const DTYPE_OF = Dict(type => dtype for (dtype, type) in DTYPES)
const Element = Union{values(DTYPES)...}

"""
    NativeArray{T,N} <: AbstractArray{T,N}

An array in the library's memory, without a copy. It keeps the memory alive; so do views of it.

The order of the axes is Julia's, fastest first: what NumPy calls an image of shape `(H, W)` has
the size `(W, H)` here, and `image[x, y]` is NumPy's `image[y-1, x-1]` counted from zero.

What may only be read says so: `setindex!` throws a `ReadOnlyMemoryError`. `copy(a)` or `Array(a)` gives
an ordinary array.
"""
struct NativeArray{T,N} <: AbstractArray{T,N}
    buffer::Buffer
    data::Ptr{T}
    size::NTuple{N,Int}
    byte_strides::NTuple{N,Int}
    readonly::Bool
end

function NativeArray(buffer::Buffer, view::ald_view)
    T = DTYPES[view.dtype]
    N = Int(view.ndim)
    return NativeArray{T,N}(
        buffer,
        Ptr{T}(view.data),
        reverse(view.shape[1:N]),
        reverse(view.strides[1:N]),
        view.flags & ALD_VIEW_READONLY != 0,
    )
end

Base.size(a::NativeArray) = a.size
Base.IndexStyle(::Type{<:NativeArray}) = IndexCartesian()
Base.strides(a::NativeArray{T}) where {T} = map(s -> s ÷ sizeof(T), a.byte_strides)
Base.elsize(::Type{NativeArray{T,N}}) where {T,N} = sizeof(T)
Base.unsafe_convert(::Type{Ptr{T}}, a::NativeArray{T}) where {T} = a.data
Base.copy(a::NativeArray) = Array(a)

function element(a::NativeArray{T,N}, place::NTuple{N,Int}) where {T,N}
    return a.data + (+(0, map((i, s) -> (i - 1) * s, place, a.byte_strides)...))
end

Base.@propagate_inbounds function Base.getindex(a::NativeArray{T,N}, i::Vararg{Int,N}) where {T,N}
    @boundscheck checkbounds(a, i...)
    GC.@preserve a begin
        return unsafe_load(element(a, i))
    end
end

Base.@propagate_inbounds function Base.setindex!(
    a::NativeArray{T,N}, x, i::Vararg{Int,N}
) where {T,N}
    a.readonly && throw(ReadOnlyMemoryError())
    @boundscheck checkbounds(a, i...)
    GC.@preserve a unsafe_store!(element(a, i), convert(T, x))
    return a
end

const EMPTY_PLACES = ntuple(_ -> Int64(0), 8)

# View of an array at an address, as C reads it: slowest axis first.
function native_view(::Type{T}, data::Ptr, size::Dims{N}, strides, readonly) where {T,N}
    N <= ALD_NDIM_MAX ||
        throw(ArgumentError("an array of $N dimensions; the library takes $ALD_NDIM_MAX at most"))
    places(x) = ntuple(i -> i <= N ? Int64(x[N+1-i]) : Int64(0), 8)
    flags = readonly ? ALD_VIEW_READONLY : UInt64(0)
    return ald_view(
        sizeof(ald_view), DTYPE_OF[T], Ptr{Cvoid}(data), N, 0, flags, places(size), places(strides)
    )
end

# A buffer and a view of it that hold the elements of any array: the same memory where it is the
# library's already, else a copy.
native(a::NativeArray{T}) where {T} =
    a.buffer, native_view(T, a.data, a.size, a.byte_strides, a.readonly)

function native(a::AbstractArray{T}) where {T<:Element}
    buffer = Buffer(output((out, err) -> ald_buffer_new(sizeof(T) * length(a), out, err), Ptr{ald_buffer}))
    data = Ptr{T}(ald_buffer_data(buffer))
    GC.@preserve buffer begin
        isempty(a) || copyto!(unsafe_wrap(Array, data, size(a)), a)
    end
    strides = sizeof(T) .* Base.size_to_strides(1, size(a)...)
    return buffer, native_view(T, data, size(a), strides, false)
end

"""
    share(array::Array; readonly=false) -> NativeArray

Lends an array to the library without a copy. Both see the same memory; Julia keeps it alive until
the library has given the last reference back. Nobody writes through what is `readonly`.
"""
function share(array::Array{T,N}; readonly=false) where {T<:Element,N}
    # The library may let go of it on any thread, where no Julia may run: libuv's wake-up may.
    released = Base.AsyncCondition()
    wake = cglobal(:uv_async_send)
    buffer = try
        Buffer(
            output(Ptr{ald_buffer}) do out, err
                ald_buffer_wrap(
                    pointer(array), sizeof(array), readonly, wake, released.handle, out, err
                )
            end,
        )
    catch
        close(released)
        rethrow()
    end
    @async begin
        GC.@preserve array wait(released)
        close(released)
    end
    strides = sizeof(T) .* Base.size_to_strides(1, size(array)...)
    return NativeArray{T,N}(buffer, pointer(array), size(array), strides, readonly)
end
