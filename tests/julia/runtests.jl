# All tests of the Julia package; each file is one test. ALIDADE_LIBRARY names the library.
#
#     julia runtests.jl [--junit FILE] [NAME...]
using Alidade
using Test

include("junit.jl")

const NAMES = [
    sort(filter(name -> startswith(name, "test_"), first.(splitext.(readdir(@__DIR__)))))
    "gc_stall"
]

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
