using Alidade
using Test

@testset "a stream" begin
    sensor = open(MockReadable(name="sensor", value=1))
    stream = events(sensor, "property.changed")
    set(sensor, "level", 5)
    event = take!(stream, timeout=10)
    @test event.kind == "property.changed"
    @test event.payload["device"] == "sensor"
    @test event.payload["property"] == "level"
    @test event.payload["value"] == 5.0
    close(stream)
    set(sensor, "level", 6)
    @test isempty(drain(stream))
    rest = events(sensor)
    collecting = @async [e.kind for e in rest]
    yield()
    close(sensor)
    close(rest)
    @test "device.closed" in fetch(collecting)
end

@testset "a function is called for each" begin
    lab = Lab()
    sensor = add(lab, "sensor", "mock-readable")
    seen = Channel{Any}(Inf)
    open(lab)
    # What a subscriber throws is logged and does not end the subscription.
    subscription = @test_logs (:error, r"subscriber of property.changed failed") begin
        subscription = subscribe(lab, "property.changed") do event
            put!(seen, event.payload["value"])
            event.payload["value"] == 2.0 && error("a subscriber's own failure")
        end
        set(sensor, "level", 1)
        set(sensor, "level", 2)
        set(sensor, "level", 3)
        @test [take!(seen) for _ in 1:3] == [1.0, 2.0, 3.0]
        close(subscription)
        subscription
    end
    set(sensor, "level", 4)
    @test !isready(seen)
    close(subscription)
    close(lab)
end

@testset "closed from its own call" begin
    sensor = open(MockReadable())
    calls = Ref(0)
    done = Base.Event()
    local subscription
    subscription = subscribe(sensor, "property.changed") do event
        calls[] += 1
        close(subscription)
        notify(done)
    end
    set(sensor, "level", 1)
    wait(done)
    set(sensor, "level", 2)
    wait(subscription.task)
    @test calls[] == 1
    close(sensor)
end
