# All tests of the Julia package; each file is one test. ALIDADE_LIBRARY names the library.
#
#     julia runtests.jl [--junit FILE] [NAME...]
using Alidade
using Test

include("junit.jl")

const NAMES = ["test_values", "test_arrays", "test_errors", "test_settings", "test_devices",
               "test_motion", "test_ops", "test_queues", "test_events", "test_labs",
               "test_arrangements", "test_sources", "test_cameras", "test_series", "test_fit",
               "test_simulation", "test_processes", "test_examples", "gc_stall"]

function main(arguments)
    report = nothing
    if length(arguments) >= 2 && arguments[1] == "--junit"
        report = arguments[2]
        arguments = arguments[3:end]
    end
    unknown = setdiff(arguments, NAMES)
    isempty(unknown) || error("no tests $(join(unknown, ", ")); known are $(join(NAMES, ", "))")
    cases = Case[]
    for name in (isempty(arguments) ? NAMES : arguments)
        push!(cases, run_case(name, joinpath(@__DIR__, "$name.jl")))
        report === nothing || open(io -> write_junit(io, cases), report, "w")
    end
    return all(case -> case.failure === nothing, cases) ? 0 : 1
end

exit(main(ARGS))
