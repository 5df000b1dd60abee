# Runs files of tests and reports them as JUnit does.

struct Case
    name::String
    seconds::Float64
    failure::Union{String,Nothing}
end

# Each file has a module of its own: what it defines is gone for the next.
function run_case(name, file)
    failure = nothing
    seconds = @elapsed try
        @testset "$name" begin
            Base.include(Module(Symbol(name)), file)
        end
    catch e
        failure = sprint(showerror, e)
        e isa Test.TestSetException || println(sprint(showerror, e, catch_backtrace()))
    end
    return Case(name, seconds, failure)
end

escaped(text) = foldl(
    replace, ("&" => "&amp;", "<" => "&lt;", ">" => "&gt;", "\"" => "&quot;"), init=text
)

function write_junit(io, cases)
    failures = count(case -> case.failure !== nothing, cases)
    println(io, """<testsuite name="julia" tests="$(length(cases))" failures="$failures">""")
    for case in cases
        print(io, """<testcase classname="julia" name="$(case.name)" time="$(case.seconds)">""")
        case.failure === nothing || print(io, "<failure>", escaped(case.failure), "</failure>")
        println(io, "</testcase>")
    end
    println(io, "</testsuite>")
end
