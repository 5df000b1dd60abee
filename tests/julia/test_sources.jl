using Alidade
using Test

stack = reshape(collect(Float32, 1:24), 4, 3, 2) # two images, 4 wide and 3 high
source = Source(stack, rate=10)
about = describe(source)
@test about.count == 2 && about.rate == 10 && about.eltype === Float32
@test about.size == (4, 3) && about.seekable && !about.live
first_frame = take!(source, timeout=5)
@test first_frame.index == 0
@test first_frame.image == stack[:, :, 1]
@test [frame.image for frame in source] == [stack[:, :, 2]]
@test take!(source) === nothing
@test Alidade.findindex(source, 0.15) == 1
@test Alidade.findindex(source, 99) == 1
close(source)
failure = try take!(source) catch e; e end
@test failure.code === :CLOSED
@test_throws ArgumentError take!(source, timeout=NaN)

@testset "log" begin
    lines = log_events(level=:warning)
    write_log(:warning, "the lamp is old", domain="lamp")
    write_log(:info, "not of interest")
    record = take!(lines, timeout=10)
    @test record.kind == "log.written"
    @test record.payload["message"] == "the lamp is old"
    @test record.payload["domain"] == "lamp"
    @test isempty(drain(lines))
    close(lines)
    @test_throws ArgumentError write_log(:loud, "x")
    set_log_level(:error)
    set_log_level(:warning)
end

@testset "clock" begin
    @test abs(Alidade.utc(0) - Alidade.Dates.DateTime(1970)) == Alidade.Dates.Millisecond(0)
    @test now_mono_ns() <= now_mono_ns()
    @test Alidade.utc(Alidade.wall_from_mono(now_mono_ns())) <= now_utc()
end
