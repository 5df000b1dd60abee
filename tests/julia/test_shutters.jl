using Alidade
using Test

# Shutters, and what they do to the light of the bench.

@testset "a shutter blocks the light" begin
    bench = Bench(quantities=Dict("background" => 0.0))
    shutter = MockShutter(bench=bench, quantity="shutter")
    meter = MockReadable(bench=bench, quantity="power")
    light = read(meter)
    @test light > 0
    close_shutter(shutter)
    @test shutter_state(shutter) == "closed"
    @test read(meter) == 0
    open_shutter(shutter)
    @test shutter_state(shutter) == "open"
    @test read(meter) == light
    @test can(shutter, "shutter") && !can(meter, "shutter")
    @test_throws AlidadeError open_shutter(meter)
end

@testset "closing ends an opening" begin
    shutter = open(MockShutter(travel_time=0.3))
    opening = start_open_shutter(shutter)
    @test shutter_state(shutter) == "opening"
    wait(start_close_shutter(shutter))
    @test_throws AlidadeError result(opening)
    @test shutter_state(shutter) == "closed"
end
