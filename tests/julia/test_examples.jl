using Test

@testset "examples" begin
    @test true
end
