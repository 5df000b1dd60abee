using Alidade
using Test

using Alidade: NativeArray

@testset "round trip of $T" for T in (
    Bool, Int8, Int16, Int32, Int64, UInt16, UInt32, UInt64, Float16, Float32, Float64,
    ComplexF32, ComplexF64,
)
    original = T <: Bool ? [true false; false true; true true] : T.(reshape(1:6, 3, 2))
    back = from_cbor(to_cbor(original))
    @test back isa NativeArray{T,2}
    @test back == original
    @test copy(back) isa Matrix{T}
end

@testset "the order of the axes is Julia's" begin
    image = Float32[10x + y for x in 1:4, y in 1:3] # 4 wide, 3 high
    back = from_cbor(to_cbor(image))
    @test size(back) == (4, 3)
    @test back[2, 3] == 23
    # For everybody else it is an array of 3 rows of 4: the slowest axis first.
    @test to_json(UInt16[1 3; 2 4; 0 9]) == "[[1,2,0],[3,4,9]]"
    @test strides(back) == (1, 4)
end

@testset "bytes and empty arrays" begin
    @test from_cbor(to_cbor(zeros(Float64, 0))) isa NativeArray{Float64,1}
    @test isempty(from_cbor(to_cbor(zeros(Float64, 0))))
    @test size(from_cbor(to_cbor(zeros(Float32, 0, 3)))) == (0, 3)
    @test from_cbor(to_cbor(UInt8[1 2; 3 4])) == UInt8[1 2; 3 4] # a matrix is no bytes
    @test from_cbor(to_cbor(fill(2.5))) == fill(2.5)
    @test from_cbor(to_cbor(1:3)) == 1:3
    @test from_cbor(to_cbor(view(reshape(1.0:12, 3, 4), 2:3, :))) == reshape(1.0:12, 3, 4)[2:3, :]
end

@testset "memory is shared, not copied" begin
    array = Float64[1 2 3; 4 5 6]
    shared = share(array)
    @test shared == array
    array[1, 2] = 20
    @test shared[1, 2] == 20
    shared[2, 1] = 40
    @test array[2, 1] == 40
    source = Source(shared) # items along the last axis
    item = take!(source).image
    @test item == [1, 40]
    array[1, 1] = 7
    @test item[1] == 7
end

@testset "what is lent stays alive" begin
    function lend()
        array = collect(1.0:1000)
        return take!(Source(reshape(share(array), :, 1))).image # copies
    end
    function lend_shared()
        array = reshape(collect(1.0:1000), :, 1)
        return take!(Source(share(array))).image, WeakRef(array)
    end
    copied = lend()
    part, original = lend_shared()
    corner = view(part, 10:20)
    part = nothing
    for _ in 1:5
        rand(10_000)
        GC.gc()
    end
    @test copied == 1:1000
    @test original.value !== nothing
    @test corner == 10:20
    @test sum(corner) == 165
end

@testset "what nobody needs is given back" begin
    lend() = (array = zeros(1000); share(array); WeakRef(array))
    original = lend()
    gone() = (GC.gc(); sleep(0.001); original.value === nothing)
    @test timedwait(gone, 20.0) === :ok
end

@testset "bad use" begin
    back = from_cbor(to_cbor([1.0, 2.0]))
    @test_throws BoundsError back[3]
    @test_throws ArgumentError to_cbor(zeros(ntuple(_ -> 1, 9)))
    @test_throws ArgumentError to_cbor(Any[1 "two"])
    constant = share([1.0, 2.0], readonly=true)
    @test_throws ReadOnlyMemoryError constant[1] = 3
    part = take!(Source(constant)).image
    @test_throws ReadOnlyMemoryError part[] = 3
    @test constant == [1.0, 2.0]
end
