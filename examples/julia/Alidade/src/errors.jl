export AlidadeError

"""
    AlidadeError

Failure, as the library reports it.

- `code::Symbol`: `:TIMEOUT`, `:RANGE`, ... (`ALD_E_TIMEOUT`, `ALD_E_RANGE`, ... in C).
- `message`: what was wrong, what was expected, what to do.
- `domain`: who reported it (`"device"`, `"settings"`, ...).
- `native_code`: the code of the operating system or the instrument, 0 if there is none.
- `where`: a file and line, a byte offset, or a device and a command; empty if unknown.
- `traceback`: of a script or a callback; empty if there is none.
- `cause`: the error behind this one, or `nothing`.
"""
struct AlidadeError <: Exception
    code::Symbol
    status::ald_status
    message::String
    domain::String
    native_code::Int64
    where::String
    traceback::String
    cause::Union{AlidadeError,Nothing}
end

# Takes the error that a call left; `handle` is owned.
function AlidadeError(status::ald_status, handle::Ptr{ald_error})
    if handle == C_NULL
        return AlidadeError(code_name(status), status, "", "", 0, "", "", nothing)
    end
    cause = ald_error_cause(handle)
    taken = AlidadeError(
        code_name(ald_error_code(handle)),
        ald_error_code(handle),
        in_julia(unsafe_string(ald_error_message(handle))),
        unsafe_string(ald_error_domain(handle)),
        ald_error_native_code(handle),
        unsafe_string(ald_error_where(handle)),
        unsafe_string(ald_error_traceback(handle)),
        cause == C_NULL ? nothing : AlidadeError(ald_error_code(cause), cause),
    )
    ald_error_unref(handle)
    return taken
end

# A message of the library, with what this package calls the things that it names.
in_julia(message) =
    replace(message, r"\b(?:ald_\w+|ALD_[A-Z_]+(?:<X>)?)" => name -> get(IN_JULIA, name, name))

code_name(status) = Symbol(replace(unsafe_string(ald_status_name(status)), r"^ALD_(E_)?" => ""))

function Base.showerror(io::IO, e::AlidadeError)
    print(io, "AlidadeError(:", e.code, ")")
    isempty(e.message) || print(io, ": ", e.message)
    isempty(e.where) || print(io, " [", e.where, "]")
    isempty(e.traceback) || print(io, "\n", e.traceback)
    if e.cause !== nothing
        print(io, "\ncaused by ")
        showerror(io, e.cause)
    end
end

# Runs `call(err)`, which returns a status, and throws what it reports.
function check(call)
    err = Ref{Ptr{ald_error}}(C_NULL)
    status = call(err)
    status == ALD_OK || throw(AlidadeError(status, err[]))
    return nothing
end

# Runs `call(out, err)` and returns what it put into the output of type T.
function output(call, ::Type{T}) where {T}
    out = Ref{T}(T <: Ptr ? C_NULL : zero(T))
    check(err -> call(out, err))
    return out[]
end

# Runs `call(record, err)` on a record that `init` has filled, and returns the record.
function output_record(call, init, ::Type{T}) where {T}
    record = Ref{T}()
    init(record, sizeof(T))
    check(err -> call(record, err))
    return record[]
end

# Text in a record of C: a tuple of bytes that ends with a NUL.
text_in(bytes::NTuple{N,UInt8}) where {N} =
    String(collect(Iterators.takewhile(!iszero, bytes)))
