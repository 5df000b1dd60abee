# A handle of one kind does not pass for another, as an input or as an output.
module LibAlidade
const libalidade = "libalidade"
include(joinpath(@__DIR__, "../../examples/julia/Alidade/src/generated.jl"))
end

using Test
using .LibAlidade: ald_buffer, ald_value

# A function of the C library stands for one of ours: it gives the pointer back.
take(handle) = ccall(:labs, Int64, (Ptr{ald_value},), handle)
fill(out) = ccall(:labs, Int64, (Ptr{Ptr{ald_value}},), out)

@testset "handles" begin
    @test take(Ptr{ald_value}(8)) == 8
    @test take(C_NULL) == 0
    @test_throws ArgumentError take(Ptr{ald_buffer}(8))
    @test fill(Ref{Ptr{ald_value}}(C_NULL)) != 0
    @test_throws MethodError fill(Ref{Ptr{ald_buffer}}(C_NULL))
end
