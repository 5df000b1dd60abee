using Alidade
using Test

caught(f) = try f(); nothing catch e; e end

@testset "an axis" begin
    stage = MockMovable(min=-10, max=10, home=1)
    @test unit(stage) == "mm" # known before it is open
    move_abs(stage, 10, unit="um")
    @test position(stage) ≈ 0.01
    move_rel(stage, 1)
    @test position(stage) ≈ 1.01
    move_rel(stage, -10, unit="um")
    @test position(stage) ≈ 1.0
    home(stage)
    @test position(stage) == 1
    @test limits(stage) == (-10, 10)
    @test can(stage, "movable") && can(stage, "stop")
    @test act(stage, "home") == 1
    wait_settled(stage)
    close(stage)
end

@testset "a rotator in degrees" begin
    rotator = MockMovable(unit="deg", max=360)
    move_abs(rotator, pi / 2, unit="rad")
    @test position(rotator) ≈ 90
    @test caught(() -> move_abs(rotator, 1, unit="mm")).code === :INVALID
end

@testset "start, watch, stop" begin
    stage = MockMovable(velocity=1)
    op = start_move(stage, 50)
    @test state(op) === :running # accepted
    @test !isready(op)
    @test caught(() -> move_abs(stage, 1)).code === :BUSY
    p = progress(op)
    @test p.state === :running && p.total ≈ 50 && p.unit == "mm" && p.phase == "moving"
    @test caught(() -> wait(op, timeout=0.01)).code === :TIMEOUT
    @test state(op) === :running # a timed-out wait does not end it
    stop(stage)
    @test isready(op) && state(op) === :cancelled
    @test caught(() -> result(op)).code === :CANCELLED
    @test occursin(":cancelled", repr(op))
    stood = position(stage)
    @test 0 <= stood < 50
    op = start_move_rel(stage, 0.001)
    @test result(op) ≈ stood + 0.001
    @test result(start_home(stage)) == 0
    wait(start_stop(stage))
    close(stage)
end

@testset "progress is told until the end" begin
    stage = MockMovable(velocity=1)
    op = start_move(stage, 50)
    told = []
    for p in updates(op)
        push!(told, p)
        length(told) == 3 && stop(stage)
    end
    @test isready(op)
    @test length(told) >= 3
    @test all(p -> p.total ≈ 50 && p.unit == "mm", told)
    @test issorted([p.done for p in told])
    @test isempty(collect(updates(op))) # it has ended
    close(stage)
end

@testset "cancelling" begin
    stage = MockMovable(velocity=1)
    op = start_move(stage, 50)
    cancel(op)
    cancel(op)
    wait(op)
    @test state(op) === :cancelled
    stood = position(stage)
    @test position(stage) == stood
    op = start_move(stage, stood + 0.001)
    wait(op)
    cancel(op) # too late: nothing happens
    @test state(op) === :done
    # A timeout stops the axis.
    @test caught(() -> move_abs(stage, 100, timeout=0.02)).code === :TIMEOUT
    stood = position(stage)
    @test stood < 100 && position(stage) == stood
    close(stage)
end

@testset "interrupting a task stops the axis" begin
    stage = open(MockMovable(velocity=1))
    moving = @async move_abs(stage, 50)
    queue = events(stage, "property.changed")
    @test timedwait(() -> get(stage, "settled") == false, 10.0) === :ok
    schedule(moving, InterruptException(), error=true)
    @test_throws TaskFailedException wait(moving)
    @test get(stage, "settled") # it stands when the task has ended
    stood = position(stage)
    @test stood < 50 && position(stage) == stood
    close(queue)
    close(stage)
end

@testset "an axis jogs until it is stopped" begin
    stage = MockMovable(velocity=20, min=-1e6, max=0.5)
    op = start_jog(stage, -1)
    @test state(op) === :running
    @test timedwait(() -> position(stage) < -0.1, 10.0) === :ok
    @test caught(() -> set_zero(stage)).code === :BUSY
    stop(stage)
    @test caught(() -> result(op)).code === :CANCELLED
    stood = position(stage)
    @test -1e6 < stood == position(stage)
    @test caught(() -> jog(stage, -1, timeout=0.02)).code === :TIMEOUT
    jog(stage, 1)
    @test position(stage) == 0.5 # the end of its travel
    @test caught(() -> jog(stage, 0)).code === :INVALID
    @test caught(() -> start_jog(stage, NaN)).code === :INVALID
    close(stage)
end

@testset "the present position becomes the zero" begin
    stage = MockMovable(position=3)
    @test set_zero(stage) == 0.0
    move_abs(stage, 1)
    @test result(start_set_zero(stage)) == 0.0
    @test limits(stage) == (-100, 100)
    close(stage)
end

@testset "many axes at the same time" begin
    stages = [MockMovable(name="axis$i") for i in 1:50]
    tasks = [@async move_abs(stage, i / 10) for (i, stage) in enumerate(stages)]
    foreach(wait, tasks)
    @test position.(stages) ≈ (1:50) ./ 10
    foreach(close, stages)
end
