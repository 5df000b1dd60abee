using Alidade
using Test

code(f) = try f(); :none catch e; e.code end
message(f) = try f(); "" catch e; sprint(showerror, e) end

@testset "what devices can do" begin
    stage, sensor, camera = MockMovable(), MockReadable(name="sensor"), MockCamera()
    @test capabilities(stage) == [Movable]
    @test capabilities(sensor) == [Readable]
    @test capabilities(camera) == [Camera, ExposureControl, FrameProducer, Triggerable]
    @test can(stage, Movable) && !can(stage, Readable) && !can(stage, Camera)
    @test can(camera, Camera) && can(camera, Triggerable) && !can(camera, Movable)
    close(camera)
end

@testset "devices are asked for as what they must be" begin
    lab = Lab()
    add(lab, "stage", "mock-movable")
    add(lab, "sensor", "mock-readable")
    add(lab, "camera", "mock-camera", pattern="gradient", width=32, height=16)
    @test lab["stage", Movable] == lab["stage"]
    @test lab["camera", Camera] == lab["camera", Triggerable] == lab["camera"]
    @test code(() -> lab["sensor", Movable]) === :UNSUPPORTED
    @test message(() -> lab["sensor", Movable]) ==
          "AlidadeError(:UNSUPPORTED): 'sensor' is not movable; its capabilities: readable [sensor]"
    @test occursin("capabilities: movable, stop", message(() -> lab["stage", Camera]))
    @test code(() -> lab["stag", Movable]) === :NOT_FOUND
    open(Device("computer", "host")) do computer
        @test computer["memory", Readable] == computer["memory"]
        @test code(() -> computer["memory", Movable]) === :UNSUPPORTED
        told = message(() -> Alidade.checked(computer, Readable))
        @test occursin("'computer' is not readable; its readable parts are computer/", told)
        @test occursin(", computer/memory", told)
    end
    close(lab)
end

@testset "a function says what a device is not" begin
    sensor, stage = MockReadable(name="sensor"), MockMovable()
    for f in (
        () -> move_abs(sensor, 1), () -> move_abs(sensor, 1, unit="mm"),
        () -> start_move_rel(sensor, 1, unit="mm"), () -> home(sensor), () -> position(sensor),
        () -> limits(sensor), () -> arm(sensor), () -> trigger(sensor), () -> disarm(sensor),
        () -> next_frame(sensor), () -> stream(sensor), () -> exposure(sensor),
        () -> set_exposure(sensor, 1), () -> set_gain(sensor, 1), () -> roi(sensor),
        () -> set_trigger_mode(sensor, :internal), () -> read(stage), () -> last_reading(stage),
    )
        @test code(f) === :UNSUPPORTED
    end
    @test occursin("'sensor' is not exposure control;", message(() -> set_exposure(sensor, 1)))
end

abstract type Levitating <: Capability end
abstract type Unregistered <: Capability end

@testset "packages have types of their own" begin
    @test register_capability(Levitating, "levitating") === Levitating
    register_capability(Levitating, "movable", "stop") # again: the newest counts
    stage = MockMovable()
    @test can(stage, Levitating) && Levitating in capabilities(stage)
    @test count(type -> type === Levitating, capabilities(stage)) == 1
    @test !can(MockReadable(), Levitating)
    @test_throws ArgumentError can(stage, Unregistered)
    @test_throws ArgumentError register_capability(Levitating)
end
