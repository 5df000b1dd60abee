# While one task waits 5 s in a call another one allocates without a pause over 50 ms, with the
# garbage collector at work. A control shows that the check can fail: with a plain blocking ccall
# in the place of the wait the pause is as long as the call.
using Alidade
using Test

const PAUSE_ALLOWED = 0.05
const CALL = 5.0

mutable struct Allocator
    worst::Float64
    rounds::Int
    stopped::Bool
end

# Allocates and collects until it is told to stop, and measures the longest time between two
# rounds.
function allocate!(a::Allocator)
    last = time_ns()
    keep = Vector{Vector{Float64}}()
    while !a.stopped
        push!(keep, rand(1000))
        length(keep) > 200 && empty!(keep)
        a.rounds % 50 == 0 && GC.gc(false)
        yield()
        now = time_ns()
        a.worst = max(a.worst, (now - last) / 1e9)
        a.rounds += 1
        last = now
    end
    return a
end

# The worst pause of an allocating task while `call()` runs in another.
function worst_pause(call)
    allocator = Allocator(0.0, 0, false)
    allocating = @async allocate!(allocator)
    yield()
    took = @elapsed call()
    allocator.stopped = true
    fetch(allocating)
    return allocator, took
end

# What the package must not do: a ccall that waits.
function read_blocking(device)
    reading = Ref{Alidade.ald_reading}()
    Alidade.ald_reading_init(reading, sizeof(Alidade.ald_reading))
    Alidade.check(err -> Alidade.ald_readable_read(device, -1, C_NULL, reading, err))
    return reading[].value
end

slow = MockReadable(value=7, latency=CALL)
less_slow = MockReadable(value=7, latency=0.5)
quick = MockReadable(value=7, latency=0.01)
foreach(open, (slow, less_slow, quick))
# Compiled before anything is measured.
read(quick)
worst_pause(() -> read(quick))
worst_pause(() -> read_blocking(quick))
GC.gc()

@testset "gc_stall" begin
    # A pause of ours comes every time, one of a busy machine does not.
    for attempt in 1:3
        collections = Base.gc_num().pause
        allocator, took = worst_pause(() -> @test read(slow, timeout=2CALL) == 7)
        collections = Base.gc_num().pause - collections
        println(
            "waiting $(round(took, digits=2)) s: $(allocator.rounds) rounds, ",
            "$collections collections, worst pause $(round(1000allocator.worst, digits=1)) ms",
        )
        @test took >= CALL
        @test collections > 10
        @test allocator.rounds > 1000
        allocator.worst < PAUSE_ALLOWED && break
        @test attempt < 3
    end

    control, took = worst_pause(() -> @test read_blocking(less_slow) == 7)
    println("control, blocking 0.5 s: worst pause $(round(1000control.worst, digits=1)) ms")
    @test control.worst >= 0.5
end
