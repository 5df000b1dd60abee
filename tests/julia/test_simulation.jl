using Alidade
using Sockets
using Test

@testset "a bench" begin
    bench = Bench(seed=3, quantities=Dict("laser.power" => 2e-3, "waveplate.zero" => 0))
    @test describe(bench)["seed"] == 3
    @test bench["power"] ≈ 2e-3 * 0.9 + 1e-9
    bench["shutter"] = 0
    @test bench["power"] == 1e-9
    failure = try bench["lazer.power"] catch e; e end
    @test failure.code === :NOT_FOUND
    @test_throws AlidadeError (bench["power"] = 1)
    @test_throws AlidadeError Bench(Alidade.name(bench))
    @test Alidade.name(Bench()) != Alidade.name(Bench())
end

@testset "the bench of a lab" begin
    lab = Lab(parse_settings("[bench]\nlaser.power = 0.003\n"))
    @test Bench(lab)["laser.power"] == 0.003
    Bench(lab)["laser.power"] = 0.001
    @test Bench(lab)["laser.power"] == 0.001
end

@testset "mocks on a bench" begin
    bench = Bench(quantities=Dict("waveplate.zero" => 0))
    stage = MockMovable(bench=bench, axis="stage/x", acceleration=1e6)
    sensor = MockReadable(bench=Alidade.name(bench), quantity="power")
    @test unit(sensor) == "W"
    open_beam = read(sensor)
    move_abs(stage, 10)
    @test position(stage) == 10
    @test bench["stage/x"] == 10
    @test read(sensor) ≈ open_beam / 2 rtol = 1e-6
end

@testset "a simulated instrument" begin
    @test "mock-meter" in [about["name"] for about in simulations()]
    bench = Bench()
    @test Simulation(m -> startswith(path(m), "/dev/pts/"), "mock-meter", bench)
    Simulation("mock-meter", bench; quantity="waveplate.zero", listen="tcp") do meter
        line = connect("127.0.0.1", parse(Int, split(path(meter), ":")[2]))
        write(line, "READ?\n")
        @test readline(line) == "2.000000000E+01"
        set_faults(meter; truncate=3, delay=0.01)
        write(line, "READ?\n")
        @test String(read(line, 3)) == "2.0"
        say(meter, "hello\n")
        @test readline(line) == "hello"
        unplug(meter)
        @test eof(line)
        failure = try say(meter, "x") catch e; e end
        @test failure.code === :DISCONNECTED
        plug(meter)
        @test startswith(uri(meter), "tcp:127.0.0.1:")
    end
    @test_throws AlidadeError Simulation("mock-metre")
end

@testset "a line that is lost in mid-motion" begin
    bench = Bench()
    Simulation("esp300", bench; listen="tcp") do instrument
        device = Device("stage", "esp300"; uri=uri(instrument))
        open(device)
        axis = device["1"]
        found = events(device, "motion.found")
        motion = start_move(axis, 20)
        while bench["stage/x.velocity"] == 0
            sleep(0.001)
        end
        unplug(instrument)
        failure = try result(motion) catch e; e end
        @test failure.code === :DISCONNECTED
        plug(instrument)
        open(device)
        @test bench["stage/x.velocity"] == 0
        @test take!(found, timeout=10).payload["device"] == "stage/1"
        move_abs(axis, 1)
        @test position(axis) == 1
        close(found)
        close(device)
    end
end
