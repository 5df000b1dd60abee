using Alidade
using Test

@testset "a sensor" begin
    sensor = MockReadable(name="sensor", value=2.5, unit="V")
    @test state(sensor) === :new
    @test read(sensor) === 2.5 # opens itself
    @test isopen(sensor)
    @test unit(sensor) == "V"
    @test path(sensor) == "sensor"
    @test can(sensor, "readable") && !can(sensor, "movable") && !can(sensor, "stop")
    before = now_mono_ns()
    r = reading(sensor)
    @test r.value == 2.5
    @test before <= r.t_mono_ns <= now_mono_ns()
    @test abs(r.t_wall_ns - Alidade.wall_from_mono(r.t_mono_ns)) < 1_000_000
    @test !r.overrange && !r.unsettled
    @test last_reading(sensor).value == 2.5
    @test occursin("sensor", repr(sensor)) && occursin(":open", repr(sensor))
    @test last_values([sensor, sensor])[1] == [2.5, 2.5]
    close(sensor)
    close(sensor) # again: nothing happens
    @test state(sensor) === :closed
end

@testset "noise with a seed" begin
    numbers(seed) = (s = MockReadable(noise=1, seed=seed); [read(s) for _ in 1:20])
    @test numbers(1) == numbers(1)
    @test numbers(1) != numbers(2)
end

@testset "properties" begin
    open(MockReadable(value=1, unit="mm")) do sensor
        names = [p.name for p in properties(sensor)]
        @test names == ["value", "level", "noise"]
        level = schema(sensor, "level")
        @test level.type === :double && level.unit == "mm"
        @test level.readable && level.writable && isnan(level.min)
        @test !schema(sensor, "value").writable
        @test set(sensor, "level", 4) === 4.0
        @test get(sensor, "level") === 4.0
        @test set(sensor, "level", 10, unit="um") ≈ 0.01
        value, age = cached(sensor, "level")
        @test value ≈ 0.01 && 0 <= age < 60
        failure = try set(sensor, "noise", -1.0) catch e; e end
        @test failure.code === :RANGE
        failure = try set(sensor, "noise", "loud") catch e; e end
        @test failure.code === :INVALID
        failure = try set(sensor, "value", 1.0) catch e; e end
        @test failure.code === :UNSUPPORTED
        described = describe(sensor)
        @test described["driver"] == "mock-readable"
        @test described["capabilities"] == Any["readable"]
        shot = snapshot(sensor)
        @test shot["mock-readable:level"]["value"] ≈ 0.01
        @test shot["mock-readable:level"]["unit"] == "mm"
        op = start_get(sensor, "level")
        @test result(op) ≈ 0.01
        @test result(start_set(sensor, "level", 3)) === 3.0
        @test isempty(children(sensor))
    end
end

@testset "drivers and discovery" begin
    known = [d["name"] for d in drivers()]
    @test issubset(["host", "mock-movable", "mock-readable"], known)
    able = Dict(c["name"] => c for c in capabilities())
    @test issubset(["readable", "movable", "stop", "triggerable"], keys(able))
    @test only(able["movable"]["properties"])["effect"] == "moves"
    @test able["stop"]["within"] == "movable"
    @test all(port["uri"] == "serial:" * port["path"] for port in ports())
    @test_throws AlidadeError probe("host", "serial:/dev/ttyUSB0")
    found = discover()
    @test any(d -> d["driver"] == "host", found)
    @test_throws ArgumentError discover(timeout=-1)
end

@testset "closing ends what waits" begin
    slow = open(MockReadable(latency=60))
    reading = @async try read(slow) catch e; e end
    yield()
    close(slow)
    failure = fetch(reading)
    @test failure isa AlidadeError && failure.code in (:CLOSED, :CANCELLED)
    closing = [@async close(slow) for _ in 1:10]
    foreach(wait, closing)
    @test state(slow) === :closed
end

@testset "properties take units" begin
    camera = MockCamera()
    @test set(camera, "exposure", 100, unit="ms") ≈ 0.1
    @test schema(camera, "bit_depth").type === :int64
    @test set(camera, "bit_depth", 10.0, unit="1") === Int64(10)
    @test_throws ArgumentError set(camera, "trigger_mode", "software", unit="s")
    @test_throws AlidadeError set(camera, "exposure", 1, unit="mm")
    @test state(camera) === :open
    close(camera)
end
