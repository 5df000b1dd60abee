# A simulated optical bench, and simulated instruments that speak their vendors' protocols.

export Bench, Simulation, simulations, uri, set_faults, say, plug, unplug

"""
    Bench(name=nothing; seed=0, quantities=Dict())

A simulated optical bench: laser, half-wave plate, polarizer, shutter, a blade on a stage, power
meter, camera. Mocks and simulated instruments of one bench see the same light.

```julia
bench = Bench(seed=7, quantities=Dict("laser.power" => 2e-3))
sensor = MockReadable(bench=bench, quantity="power")
```

`bench["power"]` is a quantity as it really is, `bench["shutter"] = 0` changes one, and
`describe(bench)` tells which there are. Without a name it gets one that nobody else has.
"""
mutable struct Bench <: Object
    handle::Ptr{ald_bench}
    Bench(handle::Ptr{ald_bench}) = owned(new(handle))
end

function Bench(name::AbstractString; seed::Integer=0, quantities=Dict{String,Float64}())
    require_room("sim")
    options = Dict{String,Any}(key => Float64(x) for (key, x) in pairs(quantities))
    options["seed"] = Int64(seed)
    given = Value(options)
    return Bench(output((out, err) -> ald_bench_new(name, given, out, err), Ptr{ald_bench}))
end

"""The bench of a lab: that of its mocks and "sim:" URIs which name no other."""
Bench(lab::Lab) = Bench(output((out, err) -> ald_lab_bench(lab, out, err), Ptr{ald_bench}))

const benches_named = Threads.Atomic{Int}(0)

function Bench(; options...)
    while true
        number = Threads.atomic_add!(benches_named, 1) + 1
        try
            return Bench("bench-$number"; options...)
        catch e
            e isa AlidadeError && e.code === :EXISTS || rethrow()
        end
    end
end

"""Describes a bench: name, seed, quantities, axes."""
describe(bench::Bench) = take_value((out, err) -> ald_bench_describe(bench, out, err))

name(bench::Bench) = describe(bench)["name"]

function Base.getindex(bench::Bench, quantity::AbstractString)
    value = Ref(0.0)
    check(err -> ald_bench_get(bench, quantity, value, err))
    return value[]
end

function Base.setindex!(bench::Bench, value::Real, quantity::AbstractString)
    check(err -> ald_bench_set(bench, quantity, Float64(value), err))
    return bench
end

Base.show(io::IO, bench::Bench) = print(io, "Bench(\"", name(bench), "\")")

"""
    simulations() -> list

The simulated instruments that this process knows: name, driver, doc, options of each.
"""
function simulations()
    require_room("sim")
    return take_value((out, err) -> ald_simulation_list(out, err))
end

"""
    Simulation(instrument, bench=nothing; listen="pty", options...)

A simulated instrument that is switched on, until it is closed. Any program can open it: with "pty"
it is a serial port, with "tcp" and "rfc2217" a TCP port of this computer; `uri(simulation)` and
`path(simulation)` tell where.
"""
mutable struct Simulation <: Object
    handle::Ptr{ald_simulation}
    Simulation(handle::Ptr{ald_simulation}) = owned(new(handle))
end

function Simulation(instrument::AbstractString, bench=nothing; options...)
    require_room("sim")
    given = Value(values(options))
    where = bench === nothing ? Ptr{ald_bench}(C_NULL) : bench
    return Simulation(
        output(
            (out, err) -> ald_simulation_start(instrument, where, given, out, err),
            Ptr{ald_simulation},
        ),
    )
end

function Simulation(f::Function, instrument::AbstractString, bench=nothing; options...)
    simulation = Simulation(instrument, bench; options...)
    try
        return f(simulation)
    finally
        close(simulation)
    end
end

"""URI of a simulated instrument, for devices' option "uri"."""
uri(simulation::Simulation) = unsafe_string(ald_simulation_uri(simulation))

"""Path for other programs: "/dev/pts/4" or "127.0.0.1:40001"."""
path(simulation::Simulation) = String(split(uri(simulation), ":"; limit=2)[2])

"""
    set_faults(simulation; delay, garble, truncate, drop, silence, echo, chunk, chunk_pause,
               unplug_after, seed, modem_lines)

Sets faults of the instrument's line. What is not named stays as it is.
"""
function set_faults(simulation::Simulation; faults...)
    given = Value(values(faults))
    check(err -> ald_simulation_set_faults(simulation, given, err))
end

"""
    say(simulation, data)

Sends text or bytes as if the instrument had said them by itself.
"""
function say(simulation::Simulation, data::Union{AbstractString,Vector{UInt8}})
    bytes = Vector{UInt8}(data)
    check(err -> ald_simulation_say(simulation, bytes, length(bytes), err))
end

"""Cuts the instrument's line: whoever has it open finds it gone."""
unplug(simulation::Simulation) = check(err -> ald_simulation_unplug(simulation, err))

"""Connects it again; its URI may be another one afterwards."""
plug(simulation::Simulation) = check(err -> ald_simulation_plug(simulation, err))

"""Switches it off."""
Base.close(simulation::Simulation) = ald_simulation_close(simulation)

Base.show(io::IO, simulation::Simulation) = print(io, "Simulation(\"", uri(simulation), "\")")
