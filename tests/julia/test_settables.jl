using Alidade
using Test

# Outputs: set-point, read-back, limits and unit.

@testset "an output is set and read back" begin
    supply = MockSettable(unit="V", min=-1, max=5)
    @test set_output(supply, 1500, unit="mV") == 1.5
    @test setpoint(supply) == 1.5
    @test readback(supply) == 1.5
    @test output_unit(supply) == "V"
    @test output_limits(supply) == (-1.0, 5.0)
    failure = try set_output(supply, 6) catch e; e end
    @test failure.code === :RANGE
    @test_throws AlidadeError set_output(supply, 1, unit="mm")
    @test readback(supply) == 1.5
    @test can(supply, "settable")
end

@testset "the laser of a bench is an output" begin
    bench = Bench(quantities=Dict("background" => 0.0))
    laser = MockSettable(bench=bench, quantity="laser.power", max=0.01)
    meter = MockReadable(bench=bench, quantity="power")
    light = read(meter)
    set_output(laser, 2 * setpoint(laser))
    @test read(meter) ≈ 2light
end
