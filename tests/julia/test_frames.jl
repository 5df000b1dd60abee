using Alidade
using Test

code(f) = try f(); :none catch e; e.code end

const KNOWN = (
    index=1, seq=2, lost_before=3, hw_seq=4, t_mono_ns=5, t_wall_ns=6, t_hw_ns=7, clock_id=8,
    uncertainty_ns=9, exposure=0.5, gain=1.5, offset=2.5, temperature=-3.5, bit_depth=12,
    roi=(x=10, y=11, width=12, height=13), binning=(14, 15), saturated=true, incomplete=true,
)
const METADATA = Dict("sample" => "A3", "pass" => [1, 2])
known(frame) = NamedTuple{keys(KNOWN)}(map(name -> getproperty(frame, name), keys(KNOWN)))

@testset "all that is known of a frame is kept" begin
    pixels = reshape(collect(Float32, 1:24), 4, 3, 2)
    frame = Frame(pixels; metadata=METADATA, KNOWN...)
    @test known(frame) == KNOWN
    @test frame.metadata == METADATA
    @test frame.image == pixels && eltype(frame.image) === Float32
    @test_throws ReadOnlyMemoryError frame.image[1, 1, 1] = 5
    nothing_known = Frame(zeros(UInt8, 3))
    @test isnan(nothing_known.exposure) && nothing_known.hw_seq == -1
    @test isempty(nothing_known.metadata)
    @test issetequal(propertynames(frame), (keys(KNOWN)..., :image, :metadata))
end

@testset "memory of the library is shared" begin
    mine = share([1.0, 2.0, 3.0])
    @test Base.unsafe_convert(Ptr{Float64}, Frame(mine).image) ==
          Base.unsafe_convert(Ptr{Float64}, mine)
    image = Frame(collect(1:1000)).image
    GC.gc()
    @test image == 1:1000
end

@testset "a frame goes through a queue" begin
    frame = Frame(ones(2, 2); metadata=METADATA, KNOWN...)
    queue = Queue(1)
    push!(queue, payload=frame)
    back = take!(queue, timeout=5).payload
    @test back isa Frame && known(back) == KNOWN && back.metadata == METADATA
    @test back.image == ones(2, 2)
end

@testset "a camera's frames are the same by a stream and by a source" begin
    camera = MockCamera(
        pattern="gradient", width=32, height=16, trigger_mode="internal", frame_rate=1e4,
        exposure=1e-5, lose=3, garble=4, metadata=METADATA,
    )
    direct = stream(camera, policy=:lossless, capacity=64)
    behind = stream(camera, policy=:lossless, capacity=64)
    source = Source(behind)
    @test describe(source).live
    arm(camera)
    for index in 0:9
        a, b = take!(source, timeout=10), take!(direct, timeout=10)
        @test a.index == index && b.index == b.seq
        same = setdiff(keys(KNOWN), (:index,))
        @test all(name -> isequal(getproperty(a, name), getproperty(b, name)), same)
        @test a.metadata == METADATA && a.image == b.image
    end
    close(camera)
end

@testset "what no frame can be" begin
    @test_throws ArgumentError Frame(zeros(3), colour=3)
    @test code(() -> Frame(zeros(3), binning=(0, 1))) === :INVALID
    @test_throws MethodError Frame(["a"])
end
