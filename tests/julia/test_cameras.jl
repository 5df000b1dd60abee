using Alidade
using Test

quick(; options...) = MockCamera(; pattern="gradient", width=32, height=16, options...)
running(; options...) =
    quick(; trigger_mode="internal", frame_rate=1e6, exposure=1e-6, options...)
code(f) = try f(); :none catch e; e.code end

@testset "a trigger gives a frame" begin
    camera = quick()
    @test set_exposure(camera, 0.02) == 0.02
    @test code(() -> trigger(camera)) === :STATE
    arm(camera)
    trigger(camera)
    frame = next_frame(camera, timeout=10)
    @test size(frame.image) == (32, 16)
    @test eltype(frame.image) === UInt16
    @test frame.image == [x + y for x in 0:31, y in 0:15]
    @test frame.exposure == 0.02 && frame.bit_depth == 16 && frame.gain == 0.5
    @test frame.roi == (x=0, y=0, width=32, height=16) && frame.binning == (1, 1)
    @test frame.seq == 0 && frame.lost_before == 0 && !frame.saturated && !frame.incomplete
    @test Alidade.wall_from_mono(frame.t_mono_ns) == frame.t_wall_ns
    @test_throws ReadOnlyMemoryError frame.image[1, 1] = 5
    @test code(() -> next_frame(camera, timeout=0.01)) === :TIMEOUT
    @test get(camera, "roi")["width"] == 32
    @test string(frame) == "Frame 0 (32, 16) 0.02 s"
    close(camera)
    @test code(() -> next_frame(camera)) === :CLOSED
    @test frame.image[2, 3] == 3
end

@testset "what cameras have" begin
    camera = quick()
    @test exposure(camera) === 0.01 && set_exposure(camera, 2) === 2.0
    @test roi(camera) == (x=0, y=0, width=32, height=16)
    @test set_roi(camera, 4, 2, 16, 8) == (x=4, y=2, width=16, height=8)
    @test roi(camera) == (x=4, y=2, width=16, height=8)
    @test binning(camera) == 1
    @test set_binning(camera, 2) == 2
    @test binning(camera) == 2
    @test set_bit_depth(camera, 12) == 12
    @test bit_depth(camera) == 12
    @test set_gain(camera, 2) === 2.0
    @test gain(camera) === 2.0
    @test set_offset(camera, 10) === 10.0
    @test offset(camera) === 10.0
    @test set_readout_mode(camera, "fast") == "fast"
    @test readout_mode(camera) == "fast"
    @test set_shutter_mode(camera, :closed) == "closed"
    @test shutter_mode(camera) == "closed"
    @test set_output_lines(camera, :exposing) == "exposing"
    @test output_lines(camera) == "exposing"
    @test set_frame_rate(camera, 100) === 100.0
    @test frame_rate(camera) === 100.0
    @test set_trigger_mode(camera, :external) == "external"
    @test trigger_mode(camera) == "external"
    @test set_trigger_polarity(camera, :falling) == "falling"
    @test trigger_polarity(camera) == "falling"
    @test temperature(camera) ≈ 22 && !cooling(camera)
    @test set_cooling(camera, true, target=-20) && cooling(camera)
    @test cooling_target(camera) === -20.0
    @test set_cooling_target(camera, -30) === -30.0
    @test cooling_target(camera) === -30.0
    @test code(() -> set_exposure(camera, 1e9)) === :RANGE
    @test code(() -> set_readout_mode(camera, "faster")) === :INVALID
    arm(camera)
    @test code(() -> set_binning(camera, 1)) === :STATE
    close(camera)
end

@testset "one task waits, another triggers" begin
    camera = quick()
    arm(camera)
    waiting = @async next_frame(camera, timeout=10)
    other = @async next_frame(camera, timeout=10)
    yield()
    trigger(camera)
    while !istaskdone(waiting) && !istaskdone(other)
        sleep(0.001)
    end
    trigger(camera)
    @test sort([fetch(waiting).seq, fetch(other).seq]) == [0, 1]
    close(camera)
end

@testset "streams" begin
    camera = running()
    frames = stream(camera, policy=:lossless, capacity=3)
    latest = stream(camera, policy=:latest)
    arm(camera)
    seen = [take!(frames, timeout=10) for _ in 1:20]
    @test [frame.seq for frame in seen] == 0:19
    @test all(frame -> frame.image[1, 1] == 8 * frame.hw_seq, seen)
    @test stats(frames).received == 20 && stats(frames).lost == 0
    @test stats(frames).leased == 20
    first_one = take!(latest, timeout=10)
    @test first_one.lost_before == first_one.seq
    @test code(() -> foreach(_ -> push!(seen, take!(frames)), 1:100)) === :LIMIT
    empty!(seen)
    GC.gc()
    count = 0
    for frame in frames
        count += 1
        count == 5 && close(frames)
    end
    @test count == 5
    @test_throws ArgumentError stream(camera, policy=:all)
    @test code(() -> stream(MockMovable())) === :UNSUPPORTED
    close(camera)
    @test collect(latest) isa Vector # what waits still comes, then the loop ends
end

@testset "what is lost is told" begin
    camera = running(lose=4, disconnect_after=10)
    frames = stream(camera, policy=:lossless)
    arm(camera)
    seen = [take!(frames, timeout=10) for _ in 1:8]
    @test [(f.seq, f.lost_before) for f in seen] ==
          [(0, 0), (1, 0), (2, 0), (4, 1), (5, 0), (6, 0), (8, 1), (9, 0)]
    @test code(() -> take!(frames)) === :DISCONNECTED
end
