using Alidade
using Test

caught(f) = try f(); nothing catch e; e end

@testset "in order, with values" begin
    queue = Queue(10)
    push!(queue, tag=7, value=1.5, payload=(a=1,))
    push!(queue, kind="frame.lost", value=3)
    push!(queue, value=true)
    records = drain(queue)
    @test [r.value for r in records] == [1.5, 3, true]
    @test [r.kind for r in records[2:3]] == ["frame.lost", Alidade.Record(records[3].kind, 0, 0, 0, 0, 0, nothing, :OK, nothing).kind]
    @test records[1].tag == 7 && records[1].payload == ValueMap("a" => 1)
    @test [r.seq for r in records] == 0:2
    @test all(r -> r.lost_before == 0 && r.status === :OK, records)
    @test issorted([r.t_mono_ns for r in records])
    @test isempty(drain(queue))
    @test register_event("frame.lost") == register_event("frame.lost")
    @test caught(() -> register_event("Not A Name")).code === :INVALID
end

@testset "policies" begin
    function kept(policy)
        queue = Queue(3, policy=policy)
        foreach(i -> push!(queue, value=i), 1:5)
        records = drain(queue)
        return [r.value for r in records], sum(r.lost_before for r in records), stats(queue)
    end
    values, lost, s = kept(:drop_oldest)
    @test values == [3, 4, 5] && lost == 2 && s.lost == 2 && s.pushed == 5 && s.capacity == 3
    @test kept(:drop_newest)[1] == [1, 2, 3]
    @test kept(:latest)[1] == [5]
    queue = Queue(2, policy=:lossless)
    push!(push!(queue, value=1), value=2)
    @test stats(queue).waiting == 2
    @test caught(() -> push!(queue, value=3)).code === :WOULD_BLOCK
    @test take!(queue).value == 1
end

@testset "a waiting task is woken" begin
    queue = Queue(10)
    taking = @async take!(queue)
    yield()
    @test !istaskdone(taking)
    push!(queue, value=42)
    @test fetch(taking).value == 42
    @test take!(queue, timeout=0.01) === nothing
    @test take!(queue, timeout=0) === nothing
    push!(queue, value=1)
    @test take!(queue, timeout=0).value == 1
    # Woken by a thread of the library.
    sensor = MockReadable(latency=0.01)
    ended = start_read(sensor)
    Alidade.check(err -> Alidade.ald_op_notify(ended, queue, 9, Alidade.ALD_NOTIFY_ENDED, err))
    record = take!(queue, timeout=10)
    @test record.kind == "op.ended" && record.tag == 9 && record.value == 0.0
    close(sensor)
end

@testset "closing" begin
    queue = Queue(10)
    push!(queue, value=1)
    all = @async [r.value for r in queue]
    yield()
    push!(queue, value=2)
    close(queue)
    close(queue)
    @test fetch(all) == [1, 2]
    @test_throws EOFError take!(queue)
    @test caught(() -> push!(queue, value=3)).code === :CLOSED
end

@testset "ten thousand records, one task producing, one taking" begin
    queue = Queue(64, policy=:lossless)
    producing = @async for i in 1:10_000
        while true
            failure = caught(() -> push!(queue, value=i))
            failure === nothing && break
            @assert failure.code === :WOULD_BLOCK
            yield()
        end
    end
    got = [take!(queue).value for _ in 1:10_000]
    @test got == 1:10_000
    wait(producing)
end
