# Objects of the library. Each holds one reference to its handle, which a finalizer gives back:
# that never waits, and allocates nothing in Julia.

"""An object of the library. It lives as long as Julia refers to it."""
abstract type Object end

# The pointer that a C function takes.
Base.unsafe_convert(::Type{Ptr{T}}, object::Object) where {T<:Handle} = object.handle::Ptr{T}

Base.unsafe_convert(::Type{Ptr{Cvoid}}, object::Object) = Ptr{Cvoid}(object.handle)

# Releases the reference when Julia has forgotten the object.
owned(object::Object) = finalizer(give_back, object)

# At exit the library has ended already, and what it would call may be gone.
const exiting = Ref(false)
give_back(object) = exiting[] || unref(object.handle)

# A reference of any kind that Julia has no object for.
unref_any(handle::Ptr{Cvoid}) = ald_handle_unref(handle)

Base.:(==)(a::T, b::T) where {T<:Object} = a.handle == b.handle
Base.hash(object::Object, seed::UInt) = hash(object.handle, seed)

"""
    handle_count()

Number of objects of the library that are alive, for leak checks.
"""
handle_count() = ald_handle_count()

# Seconds to nanoseconds, as the library takes them. `nothing` is `default`.
function nanoseconds(timeout, default)
    timeout === nothing && return Int64(default)
    timeout >= 0 || throw(
        ArgumentError("timeout is $timeout; expected seconds, Inf for none, or nothing"),
    ) # also NaN
    isinf(timeout) && return Int64(ALD_WAIT_FOREVER)
    return round(Int64, min(timeout * 1e9, 9.0e18))
end
