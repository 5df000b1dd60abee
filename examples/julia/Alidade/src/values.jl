# Values between Julia and the library.
#
#     null    nothing                      list    Vector{Any}, from any tuple or vector but those below
#     bool    Bool                         map     ValueMap, from any AbstractDict or NamedTuple
#     int64   Int64, from any Integer      bytes   Vector{UInt8}
#     double  Float64, from any float      array   NativeArray, from any array of numbers
#     string  String, from any string      handle  the object itself

export ValueMap, to_json, from_json, to_cbor, from_cbor

mutable struct Value <: Object
    handle::Ptr{ald_value}
    Value(handle::Ptr{ald_value}) = owned(new(handle))
end

"""
    ValueMap <: AbstractDict{String,Any}

A map of the library: text to values, in the order in which they were put in.
"""
struct ValueMap <: AbstractDict{String,Any}
    names::Vector{String}
    items::Dict{String,Any}
    ValueMap() = new(String[], Dict{String,Any}())
end

function ValueMap(pairs::Pair...)
    map = ValueMap()
    for (key, item) in pairs
        map[key] = item
    end
    return map
end

Base.length(map::ValueMap) = length(map.names)
Base.keys(map::ValueMap) = map.names
Base.getindex(map::ValueMap, key::AbstractString) = map.items[key]
Base.get(map::ValueMap, key::AbstractString, default) = get(map.items, key, default)
Base.haskey(map::ValueMap, key::AbstractString) = haskey(map.items, key)
function Base.setindex!(map::ValueMap, item, key)
    name = String(key)
    haskey(map.items, name) || push!(map.names, name)
    map.items[name] = item
    return map
end
function Base.iterate(map::ValueMap, i=1)
    i > length(map.names) && return nothing
    return map.names[i] => map.items[map.names[i]], i + 1
end

new_value(make) = Value(output(make, Ptr{ald_value}))

# Julia to the library.
Value(x::Value) = x
Value(::Nothing) = new_value((out, err) -> ald_value_new_null(out, err))
Value(x::Bool) = new_value((out, err) -> ald_value_new_bool(x, out, err))
Value(x::Integer) = new_value((out, err) -> ald_value_new_int(Int64(x), out, err))
Value(x::AbstractFloat) = new_value((out, err) -> ald_value_new_double(Float64(x), out, err))
Value(x::Symbol) = Value(String(x))
function Value(x::AbstractString)
    text = String(x)
    return new_value((out, err) -> ald_value_new_string(text, sizeof(text), out, err))
end
Value(x::Vector{UInt8}) = new_value((out, err) -> ald_value_new_bytes(x, sizeof(x), out, err))
function Value(x::AbstractArray)
    isconcretetype(eltype(x)) && eltype(x) <: Element && return array_value(x)
    ndims(x) == 1 && return list_value(x)
    throw(ArgumentError("a $(typeof(x)) is no value; arrays of several dimensions hold numbers"))
end
Value(x::Tuple) = list_value(x)

function array_value(x)
    buffer, view = native(x)
    return new_value((out, err) -> ald_value_new_array(buffer, Ref(view), out, err))
end
Value(x::Object) = new_value((out, err) -> ald_value_new_handle(x, out, err))

function list_value(x)
    list = new_value((out, err) -> ald_value_new_list(out, err))
    for item in x
        held = Value(item)
        check(err -> ald_value_append(list, held, err))
    end
    return list
end

function Value(x::Union{AbstractDict,NamedTuple})
    map = new_value((out, err) -> ald_value_new_map(out, err))
    for (key, item) in pairs(x)
        name = String(key)
        held = Value(item)
        check(err -> ald_value_set(map, name, sizeof(name), held, err))
    end
    return map
end

Value(x) = throw(
    ArgumentError(
        "a $(typeof(x)) is no value; expected nothing, a number, text, bytes, a list, a map, " *
        "an array of numbers or an object of the library",
    ),
)

# The library to Julia.
function julia(value::Value)
    type = ald_value_type(value)
    type == ALD_TYPE_NULL && return nothing
    type == ALD_TYPE_BOOL &&
        return output((out, err) -> ald_value_get_bool(value, out, err), Int32) != 0
    type == ALD_TYPE_INT && return output((out, err) -> ald_value_get_int(value, out, err), Int64)
    type == ALD_TYPE_DOUBLE &&
        return output((out, err) -> ald_value_get_double(value, out, err), Float64)
    type == ALD_TYPE_STRING && return julia_string(value)
    type == ALD_TYPE_BYTES && return julia_bytes(value)
    type == ALD_TYPE_LIST && return julia_list(value)
    type == ALD_TYPE_MAP && return julia_map(value)
    type == ALD_TYPE_ARRAY && return julia_array(value)
    return julia_handle(value)
end

function julia_string(value)
    text, size = Ref{Cstring}(C_NULL), Ref{Csize_t}(0)
    GC.@preserve value begin
        check(err -> ald_value_get_string(value, text, size, err))
        return unsafe_string(Ptr{UInt8}(text[]), size[])
    end
end

function julia_bytes(value)
    data, size = Ref{Ptr{Cvoid}}(C_NULL), Ref{Csize_t}(0)
    GC.@preserve value begin
        check(err -> ald_value_get_bytes(value, data, size, err))
        return size[] == 0 ? UInt8[] : copy(unsafe_wrap(Array, Ptr{UInt8}(data[]), Int(size[])))
    end
end

item_at(value, i) = julia(new_value((out, err) -> ald_value_at(value, i - 1, out, err)))

julia_list(value) = Any[item_at(value, i) for i in 1:ald_value_count(value)]

function julia_map(value)
    map = ValueMap()
    key, size = Ref{Cstring}(C_NULL), Ref{Csize_t}(0)
    for i in 1:ald_value_count(value)
        name = GC.@preserve value begin
            check(err -> ald_value_key_at(value, i - 1, key, size, err))
            unsafe_string(Ptr{UInt8}(key[]), size[])
        end
        map[name] = item_at(value, i)
    end
    return map
end

function julia_array(value)
    view = Ref{ald_view}()
    ald_view_init(view, sizeof(ald_view))
    buffer = output((out, err) -> ald_value_get_array(value, out, view, err), Ptr{ald_buffer})
    return NativeArray(Buffer(buffer), view[])
end

julia_handle(value) =
    object(output((out, err) -> ald_value_get_handle(value, out, err), Ptr{Cvoid}))

# Calls `make(out, err)` for a value and gives it in Julia.
take_value(make) = julia(new_value(make))

"""
    to_json(x; tagged=false, indent=0) -> String

Writes a value as JSON: plain for people and other tools, `tagged` exactly.
"""
function to_json(x; tagged=false, indent=0)
    value = Value(x)
    mode = tagged ? ALD_JSON_TAGGED : ALD_JSON_PLAIN
    return String(bytes_of((out, err) -> ald_value_to_json(value, mode, indent, out, err)))
end

"""
    from_json(text; tagged=false)

Reads a value from JSON. A number with a point or an exponent is a `Float64`, any other an `Int64`.
"""
function from_json(text::AbstractString; tagged=false)
    source = String(text)
    mode = tagged ? ALD_JSON_TAGGED : ALD_JSON_PLAIN
    return take_value((out, err) -> ald_value_from_json(source, sizeof(source), mode, out, err))
end

"""
    to_cbor(x) -> Vector{UInt8}

Writes a value as CBOR, exactly.
"""
function to_cbor(x)
    value = Value(x)
    return bytes_of((out, err) -> ald_value_to_cbor(value, out, err))
end

"""
    from_cbor(bytes)

Reads a value from CBOR.
"""
from_cbor(bytes::Vector{UInt8}) =
    take_value((out, err) -> ald_value_from_cbor(bytes, sizeof(bytes), out, err))

function bytes_of(make)
    buffer = Buffer(output(make, Ptr{ald_buffer}))
    size = Int(ald_buffer_size(buffer))
    GC.@preserve buffer begin
        return size == 0 ? UInt8[] :
               copy(unsafe_wrap(Array, Ptr{UInt8}(ald_buffer_data(buffer)), size))
    end
end
