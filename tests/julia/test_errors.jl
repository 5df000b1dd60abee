using Alidade
using Test

caught(f) = try f(); nothing catch e; e end

@testset "limits with their unit" begin
    stage = MockMovable(name="stage", min=-5, max=5)
    failure = caught(() -> move_abs(stage, 6))
    @test failure isa AlidadeError
    @test failure.code === :RANGE && failure.status == Alidade.ALD_E_RANGE
    @test occursin("6 mm", failure.message)
    @test occursin("-5 mm to 5 mm", failure.message)
    @test failure.where == "stage: position"
    @test position(stage) == 0 # nothing has moved
    failure = caught(() -> move_abs(stage, 6000, unit="um"))
    @test failure.code === :RANGE && occursin("5 mm", failure.message)
    @test caught(() -> move_abs(stage, NaN)).code === :INVALID
    @test caught(() -> move_abs(stage, 1, unit="s")).code === :INVALID
    @test position(stage) == 0
    close(stage)
    @test caught(() -> position(stage)).code in (:CLOSED, :STATE)
end

@testset "the nearest name" begin
    failure = caught(() -> Device("x", "mock-movabel"))
    @test failure.code === :NOT_FOUND && occursin("mock-movable", failure.message)
    failure = caught(() -> Device("x", "mock-movable"; velocitty=1.0))
    @test failure.code === :NOT_FOUND && occursin("velocity", failure.message)
    failure = caught(() -> Device("x", "mock-movable"; velocity="fast"))
    @test failure.code === :INVALID
    stage = open(MockMovable())
    failure = caught(() -> get(stage, "velocitty"))
    @test failure.code === :NOT_FOUND && occursin("velocity", failure.message)
    @test caught(() -> stage["x"]).code === :NOT_FOUND
    @test caught(() -> read(stage)).code === :UNSUPPORTED
    close(stage)
end

@testset "how errors are shown" begin
    failure = caught(() -> Device("x", "none"))
    text = sprint(showerror, failure)
    @test startswith(text, "AlidadeError(:NOT_FOUND): ")
    @test occursin(failure.message, text)
    cause = AlidadeError(:IO, -16, "the line is dead", "serial", 5, "", "", nothing)
    failure = AlidadeError(:DISCONNECTED, -23, "gone", "device", 0, "stage", "line 1", cause)
    text = sprint(showerror, failure)
    @test text == "AlidadeError(:DISCONNECTED): gone [stage]\nline 1\n" *
                  "caused by AlidadeError(:IO): the line is dead"
end

@testset "time-outs" begin
    slow = MockReadable(latency=60)
    @test caught(() -> read(slow, timeout=0.05)).code === :TIMEOUT
    @test_throws ArgumentError read(slow, timeout=-1)
    @test_throws ArgumentError read(slow, timeout=NaN)
    close(slow)
end

@testset "names that C cannot take" begin
    @test_throws ArgumentError Device("a\0b", "mock-movable")
    @test caught(() -> Device("", "mock-movable")).code === :INVALID
    @test caught(() -> Queue(0)).code === :RANGE
    @test_throws ArgumentError Queue(1, policy=:unknown)
end

@testset "no error is kept" begin
    caught(() -> Device("x", "none"))
    GC.gc()
    before = Alidade.handle_count()
    for _ in 1:100
        caught(() -> Device("x", "none"))
    end
    GC.gc()
    @test Alidade.handle_count() <= before
end

@testset "messages name functions of Julia" begin
    meter = Device("meter", "newport-1830c"; uri="serial:/dev/ttyNowhere")
    failure = caught(() -> open(meter))
    @test failure.code === :NOT_FOUND && occursin("`ports()` tells what there is", failure.message)
    failure = caught(() -> position(MockMovable(axis="nowhere")))
    @test occursin("describe(bench) lists them", failure.message)
    @test Alidade.in_julia("ald_nothing of ALD_EVENT_<X>") == "ald_nothing of a name as \"op.ended\""
end
