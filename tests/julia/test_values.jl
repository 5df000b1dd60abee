using Alidade
using Test

roundtrip_json(x) = from_json(to_json(x, tagged=true), tagged=true)
roundtrip_cbor(x) = from_cbor(to_cbor(x))

for roundtrip in (roundtrip_json, roundtrip_cbor)
    @test roundtrip(nothing) === nothing
    @test roundtrip(true) === true
    @test roundtrip(typemin(Int64)) === typemin(Int64)
    @test roundtrip(typemax(Int64)) === typemax(Int64)
    @test roundtrip(1.0) === 1.0 # never an integer
    @test roundtrip(-0.0) === -0.0
    @test roundtrip(Inf) === Inf
    @test isnan(roundtrip(NaN))
    @test roundtrip("Grüße\0😀") == "Grüße\0😀"
    @test roundtrip("") == ""
    @test roundtrip(UInt8[0, 255]) == UInt8[0, 255]
    @test roundtrip(UInt8[]) == UInt8[]
    @test roundtrip(Any[]) == Any[]
    @test roundtrip((1, 2.0, "three", nothing, (true,))) == Any[1, 2.0, "three", nothing, Any[true]]
    @test roundtrip([[1.0], "x"]) == Any[[1.0], "x"]
end

@testset "maps keep their order" begin
    map = ValueMap("z" => 1, "a" => ValueMap("nested" => Any[1, 2]), "m" => "x")
    back = roundtrip_cbor(map)
    @test back isa ValueMap
    @test collect(keys(back)) == ["z", "a", "m"]
    @test back == map
    @test back["a"]["nested"] == Any[1, 2]
    @test get(back, "none", 7) == 7
    @test haskey(back, "z") && !haskey(back, "none")
    back["z"] = 5
    @test collect(keys(back)) == ["z", "a", "m"] && back["z"] == 5
    @test roundtrip_cbor((x=1, y="b")) == ValueMap("x" => 1, "y" => "b")
    @test roundtrip_cbor(Dict(:x => 1.5)) == ValueMap("x" => 1.5)
    @test to_json(map) == """{"z":1,"a":{"nested":[1,2]},"m":"x"}"""
end

@testset "other numbers and text" begin
    @test roundtrip_cbor(Int8(-3)) === Int64(-3)
    @test roundtrip_cbor(Float32(0.5)) === 0.5
    @test roundtrip_cbor(:name) == "name"
    @test roundtrip_cbor(Union{Int,Float64}[1, 2.5]) == Any[1, 2.5]
    @test_throws InexactError to_cbor(typemax(UInt64))
    @test_throws ArgumentError to_cbor(1 + 2im)
    @test_throws ArgumentError to_cbor(sin)
    @test from_json("[1, 1.0, 1e3]") == Any[1, 1.0, 1000.0]
    @test from_json("1") isa Int64 && from_json("1.0") isa Float64
end

@testset "bad input" begin
    failure = try from_json("[1, 2") catch e; e end
    @test failure isa AlidadeError && failure.code === :CORRUPT
    @test occursin("byte", failure.message * failure.where)
    failure = try from_cbor(UInt8[0xff]) catch e; e end
    @test failure.code === :CORRUPT
    failure = try to_cbor(String(UInt8[0xc3, 0x28])) catch e; e end
    @test failure.code === :INVALID
    deep = 1
    for _ in 1:70
        deep = (deep,)
    end
    failure = try to_cbor(deep) catch e; e end
    @test failure.code === :LIMIT
end

@testset "handles in values" begin
    queue = Queue(3)
    other = Queue(2)
    push!(queue, payload=other)
    @test take!(queue).payload == other
end

@testset "units" begin
    @test convert_unit(10, "um", "mm") ≈ 0.01
    @test convert_unit(0, "Cel", "K") ≈ 273.15
    @test convert_unit(180, "deg", "rad") ≈ pi
    failure = try convert_unit(1, "mm", "s") catch e; e end
    @test failure.code === :INVALID
    @test occursin("mm", failure.message) && occursin("'s'", failure.message)
    failure = try convert_unit(1, "mmm", "mm") catch e; e end
    @test failure.code === :INVALID
end

@testset "a handle of each kind comes back as its type" begin
    meter = Simulation("mock-meter")
    camera = MockCamera()
    frames = stream(camera)
    clock = Alidade.Clock(
        Alidade.output((out, err) -> Alidade.ald_clock_new("c", out, err), Ptr{Alidade.ald_clock}),
    )
    operation = Op(
        Alidade.output((out, err) -> Alidade.ald_op_new(0, out, err), Ptr{Alidade.ald_op}),
    )
    answer = @cfunction(
        (data, given, cancel, out, err) -> Int32(0), Int32,
        (Ptr{Cvoid}, Ptr{Cvoid}, Ptr{Cvoid}, Ptr{Cvoid}, Ptr{Cvoid}),
    )
    callable = Alidade.Callable(
        Alidade.output(Ptr{Alidade.ald_callable}) do out, err
            Alidade.ald_callable_new("f", answer, C_NULL, C_NULL, out, err)
        end,
    )
    objects = [
        Alidade.Buffer(
            Alidade.output((out, err) -> Alidade.ald_buffer_new(8, out, err), Ptr{Alidade.ald_buffer}),
        ),
        Cancel(), operation, Queue(), clock, parse_settings(""), callable, Source(zeros(2, 3)),
        lab_of(MockMovable()), MockMovable(), frames, Bench(), meter,
    ]
    kind_of(x) = Alidade.ald_handle_kind(x)
    @test allunique(kind_of.(objects))
    # Every kind has a type, also one that came later than these objects.
    for name in filter(name -> startswith(String(name), "ALD_KIND_"), names(Alidade; all=true))
        name in (:ALD_KIND_NONE, :ALD_KIND_ERROR) && continue
        handle = getfield(Alidade, Symbol("ald_", lowercase(String(name)[10:end])))
        @test hasmethod(Alidade.unref, (Ptr{handle},))
    end
    for one in objects
        back = Alidade.take_value((out, err) -> Alidade.ald_value_new_handle(one, out, err))
        @test back == one
        @test typeof(back) === typeof(one)
    end
    close(frames)
    close(meter)
end
