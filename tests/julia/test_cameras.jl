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
