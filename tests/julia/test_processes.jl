using Alidade
using Test

# What must hold in a process of its own.
julia_at(script; threads=1) = setenv(
    `$(Base.julia_cmd()) --startup-file=no -e $script`,
    merge(ENV, Dict("JULIA_NUM_THREADS" => string(threads), "JULIA_LOAD_PATH" => join(LOAD_PATH, ":"))),
)
output_of(command) = strip(read(pipeline(command, stderr=stderr), String))

@testset "tasks on several threads" begin
    script = """
    using Alidade
    sensors = [MockReadable(name="s\$i", value=i, latency=0.001) for i in 1:20]
    foreach(open, sensors)
    tasks = [Threads.@spawn sum(read(s) for _ in 1:20) for s in sensors]
    print(sum(fetch.(tasks)))
    """
    @test output_of(julia_at(script, threads=3)) == "4200.0"
end

@testset "exit with work in flight" begin
    script = """
    using Alidade
    stage = MockMovable(velocity=0.1)
    start_move(stage, 100)
    slow = MockReadable(latency=100)
    @async read(slow)
    lent = share(zeros(10))
    queue = events(stage)
    @async for event in queue end
    yield()
    print("leaving")
    """
    @test output_of(julia_at(script)) == "leaving"
end

@testset "a library that is not there" begin
    script = "using Alidade"
    command = julia_at(script)
    command = setenv(command, [filter(e -> !startswith(e, "ALIDADE_LIBRARY="), command.env); "ALIDADE_LIBRARY=/nowhere/libalidade.so"])
    told = IOBuffer()
    @test !success(pipeline(command, stderr=told))
    text = String(take!(told))
    @test occursin("/nowhere/libalidade.so", text) && occursin("ALIDADE_LIBRARY", text)
end

@testset "a library of another name" begin
    mktempdir() do folder
        copied = joinpath(folder, "renamed.so")
        cp(ENV["ALIDADE_LIBRARY"], copied, follow_symlinks=true)
        run(`patchelf --set-soname libalidade.so $copied`) # as in a Python wheel
        script = """
        ENV["ALIDADE_LIBRARY"] = $(repr(copied))
        using Alidade
        print(read(MockReadable(value=3)), occursin("renamed.so", read("/proc/self/maps", String)))
        """
        @test output_of(julia_at(script)) == "3.0true"
    end
end
