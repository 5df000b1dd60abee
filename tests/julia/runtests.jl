# All tests of the Julia package. ALIDADE_LIBRARY names the library.
using Alidade
using Test

for name in
    ("values", "arrays", "errors", "settings", "devices", "motion", "ops", "queues", "events",
     "labs", "sources", "series", "threads")
    @testset "$name" begin
        include("test_$name.jl")
    end
end
